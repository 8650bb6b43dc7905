"""Characters that Qt's page cannot hold, and what stands for each of them there."""

from __future__ import annotations

import re

LINE_SEPARATOR = "\u2028"
"""Qt's line break inside a block; `"\\n"` in a `Document`."""
OBJECT_CHARACTER = "\ufffc"
"""Stands for one picture, on the page as in a `Document`."""

_CANNOT_STAND = "\x00\r\u2028\u2029\ufdd0\ufdd1\ufffc"
"""NUL, ends of blocks and lines, Qt's marks for the borders of frames, and its picture mark."""
_FIRST_STAND_IN = 0x10FF00
"""From here on, in the last private plane, lies one stand-in for each."""

_STAND_INS = "".join(chr(_FIRST_STAND_IN + number) for number in range(len(_CANNOT_STAND)))
_TO_PAGE = {"\n": LINE_SEPARATOR, **dict(zip(_CANNOT_STAND, _STAND_INS, strict=True))}
_FROM_PAGE = {
    LINE_SEPARATOR: "\n",
    **dict(zip(_STAND_INS, _CANNOT_STAND, strict=True)),
}
_TO_PAGE_TABLE = str.maketrans(_TO_PAGE)
_FROM_PAGE_TABLE = str.maketrans(_FROM_PAGE)
_IS_SPECIAL = re.compile(f"[\n{_CANNOT_STAND}{_STAND_INS}]")
_IS_STAND_IN = re.compile(f"[{LINE_SEPARATOR}{_STAND_INS}]")
_LITERAL_RUNS = re.compile(f"([{_STAND_INS}]+)")
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\u2029]")
_NOT_FOR_QT: dict[int, None] = dict.fromkeys((0x00, 0xFDD0, 0xFDD1, 0xFFFC))


def is_same_on_page(text: str) -> bool:
    """Say whether the page holds a text as it is."""
    return (text.isascii() and text.isprintable()) or not _IS_SPECIAL.search(text)


def to_page(text: str) -> str:
    """Return text of a `Document` as the page holds it, one character for each."""
    return text.translate(_TO_PAGE_TABLE)


def from_page(text: str) -> str:
    """Return text of the page as it stands in a `Document`, one character for each."""
    is_same = text.isascii() or not _IS_STAND_IN.search(text)
    return text if is_same else text.translate(_FROM_PAGE_TABLE)


def literal_line_ends(text: str) -> str:
    """Return text of the page whose stand-ins are the writer's own characters."""
    return text.replace(LINE_SEPARATOR, "\n")


def split_literals(text: str) -> list[tuple[str, bool]]:
    """Part a text where it holds our stand-ins as characters of its own; say which parts do."""
    parts = _LITERAL_RUNS.split(text)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def page_text(text: str) -> str:
    """Return foreign words as one block can hold them.

    Line ends of every kind become Qt's line separator; what Qt would take for the border of a
    block or for a picture goes.
    """
    return _LINE_ENDS.sub(LINE_SEPARATOR, text).translate(_NOT_FOR_QT)
