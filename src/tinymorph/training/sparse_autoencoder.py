"""Train BatchTopK SAEs on the residual stream with sae-lens's own trainer."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("WANDB_MODE", "disabled")  # before sae-lens imports it

import torch
from jaxtyping import Float
from rich.console import Console
from rich.progress import Progress
from sae_lens import SAE, BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig, SAETrainer
from sae_lens.config import SAETrainerConfig
from sae_lens.saes.sae import SAEMetadata
from sae_lens.training.mixing_buffer import mixing_buffer
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from tinymorph.engine.backends.base import depth_of
from tinymorph.engine.hooks import captured, watched
from tinymorph.engine.sae import Sae, encode, explained_variance, load_sae, reconstruct
from tinymorph.schema.feature import HookPoint
from tinymorph.training.batches import Mixture, PairBatches, ProseBatches
from tinymorph.training.loss import target_loss
from tinymorph.training.recipe import Recipe, SaeRecipe
from tinymorph.training.revival import revive_dead
from tinymorph.training.stages import is_done, mark_done, write_whole

_BUFFER_BATCHES = 16
"""Batches of activations that are mixed at a time."""
_NORM_BATCHES = 20
_CHECKPOINT_SECONDS = 60

console = Console(stderr=True)


class ActivationSource:
    """Residual-stream vectors of one layer over prose and rewriting pairs, BOS left out."""

    def __init__(self, recipe: Recipe, model: Path, shards: Path, layer: int, split: str) -> None:
        self.hook_point = HookPoint(site="resid_post", layer=layer)
        self.model: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        self.model.model.layers = self.model.model.layers[: layer + 1]
        self._batches = token_batches(recipe, model, shards, split)
        self.number = 0
        """Of the next batch: where a resumed run goes on."""

    def __iter__(self) -> Iterator[Float[Tensor, "pos d_model"]]:
        while True:
            ids, is_text = self._batches(self.number)
            self.number += 1
            with torch.no_grad(), captured(self.model, [self.hook_point]) as streams:
                self.model.model(input_ids=ids, use_cache=False)
            yield streams[self.hook_point][is_text].float()


def token_batches(recipe: Recipe, model: Path, shards: Path, split: str) -> Any:
    """Return a function from a number to token ids and the mask of tokens that are text."""
    tokenizer: Any = AutoTokenizer.from_pretrained(model)
    bos, pad = tokenizer.bos_token_id, tokenizer.pad_token_id
    length = recipe.sae.context
    rows = max(1, recipe.sae.batch_size // length)
    prose = ProseBatches(shards, split, length, rows, recipe.seed + 1, Mixture())
    pairs = PairBatches(shards, split, recipe.sae.batch_size, recipe.seed + 1)

    def batch(number: int) -> tuple[Tensor, Tensor]:
        source = prose if number % 2 == 0 else pairs
        ids, _ = source.batch(number // 2)
        return ids, (ids != pad) & (ids != bos)

    return batch


def train_saes(recipe: Recipe, model: Path, shards: Path, folder: Path) -> None:
    """Train one SAE for each layer of the recipe, or go on where the last run stopped."""
    for layer in recipe.sae.layers:
        target = folder / str(layer)
        fingerprint = recipe.fingerprint("corpus", "tokenizer", "model", "training", "sae")
        if is_done(target, fingerprint):
            continue
        _train_one(recipe, model, shards, target, layer)
        report = measure_sae(recipe, model, shards, target, layer)
        console.print(f"layer {layer}: {json.dumps(report)}")
        mark_done(target, fingerprint, report)


def _train_one(recipe: Recipe, model: Path, shards: Path, folder: Path, layer: int) -> None:
    torch.manual_seed(recipe.seed + layer)
    source = ActivationSource(recipe, model, shards, layer, "train")
    batches = mixing_buffer(
        _BUFFER_BATCHES * recipe.sae.batch_size, recipe.sae.batch_size, iter(source)
    )
    trainer = SAETrainer(
        cfg=_trainer_config(recipe.sae),
        sae=BatchTopKTrainingSAE(_sae_config(recipe, layer)),
        data_provider=batches,
    )
    checkpoint = folder.with_name(f"{folder.name}.checkpoint")
    if not _resume(trainer, source, checkpoint):
        trainer.activation_scaler.estimate_scaling_factor(
            d_in=recipe.model.d_model,
            data_provider=batches,
            n_batches_for_norm_estimate=_NORM_BATCHES,
        )
    _fit(trainer, source, batches, checkpoint, recipe.sae, layer)
    factor = trainer.activation_scaler.scaling_factor
    if factor is not None:
        trainer.sae.fold_activation_norm_scaling_factor(factor)
    trainer.set_final_sae_metadata()
    trainer.sae.save_inference_model(str(folder))
    _save_folded(folder)


def _fit(
    trainer: Any,
    source: ActivationSource,
    batches: Any,
    checkpoint: Path,
    recipe: SaeRecipe,
    layer: int,
) -> None:
    saved = time.monotonic()
    total = trainer.cfg.total_training_samples
    revivals = {int(share * total) // recipe.batch_size for share in recipe.revive_at}
    with Progress(console=console) as bar:
        task = bar.add_task(f"SAE of layer {layer}", total=total)
        while trainer.n_training_samples < total:
            trainer.step(next(batches))
            trainer.n_training_steps += 1
            if trainer.n_training_steps in revivals:
                console.print(f"layer {layer}: {revive_dead(trainer, batches)} features revived")
            bar.update(task, completed=trainer.n_training_samples)
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                saved = time.monotonic()
                _save(trainer, source, checkpoint)


def _sae_config(recipe: Recipe, layer: int) -> BatchTopKTrainingSAEConfig:
    return BatchTopKTrainingSAEConfig(
        d_in=recipe.model.d_model,
        d_sae=recipe.sae.d_sae,
        k=recipe.sae.k,
        topk_threshold_lr=0.02,
        normalize_activations="expected_average_only_in",
        metadata=SAEMetadata(
            model_name=recipe.name,
            hook_name=f"blocks.{layer}.hook_resid_post",
            hf_hook_name=f"model.layers.{layer}",
            prepend_bos=True,
            context_size=recipe.sae.context,
        ),
    )


def _trainer_config(recipe: SaeRecipe) -> SAETrainerConfig:
    steps = recipe.training_tokens // recipe.batch_size
    return SAETrainerConfig(
        total_training_samples=recipe.training_tokens,
        train_batch_size_samples=recipe.batch_size,
        lr=recipe.learning_rate,
        lr_end=recipe.learning_rate / 10,
        lr_decay_steps=steps // 3,
        lr_warm_up_steps=steps // 20,
        n_batches_for_norm_estimate=_NORM_BATCHES,
        dead_feature_window=recipe.dead_window,
        feature_sampling_window=10**9,
    )


def _save(trainer: Any, source: ActivationSource, folder: Path) -> None:
    """Write a checkpoint; the weights come last, so that a torn one is not taken for whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.pt").unlink(missing_ok=True)
    trainer.save_trainer_state(folder)
    state = {"sae": trainer.sae.state_dict(), "number": source.number}
    write_whole(folder / "weights.pt", lambda path: torch.save(state, path))


def _resume(trainer: Any, source: ActivationSource, folder: Path) -> bool:
    if not (folder / "weights.pt").exists():
        return False
    state = torch.load(folder / "weights.pt", weights_only=True)
    trainer.sae.load_state_dict(state["sae"])
    trainer.load_trainer_state(folder)
    source.number = state["number"]
    console.print(f"going on after {trainer.n_training_samples:,} activations")
    return True


def _save_folded(folder: Path) -> None:
    """Make decoder rows unit vectors, so that an activation is a length in the stream."""
    sae: Any = SAE.load_from_disk(str(folder))
    sae.fold_W_dec_norm()
    for weight in sae.parameters():
        weight.data = weight.data.contiguous()
    sae.save_model(str(folder))


@torch.no_grad()
def measure_sae(
    recipe: Recipe, model: Path, shards: Path, folder: Path, layer: int, batches: int = 40
) -> dict[str, float]:
    """Return L0, dead share, explained variance, and the loss without and with it spliced in.

    Over held-out text. Dead is a feature that no token of it activates; losses are in nats.
    """
    sae = load_sae(str(layer), folder)
    source = ActivationSource(recipe, model, shards, layer, "heldout")
    resid = torch.cat([next(iter(source)) for _ in range(batches)])
    acts = torch.cat([encode(sae, part) for part in resid.split(4096)])
    active = acts > 0
    plain, spliced = spliced_losses(recipe, model, shards, sae)
    return {
        "l0": round(float(active.sum(-1).float().mean()), 2),
        "dead_share": round(float((active.sum(0) == 0).float().mean()), 4),
        "explained_variance": round(explained_variance(sae, resid, acts), 4),
        "loss": round(plain, 4),
        "spliced_loss": round(spliced, 4),
        "tokens": len(resid),
    }


def spliced_losses(
    recipe: Recipe, model_folder: Path, shards: Path, sae: Sae, batches: int = 10
) -> tuple[float, float]:
    """Return held-out prose loss of the model as it is, and with the stream reconstructed."""
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    prose = ProseBatches(shards, "heldout", recipe.sae.context, 12, recipe.seed, Mixture())

    def splice(stream: Tensor) -> Tensor:
        rebuilt = reconstruct(sae, stream)
        rebuilt[:, 0] = stream[:, 0]
        return rebuilt

    def mean_loss() -> float:
        total, count = 0.0, 0
        for number in range(batches):
            part, size = target_loss(model, *prose.batch(number))
            total, count = total + part.item(), count + size
        return total / count

    plain = mean_loss()
    with watched(model, depth_of(sae.hook_point), splice):
        spliced = mean_loss()
    return plain, spliced
