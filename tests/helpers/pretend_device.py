"""A device that is not there: its tensors are computed on the CPU, and refuse to mix with others.

PyTorch lets a backend be written in Python under the key PrivateUse1. This one gives each tensor
a twin on the CPU and does nothing else, so that code for GPUs runs where there is none, and fails
where it would fail there: when an operation meets tensors of two devices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "elsewhere"
_aten = torch.ops.aten
_INDEXING = {_aten.index.Tensor, _aten.index_put_.default, _aten._index_put_impl_.default}
_MOVING = {_aten._to_copy.default, _aten.copy_.default}


class Elsewhere(Tensor):
    """A tensor that says it lives on the device."""

    twin: Tensor

    @staticmethod
    def __new__(cls, twin: Tensor) -> Elsewhere:  # noqa: PYI034 -- a static method has no Self
        made = Tensor._make_wrapper_subclass(
            cls,
            twin.shape,
            strides=twin.stride(),
            storage_offset=twin.storage_offset(),
            dtype=twin.dtype,
            device=torch.device(NAME, 0),
        )
        made.twin = twin
        return made

    def tolist(self) -> Any:
        return self.twin.tolist()

    @classmethod
    def __torch_dispatch__(
        cls,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _computed(func, args, kwargs or {})


class _Mode(TorchDispatchMode):
    """Catches what makes tensors from none, or moves them to the device."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _computed(func, args, kwargs or {})


@contextmanager
def pretended() -> Iterator[None]:
    """Have the device as long as this lasts."""
    with torch.inference_mode(), _Mode():
        yield


def moved(model: Any) -> Any:
    """Put a module's weights on the device; `Module.to` swaps storages, and there are none."""
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None:
                there = weight.data.to(NAME)
                module._parameters[name] = torch.nn.Parameter(there, requires_grad=False)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = buffer.to(NAME)
    return model


def _computed(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    flat, shape = tree_flatten((args, dict(kwargs)))
    there = any(isinstance(value, Elsewhere) for value in flat)
    _check_devices(func, args, flat)
    args_here, kwargs_here = tree_unflatten([_twin_of(value) for value in flat], shape)
    if (device := kwargs.get("device")) is not None:
        there = torch.device(device).type == NAME
        kwargs_here["device"] = torch.device("cpu")
    result = func(*args_here, **kwargs_here)
    if func._schema.is_mutable and func._schema.name.endswith("_"):
        return args[0]
    return tree_map(_there, result) if there else result


def _check_devices(func: Any, args: Sequence[Any], flat: Sequence[Any]) -> None:
    """Raise as a GPU would: only numbers may come from elsewhere, and the places of an index."""
    there = any(isinstance(value, Elsewhere) for value in flat)
    here = any(_is_here(value) for value in flat)
    is_indexing = func in _INDEXING and isinstance(args[0], Elsewhere)
    if there and here and func not in _MOVING and not is_indexing:
        msg = f"{func}: tensors on two devices"
        raise RuntimeError(msg)


def _is_here(value: Any) -> bool:
    return isinstance(value, Tensor) and not isinstance(value, Elsewhere) and value.dim() > 0


def _twin_of(value: Any) -> Any:
    return value.twin if isinstance(value, Elsewhere) else value


def _there(value: Any) -> Any:
    return (
        Elsewhere(value)
        if isinstance(value, Tensor) and not isinstance(value, Elsewhere)
        else value
    )


def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, **_rest: Any) -> Elsewhere:
    return Elsewhere(torch.empty_strided(size, stride, dtype=dtype, device="cpu"))


def _empty(size: Any, *, dtype: Any = None, **_rest: Any) -> Elsewhere:
    return Elsewhere(torch.empty(size, dtype=dtype, device="cpu"))


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    _twin_of(target).copy_(_twin_of(source))
    return target


_setup_privateuseone_for_python_backend(NAME)
_library = torch.library.Library("aten", "IMPL")
_library.impl("empty_strided", _empty_strided, "PrivateUse1")
_library.impl("empty.memory_format", _empty, "PrivateUse1")
_library.impl("_copy_from", _copy_from, "PrivateUse1")
