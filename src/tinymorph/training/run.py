"""One training run of the language model: its steps, its checkpoints, its log."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import torch
from rich.console import Console
from torch import Tensor
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tinymorph.training.batches import IGNORED, Mixture, PairBatches, ProseBatches, Words
from tinymorph.training.loss import target_loss
from tinymorph.training.muon import Muon
from tinymorph.training.recipe import Recipe, TrainingRecipe
from tinymorph.training.stages import write_whole

_LOG_STEPS = 10
_LOWEST_FACTOR = 0.02
"""Of the learning rate, at the end of the decay."""
_DECAY_SEED = 7_919
"""Added to the seed, so that the decay meets other batches than the stable stage began with."""

console = Console(stderr=True, width=120)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training, told by the tokens at which it begins and ends."""

    name: str
    begin: int
    end: int
    is_decay: bool

    def rate_factor(self, recipe: TrainingRecipe, step: int, tokens: int) -> float:
        """Return the share of the full learning rate: after warm-up constant, or going down."""
        if not self.is_decay:
            return min(1.0, (step + 1) / recipe.warmup_steps)
        left = 1 - (tokens - self.begin) / max(1, self.end - self.begin)
        return max(_LOWEST_FACTOR, min(1.0, left))


@dataclass(slots=True)
class Progression:
    """Where a run stands; saved with every checkpoint."""

    step: int = 0
    tokens: int = 0
    """Read by the model, padding left out."""
    seconds: float = 0.0
    """Spent in steps, over all interruptions."""
    begin: int = 0
    """Tokens at which the present stage began."""


class TrainingRun:
    """It owns the model, the optimizers and the checkpoint of one stage."""

    def __init__(
        self, recipe: Recipe, tokenizer: Path, shards: Path, folder: Path, *, is_decay: bool = False
    ) -> None:
        self.recipe, self.folder = recipe, folder
        self.name = "decay" if is_decay else "stable"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = hashlib.sha256((tokenizer / "tokenizer.json").read_bytes()).hexdigest()
        torch.manual_seed(recipe.seed)
        config = model_config(recipe, len(AutoTokenizer.from_pretrained(tokenizer)), shards)
        self.model: Any = LlamaForCausalLM(config)
        self.model.to(self.device)
        self.optimizers = _optimizers(self.model, recipe.training)
        self.at = Progression()
        self._saved = self._evaluated = 0.0
        self.batches = _batches(recipe, shards, is_decay=is_decay)
        if recipe.training.is_compiled:
            for layer in self.model.model.layers:
                layer.compile(dynamic=True)

    def train(self, stage: Stage) -> None:
        """Take steps until the stage's tokens are read; asked to end, save first."""
        self.at.begin = stage.begin
        self._saved = self._evaluated = self.at.seconds
        with _asked_to_stop() as is_asked:
            while self.at.tokens < stage.end and not is_asked.is_set():
                self._report(self.step(stage), stage)
        self.save()
        if is_asked.is_set():
            raise SystemExit(f"{self.name}: stopped and saved at {self.at.tokens:,} tokens")
        self._log(self.evaluate())

    def _report(self, losses: dict[str, float], stage: Stage) -> None:
        """Log, evaluate and save when it is time to."""
        at, settings = self.at, self.recipe.training
        if at.step % _LOG_STEPS == 0:
            self._log(losses | {"rate": stage.rate_factor(settings, at.step, at.tokens)})
        if at.seconds - self._evaluated > settings.evaluate_minutes * 60:
            self._evaluated = at.seconds
            self._log(self.evaluate())
        if at.seconds - self._saved > settings.checkpoint_minutes * 60:
            self._saved = at.seconds
            self.save()

    def step(self, stage: Stage) -> dict[str, float]:
        """Read one batch of each kind, then move the weights once."""
        begun = time.perf_counter()
        settings = self.recipe.training
        factor = stage.rate_factor(settings, self.at.step, self.at.tokens)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["full_lr"] * factor
        parts = {
            kind: self.batches[f"{kind}.train"].batch(self.at.step) for kind in ("prose", "pairs")
        }
        labelled = sum(_labelled(labels) for _, labels in parts.values())
        losses: dict[str, float] = {}
        for kind, (ids, labels) in parts.items():
            total, count = self._loss(ids, labels)
            (total / labelled).backward()
            losses[f"loss_{kind}"] = round(float(total.detach()) / max(1, count), 4)
            self.at.tokens += int((ids != self.pad).sum())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.gradient_clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.at.step += 1
        self.at.seconds += time.perf_counter() - begun
        return losses

    @property
    def pad(self) -> int:
        """Return the token of padding."""
        return self.model.config.pad_token_id

    def _loss(self, ids: Tensor, labels: Tensor) -> tuple[Tensor, int]:
        with torch.autocast(self.device.type, torch.bfloat16, self.device.type == "cuda"):
            return target_loss(self.model, ids.to(self.device), labels.to(self.device))

    @torch.no_grad()
    def evaluate(self, batches: int = 6) -> dict[str, float]:
        """Return held-out losses in nats per token: prose, the middles of gaps, rewriting targets."""
        self.model.eval()
        losses: dict[str, float] = {}
        for kind in ("prose", "infill", "pairs"):
            total, count = 0.0, 0
            for number in range(batches):
                ids, labels = self.batches[f"{kind}.heldout"].batch(number)
                if kind == "infill":
                    labels = _only_after(ids, labels, self.batches["infill.heldout"].words.middle)
                part, size = self._loss(ids, labels)
                total, count = total + float(part), count + size
            losses[f"heldout_{kind}"] = round(total / max(1, count), 4)
        self.model.train()
        return losses

    def save(self) -> None:
        """Write the checkpoint: weights, optimizers, and where the run stands."""
        at = self.at
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "at": [at.step, at.tokens, at.seconds, at.begin],
            "shape": self.recipe.fingerprint("corpus", "tokenizer", "model"),
            "tokenizer": self._tokenizer,
        }
        write_whole(self.checkpoint, lambda path: torch.save(state, path))

    @property
    def checkpoint(self) -> Path:
        """Return where this run keeps its state."""
        return self.folder / f"{self.name}.pt"

    def resume(self, path: Path | None = None) -> bool:
        """Go on from a checkpoint, its own if none is named; say whether there was one."""
        path = path or self.checkpoint
        if not path.exists():
            return False
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["shape"] != self.recipe.fingerprint("corpus", "tokenizer", "model"):
            raise ValueError(f"{path} belongs to another corpus, tokenizer or shape of model.")
        if state.get("tokenizer", self._tokenizer) != self._tokenizer:
            raise ValueError(f"{path} was trained with another tokenizer than the one at hand.")
        self.model.load_state_dict(state["model"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        self.at = Progression(*state["at"])
        console.print(f"{self.name}: from step {self.at.step:,}, {self.at.tokens:,} tokens")
        return True

    def _log(self, metrics: dict[str, Any]) -> None:
        at = self.at
        row = {"stage": self.name, "step": at.step, "tokens": at.tokens}
        row |= {"minutes": round(at.seconds / 60, 2)} | metrics
        line = json.dumps(row)
        console.print(line, highlight=False, soft_wrap=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def model_config(recipe: Recipe, vocab_size: int, shards: Path) -> LlamaConfig:
    """Return the transformers configuration of the recipe's shape."""
    words = Words.read(shards)
    return LlamaConfig(
        hidden_size=recipe.model.d_model,
        intermediate_size=recipe.model.d_mlp,
        num_hidden_layers=recipe.model.n_layers,
        num_attention_heads=recipe.model.n_heads,
        num_key_value_heads=recipe.model.n_heads,
        max_position_embeddings=recipe.model.n_ctx,
        vocab_size=vocab_size,
        tie_word_embeddings=True,
        bos_token_id=words.bos,
        eos_token_id=words.eos,
        pad_token_id=words.pad,
    )


def _batches(
    recipe: Recipe, shards: Path, *, is_decay: bool
) -> dict[str, ProseBatches | PairBatches]:
    settings = recipe.training
    length = settings.decay_prose_length if is_decay else settings.prose_length
    seed = recipe.seed + (_DECAY_SEED if is_decay else 0)
    prose_tokens = int(settings.tokens_per_step * settings.prose_share)
    pair_tokens = settings.tokens_per_step - prose_tokens
    mixture = Mixture(settings.infill_share, settings.like_share)
    heldout_rows = max(1, 2048 // settings.prose_length)
    return {
        "prose.train": ProseBatches(
            shards, "train", length, max(1, prose_tokens // length), seed, mixture
        ),
        "pairs.train": PairBatches(
            shards,
            "train",
            pair_tokens,
            seed,
            like_share=settings.like_share,
            are_sources_learnt=settings.are_sources_learnt,
        ),
        "prose.heldout": ProseBatches(
            shards, "heldout", settings.prose_length, heldout_rows, recipe.seed, Mixture()
        ),
        "infill.heldout": ProseBatches(
            shards, "heldout", settings.prose_length, heldout_rows, recipe.seed, Mixture(1.0)
        ),
        "pairs.heldout": PairBatches(shards, "heldout", 2048, recipe.seed),
    }


def _optimizers(model: Any, recipe: TrainingRecipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices inside, AdamW for the embedding and the scales."""
    inside = [weight for weight in model.model.layers.parameters() if weight.dim() == 2]
    known = {id(weight) for weight in inside}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    adamw_groups: list[dict[str, Any]] = [
        {"params": [weight for weight in others if weight.dim() > 1], "weight_decay": 0.0},
        {"params": [weight for weight in others if weight.dim() <= 1], "weight_decay": 0.0},
    ]
    found: list[torch.optim.Optimizer] = []
    if recipe.matrix_learning_rate:
        found.append(Muon(inside, lr=recipe.matrix_learning_rate, weight_decay=recipe.weight_decay))
    else:
        adamw_groups.append({"params": inside, "weight_decay": recipe.weight_decay})
    found.append(
        torch.optim.AdamW(adamw_groups, lr=recipe.learning_rate, betas=(0.9, 0.95), fused=True)
    )
    for optimizer in found:
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]
    return found


@contextmanager
def _asked_to_stop() -> Iterator[Event]:
    """Yield an event that a polite request to end sets, so that the last steps are not lost."""
    is_asked = Event()
    before = signal.signal(signal.SIGTERM, lambda *_: is_asked.set())
    try:
        yield is_asked
    finally:
        signal.signal(signal.SIGTERM, before)


def _labelled(labels: Tensor) -> int:
    return int((labels[:, 1:] != IGNORED).sum())


def _only_after(ids: Tensor, labels: Tensor, mark: int) -> Tensor:
    """Keep the labels that come after a token, in rows that have it."""
    is_after = (ids == mark).cumsum(1) > 0
    return labels.masked_fill(~is_after, IGNORED)
