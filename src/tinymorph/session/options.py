"""How to ask: everything about a request but the words and the rack."""

from __future__ import annotations

from dataclasses import dataclass, field

from tinymorph.schema.request import ProtectedKind, Sampling

FOUND_BY_THEMSELVES: tuple[ProtectedKind, ...] = ("name", "number", "quotation")
"""What is protected without being chosen, unless the writer switches it off."""


@dataclass(frozen=True, slots=True)
class AskingOptions:
    """What the writer chose for the next asking."""

    task: str = "paraphrase"
    """One of the loaded model's tasks."""
    alternatives: int = 3
    with_twin: bool = False
    """Also write each alternative unsteered, with the same seed."""
    seed: int = 0
    """The first alternative's; the others count up from it."""
    protect: frozenset[ProtectedKind] = frozenset(FOUND_BY_THEMSELVES)
    """Which of `FOUND_BY_THEMSELVES` must stay as they are."""
    sampling: Sampling = field(default_factory=Sampling)
