"""Train on a borrowed GPU, a slice of minutes at a time: bf16, packed rows, compiled.

It needs torch, numpy and transformers, and nothing else of ours than the modules it imports: what
`build_bundle.py carry` wrote lies in one folder, what comes back lies in another, in parts.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader
from transformers import LlamaConfig, LlamaForCausalLM

from tinymorph.training.batches import IGNORED, Mixture, PairBatches, ProseBatches, Words
from tinymorph.training.muon import Muon
from tinymorph.training.packing import PackedRows, attention_mask
from tinymorph.training.parts import join_files, split_file

_WARMUP_STEPS = 100
_LOWEST_FACTOR = 0.02
_LOG_SECONDS = 10
_LOGIT_ROWS = 16_384
_SAVING_SECONDS = 25
"""Kept free at the end of a slice for the checkpoint."""


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """What `plan.json` says: shape, batch, rates; no pydantic, which a GPU machine may lack."""

    d_model: int
    n_layers: int
    n_heads: int
    d_mlp: int
    n_ctx: int
    vocab_size: int
    seed: int
    rows_per_batch: int
    batches_per_step: int
    prose_share: float
    infill_share: float
    like_share: float
    learning_rate: float
    matrix_learning_rate: float
    weight_decay: float
    decay_share: float
    """Of the whole time: the last part, in which the rate goes down."""
    workers: int

    @classmethod
    def read(cls, path: Path) -> GpuPlan:
        """Read a plan; an unknown key is an error."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Slice:
    """One command's share of the whole training."""

    carried: Path
    """Plan and shards, in parts."""
    state: Path
    """Stays on the machine between slices: joined shards and the checkpoint."""
    out: Path
    """Comes back: weights in bf16, in parts, and the log."""
    minutes: float
    total_minutes: float
    is_compiled: bool


def rate_factor(plan: GpuPlan, step: int, spent: float) -> float:
    """Return the share of the full rate after `spent` of the whole time: warm-up, flat, down."""
    warm = min(1.0, (step + 1) / _WARMUP_STEPS)
    left = (1 - spent) / plan.decay_share
    return warm * max(_LOWEST_FACTOR, min(1.0, left))


def train_slice(job: Slice) -> dict[str, Any]:
    """Train for one slice, go on from the last one if there was one, and report."""
    begun = time.monotonic()
    torch.set_float32_matmul_precision("high")
    shards = job.state / "shards"
    if not (shards / "plan.json").exists():
        join_files(job.carried, shards)
    plan = GpuPlan.read(shards / "plan.json")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(plan.seed)
    model: Any = LlamaForCausalLM(_config(plan, Words.read(shards)))
    model.to(device)
    optimizers = _optimizers(model, plan, device)
    at = _resume(job.state / "checkpoint.pt", model, optimizers, device)
    rows = iter(_loader(plan, shards, f"{plan.seed} from {at['step']}", device))
    body = torch.compile(model.model) if job.is_compiled else model.model
    job.out.mkdir(parents=True, exist_ok=True)
    logged = begun
    while time.monotonic() - begun < job.minutes * 60 - _SAVING_SECONDS * (device.type == "cuda"):
        stepped = time.monotonic()
        factor = rate_factor(plan, at["step"], at["seconds"] / (job.total_minutes * 60))
        loss = _step(model, body, optimizers, rows, plan, factor, device, at)
        at["step"] += 1
        at["seconds"] += time.monotonic() - stepped
        if time.monotonic() - logged > _LOG_SECONDS:
            logged = time.monotonic()
            _log(job.out, at | {"loss": float(loss), "rate": factor})
    _save(job, model, optimizers, at)
    report = at | _heldout(model, plan, shards, device)
    _log(job.out, report)
    return report


def _step(
    model: Any,
    body: Any,
    optimizers: list[torch.optim.Optimizer],
    rows: Any,
    plan: GpuPlan,
    factor: float,
    device: torch.device,
    at: dict[str, Any],
) -> Tensor:
    loss = torch.zeros((), device=device)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["full_lr"] * factor
    for _ in range(plan.batches_per_step):
        ids, labels, examples = (part.to(device, non_blocking=True) for part in next(rows))
        at["tokens"] += ids.numel()
        total, count = _packed_loss(model, body, ids, labels, examples)
        part = total / count / plan.batches_per_step
        part.backward()
        loss += part.detach()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return loss


def _packed_loss(
    model: Any, body: Any, ids: Tensor, labels: Tensor, examples: Tensor
) -> tuple[Tensor, int]:
    """Return the summed cross-entropy over labels, logits a slice of positions at a time."""
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.device.type == "cuda"):
        mask = attention_mask(examples)
        resid = body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        wanted = labels[:, 1:].reshape(-1)
        resid = resid[:, :-1].reshape(len(wanted), -1)
        total = torch.zeros((), device=ids.device)
        for start in range(0, len(wanted), _LOGIT_ROWS):
            logits = model.lm_head(resid[start : start + _LOGIT_ROWS]).float()
            part = wanted[start : start + _LOGIT_ROWS]
            total = total + functional.cross_entropy(
                logits, part, reduction="sum", ignore_index=IGNORED
            )
    return total, int((wanted != IGNORED).sum())


@torch.no_grad()
def _heldout(model: Any, plan: GpuPlan, shards: Path, device: torch.device) -> dict[str, float]:
    """Return held-out losses in nats per token."""
    model.eval()
    sources = {
        "prose": ProseBatches(shards, "heldout", min(192, plan.n_ctx), 10, plan.seed, Mixture()),
        "pairs": PairBatches(shards, "heldout", 2048, plan.seed),
    }
    losses: dict[str, float] = {}
    for kind, source in sources.items():
        total, count = 0.0, 0
        for number in range(16):
            ids, labels = (part.to(device) for part in source.batch(number))
            examples = (ids != source.words.pad).long()
            part, size = _packed_loss(model, model.model, ids, labels, examples)
            total, count = total + float(part), count + size
        losses[f"heldout_{kind}"] = round(total / max(1, count), 4)
    model.train()
    return losses


def _loader(plan: GpuPlan, shards: Path, seed: str, device: torch.device) -> DataLoader[Any]:
    mixture = Mixture(plan.infill_share, plan.like_share)
    prose = ProseBatches(shards, "train", plan.n_ctx, 1, plan.seed, mixture)
    pairs = PairBatches(
        shards,
        "train",
        plan.n_ctx,
        plan.seed,
        like_share=plan.like_share,
        are_sources_learnt=True,
    )
    packed = PackedRows(prose, pairs, plan.n_ctx, plan.prose_share, seed)
    return DataLoader(
        packed,
        batch_size=plan.rows_per_batch,
        num_workers=plan.workers,
        pin_memory=device.type == "cuda",
    )


def _optimizers(model: Any, plan: GpuPlan, device: torch.device) -> list[torch.optim.Optimizer]:
    inside = [weight for weight in model.model.layers.parameters() if weight.dim() == 2]
    known = {id(weight) for weight in inside}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    found: list[torch.optim.Optimizer] = [
        Muon(inside, lr=plan.matrix_learning_rate, weight_decay=plan.weight_decay),
        torch.optim.AdamW(
            others,
            lr=plan.learning_rate,
            betas=(0.9, 0.95),
            weight_decay=0.0,
            fused=device.type in {"cuda", "cpu"},
        ),
    ]
    for optimizer in found:
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]
    return found


def _config(plan: GpuPlan, words: Words) -> LlamaConfig:
    return LlamaConfig(
        hidden_size=plan.d_model,
        intermediate_size=plan.d_mlp,
        num_hidden_layers=plan.n_layers,
        num_attention_heads=plan.n_heads,
        num_key_value_heads=plan.n_heads,
        max_position_embeddings=plan.n_ctx,
        vocab_size=plan.vocab_size,
        tie_word_embeddings=True,
        bos_token_id=words.bos,
        eos_token_id=words.eos,
        pad_token_id=words.pad,
    )


def _resume(
    path: Path, model: Any, optimizers: list[torch.optim.Optimizer], device: torch.device
) -> dict[str, Any]:
    if not path.exists():
        return {"step": 0, "tokens": 0, "seconds": 0.0}
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, stored in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(stored)
    return state["at"]


def _save(
    job: Slice, model: Any, optimizers: list[torch.optim.Optimizer], at: dict[str, Any]
) -> None:
    """Keep everything on the machine; send the weights back in bf16, in parts."""
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "at": at,
    }
    torch.save(state, job.state / "checkpoint.part")
    (job.state / "checkpoint.part").replace(job.state / "checkpoint.pt")
    names = {
        name: weight for name, weight in model.state_dict().items() if name != "lm_head.weight"
    }
    rounded = {name: weight.to("cpu", torch.bfloat16) for name, weight in names.items()}
    weights = job.state / "weights.pt"
    torch.save(rounded, weights)
    for old in job.out.glob("weights.pt.part*"):
        old.unlink()
    split_file(weights, job.out)


def _log(out: Path, row: dict[str, Any]) -> None:
    line = json.dumps({key: round(value, 5) for key, value in row.items()})
    with (out / "metrics.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and train one slice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--carried", type=Path, required=True, help="what `carry` wrote")
    parser.add_argument("--state", type=Path, required=True, help="stays between slices")
    parser.add_argument("--out", type=Path, required=True, help="what is to come back")
    parser.add_argument("--minutes", type=float, required=True, help="of this slice")
    parser.add_argument("--total-minutes", type=float, required=True, help="of all slices")
    parser.add_argument("--plain", action="store_true", help="do not compile")
    given = parser.parse_args(arguments)
    job = Slice(
        given.carried, given.state, given.out, given.minutes, given.total_minutes, not given.plain
    )
    train_slice(job)


if __name__ == "__main__":
    main()
