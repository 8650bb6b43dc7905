"""Where the blocks of a page came from, also where an undo brought them back without saying so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from operator import is_

from tinymorph.text.document import Block

MAX_COMPARED = 2_000
"""Blocks on either side; of more, only those at both ends of a gap are compared."""
AT_ONCE, MOST_AT_ONCE = 16, 1024
"""Blocks that are looked at in one go, more each time; a few hundredths of a millisecond."""


def with_origins(known: Sequence[Block], blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page with the origins that they have among the `known` ones.

    A block keeps an origin that it has. Between two that are unchanged, what equals a block of
    the source in order is that block; what does not keeps the origin that was guessed for it,
    if nothing else is that.
    """
    result = list(blocks)
    fixed = [(-1, -1, 1), *_unchanged(known, blocks), (len(blocks), len(known), 0)]
    for (before, above, count), (after, below, _) in pairwise(fixed):
        here, there = range(before + count, after), range(above + count, below)
        if not here:
            continue
        found = dict(_equal(known, blocks, here, there)) if there else {}
        free = set(there) - set(found.values())
        for index in here:
            guess = blocks[index].origin
            origin = found.get(index, guess if guess in free else None)
            if origin != guess:
                result[index] = replace(blocks[index], origin=origin)
    return result


def very_same(known: Sequence[Block], blocks: Sequence[Block], index: int) -> int:
    """Return how many blocks, from `index` on, are the very ones that stand in `known` in a row."""
    origin = blocks[index].origin
    if origin is None or origin >= len(known):
        return 0
    count, most = 0, min(len(known) - origin, len(blocks) - index)
    step = AT_ONCE
    while count < most:
        size = min(step, most - count)
        step = min(2 * step, MOST_AT_ONCE)
        here = blocks[index + count : index + count + size]
        there = known[origin + count : origin + count + size]
        if not all(map(is_, here, there)):
            return count + list(map(is_, here, there)).index(False)
        count += size
    return count


def _unchanged(known: Sequence[Block], blocks: Sequence[Block]) -> Iterator[tuple[int, int, int]]:
    """Yield index, origin and length of what is as it was, as far as it stands in the old order."""
    index, last = 0, -1
    while index < len(blocks):
        origin = blocks[index].origin
        count = 0
        if origin is not None and last < origin < len(known):
            count = very_same(known, blocks, index) or int(blocks[index] == known[origin])
        if origin is not None and count:
            yield index, origin, count
            last = origin + count - 1
        index += count or 1


def _equal(
    known: Sequence[Block], blocks: Sequence[Block], here: range, there: range
) -> Iterator[tuple[int, int]]:
    """Yield index and origin of what equals a block of the source, in order."""
    while here and there and blocks[here[0]] == known[there[0]]:
        yield here[0], there[0]
        here, there = here[1:], there[1:]
    while here and there and blocks[here[-1]] == known[there[-1]]:
        yield here[-1], there[-1]
        here, there = here[:-1], there[:-1]
    if not here or not there or max(len(here), len(there)) > MAX_COMPARED:
        return
    mine, theirs = [blocks[i] for i in here], [known[i] for i in there]
    for match in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        for offset in range(match.size):
            yield here[match.a + offset], there[match.b + offset]
