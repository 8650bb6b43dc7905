"""How far the layers of a transformers model look back, and the masks that say so.

A cache made for a model with sliding windows forgets what has left the window, so that nothing can
be taken back. The reference keeps everything instead, and hides what a layer must not see: then
rows of different lengths, candidates and cropping are exact for these models too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from transformers.cache_utils import get_layer_types_and_kwargs

from tinymorph.errors import UnableError

UNUSED = -1
"""The position of a slot of the cache that holds no token of a row."""
_PLAIN_KINDS = frozenset({"full_attention", "sliding_attention"})
_WITHOUT_KEYS = ("conv", "linear", "hybrid", "mamba", "recurrent")
"""What the names of those layers have in common that keep a running state."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the layers look back."""

    windows: Mapping[str, int | None]
    """By kind of layer: how many tokens it sees, itself among them; None for all."""
    is_by_kind: bool
    """The model takes a mask for each kind of layer, and not one for all."""
    is_plain: bool
    """All its layers are softmax attention to all tokens or to the last ones."""


def reach_of(model: Any) -> Reach:
    """Return how far a model's layers look back; UnableError if they keep a running state."""
    config = model.config.get_text_config(decoder=True)
    kinds, arguments = get_layer_types_and_kwargs(config)
    for kind in kinds:
        if kind.startswith(_WITHOUT_KEYS):
            raise UnableError(
                f"Models of the kind {config.model_type} cannot be used: their {kind} layers keep "
                "a running state, which cannot be taken back to an earlier word.",
                hint="Choose a model with attention in all layers, such as Qwen3 or Gemma 3.",
            )
    windows = {
        kind: more.get("sliding_window") for kind, more in zip(kinds, arguments, strict=True)
    }
    is_by_kind = getattr(config, "layer_types", None) is not None and len(windows) > 0
    return Reach(windows, is_by_kind and _has_windows(windows), set(windows) <= _PLAIN_KINDS)


def masks_of(
    reach: Reach,
    slots: Int[Tensor, "row slot"],
    places: Int[Tensor, "row new"],
    among: Bool[Tensor, "row new new"],
    dtype: torch.dtype,
) -> Float[Tensor, "row 1 new all"] | dict[str, Float[Tensor, "row 1 new all"]]:
    """Return what hides from each new token all but its own row's tokens up to itself.

    `slots` are the positions of what the cache holds, `among` says which of the new tokens see
    each other.
    """
    seen = (slots != UNUSED)[:, None, :].expand(-1, places.shape[1], -1)
    is_seen = torch.cat([seen, among], dim=2)
    distance = places[:, :, None] - torch.cat([slots, places], dim=1)[:, None, :]
    masks = {
        kind: _additive(is_seen if window is None else is_seen & (distance < window), dtype)
        for kind, window in reach.windows.items()
    }
    return masks if reach.is_by_kind else next(iter(masks.values()))


def _has_windows(windows: Mapping[str, int | None]) -> bool:
    return any(window is not None for window in windows.values())


def _additive(
    is_seen: Bool[Tensor, "row new all"], dtype: torch.dtype
) -> Float[Tensor, "row 1 new all"]:
    mask = torch.zeros(is_seen.shape, dtype=dtype, device=is_seen.device)
    return mask.masked_fill_(~is_seen, -torch.inf)[:, None]
