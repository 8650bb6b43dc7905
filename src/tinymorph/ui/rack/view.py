"""All that the rack shows of a session: plain frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tinymorph.schema.feature import FeatureRef, SteeringBand
from tinymorph.schema.steering import SteeringMode, SteeringTerm
from tinymorph.schema.suggestion import FeatureChange
from tinymorph.session.rack import Rack
from tinymorph.session.session import WritingSession
from tinymorph.session.views import SuggestionView
from tinymorph.ui.labels import FeatureLibrary
from tinymorph.ui.rack.wording import (
    MODES,
    Effect,
    band_words,
    breaks_down,
    condition_words,
    decay_words,
    effect_words,
    overlap_words,
)

NO_PEAK = "Never seen active, so it has no unit: only Silence and Erase work."
BREAKS_DOWN = "Past the collapse mark: expect broken words."
_NEED_NO_PEAK = frozenset({SteeringMode.ABLATE, SteeringMode.ORTHOGONAL})


@dataclass(frozen=True, slots=True)
class RowView:
    """One slider."""

    term: SteeringTerm
    label: str
    is_solo: bool
    is_heard: bool
    """It does something to the words now."""
    band: SteeringBand | None
    facts: str
    """Band, effect, decay and condition, in words."""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class RackView:
    """The whole rack."""

    rows: tuple[RowView, ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    can_compare: bool = False
    hears_other: bool = False


def rack_view(session: WritingSession, library: FeatureLibrary) -> RackView:
    """Take from the session what the rack shows."""
    rack = session.rack
    cards = session.suggestions
    return RackView(
        rows=tuple(_row(rack, term, library, cards) for term in rack.terms),
        can_undo=rack.can_undo,
        can_redo=rack.can_redo,
        can_compare=rack.can_compare,
        hears_other=rack.hears_other,
    )


def effect_of(ref: FeatureRef, peak: float, cards: Sequence[SuggestionView]) -> Effect | None:
    """Return what became of a feature in the finished cards that were steered by it."""
    changes: list[FeatureChange] = []
    for card in cards:
        found = card.suggestion
        if found is not None and any(term.ref == ref for term in found.plan.active_terms):
            changes += [change for change in found.features if change.ref == ref]
    if not changes or peak <= 0:
        return None
    twins = [change.twin for change in changes if change.twin is not None]
    return Effect(
        source=changes[0].before / peak,
        after=fmean(change.after for change in changes) / peak,
        twin=fmean(twins) / peak if twins else None,
    )


def _row(
    rack: Rack, term: SteeringTerm, library: FeatureLibrary, cards: Sequence[SuggestionView]
) -> RowView:
    card, words = library.card(term.ref), MODES[term.mode]
    band = card.band if card is not None else None
    peak = card.max_activation if card is not None else 0.0
    effect = effect_of(term.ref, peak, cards)
    condition = term.condition
    facts = (
        effect_words(effect) if effect is not None else "",
        decay_words(term.decay),
        condition_words(condition, library.label(condition.ref) if condition else ""),
        band_words(band) if words.uses_level else "",
    )
    heard = rack.plan.active_terms
    is_heard = any(found.ref == term.ref for found in heard)
    overlaps = rack.overlaps.of(term.ref, heard) if is_heard else ()
    warnings = [
        overlap_words(one.cosine, library.label(one.second), len(overlaps) - 1)
        for one in overlaps[:1]
    ]
    if card is not None and peak <= 0 and term.mode not in _NEED_NO_PEAK:
        warnings.insert(0, NO_PEAK)
    elif breaks_down(term, band):
        warnings.insert(0, BREAKS_DOWN)
    return RowView(
        term=term,
        label=library.label(term.ref),
        is_solo=term.ref in rack.state.solo,
        is_heard=is_heard,
        band=band if words.uses_level else None,
        facts=" ".join(fact for fact in facts if fact),
        warning=" ".join(warnings),
    )
