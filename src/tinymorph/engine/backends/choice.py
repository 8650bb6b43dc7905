"""Which backend runs a model: the one that was asked for, or the fastest that is exact."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinymorph.engine.backends.base import Backend
from tinymorph.engine.backends.lean_weights import can_be_lean, read_lean_weights
from tinymorph.engine.devices import CPU, Seat
from tinymorph.engine.tokenizer import PlainTokenizer, can_be_plain
from tinymorph.errors import BundleError, UnableError
from tinymorph.schema.events import BackendChoice


def chosen_backend(folder: Path, wanted: BackendChoice) -> BackendChoice:
    """Return what runs the model in a folder; UnableError if what is wanted cannot.

    `auto` is the lean path for plain Llama models, and transformers for all others; llama.cpp and
    interp-engine are taken only when they are asked for.
    """
    is_plain = can_be_lean(folder) and can_be_plain(folder)
    if wanted == "lean" and not is_plain:
        raise UnableError(
            "The lean backend runs plain Llama models only.",
            hint='Set engine.backend to "auto" or "transformers".',
        )
    if wanted == "auto":
        return "lean" if is_plain else "transformers"
    if wanted == "llama":
        gguf_of(folder)
    if wanted == "interp":
        _stay_local()
        from tinymorph.engine.backends.interp_load import import_interp  # noqa: PLC0415 - an extra

        import_interp()
    return wanted


def gguf_of(folder: Path) -> Path:
    """Return the one GGUF file in a model's folder or the one above; UnableError otherwise."""
    found = sorted({*folder.glob("*.gguf"), *folder.parent.glob("*.gguf")})
    if not found:
        raise UnableError(
            f"The llama backend needs a GGUF file, and there is none in {folder}.",
            hint="`tinymorph models export --gguf FILE` writes one of a Llama model.",
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UnableError(
            f"There are several GGUF files in {folder}: {names}.", hint="Keep the one to be used."
        )
    return found[0]


def load_tokenizer(folder: Path, backend: BackendChoice) -> Any:
    """Read the tokenizer that goes with a backend."""
    if backend == "lean" or (backend == "llama" and can_be_plain(folder)):
        return PlainTokenizer(folder)
    _stay_local()
    from transformers import AutoTokenizer  # noqa: PLC0415 - slow, and the lean path needs none

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The tokenizer in {folder} cannot be read.", detail=str(error)
        ) from error


def load_backend(folder: Path, backend: BackendChoice, seat: Seat = CPU) -> Backend:
    """Read the weights: in the precision of the seat, or as the GGUF has them."""
    if backend == "lean":
        from tinymorph.engine.backends.lean import LeanBackend  # noqa: PLC0415 - one backend only

        return LeanBackend(read_lean_weights(folder))
    if backend == "llama":
        from tinymorph.engine.backends.llama import LlamaBackend  # noqa: PLC0415 - an extra

        return LlamaBackend(gguf_of(folder), gpu_layers=seat.gpu_layers)
    _stay_local()
    if backend == "interp":
        from tinymorph.engine.backends.interp_load import load_interp  # noqa: PLC0415 - the same

        return load_interp(folder, load_tokenizer(folder, backend))
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - slow, as above
    from transformers.utils import logging  # noqa: PLC0415 - the same

    from tinymorph.engine.backends.hooked import HookedBackend  # noqa: PLC0415 - the same

    logging.disable_progress_bar()
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=seat.dtype,
        )
    except (OSError, ValueError) as error:
        raise BundleError(f"The model in {folder} cannot be read.", detail=str(error)) from error
    return HookedBackend(model.eval().requires_grad_(requires_grad=False).to(seat.device))


def _stay_local() -> None:
    """Keep the hub library from the network, and quiet, before it is imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
