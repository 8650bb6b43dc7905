"""What the window shows of a session: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinymorph.schema.feature import FeatureReading
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Flaw, Suggestion
from tinymorph.text.diff import ParagraphDiff


class EngineState(StrEnum):
    """What the engine is doing."""

    STARTING = "starting"
    """Nothing was heard of it yet."""
    LOADING = "loading"
    READY = "ready"
    WRITING = "writing"
    READING = "reading"
    FAILED = "failed"
    """There is no model; writing goes on without one."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The state and the sentence for the status line."""

    state: EngineState
    sentence: str
    detail: str = ""
    """More, for who points at it."""


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """One card."""

    index: int
    text: str
    """What was written so far."""
    twin_text: str
    """What the unsteered twin wrote so far; empty if none was asked for."""
    before: str
    """The writer's words that it would replace."""
    is_finished: bool
    is_stale: bool
    """The paragraph changed since; it can be read but not accepted."""
    diff: ParagraphDiff | None
    """Against `before`; while words still come, only as far as they reach. None before the first.

    Hunk indexes are those that `accept` takes.
    """
    suggestion: Suggestion | None
    """Seed, plan, features, speed: known when finished."""

    @property
    def flaw(self) -> Flaw | None:
        """Say why it should not be offered as it stands, once that is known."""
        return self.suggestion.flaw if self.suggestion else None


@dataclass(frozen=True, slots=True)
class ReadingView:
    """The features of a passage."""

    paragraph: ParagraphSnapshot
    span: Span
    reading: FeatureReading
    is_stale: bool
    """The paragraph changed since; the spans may point at other words."""
