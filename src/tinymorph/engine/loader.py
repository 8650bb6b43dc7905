"""Load a model folder: weights in safetensors only, no remote code, no network."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tinymorph.engine.backends.base import Backend, checked_depth
from tinymorph.engine.backends.choice import chosen_backend, load_backend, load_tokenizer
from tinymorph.engine.bundle import ModelFolder, find_model
from tinymorph.engine.devices import Seat, seats_for
from tinymorph.engine.memory import check_memory
from tinymorph.engine.prompt import kind_of, tasks_of, taught_to
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.sae import Sae, check_fit, load_sae
from tinymorph.engine.vocabulary import check_tokenizer
from tinymorph.errors import MemoryShortError
from tinymorph.schema.events import BackendChoice, DeviceChoice, ModelInfo, SaeInfo


def load_engine(
    folder: Path,
    report: Callable[[str], None] | None = None,
    backend: BackendChoice = "auto",
    device: DeviceChoice = "auto",
) -> Rewriter:
    """Load the model and its SAEs; `report` is told each stage.

    One core is left to the page. BundleError says what is wrong with the folder, UnableError
    what this computer lacks, MemoryShortError that the model is too large for it.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    report = report or _say_nothing
    parts = find_model(folder)
    chosen = chosen_backend(parts.model, backend)
    seat = _first_that_fits(parts, seats_for(device, chosen), chosen)
    report("reading the tokenizer")
    tokenizer = load_tokenizer(parts.model, chosen)
    report("reading the model")
    model = load_backend(parts.model, chosen, seat)
    check_tokenizer(tokenizer, model.shape)
    report("reading the features")
    saes = {sae_id: load_sae(sae_id, path) for sae_id, path in parts.saes.items()}
    for sae in saes.values():
        _check_fit(parts, model, sae)
    saes = {sae_id: sae.to(model.device) for sae_id, sae in saes.items()}
    return Rewriter(model, tokenizer, saes, _info(parts, model, tokenizer, saes))


def _first_that_fits(parts: ModelFolder, seats: tuple[Seat, ...], backend: BackendChoice) -> Seat:
    """Return the first seat with memory enough; MemoryShortError of the last if none has."""
    if backend == "llama":  # which maps its file into memory, in a precision of its own
        return seats[-1]
    for seat in seats:
        try:
            check_memory(
                parts,
                bytes_per_weight=seat.bytes_per_weight,
                weight_copies=2 if backend == "lean" else 1,  # one is laid out for several rows
                free_bytes=seat.free_bytes,
            )
        except MemoryShortError:
            if seat is seats[-1]:
                raise
        else:
            return seat
    raise AssertionError("there is always the CPU")


def _say_nothing(_stage: str) -> None:
    """Stand in for a report that nobody wants."""


def _check_fit(parts: ModelFolder, backend: Backend, sae: Sae) -> None:
    checked_depth(sae.hook_point, backend.shape)
    config = json.loads((parts.model / "config.json").read_text(encoding="utf-8"))
    check_fit(
        sae,
        d_model=backend.shape.d_model,
        model_name=parts.name,
        model_type=str(config.get("model_type")),
    )


def _info(parts: ModelFolder, backend: Backend, tokenizer: Any, saes: dict[str, Sae]) -> ModelInfo:
    shape = backend.shape
    return ModelInfo(
        model_id=parts.name,
        sha256=parts.sha256(),
        n_parameters=shape.n_parameters,
        n_layers=shape.n_layers,
        d_model=shape.d_model,
        n_ctx=shape.n_ctx,
        backend=backend.name,
        device=backend.computes_on,
        precision=backend.precision,
        tasks=tasks_of(tokenizer),
        takes_instruction=kind_of(tokenizer) == "instruct",
        takes_any_style=kind_of(tokenizer) == "instruct",
        styles=taught_to(tokenizer).styles if kind_of(tokenizer) == "taught" else (),
        saes=tuple(
            SaeInfo(
                sae_id=sae.sae_id,
                hook_point=sae.hook_point,
                d_sae=sae.d_sae,
                is_calibrated=sae.stats is not None,
                sha256=parts.sae_sha256(sae.sae_id),
            )
            for sae in saes.values()
        ),
    )
