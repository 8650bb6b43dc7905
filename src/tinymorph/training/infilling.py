"""Choose a gap in a passage of tokens: a sentence, a clause or a phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

STARTS_WORD, ENDS_CLAUSE, ENDS_SENTENCE = 1, 2, 4
"""Bits of a token's class."""
_LONGEST_SENTENCE = 64
_LONGEST_CLAUSE = 40
_SHORTEST_CLAUSE = 3
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """Token positions of the middle, `end` excluded; it begins with the space before a word."""

    start: int
    end: int


def find_gap(window: Sequence[int], classes: NDArray[np.uint8], rng: Random) -> Gap | None:
    """Return a random gap, or None if the window has no room for one."""
    kinds = [_sentence, _clause, _phrase]
    rng.shuffle(kinds)
    marks = classes[np.asarray(window, dtype=np.int64)]
    for kind in kinds:
        gap = kind(marks, rng)
        if gap is not None:
            return gap
    return None


def _sentence(marks: NDArray[np.uint8], rng: Random) -> Gap | None:
    starts = _after(marks, ENDS_SENTENCE)
    return _between(starts, rng, shortest=2, longest=_LONGEST_SENTENCE)


def _clause(marks: NDArray[np.uint8], rng: Random) -> Gap | None:
    """Choose the words between two marks; the mark at the end stays in place."""
    starts = _after(marks, ENDS_SENTENCE | ENDS_CLAUSE)
    gap = _between(starts, rng, shortest=_SHORTEST_CLAUSE + 1, longest=_LONGEST_CLAUSE)
    return None if gap is None else Gap(gap.start, gap.end - 1)


def _phrase(marks: NDArray[np.uint8], rng: Random) -> Gap | None:
    """Choose one to six words within one clause or across a mark."""
    starts = np.flatnonzero(marks & STARTS_WORD).tolist()
    if len(starts) < _MOST_WORDS + 2:
        return None
    first = rng.randrange(len(starts) - _MOST_WORDS)
    return Gap(starts[first], starts[first + rng.randint(1, _MOST_WORDS)])


def _after(marks: NDArray[np.uint8], ends: int) -> list[int]:
    """Return where a word begins right after a token of the class `ends`, and the very start."""
    follows = (marks[:-1] & ends).astype(bool) & (marks[1:] & STARTS_WORD).astype(bool)
    return [0, *(np.flatnonzero(follows) + 1).tolist()]


def _between(starts: list[int], rng: Random, *, shortest: int, longest: int) -> Gap | None:
    gaps = [
        Gap(start, end) for start, end in pairwise(starts) if shortest <= end - start <= longest
    ]
    return rng.choice(gaps) if gaps else None
