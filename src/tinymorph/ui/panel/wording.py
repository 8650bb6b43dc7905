"""What a card says about a rewrite, in sentences."""

from __future__ import annotations

from tinymorph.schema.suggestion import FeatureChange, Flaw
from tinymorph.session.views import SuggestionView
from tinymorph.text.diff import ParagraphDiff, split_words

FLAW_SENTENCES: dict[Flaw, str] = {
    Flaw.EMPTY: "No usable rewrite: it came back empty.",
    Flaw.ECHO: "No usable rewrite: it repeated your words unchanged.",
    Flaw.LOOP: "No usable rewrite: it repeated itself.",
    Flaw.CUT: "It was cut off before the end.",
    Flaw.LOST: "It lost words that you protected.",
}
FLAW_HINTS: dict[Flaw, str] = {
    Flaw.EMPTY: "A weaker slider or another seed often helps.",
    Flaw.ECHO: "Try another task, or another seed.",
    Flaw.LOOP: "A slider is probably too strong; move it towards zero.",
    Flaw.CUT: "Select a shorter passage.",
    Flaw.LOST: "The changes that leave them alone can be accepted.",
}
USABLE = frozenset({None, Flaw.CUT, Flaw.LOST})
"""With these a rewrite is still shown as a diff and can be accepted, at least in part."""
STALE = "The paragraph changed; ask again."
WRITING = "Writing\u2026"
STOPPED = "Stopped before it was finished."


def heading_of(view: SuggestionView, *, is_writing: bool) -> str:
    """Return what stands beside the number of a card."""
    if not view.is_finished:
        return WRITING if is_writing else STOPPED
    if view.flaw is not None:
        return FLAW_SENTENCES[view.flaw]
    return what_changed(view.diff) if view.diff is not None else ""


def is_offered(view: SuggestionView) -> bool:
    """Say whether a card should be accepted as it stands: not if stale, broken or unchanged."""
    return view.is_finished and not view.is_stale and view.flaw in USABLE


def what_changed(diff: ParagraphDiff) -> str:
    """Return how many words changed, and how much longer or shorter the text became."""
    hunks = [hunk for hunk in diff.hunks if hunk.kind != "equal"]
    changed = sum(
        max(len(split_words(hunk.before_text)), len(split_words(hunk.after_text))) for hunk in hunks
    )
    before, after = _count(diff.before), _count(diff.after)
    words = "1 word changed" if changed == 1 else f"{changed} words changed"
    if not hunks:
        return "Nothing changed"
    if after == before:
        return words
    return f"{words}, {abs(after - before)} {'longer' if after > before else 'shorter'}"


def reason(label: str, change: FeatureChange) -> str:
    """Return how one feature moved: an arrow that needs no colour, and the two numbers."""
    twin = "" if change.twin is None else f" (unsteered {_number(change.twin)})"
    numbers = f"{_number(change.before)} \u2192 {_number(change.after)}{twin}".replace(
        " ", "\u00a0"
    )
    return f"{arrow(change)} {label}  {numbers}"


def arrow(change: FeatureChange) -> str:
    """Return whether the feature rose, fell or stayed."""
    if abs(change.after - change.before) < 0.005:
        return "="
    return "\u25b2" if change.after > change.before else "\u25bc"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")


def _count(text: str) -> int:
    return sum(1 for word in split_words(text) if word.of(text)[0].isalnum())
