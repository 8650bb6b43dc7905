"""What a card says about a rewrite, in sentences."""

from __future__ import annotations

from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.suggestion import FeatureChange, Flaw
from tinymorph.session.views import HunkState, HunkView, SuggestionView, WritingProgress
from tinymorph.text.diff import ParagraphDiff, split_words
from tinymorph.text.measures import Measures

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
    Flaw.LOST: "It stays as it is: a change that would take it away is not offered.",
}
USABLE = frozenset({None, Flaw.CUT, Flaw.LOST})
"""With these a rewrite is still shown as a diff and can be accepted, at least in part."""
STALE = "You changed these words since; ask again."
LOST = "It would lose {}."
ONLY_KEPT = "No usable rewrite: it changes only what must stay."
WRITING = "Writing\u2026"
STOPPED = "Stopped before it was finished."


def heading_of(view: SuggestionView, *, is_writing: bool) -> str:
    """Return what stands beside the number of a card."""
    if not view.is_finished:
        return WRITING if is_writing else STOPPED
    if view.is_stale:
        return "Out of date"
    if view.flaw is not None and view.flaw is not Flaw.LOST:
        return FLAW_SENTENCES[view.flaw]
    if not is_usable(view):
        return ONLY_KEPT
    if left_of(view):
        return left_of(view)
    return what_changed(view.diff) if view.diff is not None else ""


def hint_of(view: SuggestionView) -> str:
    """Return what to know before accepting a card; empty if nothing."""
    if view.is_stale:
        return STALE
    if view.flaw is None:
        return ""
    lost = view.suggestion.lost if view.suggestion and view.flaw is Flaw.LOST else ()
    words = ", ".join(_quoted(one) for one in lost)
    return f"{LOST.format(words)} {FLAW_HINTS[view.flaw]}" if lost else FLAW_HINTS[view.flaw]


def left_of(view: SuggestionView) -> str:
    """Return how many changes are open, once they are not all; empty before that."""
    left = sum(hunk.state is HunkState.OPEN for hunk in view.changes)
    if left == len(view.changes):
        return ""
    return f"{left} of {len(view.changes)} changes left" if left else "No change left"


def fate_of(view: SuggestionView) -> str:
    """Return what became of a card's changes that are not open."""
    named = {
        HunkState.TAKEN: "in the page",
        HunkState.REFUSED: "left out",
        HunkState.KEPT: "not offered",
        HunkState.OUTDATED: "out of date",
    }
    states = [hunk.state for hunk in view.changes]
    parts = [f"{states.count(state)} {words}" for state, words in named.items() if state in states]
    return f"{', '.join(parts)}." if parts else ""


def place_of(view: SuggestionView, hunk: HunkView) -> str:
    """Return which change of a card this is, and what it does."""
    changes = view.changes
    return f"Change {changes.index(hunk) + 1} of {len(changes)}: {deed_of(hunk)}"


def deed_of(hunk: HunkView) -> str:
    """Return what a change does, did or would do, in one sentence."""
    match hunk.state:
        case HunkState.TAKEN:
            return f"in the page: {_quoted(hunk.words) or 'the words are gone'}."
        case HunkState.OUTDATED:
            return "you changed these words, so it is out of date."
        case HunkState.KEPT:
            return f"{_exchange(hunk)}. Not offered: {hunk.reason}"
        case HunkState.REFUSED:
            return f"{_exchange(hunk)}. Left out."
        case HunkState.OPEN | HunkState.SAME:
            return f"{_exchange(hunk)}."


def measured(found: Measures) -> str:
    """Return length, kept content words and readability, each named for what it is."""
    parts = [f"{found.words_before} \u2192 {found.words_after} words"]
    if found.content_kept is not None:
        parts.append(f"{found.content_kept:.0%} of content words kept")
    if found.lix_before is not None and found.lix_after is not None:
        parts.append(f"LIX {found.lix_before:.0f} \u2192 {found.lix_after:.0f}{_ease(found)}")
    return "  \u00b7  ".join(part.replace(" ", "\u00a0") for part in parts)


def is_usable(view: SuggestionView) -> bool:
    """Say whether a finished card proposes anything that may be done."""
    may_be_done = any(hunk.state is not HunkState.KEPT for hunk in view.changes)
    return view.flaw in USABLE and (may_be_done or not view.changes)


def is_offered(view: SuggestionView) -> bool:
    """Say whether something of a card can be accepted."""
    is_open = any(hunk.state is HunkState.OPEN for hunk in view.hunks)
    return is_open and not view.is_stale and view.flaw in USABLE


def asked_of(request: SuggestionRequest | None, *, is_of_card: bool = False) -> str:
    """Return what the model is writing, in the terms in which it was asked."""
    if request is None:
        return "Writing"
    count = request.alternatives
    what = "a rewrite" if count == 1 else f"{count} rewrites"
    twins = ", with twins" if request.with_twin and request.plan.active_terms else ""
    last = request.seed + count - 1
    seeds = f"seed {request.seed}" if count == 1 else f"seeds {request.seed} to {last}"
    words = _count(request.span.of(request.paragraph.text))
    task = request.task.replace("_", " ")
    whose = "words of a suggestion" if is_of_card else "words"
    return f"Writing {what} of {words} {whose}{twins}: {task}, {seeds}"


def speed_of(progress: WritingProgress | None) -> str:
    """Return how far the writing is, and how fast it goes."""
    if progress is None or not progress.tokens:
        return "Reading your words first."
    so_far = f"{progress.tokens:,} tokens so far"
    if progress.tokens_per_second is None:
        return f"{so_far}."
    return f"{so_far}, {progress.tokens_per_second:.0f} a second."


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


def _ease(found: Measures) -> str:
    change = (found.lix_after or 0) - (found.lix_before or 0)
    if abs(change) < 1:
        return ""
    return ", easier to read" if change < 0 else ", harder to read"


def _exchange(hunk: HunkView) -> str:
    before, after = _quoted(hunk.before), _quoted(hunk.after)
    if not before:
        return f"insert {after}"
    return f"{before} becomes {after}" if after else f"take out {before}"


def _quoted(words: str) -> str:
    return f"\u201c{words.strip()}\u201d" if words.strip() else ""


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")


def _count(text: str) -> int:
    return sum(1 for word in split_words(text) if word.of(text)[0].isalnum())
