"""Two texts that grew from one, put together; where both changed the same, the writer chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

PieceKind = Literal["same", "mine", "theirs", "conflict"]
Choice = Literal["mine", "theirs", "both"]

_UNIT = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)(?:[ \t]*(?:\r\n|\r|\n))*")
"""A line with its end and the blank lines below it."""
_MANY_UNITS = 5_000
"""Beyond this, lines that come again and again are no anchors, or the comparison takes minutes."""


@dataclass(frozen=True, slots=True)
class MergePiece:
    """A stretch of the three texts: the base, and what became of it on both sides."""

    kind: PieceKind
    base: str
    mine: str
    theirs: str

    def text(self, choice: Choice = "mine") -> str:
        """Return what the merged text has here; only a conflict asks for the choice."""
        if self.kind == "theirs":
            return self.theirs
        if self.kind != "conflict" or choice == "mine":
            return self.mine
        if choice == "theirs":
            return self.theirs
        gap = "" if not self.mine or self.mine.endswith(("\n", "\r")) else "\n\n"
        return self.mine + gap + self.theirs


def merge_texts(base: str, mine: str, theirs: str) -> tuple[MergePiece, ...]:
    """Compare line by line, and return pieces that tile all three texts in order.

    What only one side changed is that side's; what both changed alike is the same. Another kind
    of line end is no change.
    """
    old, left, right = _units(base), _units(mine), _units(theirs)
    left_places = dict(_matches(old, left))
    right_places = dict(_matches(old, right))
    # Where all three agree the texts can be cut; each cut is a place in every one of them.
    cuts = [(-1, -1, -1)]
    cuts.extend(
        (at, left_places[at], right_places[at])
        for at in range(len(old))
        if at in left_places and at in right_places
    )
    cuts.append((len(old), len(left), len(right)))
    pieces: list[MergePiece] = []
    for before, cut in pairwise(cuts):
        between = [
            "".join(units[start + 1 : end])
            for units, start, end in zip((old, left, right), before, cut, strict=True)
        ]
        if any(between):
            pieces.append(_piece(*between))
        if cut[0] < len(old):
            pieces.append(_piece(old[cut[0]], left[cut[1]], right[cut[2]]))
    return tuple(_joined(pieces))


def merged(pieces: Sequence[MergePiece], choices: Sequence[Choice]) -> str:
    """Return the merged text; `choices` are one for each conflict, in order."""
    waiting = iter(choices)
    texts = [piece.text(next(waiting) if piece.kind == "conflict" else "mine") for piece in pieces]
    if next(waiting, None) is not None:
        msg = "more choices than conflicts"
        raise ValueError(msg)
    return "".join(_with_line_ends(texts))


def conflicts_of(pieces: Sequence[MergePiece]) -> tuple[MergePiece, ...]:
    """Return the pieces that the writer has to choose about."""
    return tuple(piece for piece in pieces if piece.kind == "conflict")


def _units(text: str) -> list[str]:
    return [unit for unit in _UNIT.findall(text) if unit]


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    keys_old, keys_new = [_key(unit) for unit in old], [_key(unit) for unit in new]
    head = 0
    while head < min(len(old), len(new)) and keys_old[head] == keys_new[head]:
        head += 1
    tail = 0
    rest = min(len(old), len(new)) - head
    while tail < rest and keys_old[-1 - tail] == keys_new[-1 - tail]:
        tail += 1
    inner = keys_old[head : len(old) - tail], keys_new[head : len(new) - tail]
    matcher = SequenceMatcher(None, *inner, autojunk=len(old) > _MANY_UNITS)
    found = [(at, at) for at in range(head)]
    for block in matcher.get_matching_blocks():
        found += [(head + block.a + at, head + block.b + at) for at in range(block.size)]
    found += [(len(old) - at, len(new) - at) for at in range(tail, 0, -1)]
    return found


def _key(unit: str) -> str:
    """Return what makes a unit the same one in another text, whatever space is around it."""
    return unit.strip()


def _same(one: str, other: str) -> bool:
    return one == other or one.splitlines() == other.splitlines()


def _piece(base: str, mine: str, theirs: str) -> MergePiece:
    kind: PieceKind
    if _same(mine, theirs):
        kind = "same"
    elif _same(base, theirs):
        kind = "mine"
    elif _same(base, mine):
        kind = "theirs"
    else:
        kind = "conflict"
    return MergePiece(kind, base, mine, theirs)


def _joined(pieces: Sequence[MergePiece]) -> list[MergePiece]:
    """Make one piece of neighbours of one kind, but leave each conflict a question of its own."""
    result: list[MergePiece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last is not None and last.kind == piece.kind != "conflict":
            result[-1] = MergePiece(
                piece.kind,
                last.base + piece.base,
                last.mine + piece.mine,
                last.theirs + piece.theirs,
            )
        else:
            result.append(piece)
    return result


def _with_line_ends(texts: Sequence[str]) -> list[str]:
    """End the last line of what was the end of a text, where something now follows it."""
    result: list[str] = []
    for text in texts:
        if text and result and result[-1][-1] not in "\r\n":
            result.append("\n\n")
        if text:
            result.append(text)
    return result
