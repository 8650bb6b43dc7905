"""Where the blocks of a page came from, also where an undo brought them back without saying so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from tinymorph.text.document import Block

MAX_COMPARED = 2_000
"""Blocks on either side; of more, only those at both ends of a gap are compared."""


def with_origins(known: Sequence[Block], blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page with the origins that they have among the `known` ones.

    A block keeps an origin that it has. Between two that are unchanged, what equals a block of
    the source in order is that block; what does not keeps the origin that was guessed for it,
    if nothing else is that.
    """
    result = list(blocks)
    fixed = [(-1, -1), *_unchanged(known, blocks), (len(blocks), len(known))]
    for (before, above), (after, below) in pairwise(fixed):
        here, there = range(before + 1, after), range(above + 1, below)
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


def _unchanged(known: Sequence[Block], blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yield index and origin of what is as it was, as far as it stands in the old order."""
    last = -1
    for index, block in enumerate(blocks):
        origin = block.origin
        if origin is None or not last < origin < len(known):
            continue
        if block is known[origin] or block == known[origin]:
            yield index, origin
            last = origin


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
