"""What changed between two wordings of a paragraph, word by word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Replacement

HunkKind = Literal["equal", "insert", "delete", "replace"]

_APOSTROPHES = "'’"
_ZERO_WIDTH_JOINER = "\u200d"
_JOINERS = "\u200d\ufe0e\ufe0f"
"""Zero-width joiner and variation selectors: they belong to the character before them."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One stretch that stayed, came, went or was exchanged."""

    kind: HunkKind
    before: Span
    after: Span
    before_text: str
    after_text: str


@dataclass(frozen=True, slots=True)
class ParagraphDiff:
    """Hunks that tile both texts; no two equal hunks are neighbours."""

    hunks: tuple[Hunk, ...] = ()

    @property
    def before(self) -> str:
        """Return the text before, put together again."""
        return "".join(hunk.before_text for hunk in self.hunks)

    @property
    def after(self) -> str:
        """Return the text after, put together again."""
        return "".join(hunk.after_text for hunk in self.hunks)

    @property
    def changes(self) -> tuple[int, ...]:
        """Return the indexes of the hunks that change something."""
        return tuple(i for i, hunk in enumerate(self.hunks) if hunk.kind != "equal")


def diff_words(before: str, after: str) -> ParagraphDiff:
    """Compare two texts by words; whitespace alone never counts as common ground."""
    old, new = split_words(before), split_words(after)
    pairs = _matches([word.of(before) for word in old], [word.of(after) for word in new])
    return ParagraphDiff(tuple(_hunks(before, after, ((old[i], new[j]) for i, j in pairs))))


def diff_so_far(before: str, after_so_far: str) -> ParagraphDiff:
    """Compare while `after_so_far` still grows: what it has not reached yet is not a deletion.

    The hunks tile a prefix of `before` only.
    """
    hunks = list(diff_words(before, after_so_far).hunks)
    if hunks and hunks[-1].kind == "delete":
        hunks.pop()
    elif hunks and hunks[-1].kind == "replace":
        hunks[-1] = _cut_replacement(hunks[-1])
    return ParagraphDiff(tuple(hunks))


def replacements(
    diff: ParagraphDiff, chosen: AbstractSet[int] | None = None, offset: int = 0
) -> tuple[Replacement, ...]:
    """Return the edits of the chosen hunks (all if None), for a text that starts at `offset`.

    Each touches only the words that change, so marks on the others survive. IndexError for a
    hunk that does not exist; choosing an equal one changes nothing.
    """
    wrong = [index for index in chosen or () if not 0 <= index < len(diff.hunks)]
    if wrong:
        msg = f"no such hunk: {wrong}; there are {len(diff.hunks)}"
        raise IndexError(msg)
    return tuple(
        Replacement(
            span=Span(start=hunk.before.start + offset, end=hunk.before.end + offset),
            text=hunk.after_text,
        )
        for index, hunk in enumerate(diff.hunks)
        if hunk.kind != "equal" and (chosen is None or index in chosen)
    )


def edits_between(old: str, new: str) -> tuple[Replacement, ...]:
    """Return what an edit did of which only the outcome is known, as narrowly as can be told."""
    head = common_start(old, new)
    tail = common_start(old[head:][::-1], new[head:][::-1])
    diff = diff_words(old[head : len(old) - tail], new[head : len(new) - tail])
    return replacements(diff, offset=head)


def common_start(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many characters, or words, both begin with."""
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)


def apply_replacements(text: str, edits: Sequence[Replacement]) -> str:
    """Return `text` with the edits made; ValueError unless sorted, apart and in range."""
    pieces: list[str] = []
    position = 0
    for edit in edits:
        if edit.span.start < position or edit.span.end > len(text):
            msg = f"edit {edit.span.start}..{edit.span.end} overlaps, is unsorted or out of range"
            raise ValueError(msg)
        pieces += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*pieces, text[position:]])


def split_words(text: str) -> list[Span]:
    """Return the words and punctuation marks of a text, in order, without whitespace.

    A word may hold an apostrophe; a CJK character is a word; marks stay with their letter.
    """
    words: list[Span] = []
    start = 0
    last = ""
    for index, character in enumerate(text):
        kind = _kind(character)
        if (
            last == "word"
            and character in _APOSTROPHES
            and _kind(text[index + 1 : index + 2]) == "word"
        ):
            kind = "word"
        if kind == "other" == last and text[index - 1] == _ZERO_WIDTH_JOINER:
            kind = "mark"
        joins = (kind == "word" and last == "word") or (
            kind == "mark" and last not in {"", "space"}
        )
        if not joins:
            if last not in {"", "space"}:
                words.append(Span(start=start, end=index))
            start, last = index, "other" if kind == "mark" else kind
    if last not in {"", "space"}:
        words.append(Span(start=start, end=len(text)))
    return words


def _kind(character: str) -> str:
    if not character or character.isspace():
        return "space"
    if character in _JOINERS:
        return "mark"
    category = unicodedata.category(character)
    if category[0] == "M" or (category == "Sk" and character > "\uffff"):
        return "mark"
    if (category == "Lo" and "\u2e80" <= character <= "\uffff") or character >= "\U00020000":
        return "other"
    return "word" if category[0] in "LN" or character == "_" else "other"


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the indexes of words that stayed, in order.

    In long texts words that come again and again are no anchors (difflib's `autojunk`), or a
    model that repeats itself would keep the page waiting for minutes.
    """
    head = common_start(old, new)
    tail = common_start(old[head:][::-1], new[head:][::-1])
    yield from ((i, i) for i in range(head))
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail])
    for block in matcher.get_matching_blocks():
        yield from ((head + block.a + i, head + block.b + i) for i in range(block.size))
    yield from ((len(old) - i, len(new) - i) for i in range(tail, 0, -1))


def _hunks(before: str, after: str, pairs: Iterator[tuple[Span, Span]]) -> Iterator[Hunk]:
    """Turn matched words into hunks; what lies between two matches is one change at most."""
    equal_from = old_at = new_at = 0
    end = (Span(start=len(before), end=len(before)), Span(start=len(after), end=len(after)))
    new_equal_from = 0
    for old, new in (*pairs, end):
        gap_old, gap_new = before[old_at : old.start], after[new_at : new.start]
        if gap_old != gap_new:
            head = _common_space(gap_old, gap_new)
            tail = _common_space(gap_old[head:][::-1], gap_new[head:][::-1])
            old_from, new_from = old_at + head, new_at + head
            yield from _equal(before, equal_from, old_from, new_equal_from)
            equal_from, new_equal_from = old.start - tail, new.start - tail
            yield _change(before, after, (old_from, equal_from), (new_from, new_equal_from))
        old_at, new_at = old.end, new.end
    yield from _equal(before, equal_from, len(before), new_equal_from)


def _equal(before: str, start: int, end: int, new_start: int) -> Iterator[Hunk]:
    if end > start:
        text = before[start:end]
        new = Span(start=new_start, end=new_start + end - start)
        yield Hunk("equal", Span(start=start, end=end), new, text, text)


def _change(before: str, after: str, old: tuple[int, int], new: tuple[int, int]) -> Hunk:
    old_span, new_span = Span(start=old[0], end=old[1]), Span(start=new[0], end=new[1])
    gone, come = old_span.of(before), new_span.of(after)
    kind: HunkKind = "insert" if not gone else "delete" if not come else "replace"
    return Hunk(kind, old_span, new_span, gone, come)


def _common_space(one: str, other: str) -> int:
    """Return how much whitespace both begin with."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right or not left.isspace():
            break
        length += 1
    return length


def _cut_replacement(hunk: Hunk) -> Hunk:
    """Let the words that came stand only against as many of those that would go."""
    count = len(split_words(hunk.after_text))
    words = split_words(hunk.before_text)
    if count >= len(words):
        return hunk
    length = words[count - 1].end if count else 0
    text = hunk.before_text[:length]
    span = Span(start=hunk.before.start, end=hunk.before.start + length)
    return Hunk("replace" if text else "insert", span, hunk.after, text, hunk.after_text)
