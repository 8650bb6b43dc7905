"""What the window shows of a session: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinymorph.schema.feature import FeatureReading
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Flaw, Suggestion
from tinymorph.text.diff import HunkKind, ParagraphDiff


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
class WritingProgress:
    """How far a rewrite is while it is written."""

    tokens: int
    """Of all alternatives and twins."""
    tokens_per_second: float | None
    """Of all together; None before it can be told."""


class HunkState(StrEnum):
    """What became of one change that a card proposes."""

    SAME = "same"
    """It proposes no change."""
    OPEN = "open"
    """It can be accepted."""
    TAKEN = "taken"
    """Its words are in the page."""
    REFUSED = "refused"
    """The writer does not want it; it can still be accepted by itself."""
    KEPT = "kept"
    """It would change or lose what must stay, so it is not offered."""
    OUTDATED = "outdated"
    """The writer changed the words that it was made for."""


@dataclass(frozen=True, slots=True)
class HunkView:
    """One stretch of a card, as it stands now; together they tile the passage."""

    index: int
    """What `accept` and `refuse` take; it stays the same while the card is there."""
    kind: HunkKind
    state: HunkState
    span: Span
    """Where it stands in the paragraph as it is now."""
    words: str
    """What stands there now."""
    before: str
    """What stood there when it was asked."""
    after: str
    """What would stand there."""
    reason: str = ""
    """Why it is not offered, in one sentence."""

    @property
    def is_change(self) -> bool:
        """Say whether it proposes anything."""
        return self.state is not HunkState.SAME


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
    """The writer changed the words since, or the paragraph is gone; nothing can be accepted."""
    diff: ParagraphDiff | None
    """Between the passage as it is now and with all that is open; while words still come, only as
    far as they reach. None before the first. Its indexes are its own: see `hunks`."""
    suggestion: Suggestion | None
    """Seed, plan, features, speed: known when finished."""
    hunks: tuple[HunkView, ...] = ()
    """Each change and what lies between, once it is finished."""
    receipt: str = ""
    """The name that accepted words of it carry; empty before it is finished."""

    @property
    def changes(self) -> tuple[HunkView, ...]:
        """Return the hunks that propose something."""
        return tuple(hunk for hunk in self.hunks if hunk.is_change)

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
