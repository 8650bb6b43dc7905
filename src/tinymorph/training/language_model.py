"""Train the language model: running prose, and rewriting where the loss counts on the target."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tinymorph.training.recipe import Recipe, TrainingRecipe
from tinymorph.training.shards import IGNORED, PairBatches, ProseBatches, Shard
from tinymorph.training.stages import is_done, mark_done, write_whole

_LOGIT_ROWS = 1024
"""Positions whose logits exist at one time; more would leave the processor's cache."""

console = Console(stderr=True)


@dataclass(slots=True)
class Progression:
    """Where a run stands; saved with every checkpoint."""

    step: int = 0
    seconds: float = 0.0
    """Spent in steps, over all interruptions."""
    tokens: int = 0


def train_language_model(recipe: Recipe, tokenizer: Path, shards: Path, folder: Path) -> None:
    """Train, or go on from the last checkpoint, until the budget is spent; save in bf16."""
    fingerprint = recipe.fingerprint("corpus", "tokenizer", "model", "training")
    if is_done(folder / "model", fingerprint):
        return
    run = _Run(recipe, tokenizer, shards, folder)
    run.resume()
    run.train()
    _save_model(run.model, tokenizer, folder / "model")
    mark_done(folder / "model", fingerprint, run.evaluate() | {"tokens": run.at.tokens})


def model_config(recipe: Recipe, vocab_size: int, bos: int, eos: int, pad: int) -> LlamaConfig:
    """Return the transformers configuration of the recipe's shape."""
    return LlamaConfig(
        hidden_size=recipe.model.d_model,
        intermediate_size=recipe.model.d_mlp,
        num_hidden_layers=recipe.model.n_layers,
        num_attention_heads=recipe.model.n_heads,
        num_key_value_heads=recipe.model.n_heads,
        max_position_embeddings=recipe.model.n_ctx,
        vocab_size=vocab_size,
        tie_word_embeddings=True,
        bos_token_id=bos,
        eos_token_id=eos,
        pad_token_id=pad,
    )


def learning_rate(recipe: TrainingRecipe, step: int, spent: float) -> float:
    """Return the rate after linear warm-up and a cosine over the spent share of the budget."""
    warm = min(1.0, (step + 1) / recipe.warmup_steps)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, spent)))
    span = recipe.learning_rate - recipe.final_learning_rate
    return warm * (recipe.final_learning_rate + span * cosine)


def target_loss(
    model: Any,
    ids: Int[Tensor, "batch pos"],
    labels: Int[Tensor, "batch pos"],
) -> tuple[Float[Tensor, ""], int]:
    """Return the summed cross-entropy, in nats, over labelled positions, and their number.

    Logits are computed only where there is a label, a slice of positions at a time.
    """
    resid = model.model(input_ids=ids).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    counts = wanted != IGNORED
    resid, wanted = resid[counts], wanted[counts]
    total = resid.new_zeros(())
    for start in range(0, len(wanted), _LOGIT_ROWS):
        logits = model.lm_head(resid[start : start + _LOGIT_ROWS])
        part = wanted[start : start + _LOGIT_ROWS]
        total = total + functional.cross_entropy(logits.float(), part, reduction="sum")
    return total, len(wanted)


class _Run:
    """One training run: it owns the model, the optimizer and the checkpoint."""

    def __init__(self, recipe: Recipe, tokenizer_folder: Path, shards: Path, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
        bos, eos, pad = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
        config = model_config(recipe, len(tokenizer), bos, eos, pad)
        self.model: Any = LlamaForCausalLM(config)
        self.model.to(self.device)
        self.optimizer = _optimizer(self.model, recipe.training)
        self.at = Progression()
        settings = recipe.training
        rows = settings.tokens_per_step // settings.prose_length
        self.batches: dict[str, ProseBatches | PairBatches] = {}
        for split in ("train", "heldout"):
            prose, pairs = Shard(shards, f"prose.{split}"), Shard(shards, f"pairs.{split}")
            self.batches[f"prose.{split}"] = ProseBatches(
                prose, bos, settings.prose_length, rows, recipe.seed
            )
            self.batches[f"pairs.{split}"] = PairBatches(
                pairs, pad, settings.tokens_per_step, recipe.seed
            )
        if self.device.type == "cuda":
            self.model.model = torch.compile(self.model.model, dynamic=True)

    def train(self) -> None:
        """Take steps until the budget is spent, with checkpoints and evaluations on the way."""
        settings = self.recipe.training
        saved = evaluated = self.at.seconds
        with _progress() as bar:
            task = bar.add_task("training", total=settings.budget_minutes, metrics="")
            while self.at.seconds < settings.budget_minutes * 60:
                loss, kind = self._step()
                if self.at.step % 20 == 0:
                    self._log({"loss": loss, "kind": kind})
                note = f"{kind} loss {loss:.2f}, {self.at.tokens / self.at.seconds:,.0f} tokens/s"
                bar.update(task, completed=self.at.seconds / 60, metrics=note)
                if self.at.seconds - evaluated > settings.evaluate_minutes * 60:
                    evaluated = self.at.seconds
                    self._log(self.evaluate())
                if self.at.seconds - saved > settings.checkpoint_minutes * 60:
                    saved = self.at.seconds
                    self.save()
        self.save()

    def _step(self) -> tuple[float, str]:
        begun = time.perf_counter()
        settings = self.recipe.training
        rng = random.Random(f"{self.recipe.seed} {self.at.step}")
        kind = "prose" if rng.random() < settings.prose_share else "pairs"
        ids, labels = self.batches[f"{kind}.train"].batch(self.at.step)
        spent = self.at.seconds / (settings.budget_minutes * 60)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(settings, self.at.step, spent)
        with torch.autocast(self.device.type, torch.bfloat16, self.device.type == "cuda"):
            total, count = target_loss(self.model, ids.to(self.device), labels.to(self.device))
        loss = total / count
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.gradient_clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        value = loss.item()
        self.at.step += 1
        self.at.tokens += ids.numel()
        self.at.seconds += time.perf_counter() - begun
        return value, kind

    @torch.no_grad()
    def evaluate(self, batches: int = 12) -> dict[str, float]:
        """Return held-out losses in nats per token, on prose and on rewriting targets."""
        self.model.eval()
        losses: dict[str, float] = {}
        for kind in ("prose", "pairs"):
            total, count = 0.0, 0
            for number in range(batches):
                ids, labels = self.batches[f"{kind}.heldout"].batch(number)
                part, size = target_loss(self.model, ids.to(self.device), labels.to(self.device))
                total, count = total + part.item(), count + size
            losses[f"heldout_{kind}"] = total / count
        self.model.train()
        return losses

    def save(self) -> None:
        """Write the checkpoint: weights, optimizer, and where the run stands."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "at": [self.at.step, self.at.seconds, self.at.tokens],
        }
        write_whole(self.folder / "checkpoint.pt", lambda path: torch.save(state, path))

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.at = Progression(*state["at"])
        console.print(f"going on from step {self.at.step}, {self.at.seconds / 60:.1f} minutes in")

    def _log(self, metrics: dict[str, Any]) -> None:
        row = {"step": self.at.step, "minutes": round(self.at.seconds / 60, 2)}
        row |= {"tokens": self.at.tokens} | metrics
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")


def _optimizer(model: Any, recipe: TrainingRecipe) -> torch.optim.AdamW:
    """Return AdamW with decay on matrices only."""
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    others = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.95), fused=True)


def _save_model(model: Any, tokenizer_folder: Path, folder: Path) -> None:
    """Save weights in bf16, with the tokenizer, as `AutoModelForCausalLM` loads them."""
    rounded: Any = LlamaForCausalLM(model.config)
    rounded.to(torch.bfloat16)
    plain = {name.replace("_orig_mod.", ""): value for name, value in model.state_dict().items()}
    rounded.load_state_dict(plain)
    rounded.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f} of {task.total:.0f} min"),
        TextColumn("{task.fields[metrics]}"),
        TimeRemainingColumn(),
        console=console,
    )
