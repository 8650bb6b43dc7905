"""Carry an edit over to a source that says the same in other characters.

The three-way merge of `source`, its rewriting before the edit and that after it keeps the
writer's own wrapping, markers and escapes wherever nothing was changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MAX_TOKENS = 6_000
"""Longer sources are not merged: the comparison takes time that grows faster than the text."""

_TOKEN = re.compile(r"[^\W_]+|[^\S\n]+|\n|.", re.DOTALL)


def merge(source: str, before: str, after: str) -> str | None:
    """Return `source` with the change from `before` to `after`; None if it finds no place there.

    What comes out is a proposal: the caller reads it before believing it.
    """
    if before == after:
        return source
    if source == before:
        return after
    old, theirs, ours = (_TOKEN.findall(text) for text in (source, before, after))
    if max(len(old), len(theirs), len(ours)) > MAX_TOKENS:
        return None
    places = _places(old, theirs)
    merged: list[str] = []
    reached = 0
    for start, end, words in _changes(theirs, ours):
        first, last = _before(places, start), _after(places, end, len(old))
        if not reached <= first <= last:
            return None
        merged += [*old[reached:first], *_widened(theirs, places, start, end, words)]
        reached = last
    return "".join([*merged, *old[reached:]])


def _places(old: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Return, for each token of `theirs` that `old` has too, where it stands there."""
    matcher = SequenceMatcher(None, theirs, old, autojunk=False)
    found: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            found[block.a + offset] = block.b + offset
    return found


def _changes(theirs: Sequence[str], ours: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    start = 0
    while start < min(len(theirs), len(ours)) and theirs[start] == ours[start]:
        start += 1
    end = 0
    while end < min(len(theirs), len(ours)) - start and theirs[-1 - end] == ours[-1 - end]:
        end += 1
    inner = theirs[start : len(theirs) - end], ours[start : len(ours) - end]
    for tag, a, b, c, d in SequenceMatcher(None, *inner, autojunk=False).get_opcodes():
        if tag != "equal":
            yield a + start, b + start, list(inner[1][c:d])


def _before(places: dict[int, int], token: int) -> int:
    """Return the place in `old` after the nearest shared token before `token`, or just at it."""
    if token in places and (token == 0 or token - 1 not in places):
        return places[token]
    while token > 0:
        token -= 1
        if token in places:
            return places[token] + 1
    return 0


def _after(places: dict[int, int], token: int, end: int) -> int:
    """Return the place in `old` where what stands at `token` and after begins."""
    if token - 1 in places:
        return places[token - 1] + 1
    last = max(places, default=-1)
    while token <= last:
        if token in places:
            return places[token]
        token += 1
    return end


def _widened(
    theirs: Sequence[str], places: dict[int, int], start: int, end: int, words: list[str]
) -> list[str]:
    """Return the new words with those around that are replaced along with the old ones."""
    first = start
    if not (start in places and start - 1 not in places):
        while first > 0 and first - 1 not in places:
            first -= 1
    last = end
    if end - 1 not in places:
        while last < len(theirs) and last not in places:
            last += 1
    return [*theirs[first:start], *words, *theirs[end:last]]
