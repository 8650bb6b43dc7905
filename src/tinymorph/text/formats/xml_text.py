"""Words as XML can hold them, and which way they run."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Literal

Paper = Literal["A4", "Letter"]

PAPER_MM: dict[Paper, tuple[float, float]] = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
"""Width and height."""
MARGIN_MM = 25.0

_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml(text: str) -> str:
    """Escape text for content and attributes; characters that XML cannot hold become U+FFFD."""
    return escape(_IMPOSSIBLE.sub("\ufffd", text))


def runs_right_to_left(text: str) -> bool:
    """Say whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L":
            return False
        if direction in {"R", "AL"}:
            return True
    return False
