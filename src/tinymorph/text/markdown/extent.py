"""Where a very long block ends, told from how its lines begin, without the parser.

Only what is certain counts: every line up to the end is one that the block surely holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tinymorph.text.markdown.parser import BLANK

_MARKER = re.compile(r"( {0,3})([-+*]|\d{1,9}[.)])( +|$)(.*)")
_RULE = re.compile(r" {0,3}([-*])[ \t]*(?:\1[ \t]*){2,}$")
_ENDS_ALL = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|```|~~~|>)")
"""What begins another block also right below a paragraph."""
_GOES_ON = {
    "blockquote_open": re.compile(r" {0,3}>"),
    "paragraph_open": re.compile(r"(?!\d{1,9}[.)])[^\W_]"),
    "table_open": re.compile(r"\|"),
}
"""How each line begins of what ends at a blank one."""
_MOST_SPACES = 4
"""Behind a marker; where there are more, the item holds indented code."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Up to where a block is known to go."""

    end: int
    is_all: bool = True
    """Whether it surely ends there; else one of its items begins, and what is below is unclear."""


def extent_of(kind: str, lines: Sequence[str], start: int) -> Extent | None:
    """Return how far the block that begins at `start` goes; None if that is not so easily told.

    `kind` is the type of its first token.
    """
    if kind in {"bullet_list_open", "ordered_list_open"}:
        return _extent_of_list(lines, start)
    goes_on = _GOES_ON.get(kind)
    if goes_on is None:
        return None
    for index in range(start, len(lines)):
        if not lines[index].strip(BLANK):
            return Extent(index)
        if not goes_on.match(lines[index]):
            return None
    return Extent(len(lines))


def _extent_of_list(lines: Sequence[str], start: int) -> Extent | None:
    """Go from item to item; what is indented as far as an item's words is in it."""
    sort, last_item, indent = "", start, ""
    for index in range(start, len(lines)):
        line = lines[index].expandtabs(4)
        if (indent and line.startswith(indent)) or not line.strip(BLANK):
            continue
        found = None if _RULE.match(line) else _MARKER.match(line)
        if found is not None and found[2][-1] == (sort or found[2][-1]):
            sort, last_item = found[2][-1], index
            spaces = len(found[3]) if len(found[3]) <= _MOST_SPACES else 1
            width = len(found[1]) + len(found[2]) + spaces if found[4] else 0
            indent = " " * width  # an item without words may hold nothing below a blank line
        elif index > start and (not lines[index - 1].strip(BLANK) or _ENDS_ALL.match(line)):
            return Extent(index)
        else:
            return Extent(last_item, is_all=False) if last_item > start else None
    return Extent(len(lines))
