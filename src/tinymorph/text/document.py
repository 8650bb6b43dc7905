"""The Qt-free document: blocks of marked text. This model is the truth; the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal[
    "paragraph", "heading", "list_item", "code", "table", "footnote", "rule", "source"
]
"""`source` is Markdown that cannot be shown as rich text; it is kept and edited as plain text."""

Alignment = Literal["", "left", "center", "right"]

PICTURE = "\ufffc"
"""Stands in a run's text for one picture, as it does on the page."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the text: where it lies, and what to read where it cannot be seen."""

    target: str
    alt: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """A run of characters with the same marks. A hard line break is `"\\n"` in `text`."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    link: str | None = None
    link_title: str = ""
    image: Image | None = None
    """The picture that each `PICTURE` of the text stands for."""
    source: bool = False
    """The text is Markdown kept as it was written: inline HTML, math, a footnote's mark."""


Cell = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header row and the rows below, each with a cell for every column."""

    alignments: tuple[Alignment, ...]
    """One for each column."""
    rows: tuple[tuple[Cell, ...], ...]
    """The first is the header."""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like piece of a document."""

    kind: BlockKind
    inlines: tuple[Inline, ...] = ()
    level: int = 0
    """Heading level 1 to 6; for list items the depth of nesting, from 0."""
    quote_depth: int = 0
    """How many block quotes it stands in; lists stand in quotes, never quotes in lists."""
    ordered: bool = False
    """For list items: numbered rather than bulleted."""
    number: int = 1
    """For numbered list items: its number."""
    info: str = ""
    """For code: the info string of the fence; for a footnote: its label."""
    checked: bool | None = None
    """For list items: whether the task is done; None if it is no task."""
    loose: bool = False
    """For list items: its list has air between the items."""
    item_depth: int = 0
    """For what is no list item: in how many list items it stands, below their first words."""
    apart: bool = False
    """A list or quote begins here, though the one above could have gone on."""
    table: Table | None = None
    """For a table: its cells; `inlines` is empty."""
    origin: int | None = field(default=None, compare=False)
    """Which block of the opened source it was, before any edit; None for a new one."""

    @property
    def text(self) -> str:
        """Return the block's characters without marks; a table's cells one to a line."""
        if self.table is not None:
            cells = (cell for row in self.table.rows for cell in row)
            return "\n".join("".join(inline.text for inline in cell) for cell in cells)
        return "".join(inline.text for inline in self.inlines)


@dataclass(frozen=True, slots=True)
class Document:
    """A sequence of blocks."""

    blocks: tuple[Block, ...] = ()
