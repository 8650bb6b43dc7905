"""How much of one block is read as rich text before it is kept as source, whole.

Every limit is on something that can be counted at once. With them no block takes more than half
a second to read, on the machine of the measurements in `docs/notebook.md`.
"""

from __future__ import annotations

import re

MAX_SPECIALS = 12_000
"""Characters in the words of one block that could mean something to the parser."""
MAX_CHARACTERS = 2_000_000
"""In the words of one block."""
MAX_OPEN_BRACKETS = 60
"""The parser looks for the end of each `[` anew, inside of all those around it."""
MAX_TOKENS = 30_000
"""In a piece; a list item has five, a table's cell three."""
MAX_PIECE_SPECIALS = 16_000
"""Characters in a whole piece that could mean something: some thousand list items."""
MAX_CAREFUL = 5_000
"""Characters that could mean something, and tokens, where all is written and read again."""

_SPECIALS = "\n!#$%&*+-:<=>@[\\]^_`{}~"
_BRACKET = re.compile(r"\\.|([\[\]])", re.DOTALL)


def is_too_much(words: str) -> bool:
    """Say whether words would take too long to parse."""
    if len(words) > MAX_CHARACTERS:
        return True
    if len(words) > MAX_SPECIALS and specials_in(words) > MAX_SPECIALS:
        return True
    return words.count("[") > MAX_OPEN_BRACKETS and _open_brackets(words) > MAX_OPEN_BRACKETS


def specials_in(words: str) -> int:
    """Count the characters that could mean something to the parser."""
    return sum(map(words.count, _SPECIALS))


def _open_brackets(words: str) -> int:
    """Return how many brackets are open at most."""
    depth = deepest = 0
    for found in _BRACKET.finditer(words):
        if found[1] == "[":
            depth += 1
            deepest = max(deepest, depth)
        elif found[1] == "]" and depth:
            depth -= 1
    return deepest
