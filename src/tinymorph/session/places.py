"""Where the hunks of a card stand in the paragraph as it is now, through every edit of it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate

from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Replacement
from tinymorph.session.views import HunkState
from tinymorph.text.diff import ParagraphDiff, split_words

_MOST_KNOWN = 400
"""Wordings of the paragraph whose places are remembered, for undo and redo."""


class HunkPlaces:
    """Follow the hunks of one diff through the paragraph; they tile its passage throughout.

    A hunk can be accepted while its place holds the words that it was made for. A wording that the
    paragraph had before, as after undo, has its places again.
    """

    def __init__(self, diff: ParagraphDiff, start: int, text: str) -> None:
        self._hunks = diff.hunks
        lengths = (len(hunk.before_text) for hunk in diff.hunks)
        self._borders = self._first_borders = tuple(accumulate(lengths, initial=start))
        self._text = self._first_text = text
        self._known: dict[str, tuple[int, ...]] = {}
        self._beside = {
            index: _words_beside(diff.before, hunk.before.start)
            for index, hunk in enumerate(diff.hunks)
            if hunk.kind == "insert"
        }

    @property
    def whole(self) -> Span:
        """Return where the passage stands now."""
        return Span(start=self._borders[0], end=self._borders[-1])

    def span(self, index: int) -> Span:
        """Return where a hunk stands now."""
        return Span(start=self._borders[index], end=self._borders[index + 1])

    def edited(self, edits: Sequence[Replacement], text: str, *, is_within: bool = False) -> None:
        """Follow an edit that was none of this card's; `text` is the paragraph after it.

        With `is_within` what is put in at the end of the passage belongs to it.
        """
        borders = self._borders
        for edit in reversed(edits):
            borders = self._moved(borders, edit, is_within=is_within)
        self._take(self._known.get(text, borders), text)

    def accepted(self, chosen: AbstractSet[int], text: str) -> None:
        """Follow an edit that accepted these hunks; `text` is the paragraph after it."""
        lengths = (
            len(hunk.after_text if index in chosen else self.span(index).of(self._text))
            for index, hunk in enumerate(self._hunks)
        )
        self._take(tuple(accumulate(lengths, initial=self._borders[0])), text)

    def words(self, index: int) -> str:
        """Return what stands in a hunk's place now."""
        return self.span(index).of(self._text)

    def state(self, index: int) -> HunkState:
        """Say what became of a hunk."""
        hunk, words = self._hunks[index], self.words(index)
        if hunk.kind == "equal":
            return HunkState.SAME
        if words == hunk.before_text and self._stands_as_it_stood(index):
            return HunkState.OPEN
        return HunkState.TAKEN if words == hunk.after_text else HunkState.OUTDATED

    def _stands_as_it_stood(self, index: int) -> bool:
        """Say whether a hunk's words are whole words still, and an insertion has its neighbours."""
        left, right = self._beside.get(index, ("", ""))
        span = self.span(index)
        if not self._text[: span.start].endswith(left):
            return False
        if not self._text[span.end :].startswith(right):
            return False
        edges = (span.start - len(left), span.end + len(right))
        first = (
            self._first_borders[index] - len(left),
            self._first_borders[index + 1] + len(right),
        )
        return not any(
            _is_within_word(self._text, now) and not _is_within_word(self._first_text, then)
            for now, then in zip(edges, first, strict=True)
        )

    def _moved(
        self, borders: tuple[int, ...], edit: Replacement, *, is_within: bool
    ) -> tuple[int, ...]:
        """Return the borders after a replacement; what is put in at a border is no change's."""
        moved: list[int] = []
        for index, border in enumerate(borders):
            is_last = index == len(self._hunks)
            is_of_change = not is_last and self._hunks[index].kind != "equal"
            is_empty = is_last or borders[index + 1] == border
            moves_at = is_within if is_last else not is_empty and (is_of_change or index == 0)
            moved.append(_moved_border(border, edit, moves_at=moves_at))
        return tuple(moved)

    def _take(self, borders: tuple[int, ...], text: str) -> None:
        self._known[self._text] = self._borders
        self._text, self._borders = text, borders
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]


def moved_span(span: Span, edits: Sequence[Replacement]) -> Span:
    """Return where a stretch stands after edits; what is put in at its ends is none of it."""
    start, end = span.start, span.end
    for edit in reversed(edits):
        start = _moved_border(start, edit, moves_at=True)
        end = max(start, _moved_border(end, edit, moves_at=False))
    return Span(start=start, end=end)


def _moved_border(border: int, edit: Replacement, *, moves_at: bool) -> int:
    """Return a border after a replacement; one within it stands after the new words."""
    start, end = edit.span.start, edit.span.end
    if start == end == border:
        return border + len(edit.text) if moves_at else border
    if border <= start:
        return border
    if border >= end:
        return border + len(edit.text) - (end - start)
    return start + len(edit.text)


def _words_beside(text: str, place: int) -> tuple[str, str]:
    """Return the word before a place and the word after it, with what stands between."""
    before = [word for word in split_words(text[:place]) if word.of(text)[0].isalnum()]
    rest = text[place:]
    after = next((word for word in split_words(rest) if word.of(rest)[0].isalnum()), None)
    left = text[before[-1].start : place] if before else text[:place]
    return left, rest if after is None else rest[: after.end]


def _is_within_word(text: str, place: int) -> bool:
    """Say whether a place is between two characters of one word."""
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
