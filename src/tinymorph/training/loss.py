"""The cross-entropy of labelled positions, its logits a slice at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from tinymorph.training.batches import IGNORED

_LOGIT_ROWS = 1024
"""Positions whose logits exist at one time; more would leave the processor's cache."""


def target_loss(
    model: Any,
    ids: Int[Tensor, "batch pos"],
    labels: Int[Tensor, "batch pos"],
    body: Callable[..., Any] | None = None,
) -> tuple[Float[Tensor, ""], int]:
    """Return the summed cross-entropy, in nats, over labelled positions, and their number.

    Logits are computed only where there is a label, a slice of positions at a time. `body` may
    stand in for the model without its head (a compiled one, say).
    """
    resid = (body or model.model)(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    counts = wanted != IGNORED
    resid, wanted = resid[counts], wanted[counts]
    total = resid.new_zeros((), dtype=torch.float32)
    for start in range(0, len(wanted), _LOGIT_ROWS):
        logits = model.lm_head(resid[start : start + _LOGIT_ROWS])
        part = wanted[start : start + _LOGIT_ROWS]
        total = total + functional.cross_entropy(logits.float(), part, reduction="sum")
    return total, len(wanted)
