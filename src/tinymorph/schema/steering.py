"""What to do to the residual stream while words are generated."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from tinymorph.schema.base import Frozen
from tinymorph.schema.feature import FeatureRef


class SteeringMode(StrEnum):
    """How a term acts on its feature."""

    ADD = "add"
    """Add `coefficient * max_activation * W_dec[feature_index]` to the stream."""
    CLAMP = "clamp"
    """Hold the feature at `coefficient * max_activation`."""
    ABLATE = "ablate"
    """Hold the feature at zero; the coefficient is not used."""


class SteeringTerm(Frozen):
    """One slider of the rack."""

    ref: FeatureRef
    mode: SteeringMode = SteeringMode.ADD
    coefficient: float = 1.0
    """In units of the feature's max activation: 1.0 is as strong as it ever was in the corpus."""
    is_bypassed: bool = False
    """Kept on the rack, not heard."""

    @property
    def is_inert(self) -> bool:
        """Say whether the term leaves the stream exactly as it is."""
        return self.is_bypassed or (self.mode is SteeringMode.ADD and self.coefficient == 0)


class SteeringPlan(Frozen):
    """All terms of one rewrite; hashable, so it can be a cache key."""

    terms: tuple[SteeringTerm, ...] = ()
    where: Literal["generated", "prompt", "all"] = "generated"
    """Which positions are steered, counted absolutely; the first token (BOS) never is."""

    @property
    def active_terms(self) -> tuple[SteeringTerm, ...]:
        """Return the terms that change anything."""
        return tuple(term for term in self.terms if not term.is_inert)
