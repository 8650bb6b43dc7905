"""What the engine answers, and the edit a writer makes of it."""

from __future__ import annotations

from enum import StrEnum

from tinymorph.schema.base import Frozen
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan


class Flaw(StrEnum):
    """Why a rewrite should not be offered as it stands."""

    EMPTY = "empty"
    ECHO = "echo"
    """The source, unchanged."""
    LOOP = "loop"
    """The same words over and over."""
    CUT = "cut"
    """The token limit came before the end."""
    LOST = "lost"
    """Protected words are missing; the changes that leave them alone can be accepted."""


class FeatureChange(Frozen):
    """One feature before (in the writer's words) and after (in the rewrite), read cold."""

    ref: FeatureRef
    before: float
    """Mean activation over the tokens of the source."""
    after: float
    """Mean activation over the tokens of the rewrite, read again without any hook."""
    twin: float | None = None
    """The same in the unsteered twin, where one was asked for."""


class Suggestion(Frozen):
    """One finished rewrite of the request's span."""

    request_id: str
    base_revision: int
    index: int
    """Which alternative, from 0."""
    text: str
    """What would stand in place of the span."""
    seed: int
    plan: SteeringPlan
    flaw: Flaw | None = None
    lost: tuple[str, ...] = ()
    """Protected words of the source that it does not have."""
    twin: str | None = None
    """Unsteered text of the same seed."""
    twin_flaw: Flaw | None = None
    features: tuple[FeatureChange, ...] = ()
    """The steered ones first, then those that moved most."""
    tokens_per_second: float


class Replacement(Frozen):
    """Put `text` in place of a span."""

    span: Span
    text: str


class AcceptedEdit(Frozen):
    """Replacements in one paragraph, valid for one revision of it; one undo step."""

    paragraph_id: str
    base_revision: int
    replacements: tuple[Replacement, ...]
    """Sorted, not overlapping, as indexes into the paragraph at `base_revision`."""
    receipt: str = ""
    """The name of the decision; equal edits of equal answers have the same."""
