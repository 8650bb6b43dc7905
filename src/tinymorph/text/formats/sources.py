"""What a source block is to a reader: text to show, or a note that only programs read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinymorph.text.document import Block, Document

_COMMENTS = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)
_DEFINITIONS = re.compile(r"(?:\s{0,3}\[[^\]^][^\]]*\]:\s*\S+.*(?:\n|\Z))+\s*")
_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*\n.*?^(?:\1|\.\.\.)[ \t]*\Z", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(
    r"""^(title|author)\s*[:=]\s*["']?(.+?)["']?\s*$""", re.MULTILINE | re.IGNORECASE
)


def is_for_programs(block: Block, place: int) -> bool:
    """Say whether a block is front matter, link targets or comments, which are not printed."""
    if block.kind != "source":
        return False
    text = block.text
    if place == 0 and _FRONT_MATTER.fullmatch(text.strip()):
        return True
    return bool(_COMMENTS.fullmatch(text) or _DEFINITIONS.fullmatch(text))


def without_program_notes(document: Document) -> Document:
    """Return what is printed of a document."""
    blocks = enumerate(document.blocks)
    return Document(tuple(block for place, block in blocks if not is_for_programs(block, place)))


def front_matter_of(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the title and the author that a document's front matter names, if it does."""
    if not blocks or blocks[0].kind != "source":
        return {}
    text = blocks[0].text.strip()
    if not _FRONT_MATTER.fullmatch(text):
        return {}
    return {name.lower(): value for name, value in _FIELD.findall(text)}
