"""Two texts that grew from one, put together; where both changed the same, the writer chooses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal

PieceKind = Literal["same", "mine", "theirs", "conflict"]
Choice = Literal["mine", "theirs", "both"]

_UNIT = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)(?:[ \t]*(?:\r\n|\r|\n))*")
"""A line with its end and the blank lines below it."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)$")
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
        return self.mine + _gap_after(self.mine) + self.theirs


def merge_texts(base: str, mine: str, theirs: str) -> tuple[MergePiece, ...]:
    """Compare line by line, and return pieces that tile all three texts in order.

    What only one side changed is that side's; what both changed alike is the same.
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
        sides = zip((old, left, right), before, cut, strict=True)
        pieces += _between(*(units[start + 1 : end] for units, start, end in sides))
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


def _gap_after(text: str) -> str:
    """Return what is missing between a text and a paragraph of its own below it."""
    if not text or _BLANK_LINE.search(text):
        return ""
    found = _LINE_END.search(text)
    newline = found.group() if found else "\n"
    return newline if text.endswith(("\n", "\r")) else newline * 2


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


def _piece(base: str, mine: str, theirs: str) -> MergePiece:
    kind: PieceKind
    if mine == theirs:
        kind = "same"
    elif base == theirs:
        kind = "mine"
    elif base == mine:
        kind = "theirs"
    else:
        kind = "conflict"
    return MergePiece(kind, base, mine, theirs)


def _between(old: Sequence[str], left: Sequence[str], right: Sequence[str]) -> Iterator[MergePiece]:
    """Yield what lies between two cuts: line by line where nothing was added or removed."""
    if len(old) == len(left) == len(right):
        yield from map(_piece, old, left, right)
    else:
        yield _piece("".join(old), "".join(left), "".join(right))


def _joined(pieces: Sequence[MergePiece]) -> Iterator[MergePiece]:
    """Make one piece of neighbours that stayed; each change stays one of its own."""
    for kind, group in groupby(pieces, key=lambda piece: piece.kind):
        if kind != "same":
            yield from group
            continue
        stayed = list(group)
        base, mine, theirs = (
            "".join(getattr(piece, side) for piece in stayed) for side in ("base", "mine", "theirs")
        )
        yield MergePiece("same", base, mine, theirs)


def _with_line_ends(texts: Sequence[str]) -> list[str]:
    """End the last line of what was the end of a text, where something now follows it."""
    result: list[str] = []
    for text in texts:
        if text and result and result[-1][-1] not in "\r\n":
            result.append("\n\n")
        if text:
            result.append(text)
    return result
