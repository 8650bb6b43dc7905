"""Long texts in pieces that stay the same when something else in the text changes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

LEAST_CHARACTERS = 16_000
MOST_CHARACTERS = 128_000
_ONE_LINE_IN = 64
"""After the least length a piece ends at one line in so many, chosen by what the line says."""


def split_chunks(text: str) -> Iterator[str]:
    """Cut a text into pieces that make it up again.

    Where a cut falls is decided by the words around it, not by their place in the text. So an
    edit changes one piece, or two, and all others can be kept once for many versions.
    """
    start = 0
    while len(text) - start > LEAST_CHARACTERS:
        end = _end_of_chunk(text, start)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _end_of_chunk(text: str, start: int) -> int:
    limit = min(start + MOST_CHARACTERS, len(text))
    line_start = start + LEAST_CHARACTERS
    while True:
        line_end = text.find("\n", line_start, limit)
        if line_end < 0:
            return limit
        line = text[line_start:line_end].encode(errors="surrogatepass")
        if line and zlib.crc32(line) % _ONE_LINE_IN == 0:
            return line_end + 1
        line_start = line_end + 1
