"""What to do to the residual stream while words are generated."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from tinymorph.schema.base import Frozen
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.span import Span


class SteeringMode(StrEnum):
    """How a term acts on its feature."""

    ADD = "add"
    """Add `coefficient * max_activation * W_dec[feature_index]` to the stream."""
    CLAMP = "clamp"
    """Hold the feature at `coefficient * max_activation`."""
    MIN_CLAMP = "min-clamp"
    """Hold the feature at `coefficient * max_activation` where it is less than that."""
    ABLATE = "ablate"
    """Hold the feature at zero; the coefficient is not used."""
    ORTHOGONAL = "orthogonal"
    """Take out all that points along `W_dec[feature_index]`, whatever put it there; the
    coefficient is not used (directional ablation, Arditi et al. 2024)."""
    PROJECTION_CAP = "projection-cap"
    """Let the stream point along `W_dec[feature_index]` no further than the feature at
    `coefficient * max_activation` would take it."""


class Condition(Frozen):
    """Act only on tokens on which another feature is active."""

    ref: FeatureRef
    """Read at the same hook point as the term acts, or at a lower one."""
    at_least: float = Field(default=0.0, ge=0)
    """In units of its max activation; at 0 any activation will do."""


class Overlap(Frozen):
    """How much two features push the same way."""

    first: FeatureRef
    second: FeatureRef
    cosine: float = Field(ge=-1.001, le=1.001)
    """Of the two decoder rows; at 0 they have nothing to do with each other."""


class SteeringTerm(Frozen):
    """One slider of the rack."""

    ref: FeatureRef
    mode: SteeringMode = SteeringMode.ADD
    coefficient: float = Field(default=1.0, allow_inf_nan=False)
    """In units of the feature's max activation: 1.0 is as strong as it ever was in the corpus."""
    is_bypassed: bool = False
    """Kept on the rack, not heard."""
    decay: float = Field(default=1.0, gt=0, le=1)
    """What the term does is multiplied by this once more with every new token: 0.99 has halved
    it after 69 tokens, and strong steering loops less."""
    condition: Condition | None = None

    @property
    def is_inert(self) -> bool:
        """Say whether the term leaves the stream exactly as it is."""
        return self.is_bypassed or (self.mode is SteeringMode.ADD and self.coefficient == 0)


class SteeringPlan(Frozen):
    """All terms of one rewrite; hashable, so it can be a cache key."""

    terms: tuple[SteeringTerm, ...] = ()
    where: Literal["generated", "prompt", "all", "span"] = "generated"
    """Which positions are steered, counted absolutely. `prompt` means the passage that is
    rewritten: the first token (BOS), task marks and templates never are."""
    span: Span | None = None
    """With `where="span"`: the characters of the passage whose tokens are steered."""

    @model_validator(mode="after")
    def _span_is_given_where_it_is_used(self) -> Self:
        if (self.where == "span") != (self.span is not None):
            msg = "a plan has a span if, and only if, it steers one"
            raise ValueError(msg)
        return self

    @property
    def active_terms(self) -> tuple[SteeringTerm, ...]:
        """Return the terms that change anything."""
        return tuple(term for term in self.terms if not term.is_inert)
