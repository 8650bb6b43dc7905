"""Where a model lives, and in which precision it computes.

bfloat16 halves the memory of a model. On GPUs and on Apple's chips it is as fast or faster; on
the CPUs where it was measured it takes up to four times as long as float32, so there it is not
used. SAEs read and edit in float32 everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import psutil
import torch

from tinymorph.errors import UnableError
from tinymorph.schema.events import BackendChoice, DeviceChoice

_MOVABLE: tuple[BackendChoice, ...] = ("transformers",)
"""The backends whose models PyTorch can put on a GPU; llama.cpp has its own way."""
_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}


@dataclass(frozen=True, slots=True)
class Seat:
    """A device, and the precision in which a model computes there."""

    device: torch.device
    dtype: torch.dtype
    gpu_layers: int = 0
    """Layers that llama.cpp puts on a GPU; its streams come to the CPU all the same."""

    @property
    def bytes_per_weight(self) -> int:
        """Return the size of one number."""
        return self.dtype.itemsize

    @property
    def free_bytes(self) -> int:
        """Return the memory that nothing holds yet."""
        if self.device.type == "cuda":
            return torch.cuda.mem_get_info(self.device)[0]
        return psutil.virtual_memory().available


CPU = Seat(torch.device("cpu"), torch.float32)


def seats_for(wanted: DeviceChoice, backend: BackendChoice) -> tuple[Seat, ...]:
    """Return where a model may live, best first; UnableError if it cannot live where asked.

    `auto` is a GPU where there is one and the backend can use it, else the CPU.
    """
    if backend == "llama":
        from tinymorph.engine.backends.llama_library import gpu_layers_for  # noqa: PLC0415 -- extra

        return (replace(CPU, gpu_layers=gpu_layers_for(wanted)),)
    if wanted == "cpu" or (wanted == "auto" and backend not in _MOVABLE):
        return (CPU,)
    if backend not in _MOVABLE:
        raise UnableError(
            f"The {backend} backend computes on the CPU only.",
            hint='Set engine.device to "auto", or engine.backend to "transformers".',
        )
    if wanted == "auto":
        return (*(_seat(name) for name in ("cuda", "mps") if is_at_hand(name)), CPU)
    if not is_at_hand(wanted):
        raise UnableError(
            f"PyTorch finds no device {wanted} here.",
            hint='Set engine.device to "auto" or "cpu", or install PyTorch for your GPU.',
        )
    return (_seat(wanted),)


def is_at_hand(name: str) -> bool:
    """Say whether there is such a device, and PyTorch was built for it."""
    if name == "cuda":
        return torch.cuda.is_available()
    return torch.backends.mps.is_available()


def name_of(dtype: torch.dtype) -> str:
    """Return what a precision is called, as in `bf16`."""
    return _NAMES.get(dtype, str(dtype).removeprefix("torch."))


def _seat(name: str) -> Seat:
    is_old = name == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False)
    return Seat(torch.device(name), torch.float32 if is_old else torch.bfloat16)
