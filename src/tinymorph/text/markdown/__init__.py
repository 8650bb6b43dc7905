"""Markdown in and out; what cannot be shown as rich text stays in its own characters."""

from tinymorph.text.markdown.whole import (
    normalised,
    read_markdown,
    same_meaning,
    write_markdown,
)

__all__ = ["normalised", "read_markdown", "same_meaning", "write_markdown"]
