"""What a call or an event changed, so that the window redraws only that."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Which parts of the session are not what they were; falsy if none."""

    suggestions: bool = False
    """The cards: their words, number, staleness, or the trouble that stands in their place."""
    reading: bool = False
    """The inspector: its features, staleness or trouble."""
    survey: bool = False
    """What is read of the whole document, of two passages, or of an example."""
    rack: bool = False
    """Terms of the rack."""
    options: bool = False
    """Task, number of alternatives, twin, seed."""
    model: bool = False
    """Which model is loaded."""
    status: bool = False
    """What the engine is doing."""
    notes: bool = False
    """General news for the status line."""

    def __or__(self, other: SessionChange) -> SessionChange:
        both = (getattr(self, field.name) or getattr(other, field.name) for field in fields(self))
        return SessionChange(*both)

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


NOTHING = SessionChange()
EVERYTHING = SessionChange(*(True for _ in fields(SessionChange)))
