"""One finished suggestion against the paragraph as it is now: what of it can be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from tinymorph.errors import BadInputError, StaleEditError
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Flaw, Replacement, Suggestion
from tinymorph.session.keeping import reason_to_keep
from tinymorph.session.places import HunkPlaces
from tinymorph.session.views import HunkState, HunkView
from tinymorph.text.diff import Hunk, ParagraphDiff, diff_words


class Card:
    """Keep which hunks were refused, and where each stands."""

    def __init__(
        self, request: SuggestionRequest, suggestion: Suggestion, receipt: str = ""
    ) -> None:
        """Lay a suggestion against the passage of `request`, for which it is meant."""
        self.suggestion, self.receipt = suggestion, receipt
        text = request.paragraph.text
        self._diff = diff_words(request.span.of(text), suggestion.text)
        self.places = HunkPlaces(self._diff, request.span.start, text)
        self._kept = [
            reason_to_keep(hunk, request.span.start, text, request.protected)
            for hunk in self._diff.hunks
        ]
        self._refused: set[int] = set()

    def hunks(self) -> tuple[HunkView, ...]:
        """Return every hunk as it stands now."""
        return tuple(self._hunk(index, hunk) for index, hunk in enumerate(self._diff.hunks))

    @property
    def is_outdated(self) -> bool:
        """Say whether nothing can be accepted because the writer changed the words."""
        states = {self.places.state(index) for index in range(len(self._diff.hunks))}
        return HunkState.OUTDATED in states and HunkState.OPEN not in states

    def refuse(self, hunk: int) -> bool:
        """Refuse an open hunk, or take the refusal back; say whether anything changed."""
        if not 0 <= hunk < len(self._diff.hunks):
            return False
        if self._hunk(hunk, self._diff.hunks[hunk]).state is HunkState.OPEN:
            self._refused.add(hunk)
            return True
        was_refused = hunk in self._refused
        self._refused.discard(hunk)
        return was_refused

    def chosen(self, hunks: AbstractSet[int] | None) -> frozenset[int]:
        """Return the hunks to accept: those asked for, or all that are open.

        StaleEditError if the writer's words are no longer there, BadInputError if there is
        nothing to accept for another reason.
        """
        if self.suggestion.flaw is Flaw.EMPTY or not self.suggestion.text.strip():
            raise BadInputError("The suggestion is empty, so the paragraph was left as it is.")
        views = self.hunks()
        if hunks is not None:
            for index in hunks:
                self._check(views, index)
            return frozenset(hunks)
        found = frozenset(view.index for view in views if view.state is HunkState.OPEN)
        if not found:
            raise _nothing_open(views)
        return found

    def edits(self, chosen: AbstractSet[int]) -> tuple[Replacement, ...]:
        """Return the edits that accept these hunks, for the paragraph as it is now."""
        return tuple(
            Replacement(span=self.places.span(index), text=self._diff.hunks[index].after_text)
            for index in sorted(chosen)
        )

    def _hunk(self, index: int, hunk: Hunk) -> HunkView:
        state = self.places.state(index)
        if state is HunkState.OPEN and self._kept[index]:
            state = HunkState.KEPT
        elif state is HunkState.OPEN and index in self._refused:
            state = HunkState.REFUSED
        return HunkView(
            index=index,
            kind=hunk.kind,
            state=state,
            span=self.places.span(index),
            words=self.places.words(index),
            before=hunk.before_text,
            after=hunk.after_text,
            reason=self._kept[index],
        )

    @staticmethod
    def _check(views: Sequence[HunkView], index: int) -> None:
        if not 0 <= index < len(views):
            raise BadInputError(f"The suggestion has no change {index}.")
        view = views[index]
        if view.state is HunkState.OUTDATED:
            raise _out_of_date()
        if view.state is HunkState.KEPT:
            raise BadInputError(view.reason)
        if view.state in {HunkState.SAME, HunkState.TAKEN}:
            raise BadInputError("This change is in the page already.")


def diff_of(hunks: Sequence[HunkView]) -> ParagraphDiff:
    """Return the diff between the passage as it is now and with all open hunks accepted."""
    result: list[Hunk] = []
    before = after = 0
    for view in hunks:
        is_open = view.state is HunkState.OPEN
        new = view.after if is_open else view.words
        kind = view.kind if is_open else "equal"
        if result and kind == result[-1].kind == "equal":
            last = result.pop()
            old_words, new_words = last.before_text + view.words, last.after_text + new
            old_start, new_start = last.before.start, last.after.start
        else:
            old_words, new_words, old_start, new_start = view.words, new, before, after
        before, after = before + len(view.words), after + len(new)
        if old_words or new_words:
            old_span, new_span = Span(start=old_start, end=before), Span(start=new_start, end=after)
            result.append(Hunk(kind, old_span, new_span, old_words, new_words))
    return ParagraphDiff(tuple(result))


def _nothing_open(views: Sequence[HunkView]) -> BadInputError | StaleEditError:
    states = {view.state for view in views}
    if HunkState.OUTDATED in states:
        return _out_of_date()
    kept = next((view for view in views if view.state is HunkState.KEPT), None)
    if kept is not None:
        return BadInputError(kept.reason)
    if HunkState.REFUSED in states:
        return BadInputError("You refused every change of this suggestion.")
    return BadInputError("The suggestion changes nothing.")


def _out_of_date() -> StaleEditError:
    return StaleEditError(
        "The words changed since this was suggested, so they were left as they are.",
        hint="Ask again to get suggestions for the new words.",
    )
