"""What can go wrong while a model is at work, each told in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jaxtyping import Float
from torch import Tensor

from tinymorph.errors import BundleError, FeatureError, MemoryShortError, TinymorphError

_MEMORY_SIGNS = ("out of memory", "not enough memory", "can't allocate memory")
"""How CUDA and MPS, the allocators of Windows and of Linux say it, in errors of no own class."""


@contextmanager
def trouble_named() -> Iterator[None]:
    """Turn what torch says when memory runs out into MemoryShortError."""
    try:
        yield
    except MemoryError as error:
        raise _memory_short(error) from error
    except RuntimeError as error:
        if not any(sign in str(error).lower() for sign in _MEMORY_SIGNS):
            raise
        raise _memory_short(error) from error


def checked_logits(
    logits: Float[Tensor, "asked d_vocab"], *, is_steered: bool
) -> Float[Tensor, "asked d_vocab"]:
    """Return logits that are numbers; from others no word can be drawn, so they are an error."""
    if not bool(logits.isfinite().all()):
        bad = int((~logits.isfinite()).sum())
        raise nonsense(f"{bad} of {logits.numel()} logits are not finite", is_steered=is_steered)
    return logits


def nonsense(detail: str, *, is_steered: bool) -> TinymorphError:
    """Return the error for numbers that are none, in logits or in the stream."""
    if is_steered:
        return FeatureError(
            "Steered this strongly, the model's numbers leave their range and no word comes out.",
            hint="Move the sliders closer to the middle and ask again.",
            detail=detail,
        )
    return BundleError(
        "The model gives no numbers from which a word could be drawn: its weights are damaged.",
        hint="Fetch or export the model again.",
        detail=detail,
    )


def _memory_short(error: Exception) -> MemoryShortError:
    return MemoryShortError(
        "There was not enough memory to answer.",
        hint="Ask for fewer alternatives or a shorter passage, or close other programs.",
        detail=f"{type(error).__name__}: {error}",
    )
