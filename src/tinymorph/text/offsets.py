"""Python indexes (code points) to Qt positions (UTF-16 units) and back: the one place."""

from __future__ import annotations

from bisect import bisect_left

_LAST_OF_THE_PLANE = "\uffff"
"""Characters above this take two UTF-16 units."""


class Utf16Map:
    """Translate many positions of one text, each in logarithmic time."""

    __slots__ = ("_length", "_wide", "_wide_units")

    def __init__(self, text: str) -> None:
        self._length = len(text)
        wide: list[int] = []
        if text and not text.isascii() and max(text) > _LAST_OF_THE_PLANE:
            wide = [i for i, character in enumerate(text) if character > _LAST_OF_THE_PLANE]
        self._wide = wide
        self._wide_units = [index + order for order, index in enumerate(wide)]

    @property
    def length(self) -> int:
        """Return the length of the text in UTF-16 units."""
        return self._length + len(self._wide)

    def to_utf16(self, index: int) -> int:
        """Return the UTF-16 position of a Python index; ValueError outside the text."""
        if not 0 <= index <= self._length:
            msg = f"index {index} lies outside a text of {self._length} characters"
            raise ValueError(msg)
        return index + bisect_left(self._wide, index)

    def from_utf16(self, position: int) -> int:
        """Return the Python index of a UTF-16 position; inside a pair, that of its character."""
        if not 0 <= position <= self.length:
            msg = f"position {position} lies outside a text of {self.length} UTF-16 units"
            raise ValueError(msg)
        return position - bisect_left(self._wide_units, position)


def to_utf16(text: str, index: int) -> int:
    """Return the UTF-16 position of a Python index; ValueError outside the text."""
    return Utf16Map(text).to_utf16(index)


def from_utf16(text: str, position: int) -> int:
    """Return the Python index of a UTF-16 position; inside a pair, that of its character."""
    return Utf16Map(text).from_utf16(position)
