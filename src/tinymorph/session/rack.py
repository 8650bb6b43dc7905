"""The rack: an ordered set of steering terms, one a feature; what is heard of it steers."""

from __future__ import annotations

from collections.abc import Callable

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm
from tinymorph.session.change import NOTHING, SessionChange

Terms = tuple[SteeringTerm, ...]


class Rack:
    """Hold the terms; `steer` is called after a change that can be heard."""

    def __init__(self, steer: Callable[[], SessionChange]) -> None:
        self._steer = steer
        self._terms: Terms = ()

    @property
    def terms(self) -> Terms:
        """Return the terms, in their order."""
        return self._terms

    @property
    def plan(self) -> SteeringPlan:
        """Return what the rack does to the next words."""
        return SteeringPlan(terms=self._terms)

    def add(self, ref: FeatureRef, coefficient: float = 1.0) -> SessionChange:
        """Put a slider for the feature at the rack's end, unless it has one."""
        if any(term.ref == ref for term in self._terms):
            return NOTHING
        return self.set_terms((*self._terms, SteeringTerm(ref=ref, coefficient=coefficient)))

    def remove(self, ref: FeatureRef) -> SessionChange:
        """Take a slider off."""
        return self.set_terms(tuple(term for term in self._terms if term.ref != ref))

    def set_coefficient(self, ref: FeatureRef, coefficient: float) -> SessionChange:
        """Move a slider."""
        return self._change(ref, {"coefficient": coefficient})

    def set_bypassed(self, ref: FeatureRef, is_bypassed: bool) -> SessionChange:
        """Let a term be heard or not."""
        return self._change(ref, {"is_bypassed": is_bypassed})

    def set_mode(self, ref: FeatureRef, mode: SteeringMode) -> SessionChange:
        """Choose how a term acts."""
        return self._change(ref, {"mode": mode})

    def set_terms(self, terms: Terms) -> SessionChange:
        """Set all sliders."""
        if terms == self._terms:
            return NOTHING
        was_heard, self._terms = self.plan.active_terms, terms
        change = SessionChange(rack=True)
        return change if self.plan.active_terms == was_heard else change | self._steer()

    def _change(self, ref: FeatureRef, update: dict[str, object]) -> SessionChange:
        return self.set_terms(
            tuple(
                term.model_copy(update=update) if term.ref == ref else term for term in self._terms
            )
        )
