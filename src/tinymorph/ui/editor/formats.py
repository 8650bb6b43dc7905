"""How marks and block kinds are written into Qt's formats, and read back.

The document carries meaning only: kinds, marks, structure. Colours belong to `appearance`, so
that a change of theme never touches the undo stack.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from typing import Literal, cast

from PySide6.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextFormat

from tinymorph.text.document import Block, BlockKind, Image, Inline
from tinymorph.ui.theme import mono_families

LINE_HEIGHT_PERCENT = 132.0
"""Of the font's own spacing (about 1.16 em), which makes lines of 1.5 em."""
PARAGRAPH_GAP_PX = 12.0
"""Above and below; between two blocks only the larger one counts."""
ITEM_GAP_PX = 4.0
HEADING_GAP_PX = 26.0
PICTURE_LINE_GAP_PX = 5.0
LABEL_CHARACTERS = 4
"""Of a footnote's label fit into one step of indentation."""
MAX_LABEL_STEPS = 4

PageKind = BlockKind | Literal["cell", "filler"]
"""A `cell` block stands in a table; a `filler` is the empty line that Qt needs beside one."""

STRUCTURE = QTextFormat.Property.UserProperty.value + 1
"""All that a block is but its words and `ORIGIN`, as JSON: one property is read in one call."""
ORIGIN = QTextFormat.Property.UserProperty.value + 2
MARKS = QTextFormat.Property.UserProperty.value + 3
"""The marks of a run as JSON; absent from unmarked words."""
PICTURE_OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1

_HEADING_SIZE = {1: 2, 2: 1}
"""Steps of Qt's relative font sizes: one and a half, and 1.2 times the page's font."""
VERBATIM: frozenset[str] = frozenset({"code", "source"})
"""Kinds whose words carry no marks."""
_PLAIN = Inline("")
_Fields = tuple[bool, bool, bool, bool, str | None, str, Image | None, bool]
"""The marks of a run, in the order in which `Inline` has them after its text."""
_PARAGRAPH = Block("paragraph")
_NO_STRUCTURE: tuple[Block, PageKind] = (_PARAGRAPH, "paragraph")


def block_format(block: Block, kind: PageKind | None = None) -> QTextBlockFormat:
    """Return the block format that says what `block` is, or that it is of a page's own kind.

    Lines with pictures stand a fixed space apart: a share would grow with the picture.
    """
    result = QTextBlockFormat(_block_format(_structure_text(*_block_fields(block, kind))))
    if block.origin is not None:
        result.setProperty(ORIGIN, block.origin)
    if any(inline.image is not None for inline in block.inlines):
        distance = QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value
        result.setLineHeight(PICTURE_LINE_GAP_PX, distance)
    return result


def base_char_format(block: Block) -> QTextCharFormat:
    """Return the format of unmarked characters in `block`; do not change it."""
    return _char_format(block.kind, block.level, *_fields(_PLAIN), False)


def char_format(inline: Inline, block: Block, *, is_literal: bool = False) -> QTextCharFormat:
    """Return the format of characters in `block` with the marks of `inline`; do not change it.

    `is_literal` says that stand-ins in the words are characters that the writer wrote.
    """
    return _char_format(block.kind, block.level, *_fields(inline), is_literal)


def marks_of(fmt: QTextFormat) -> Inline:
    """Return the marks that a character format carries, as an empty run."""
    text = fmt.property(MARKS)
    return _PLAIN if text is None else _decoded_marks(cast("str", text))[0]


def is_literal(fmt: QTextFormat) -> bool:
    """Say whether stand-ins in a run are characters that the writer wrote."""
    text = fmt.property(MARKS)
    return text is not None and _decoded_marks(cast("str", text))[1]


def common_marks(first: Inline, second: Inline) -> Inline:
    """Return the marks that both runs carry; a picture is no mark of words."""
    is_same_link = (first.link, first.link_title) == (second.link, second.link_title)
    return Inline(
        text="",
        bold=first.bold and second.bold,
        italic=first.italic and second.italic,
        code=first.code and second.code,
        strike=first.strike and second.strike,
        link=first.link if is_same_link else None,
        link_title=first.link_title if is_same_link else "",
        source=first.source and second.source,
    )


def page_kind_of(fmt: QTextFormat) -> PageKind:
    """Return what a block of the page is; one of foreign origin is a paragraph."""
    text = fmt.property(STRUCTURE)
    return "paragraph" if text is None else _decoded_structure(cast("str", text))[1]


def kind_of(fmt: QTextFormat) -> BlockKind:
    """Return what a block is; one of foreign origin, or of the page's own, is a paragraph."""
    return _structure(fmt).kind


def structure_of(fmt: QTextFormat) -> Block:
    """Return all that a block is but its words; numbered items have their page's number."""
    return filled(_structure(fmt), (), origin_of(fmt))


def structure_and_kind(fmt: QTextFormat) -> tuple[Block, PageKind]:
    """Return all that a block is but its words and origin, and what it is on the page."""
    text = fmt.property(STRUCTURE)
    return _NO_STRUCTURE if text is None else _decoded_structure(cast("str", text))


def origin_of(fmt: QTextFormat) -> int | None:
    """Return which block of the opened source it was."""
    return cast("int | None", fmt.property(ORIGIN))


def filled(block: Block, inlines: tuple[Inline, ...], origin: int | None) -> Block:
    """Return a block with other words and another origin."""
    return Block(  # a third of the time that `replace` takes
        block.kind,
        inlines,
        block.level,
        block.quote_depth,
        block.ordered,
        block.number,
        block.info,
        block.checked,
        block.loose,
        block.item_depth,
        block.apart,
        origin=origin,
    )


def without_origin(block: Block) -> Block:
    """Return a block that says nothing of where it came from."""
    if block.table is not None:
        return replace(block, origin=None)
    return filled(block, block.inlines, None)


def is_verbatim(fmt: QTextFormat) -> bool:
    """Say whether a block holds code or Markdown source."""
    return kind_of(fmt) in VERBATIM


def structure_text(block: Block) -> str:
    """Return all that a block is but its words, its table and its origin."""
    return _structure_text(*_block_fields(block, None))


def indent_of(block: Block) -> int:
    """Return by how many steps a block is indented."""
    steps = block.quote_depth
    if block.kind == "list_item":
        return steps + block.level + 1
    if block.kind == "footnote":
        wanted = math.ceil((len(block.info) + 1) / LABEL_CHARACTERS)
        return steps + block.item_depth + min(max(wanted, 1), MAX_LABEL_STEPS)
    return steps + block.item_depth


def plain(inline: Inline, text: str) -> Inline:
    """Return `text` with the marks of `inline`."""
    return Inline(text, *_fields(inline))  # a third of the time that `replace` takes


def have_same_marks(first: Inline, second: Inline) -> bool:
    """Say whether two runs differ in their words alone."""
    return _fields(first) == _fields(second)


def _fields(inline: Inline) -> _Fields:
    return (
        inline.bold,
        inline.italic,
        inline.code,
        inline.strike,
        inline.link,
        inline.link_title,
        inline.image,
        inline.source,
    )


def _structure(fmt: QTextFormat) -> Block:
    text = fmt.property(STRUCTURE)
    return _PARAGRAPH if text is None else _decoded_structure(cast("str", text))[0]


def _block_fields(block: Block, kind: PageKind | None) -> tuple[object, ...]:
    return (
        kind or block.kind,
        block.level,
        block.quote_depth,
        block.ordered,
        block.number,
        block.info,
        block.checked,
        block.loose,
        block.item_depth,
        block.apart,
    )


@lru_cache(maxsize=4096, typed=True)
def _structure_text(*fields: object) -> str:
    return json.dumps(fields)


@lru_cache(maxsize=4096)
def _decoded_structure(text: str) -> tuple[Block, PageKind]:
    kind, level, quote_depth, ordered, number, info, checked, loose, depth, apart = json.loads(text)
    block = Block(
        kind="paragraph" if kind in {"cell", "filler"} else kind,
        level=level,
        quote_depth=quote_depth,
        ordered=ordered,
        number=number,
        info=info,
        checked=checked,
        loose=loose,
        item_depth=depth,
        apart=apart,
    )
    return block, kind


@lru_cache(maxsize=4096)
def _block_format(structure: str) -> QTextBlockFormat:
    block, kind = _decoded_structure(structure)
    result = QTextBlockFormat()
    result.setProperty(STRUCTURE, structure)
    if kind not in VERBATIM and kind != "cell":
        proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        result.setLineHeight(LINE_HEIGHT_PERCENT, proportional)
    if kind in {"cell", "filler"}:
        return result
    result.setIndent(indent_of(block))
    gap = PARAGRAPH_GAP_PX
    if kind == "list_item" and not block.loose:
        gap = ITEM_GAP_PX
    elif kind in VERBATIM:
        gap += ITEM_GAP_PX
    result.setTopMargin(HEADING_GAP_PX if kind == "heading" else gap)
    result.setBottomMargin(gap)
    if kind == "heading":
        result.setHeadingLevel(block.level)
    elif kind == "rule":
        result.setProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth, 1)
    return result


@lru_cache(maxsize=4096)
def _char_format(kind: str, level: int, *fields: object) -> QTextCharFormat:
    *values, is_literal = fields
    marks = Inline("", *cast("_Fields", tuple(values)))
    result = QTextCharFormat()
    if kind == "heading":
        adjustment = QTextFormat.Property.FontSizeAdjustment
        result.setProperty(adjustment, _HEADING_SIZE.get(level, 0))
    if kind == "heading" or marks.bold:
        result.setFontWeight(QFont.Weight.Bold)
    if kind in VERBATIM or marks.code or marks.source:
        result.setFontFixedPitch(True)
        result.setFontFamilies(mono_families())
    if marks != _PLAIN or is_literal:
        result.setProperty(MARKS, _marks_text(marks, is_literal=bool(is_literal)))
    if marks.italic:
        result.setFontItalic(True)
    if marks.strike:
        result.setFontStrikeOut(True)
    if marks.link is not None:
        result.setAnchor(True)
        result.setAnchorHref(marks.link)
    if marks.image is not None:
        result.setObjectType(PICTURE_OBJECT)
    return result


def _marks_text(marks: Inline, *, is_literal: bool) -> str:
    image = marks.image
    return json.dumps(
        [
            marks.bold,
            marks.italic,
            marks.code,
            marks.strike,
            marks.link,
            marks.link_title,
            None if image is None else [image.target, image.alt, image.title],
            marks.source,
            is_literal,
        ]
    )


@lru_cache(maxsize=4096)
def _decoded_marks(text: str) -> tuple[Inline, bool]:
    *values, image, source, literal = json.loads(text)
    picture = None if image is None else Image(*image)
    return Inline("", *values, image=picture, source=source), literal
