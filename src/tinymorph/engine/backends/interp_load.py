"""Load a model through interp-engine, without the network, and see that it does what it says.

The package is imported when such a model is first loaded, not before. Where vLLM and a GPU are
there, its vLLM backend is taken, with hooks, because only that one steers at every layer.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from tinymorph.engine.backends.base import ModelShape
from tinymorph.engine.backends.interp import InterpBackend, InterpServer, Question, Text
from tinymorph.engine.backends.interp_steering import Operation, point_of
from tinymorph.engine.hooks import shape_of
from tinymorph.errors import BundleError, TinymorphError, UnableError
from tinymorph.schema.steering import SteeringMode

_PROBE = (1, 2, 3, 4)
"""Any tokens, to see whether steering does what it says, and where."""
_SPARED = (0, 2)
"""Those among them that are left alone."""
_NOISE = 1e-4
"""How far a stream may lie from where it should, in lengths of the stream."""


def import_interp() -> Any:
    """Return the package; UnableError if it is not installed."""
    try:
        return importlib.import_module("interp_engine")  # an extra, and seconds
    except ImportError as error:
        raise UnableError(
            "The interp backend needs interp-engine, which is not installed.",
            hint='Install it with: pip install "tinymorph[server]"',
            detail=str(error),
        ) from error


def load_interp(folder: Path, tokenizer: Any) -> InterpBackend:
    """Read a model's weights in float32; BundleError or UnableError says why it cannot be used."""
    engine = import_interp()
    try:
        model = _load(engine, folder, tokenizer)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise BundleError(f"The model in {folder} cannot be read.", detail=str(error)) from error
    return checked_backend(InterpServer(engine, model), _shape(folder))


def checked_backend(server: InterpServer, shape: ModelShape) -> InterpBackend:
    """Return a backend of a model that shows its stream, and steers it exactly; else UnableError.

    What is refused is closed first.
    """
    try:
        _check_points(server, shape)
        _check_steering(server, shape)
    except BaseException as error:
        server.close()
        if isinstance(error, TinymorphError) or not isinstance(error, Exception):
            raise
        raise UnableError(
            "interp-engine cannot run this model.", detail=f"{type(error).__name__}: {error}"
        ) from error
    return InterpBackend(server, shape)


def _load(engine: Any, folder: Path, tokenizer: Any) -> Any:
    """Load by vLLM or in this process.

    The tokenizer is handed over because interp-engine's own way to one may run a folder's code.
    """
    if engine.vllm_installed() and torch.cuda.is_available():
        return engine.load_model(
            str(folder), backend="vllm", dtype="float32", trust_remote_code=False
        )
    return engine.load_model(
        str(folder),
        backend="eager",
        device="cuda" if torch.cuda.is_available() else None,
        dtype="float32",
        trust_remote_code=False,
        tokenizer=tokenizer,
        model_kwargs={"local_files_only": True, "use_safetensors": True},
    )


def _shape(folder: Path) -> ModelShape:
    """Return the sizes of a model from its configuration, for a server does not tell them all."""
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig  # noqa: PLC0415 -- slow

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    with torch.device("meta"):
        empty = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    if (folder / "generation_config.json").exists():
        empty.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    return shape_of(empty)


def _check_points(server: InterpServer, shape: ModelShape) -> None:
    for depth in range(shape.n_layers + 1):
        reason = server.model.refuses(point_of(depth))
        if reason is not None:
            raise UnableError(
                "interp-engine does not show the residual stream of this model.",
                detail=f"{point_of(depth)}: {reason}",
            )


def _check_steering(server: InterpServer, shape: ModelShape) -> None:
    """Steer some tokens at every depth, and see that each stream is where it should be."""
    ids = tuple(token_id % shape.d_vocab for token_id in _PROBE)
    chosen = tuple(place not in _SPARED for place in range(len(ids)))
    depths, places = tuple(range(shape.n_layers + 1)), tuple(range(len(ids)))
    plain = Text(ids, (False,) * len(ids))
    first, *_ = server.ask([Question(plain, depths, places, places)])
    if first.logits.shape != (len(ids), shape.d_vocab):
        raise UnableError("interp-engine does not give the logits of this model's words.")
    axis, push = torch.zeros(2, shape.d_model).unbind()
    axis[0], push[-1] = 2.0, 1.0
    asked: list[Question] = []
    for depth in depths:
        without = Operation(depth, SteeringMode.ORTHOGONAL, axis)
        steering = (without, Operation(depth, SteeringMode.ADD, push))
        asked.append(Question(Text(ids, chosen, steering), (depth,), places))
    for depth, found in zip(depths, server.ask(asked), strict=True):
        expected = first.streams[depth].clone()
        expected[torch.tensor(chosen), 0] = 0
        expected[torch.tensor(chosen), -1] += 1
        difference = (found.streams[depth] - expected).norm(dim=-1)
        if not bool((difference <= _NOISE * (1 + expected.norm(dim=-1))).all()):
            raise UnableError(
                "interp-engine does not steer this model as it says.",
                detail=f"{point_of(depth)} is off by {float(difference.max()):.3g}",
            )
