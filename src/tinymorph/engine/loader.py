"""Load a model folder: weights in safetensors only, no remote code, no network."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tinymorph.engine.backends.base import Backend, checked_depth
from tinymorph.engine.bundle import ModelFolder, find_model
from tinymorph.engine.prompt import tasks_of
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.sae import Sae, check_fit, load_sae
from tinymorph.errors import BundleError
from tinymorph.schema.events import ModelInfo, SaeInfo


def load_engine(folder: Path, report: Callable[[str], None] | None = None) -> Rewriter:
    """Load the model and its SAEs in fp32 on the CPU; `report` is told each stage.

    One core is left to the page. BundleError says what is wrong with the folder.
    """
    _stay_local()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    report = report or _say_nothing
    parts = find_model(folder)
    report("reading the tokenizer")
    tokenizer = _load_tokenizer(parts)
    report("reading the model")
    backend = _load_backend(parts)
    report("reading the features")
    saes = {sae_id: load_sae(sae_id, path) for sae_id, path in parts.saes.items()}
    for sae in saes.values():
        _check_fit(parts, backend, sae)
    return Rewriter(backend, tokenizer, saes, _info(parts, backend, tokenizer, saes))


def _say_nothing(_stage: str) -> None:
    """Stand in for a report that nobody wants."""


def _stay_local() -> None:
    """Keep the hub library from the network, and quiet, before it is imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"


def _load_tokenizer(parts: ModelFolder) -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415 -- slow; after the first report

    try:
        return AutoTokenizer.from_pretrained(
            parts.model, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The tokenizer in {parts.model} cannot be read.", detail=str(error)
        ) from error


def _load_backend(parts: ModelFolder) -> Backend:
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 -- slow; after the first report
    from transformers.utils import logging  # noqa: PLC0415 -- the same

    from tinymorph.engine.backends.hooked import HookedBackend  # noqa: PLC0415 -- the same

    logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(
            parts.model,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
        )
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The model in {parts.model} cannot be read.", detail=str(error)
        ) from error
    return HookedBackend(model.eval().requires_grad_(requires_grad=False))


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
        tasks=tasks_of(tokenizer),
        saes=tuple(
            SaeInfo(
                sae_id=sae.sae_id,
                hook_point=sae.hook_point,
                d_sae=sae.d_sae,
                is_calibrated=sae.stats is not None,
            )
            for sae in saes.values()
        ),
    )
