"""The Qt-free document: blocks of marked text. This model is the truth; the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "heading", "list_item", "code", "rule", "source"]
"""`source` is Markdown that cannot be shown as rich text; it is kept and edited as plain text."""


@dataclass(frozen=True, slots=True)
class Inline:
    """A run of characters with the same marks. A hard line break is `"\\n"` in `text`."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like piece of a document."""

    kind: BlockKind
    inlines: tuple[Inline, ...] = ()
    level: int = 0
    """Heading level 1 to 6; for list items the depth of nesting, from 0."""
    quote_depth: int = 0
    """How many block quotes it stands in."""
    ordered: bool = False
    """For list items: numbered rather than bulleted."""
    number: int = 1
    """For numbered list items: its number."""
    info: str = ""
    """For code: the info string of the fence."""

    @property
    def text(self) -> str:
        """Return the block's characters without marks."""
        return "".join(inline.text for inline in self.inlines)


@dataclass(frozen=True, slots=True)
class Document:
    """A sequence of blocks."""

    blocks: tuple[Block, ...] = ()
