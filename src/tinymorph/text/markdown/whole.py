"""A whole Markdown source to a document and back."""

from __future__ import annotations

from tinymorph.text.document import Document
from tinymorph.text.markdown.meaning import Meaning, meaning_of
from tinymorph.text.markdown.normal import normal_blocks
from tinymorph.text.markdown.parser import BLANK, TooDeepError, parse, unified
from tinymorph.text.markdown.reader import beside_each_other, read_piece, source_block
from tinymorph.text.markdown.writer import write_blocks


def read_markdown(source: str) -> Document:
    """Return the document; whatever it cannot hold becomes a `source` block, unchanged.

    `source` has no byte order mark (`files.open_text`).
    """
    source = unified(source)
    try:
        parsed = parse(source)
    except TooDeepError:
        text = source.strip("\n")
        return Document((source_block(text),)) if text.strip(BLANK) else Document()
    return Document(
        beside_each_other(read_piece(piece, parsed.references) for piece in parsed.pieces)
    )


def write_markdown(document: Document) -> str:
    """Return Markdown that reads as `normalised(document)`; ends with a newline unless empty."""
    return write_blocks(normal_blocks(document))


def same_meaning(a: str, b: str) -> bool:
    """Say whether two Markdown sources say the same: words, marks, structure and targets.

    How it is written does not count: markers, line wrapping, escapes, inline or by reference.
    What is kept as source must be the same but for outer space.
    """
    try:
        return _meaning(unified(a)) == _meaning(unified(b))
    except TooDeepError:
        return unified(a).strip("\n") == unified(b).strip("\n")


def normalised(document: Document) -> Document:
    """Return the document as Markdown can say it.

    Without empty paragraphs and outer spaces, with neighbours of equal marks joined, and no
    list item more than one level below the one before.
    """
    return Document(normal_blocks(document))


def _meaning(source: str) -> Meaning:
    parsed = parse(source)
    return tuple(said for piece in parsed.pieces for said in meaning_of(piece, parsed.references))
