"""How much memory a model will take, told from the headers of its files before it is loaded.

The estimate is the weights in the precision that they are loaded in, the SAEs in fp32, and the
keys and values of a batch of rows. What a file holds besides its header is never read.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from tinymorph.engine.bundle import SAE_WEIGHTS, ModelFolder
from tinymorph.errors import BundleError, MemoryShortError

ROWS = 6
"""Rows of a batch: three alternatives, each with its twin."""
POSITIONS = 2048
"""Tokens of a long passage with its neighbours and its rewrite, where a model can take as many."""
RESERVE_BYTES = 512 * 2**20
"""Left to the editor and to what a pass needs besides."""
_BYTES_OF_FP32 = 4
_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1}
"""The kinds of numbers that are turned into the precision of loading, by safetensors' names."""
_LONGEST_HEADER = 100_000_000
"""What safetensors itself reads at most."""
_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """What a safetensors header says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    n_bytes: int
    """In the file."""

    def loaded_bytes(self, bytes_per_weight: int) -> int:
        """Return its size once loaded; whole numbers and masks stay as they are."""
        if self.dtype not in _FLOATS:
            return self.n_bytes
        return math.prod(self.shape) * bytes_per_weight


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a model will take, in bytes."""

    weights: int
    cache: int
    saes: int

    @property
    def total(self) -> int:
        """Return all of it."""
        return self.weights + self.cache + self.saes


def check_memory(
    parts: ModelFolder,
    *,
    bytes_per_weight: int = _BYTES_OF_FP32,
    weight_copies: int = 1,
    rows: int = ROWS,
    free_bytes: int | None = None,
) -> MemoryNeed:
    """Return what a model will take; MemoryShortError if there is less, before it is loaded.

    `free_bytes` is what its device has, by default what the computer has; `weight_copies` how
    often a backend holds the weights at most. BundleError names a file that is broken or was cut
    short.
    """
    need = estimate(parts, bytes_per_weight=bytes_per_weight, rows=rows)
    need = replace(need, weights=need.weights * weight_copies)
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    if need.total + RESERVE_BYTES <= free:
        return need
    raise MemoryShortError(
        f"{parts.name} needs {_gigabytes(need.total + RESERVE_BYTES)} GB of memory, "
        f"and {_gigabytes(free)} GB are free.",
        hint="Close other programs, or choose a smaller model or one in fewer bits (GGUF).",
        detail=f"weights {need.weights}, keys and values {need.cache}, SAEs {need.saes} bytes",
    )


def estimate(
    parts: ModelFolder,
    *,
    bytes_per_weight: int = _BYTES_OF_FP32,
    rows: int = ROWS,
    positions: int | None = None,
) -> MemoryNeed:
    """Return what a model will take with so many rows of tokens, by default of a long passage."""
    weights = sum(_loaded_bytes(path, bytes_per_weight) for path in weight_files(parts.model))
    saes = sum(_loaded_bytes(path / SAE_WEIGHTS, _BYTES_OF_FP32) for path in parts.saes.values())
    config = read_config(parts.model)
    length = min(POSITIONS, _n_ctx(config)) if positions is None else positions
    cache = rows * length * cache_numbers(config) * bytes_per_weight
    return MemoryNeed(weights, cache, saes)


def weight_files(folder: Path) -> list[Path]:
    """Return the files of a model's weights; BundleError names those that its index misses."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return sorted(folder.glob("*.safetensors"))
    names = sorted(set(_json_of(index, index.read_bytes()).get("weight_map", {}).values()))
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        raise BundleError(
            f"The model in {folder} is incomplete: {', '.join(missing)} is missing.",
            hint="Fetch it again.",
        )
    return [folder / name for name in names]


def read_header(path: Path) -> dict[str, TensorEntry]:
    """Return what a safetensors file says that it holds; BundleError if it holds less."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= min(size - 8, _LONGEST_HEADER):
            raise _broken(path, "it ends within its header, or is none of these files")
        header = _json_of(path, file.read(length))
    try:
        entries = dict(_entries(header))
        end = max((value["data_offsets"][1] for _, value in _tensors(header)), default=0)
    except (AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        raise _broken(path, f"its header cannot be understood ({error!r})") from error
    if size < 8 + length + end:
        raise _broken(path, f"it should have {8 + length + end} bytes and has {size}")
    return entries


def read_config(folder: Path) -> dict[str, Any]:
    """Return the part of a model's config.json that is about its text."""
    path = folder / "config.json"
    config = _json_of(path, path.read_bytes())
    return config.get("text_config", config)


def cache_numbers(config: Mapping[str, Any]) -> int:
    """Return how many numbers one token of one row leaves in the cache, over all layers."""
    n_layers = _first(config, "num_hidden_layers", "n_layer", "num_layers")
    n_heads = _first(config, "num_attention_heads", "n_head", "num_heads")
    d_model = _first(config, "hidden_size", "n_embd", "d_model")
    if not (n_layers and n_heads and d_model):
        return 0
    d_head = _first(config, "head_dim") or d_model // n_heads
    return 2 * n_layers * (_first(config, "num_key_value_heads") or n_heads) * d_head


def _loaded_bytes(path: Path, bytes_per_weight: int) -> int:
    entries = read_header(path).values()
    return sum(entry.loaded_bytes(bytes_per_weight) for entry in entries)


def _tensors(header: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in header.items() if name != "__metadata__")


def _entries(header: Mapping[str, Any]) -> Iterator[tuple[str, TensorEntry]]:
    for name, value in _tensors(header):
        start, end = value["data_offsets"]
        shape = tuple(int(size) for size in value["shape"])
        yield name, TensorEntry(str(value["dtype"]), shape, int(end) - int(start))


def _json_of(path: Path, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise _broken(path, f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise _broken(path, "it holds no JSON object")
    return found


def _broken(path: Path, why: str) -> BundleError:
    return BundleError(
        f"The file {path} is damaged or was cut short.", hint="Fetch it again.", detail=why
    )


def _n_ctx(config: Mapping[str, Any]) -> int:
    return _first(config, "max_position_embeddings", "n_positions") or POSITIONS


def _first(config: Mapping[str, Any], *names: str) -> int:
    """Return the first number that a config has under one of some names, or 0."""
    found = (config.get(name) for name in names)
    return next((int(value) for value in found if isinstance(value, int) and value > 0), 0)


def _gigabytes(count: int) -> str:
    return f"{count / _GIGABYTE:.1f}"
