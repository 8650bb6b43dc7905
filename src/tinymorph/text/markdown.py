"""Markdown in and out; what cannot be shown as rich text stays in its own characters."""

from __future__ import annotations

from tinymorph.text.document import Document


def read_markdown(source: str) -> Document:
    """Return the document; whatever it cannot hold becomes a `source` block, unchanged.

    `source` uses `\\n` only and has no byte order mark (`files.open_text` sees to both).
    """
    raise NotImplementedError


def write_markdown(document: Document) -> str:
    """Return Markdown that reads as `normalised(document)`; ends with a newline unless empty."""
    raise NotImplementedError


def same_meaning(a: str, b: str) -> bool:
    """Say whether two Markdown sources say the same: words, marks, structure and targets.

    How it is written does not count: markers, line wrapping, escapes, space between items.
    """
    raise NotImplementedError


def normalised(document: Document) -> Document:
    """Return the document as Markdown can say it.

    Without empty paragraphs and outer spaces, with neighbours of equal marks joined.
    """
    raise NotImplementedError
