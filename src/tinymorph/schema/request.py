"""What the page asks of the engine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tinymorph.schema.base import Frozen
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan

Lane = Literal["asked", "live", "overlap", "inspect", "survey"]
"""At most one request waits per lane; a newer one displaces it and stops the running one. Of those
that wait, the first lane goes first: reading a whole document holds up nothing else."""

LONGEST_INSTRUCTION = 2000
MOST_STYLES = 3
"""The bundled model is taught up to three styles at once."""
PassageForm = Literal["paragraph", "heading", "list_item", "table_cell", "verse"]
"""What a passage is on the page; each has rules of its own (docs/engine.md)."""


ProtectedKind = Literal[
    "name", "number", "quotation", "chosen", "footnote", "picture", "link", "code", "markup"
]
"""`chosen` is what the writer protected by hand, `markup` Markdown kept as it was written."""


class Protected(Frozen):
    """Part of a paragraph that a rewrite must leave as it is."""

    span: Span
    kind: ProtectedKind


class Surroundings(Frozen):
    """What a paragraph is on the page, and what stands in it and around it."""

    form: PassageForm = "paragraph"
    before: str = ""
    after: str = ""
    protected: tuple[Protected, ...] = ()
    """What words alone do not show: pictures, links, and what the writer protected."""


class Sampling(Frozen):
    """How tokens are drawn."""

    temperature: float = Field(default=0.7, ge=0, le=2)
    """0 takes the likeliest token."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    feature_weight: float = Field(default=8.0, ge=0)
    """Beside steering the stream, prefer likely tokens on which the wanted features are active:
    nats for a token that reaches a feature's max activation, at coefficient 1. 0 is plain
    sampling from the steered model, and all there is where a backend cannot try several tokens at
    one place (docs/engine.md)."""
    no_repeat_ngram: int = Field(default=4, ge=0)
    """No run of this many tokens is written twice; 0 allows it."""
    max_new_tokens: int | None = Field(default=None, ge=1, le=4096)
    """At most so many; by default half as many again as the passage has, and 16."""


class SuggestionRequest(Frozen):
    """Rewrite a span of a paragraph; the request alone decides the words that come back."""

    kind: Literal["suggest"] = "suggest"
    request_id: str
    lane: Lane = "asked"
    paragraph: ParagraphSnapshot
    span: Span
    """The part to rewrite; the whole text if nothing is selected."""
    task: str = "paraphrase"
    """One of the loaded model's tasks (`ModelInfo.tasks`)."""
    instruction: str = Field(default="", max_length=LONGEST_INSTRUCTION)
    """What to do, in the writer's own words, beside the task; models without a chat template
    refuse it."""
    like: tuple[str, ...] = Field(default=(), max_length=MOST_STYLES)
    """Styles in plain words, such as "archaic"; models that were not taught them refuse."""
    before: str = ""
    """The text before the paragraph, for context; paragraphs stand apart by an empty line. Used by
    instruct models and for `continue` and `fill`; other models have no room for context."""
    after: str = ""
    """The text after the paragraph, for the same use."""
    form: PassageForm = "paragraph"
    """What the span is part of."""
    protected: tuple[Protected, ...] = ()
    """Parts of the paragraph that must stay as they are. Nothing holds the model to it: a rewrite
    without one of these words says so (`Suggestion.lost`), and no change of one is offered."""
    plan: SteeringPlan = SteeringPlan()
    alternatives: int = Field(default=3, ge=1, le=16)
    with_twin: bool = False
    """Also rewrite without steering, with the same seeds, to show what steering did."""
    seed: int = 0
    """The first alternative's seed; the others count up from it."""
    sampling: Sampling = Sampling()


class InspectionRequest(Frozen):
    """Read the features of a span of a paragraph."""

    kind: Literal["inspect"] = "inspect"
    request_id: str
    lane: Lane = "inspect"
    paragraph: ParagraphSnapshot
    span: Span
    asked: tuple[FeatureRef, ...] = ()
    """Features to report in any case."""
    top: int = Field(default=24, ge=0, le=512)
    """How many of the strongest features to report."""
    traces_all: bool = False
    """Trace the features over the whole paragraph, though they are ranked by the span alone."""
    with_profiles: bool = False
    """Report every feature that the span woke, in columns."""
    neighbours_of: FeatureRef | None = None
    """Report the features whose decoder rows point most nearly the way of this one's."""


class OverlapRequest(Frozen):
    """Say how much the decoder rows of features point the same way, pair by pair."""

    kind: Literal["overlap"] = "overlap"
    request_id: str
    lane: Lane = "overlap"
    refs: tuple[FeatureRef, ...]


EngineRequest = Annotated[
    SuggestionRequest | InspectionRequest | OverlapRequest, Field(discriminator="kind")
]
