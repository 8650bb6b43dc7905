"""What the rack says, in the writer's words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tinymorph.schema.feature import SteeringBand
from tinymorph.schema.steering import Condition, SteeringMode, SteeringTerm


@dataclass(frozen=True, slots=True)
class ModeWords:
    """How a mode is called and explained."""

    name: str
    explanation: str
    uses_level: bool = True
    """Whether the slider says how much."""


MODES: dict[SteeringMode, ModeWords] = {
    SteeringMode.ADD: ModeWords(
        "Add", "Adds this much of the feature to every new word; below zero it takes it away."
    ),
    SteeringMode.CLAMP: ModeWords(
        "Hold at", "Holds the feature at exactly this level, wherever it would have stood (clamp)."
    ),
    SteeringMode.MIN_CLAMP: ModeWords(
        "At least", "Lifts the feature to this level where it is weaker; else nothing (min-clamp)."
    ),
    SteeringMode.PROJECTION_CAP: ModeWords(
        "At most",
        "Lets the words lean no further towards the feature than this level (projection cap).",
    ),
    SteeringMode.ABLATE: ModeWords(
        "Silence", "Holds the feature at zero; there is no level to choose (ablate).", False
    ),
    SteeringMode.ORTHOGONAL: ModeWords(
        "Erase",
        "Takes out all that points the feature's way, even what other features put there; "
        "there is no level to choose (orthogonal).",
        False,
    ),
}
HALVINGS = (80, 40, 20, 10)
"""After how many tokens a fading term has halved, for the writer to choose from."""
NOT_MEASURED = "Band not measured."


@dataclass(frozen=True, slots=True)
class Effect:
    """How strong a feature is on average, as shares of its max activation."""

    source: float
    """In the writer's words."""
    after: float
    """In the alternatives on show, read without steering."""
    twin: float | None
    """In their unsteered twins, where there are any."""


def said(coefficient: float) -> str:
    """Return a coefficient as it is shown: signed, with a real minus."""
    return f"{coefficient:+.2f}".replace("-", "\u2212") if coefficient else "0.00"


def band_words(band: SteeringBand | None) -> str:
    """Say between which levels a feature is of use."""
    if band is None:
        return NOT_MEASURED
    if band.first_effect is None:
        return "No level had any effect when it was measured."
    first = said(band.first_effect)
    if band.collapse is None:
        return f"Works from {first}; no level broke the words."
    return f"Works from {first}, breaks words from {said(band.collapse)}."


def breaks_down(term: SteeringTerm, band: SteeringBand | None) -> bool:
    """Say whether a term stands where words were seen to break down."""
    if band is None or band.collapse is None or not MODES[term.mode].uses_level:
        return False
    return term.coefficient >= band.collapse


def effect_words(effect: Effect) -> str:
    """Say what became of a feature in the alternatives, against their twins or the source."""
    base = effect.source if effect.twin is None else effect.twin
    against = "in your words" if effect.twin is None else "unsteered"
    if math.isclose(effect.after, base, abs_tol=0.0005):
        return f"Unmoved at {_share(base)} of its peak."
    mark, verb = ("\u25b2", "Rose") if effect.after > base else ("\u25bc", "Fell")
    return f"{mark} {verb} to {_share(effect.after)} of its peak, {_share(base)} {against}."


def overlap_words(cosine: float, label: str, others: int = 0) -> str:
    """Warn that a feature is not independent of another on the rack, and of how many more."""
    size = f"{cosine:.2f}".replace("-", "\u2212")
    more = f" and {others} more" if others else ""
    if cosine > 0:
        return f"Overlaps \u201c{label}\u201d (cosine {size}){more}: each moves the other, too."
    return f"Points against \u201c{label}\u201d (cosine {size}){more}: each holds the other back."


def decay_of(tokens: int | None) -> float:
    """Return the decay that halves a term after so many tokens; 1 for one that does not fade."""
    return 1.0 if tokens is None else 0.5 ** (1 / tokens)


def halving_of(decay: float) -> int | None:
    """Return after how many tokens a term has halved; None if it does not fade."""
    return None if decay == 1 else max(1, round(math.log(0.5) / math.log(decay)))


def decay_words(decay: float) -> str:
    """Say how a term fades; nothing if it does not."""
    tokens = halving_of(decay)
    unit = "token" if tokens == 1 else "tokens"
    return "" if tokens is None else f"Halved after {tokens} {unit}."


def condition_words(condition: Condition | None, label: str) -> str:
    """Say where a term acts; nothing if it acts everywhere. `label` names the other feature."""
    if condition is None:
        return ""
    if not condition.at_least:
        return f"Only where \u201c{label}\u201d is active."
    level = _share(condition.at_least)
    return f"Only where \u201c{label}\u201d is at {level} of its peak or more."


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if abs(value) < 0.0995 else f"{100 * value:.0f} %"
