"""Which words a model wrote: kept by character, through edits that nobody watched.

A receipt is the name of an accepted edit. The page remembers it with the characters themselves; here
it is found again when a text comes back from a file, perhaps edited by another program meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tinymorph.schema.span import Span

_WORDS_OF_THE_SAME = 0.5
"""From this share of common words on, a changed block is taken for the one it was."""


@dataclass(frozen=True, slots=True)
class SignedRun:
    """Characters that came with one receipt."""

    span: Span
    receipt: str


@dataclass(frozen=True, slots=True)
class SignedText:
    """The words of a block; those outside its runs are the writer's own."""

    text: str
    runs: tuple[SignedRun, ...] = ()
    """In order, not overlapping."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a text is somebody's."""

    characters: int
    words: int

    def __add__(self, other: Share) -> Share:
        return Share(self.characters + other.characters, self.words + other.words)


@dataclass(frozen=True, slots=True)
class Shares:
    """Whose the words of a document are; own and accepted ones together are all of them."""

    own: Share
    accepted: Mapping[str, Share]
    """By receipt."""

    @property
    def total(self) -> Share:
        """Return the whole document."""
        return sum(self.accepted.values(), self.own)


def receipts_by_character(block: SignedText) -> list[str | None]:
    """Return the receipt of each character, None for the writer's own."""
    found: list[str | None] = [None] * len(block.text)
    for run in block.runs:
        found[run.span.start : run.span.end] = [run.receipt] * (run.span.end - run.span.start)
    return found


def runs_of(receipts: Sequence[str | None]) -> tuple[SignedRun, ...]:
    """Return the runs of equal receipts."""
    runs: list[SignedRun] = []
    start = 0
    for end in range(1, len(receipts) + 1):
        if end < len(receipts) and receipts[end] == receipts[start]:
            continue
        if (receipt := receipts[start]) is not None:
            runs.append(SignedRun(Span(start=start, end=end), receipt))
        start = end
    return tuple(runs)


def carried(old: SignedText, text: str) -> tuple[SignedRun, ...]:
    """Return the runs of a block after somebody changed it: words that stayed keep theirs."""
    known = receipts_by_character(old)
    found: list[str | None] = [None] * len(text)
    for first, second, size in _common(old.text, text):
        found[second : second + size] = known[first : first + size]
    return runs_of(found)


def found_again(
    known: Sequence[SignedText], texts: Sequence[str]
) -> dict[int, tuple[SignedRun, ...]]:
    """Return the runs of those texts that are the known ones, or were; by place.

    Equal texts are taken in their order, then each of the others for the most alike that is left.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[text].append(place)
    result: dict[int, tuple[SignedRun, ...]] = {}
    changed: list[SignedText] = []
    for block in known:
        if places[block.text]:
            result[places[block.text].pop(0)] = block.runs
        else:
            changed.append(block)
    for block in changed:
        place = _most_alike(block.text, texts, taken=result)
        if place is not None and (runs := carried(block, texts[place])):
            result[place] = runs
    return result


def shares_of(blocks: Sequence[SignedText]) -> Shares:
    """Count whose the characters and the words are.

    A word is of the receipt that most of its characters came with; of two as many, of the earlier
    in it. A tie with the writer is the writer's.
    """
    own, accepted = Share(0, 0), defaultdict[str, Share](lambda: Share(0, 0))
    for block in blocks:
        receipts = receipts_by_character(block)
        for receipt in receipts:
            if receipt is None:
                own += Share(1, 0)
            else:
                accepted[receipt] += Share(1, 0)
        for start, end in _word_spans(block.text):
            author = _author_of(receipts[start:end])
            if author is None:
                own += Share(0, 1)
            else:
                accepted[author] += Share(0, 1)
    return Shares(own, dict(accepted))


def _author_of(receipts: Sequence[str | None]) -> str | None:
    counts: dict[str | None, int] = {None: 0}
    for receipt in receipts:
        counts[receipt] = counts.get(receipt, 0) + 1
    return max(counts, key=lambda receipt: counts[receipt])


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for word in text.split():
        start = text.index(word, start)
        yield start, start + len(word)
        start += len(word)


def _common(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    """Yield (place in old, place in new, length) of what both texts have, word by word."""
    first, second = _pieces(old), _pieces(new)
    starts = [_offsets(first), _offsets(second)]
    matcher = SequenceMatcher(a=first, b=second, autojunk=False)
    for match in matcher.get_matching_blocks():
        for step in range(match.size):
            at, to = starts[0][match.a + step], starts[1][match.b + step]
            yield at, to, len(first[match.a + step])


def _pieces(text: str) -> list[str]:
    """Return words and what stands between them."""
    pieces: list[str] = []
    for character in text:
        if pieces and character.isspace() == pieces[-1][-1].isspace():
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _offsets(pieces: Sequence[str]) -> list[int]:
    offsets, at = [], 0
    for piece in pieces:
        offsets.append(at)
        at += len(piece)
    return offsets


def _most_alike(text: str, texts: Sequence[str], taken: Mapping[int, object]) -> int | None:
    """Return the place of the text with most of its words; None if no one has half of them."""
    wanted = set(text.split())
    best, best_share = None, _WORDS_OF_THE_SAME
    for place, other in enumerate(texts):
        if place in taken:
            continue
        words = set(other.split())
        share = len(wanted & words) / max(1, len(wanted), len(words))
        if share > best_share:
            best, best_share = place, share
    return best
