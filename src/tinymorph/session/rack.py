"""The rack: an ordered set of steering terms, one a feature, with an undo stack of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm
from tinymorph.session.change import NOTHING, SessionChange
from tinymorph.session.overlaps import Overlaps
from tinymorph.session.scheduler import SteeringPace

Terms = tuple[SteeringTerm, ...]
MOST_STEPS = 200
"""Older steps are forgotten."""


@dataclass(frozen=True, slots=True)
class RackState:
    """What stands on the rack."""

    terms: Terms = ()
    """At most one a feature."""
    solo: frozenset[FeatureRef] = frozenset()
    """If there are any, these alone are heard."""

    @property
    def plan(self) -> SteeringPlan:
        """Return what it does to words; what is not heard is bypassed there."""
        return SteeringPlan(
            terms=tuple(
                term
                if not self.solo or term.ref in self.solo
                else term.model_copy(update={"is_bypassed": True})
                for term in self.terms
            )
        )

    def term(self, ref: FeatureRef) -> SteeringTerm | None:
        """Return the term of a feature, if it has one."""
        return next((term for term in self.terms if term.ref == ref), None)


class Steered(Protocol):
    """What the rack steers: the suggestions on show."""

    def __call__(self) -> SessionChange:
        """Have them written anew; NOTHING if there are none."""
        ...


class Rack:
    """Hold the state of the rack, what it was before, and when a change of it is heard."""

    def __init__(self, steer: Steered, clock: Callable[[], float], overlaps: Overlaps) -> None:
        self._steer, self._clock = steer, clock
        self.overlaps = overlaps
        self._pace = SteeringPace()
        self._state = RackState()
        self._undo: list[RackState] = []
        self._redo: list[RackState] = []
        self._moving: FeatureRef | None = None
        """The slider whose positions are one step until it is let go."""
        self._other: RackState | None = None
        self._hears_other = False

    @property
    def state(self) -> RackState:
        """Return what stands on the rack now."""
        return self._state

    @property
    def terms(self) -> Terms:
        """Return the terms, in their order."""
        return self._state.terms

    @property
    def plan(self) -> SteeringPlan:
        """Return what the rack does to the next words."""
        return self._state.plan

    # Changes

    def add(self, ref: FeatureRef, coefficient: float = 1.0) -> SessionChange:
        """Put a slider for the feature at the rack's end, unless it has one."""
        if self._state.term(ref) is not None:
            return NOTHING
        return self.set_terms((*self.terms, SteeringTerm(ref=ref, coefficient=coefficient)))

    def remove(self, ref: FeatureRef) -> SessionChange:
        """Take a slider off."""
        return self.set_terms(tuple(term for term in self.terms if term.ref != ref))

    def move(self, ref: FeatureRef, coefficient: float) -> SessionChange:
        """Move a slider that will move on: one step until `settle`, heard as fast as can be."""
        term = self._state.term(ref)
        if term is None or term.coefficient == coefficient:
            return NOTHING
        if ref != self._moving:
            self._let_go()
            self._remember()
            self._moving = ref
        self._redo.clear()
        was_heard = self.plan.active_terms
        self._state = self._changed(ref, {"coefficient": coefficient})
        if self.plan.active_terms != was_heard:
            self._pace.moved(self._clock())
        return SessionChange(rack=True) | self.tick()

    def settle(self) -> SessionChange:
        """Take note that a slider was let go: where it stands now is to be heard at once."""
        self._let_go()
        return NOTHING if self._pace.due_at is None else self._steer_now()

    def set_coefficient(self, ref: FeatureRef, coefficient: float) -> SessionChange:
        """Put a slider to a place."""
        return self._change(ref, {"coefficient": coefficient})

    def set_bypassed(self, ref: FeatureRef, is_bypassed: bool) -> SessionChange:
        """Let a term be heard or not."""
        return self._change(ref, {"is_bypassed": is_bypassed})

    def set_mode(self, ref: FeatureRef, mode: SteeringMode) -> SessionChange:
        """Choose how a term acts."""
        return self._change(ref, {"mode": mode})

    def set_decay(self, ref: FeatureRef, decay: float) -> SessionChange:
        """Choose how fast a term fades."""
        return self._change(ref, {"decay": decay})

    def set_condition(self, ref: FeatureRef, condition: Condition | None) -> SessionChange:
        """Let a term act only where another feature is active, or everywhere."""
        return self._change(ref, {"condition": condition})

    def set_solo(self, ref: FeatureRef, is_solo: bool) -> SessionChange:
        """Hear this term, with others that are solo, and no more; or not so any longer."""
        if self._state.term(ref) is None:
            return NOTHING
        solo = self._state.solo | {ref} if is_solo else self._state.solo - {ref}
        return self.set_state(replace(self._state, solo=solo))

    def set_terms(self, terms: Terms) -> SessionChange:
        """Set all sliders; what is gone is solo no more."""
        solo = self._state.solo & {term.ref for term in terms}
        return self.set_state(RackState(terms, solo))

    def set_state(self, state: RackState) -> SessionChange:
        """Set everything, as one step."""
        self._let_go()
        if state == self._state:
            return NOTHING
        self._remember()
        self._redo.clear()
        return self._take(state)

    # Back and forth

    @property
    def can_undo(self) -> bool:
        """Say whether there is a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Say whether a step was taken back."""
        return bool(self._redo)

    @property
    def can_compare(self) -> bool:
        """Say whether there is another state to hear."""
        return self._other is not None

    @property
    def hears_other(self) -> bool:
        """Say whether the state before the last change is being heard for comparison."""
        return self._hears_other

    def undo(self) -> SessionChange:
        """Take the last step back."""
        return self._step(self._undo, self._redo)

    def redo(self) -> SessionChange:
        """Do again what was taken back."""
        return self._step(self._redo, self._undo)

    def compare(self) -> SessionChange:
        """Hear the state before the last change; called again, go back to the one after it.

        To hear the other is a step like any other, to go back undoes it: nothing is lost, and
        nothing piles up.
        """
        if self._other is None:
            return NOTHING
        self._let_go()
        here, there, goes_back = self._state, self._other, self._hears_other
        if goes_back:
            self._undo.pop()
        else:
            self._remember()
        self._redo.clear()
        self._other, self._hears_other = here, not goes_back
        return self._take(there)

    # When it is heard

    @property
    def due_in(self) -> float | None:
        """Return in how many seconds to call `tick`; None if no position waits to be heard."""
        due_at = self._pace.due_at
        return None if due_at is None else max(0.0, due_at - self._clock())

    def tick(self) -> SessionChange:
        """Have the newest position heard, if it has waited long enough."""
        due_in = self.due_in
        return self._steer_now() if due_in is not None and due_in <= 0 else NOTHING

    def asked(self) -> None:
        """Take note that words were asked for with the rack as it stands."""
        self._pace.sent(self._clock())

    def words_came(self) -> None:
        """Take note of words of what was asked for last."""
        self._pace.words_came(self._clock())

    def answered(self) -> None:
        """Take note that what was asked for last is over."""
        self._pace.ended()

    def _change(self, ref: FeatureRef, update: dict[str, object]) -> SessionChange:
        return self.set_state(self._changed(ref, update))

    def _changed(self, ref: FeatureRef, update: dict[str, object]) -> RackState:
        terms = tuple(
            term.model_copy(update=update) if term.ref == ref else term for term in self.terms
        )
        return replace(self._state, terms=terms)

    def _let_go(self) -> None:
        """End the step of a moving slider; one that is back where it began was none."""
        if self._moving is not None and self._undo and self._undo[-1] == self._state:
            self._undo.pop()
        self._moving = None

    def _remember(self) -> None:
        self._undo.append(self._state)
        del self._undo[:-MOST_STEPS]
        self._other, self._hears_other = self._state, False

    def _step(self, source: list[RackState], target: list[RackState]) -> SessionChange:
        self._let_go()
        if not source:
            return NOTHING
        target.append(self._state)
        self._other, self._hears_other = self._state, False
        return self._take(source.pop())

    def _take(self, state: RackState) -> SessionChange:
        was_heard, self._state = self.plan.active_terms, state
        self.overlaps.look(state.terms)
        is_heard = self.plan.active_terms != was_heard or self._pace.due_at is not None
        return SessionChange(rack=True) | (self._steer_now() if is_heard else NOTHING)

    def _steer_now(self) -> SessionChange:
        self._pace.forget()
        return self._steer()
