"""How marks and block kinds are written into Qt's formats, and read back.

The document carries meaning only: kinds, marks, structure. Colours and code fonts belong to
`appearance`, so that a change of theme never touches the undo stack.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from PySide6.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextFormat

from tinymorph.text.document import Block, BlockKind, Inline

LINE_SEPARATOR = "\u2028"
"""Qt's line break inside a block; `"\\n"` in a `Document`."""
OBJECT_CHARACTER = "\ufffc"
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\u2029]")
_NOT_FOR_QT: dict[int, None] = dict.fromkeys((0x00, 0xFDD0, 0xFDD1, 0xFFFC))
"""NUL, Qt's own marks for the borders of frames, and its mark for an object."""

LINE_HEIGHT_PERCENT = 132.0
"""Of the font's own spacing (about 1.16 em), which makes lines of 1.5 em."""
PARAGRAPH_GAP_PX = 12.0
"""Above and below; between two blocks only the larger one counts."""
ITEM_GAP_PX = 4.0
HEADING_GAP_PX = 26.0

KIND = QTextFormat.Property.UserProperty.value + 1
LEVEL = QTextFormat.Property.UserProperty.value + 2
INFO = QTextFormat.Property.UserProperty.value + 3
QUOTE = QTextFormat.Property.UserProperty.value + 4
CODE = QTextFormat.Property.UserProperty.value + 5

_HEADING_SIZE = {1: 2, 2: 1}
"""Steps of Qt's relative font sizes: one and a half, and 1.2 times the page's font."""
_VERBATIM: frozenset[str] = frozenset({"code", "source"})


def block_format(block: Block) -> QTextBlockFormat:
    """Return the block format that says what `block` is."""
    result = QTextBlockFormat()
    result.setProperty(KIND, block.kind)
    result.setProperty(LEVEL, block.level)
    result.setProperty(QUOTE, block.quote_depth)
    result.setIndent(block.quote_depth)
    result.setTopMargin(PARAGRAPH_GAP_PX)
    result.setBottomMargin(PARAGRAPH_GAP_PX)
    if block.kind not in _VERBATIM:
        proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        result.setLineHeight(LINE_HEIGHT_PERCENT, proportional)
    if block.kind == "heading":
        result.setHeadingLevel(block.level)
        result.setTopMargin(HEADING_GAP_PX)
    elif block.kind == "list_item":
        result.setTopMargin(ITEM_GAP_PX)
        result.setBottomMargin(ITEM_GAP_PX)
    elif block.kind == "rule":
        result.setProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth, 1)
    elif block.kind in _VERBATIM:
        result.setProperty(INFO, block.info)
        result.setNonBreakableLines(False)
        result.setTopMargin(PARAGRAPH_GAP_PX + ITEM_GAP_PX)
        result.setBottomMargin(PARAGRAPH_GAP_PX + ITEM_GAP_PX)
    return result


def base_char_format(block: Block) -> QTextCharFormat:
    """Return the format of unmarked characters in `block`."""
    result = QTextCharFormat()
    if block.kind == "heading":
        adjustment = QTextFormat.Property.FontSizeAdjustment
        result.setProperty(adjustment, _HEADING_SIZE.get(block.level, 0))
    if block.kind in _VERBATIM:
        result.setFontFixedPitch(True)
    return result


def char_format(inline: Inline, base: QTextCharFormat) -> QTextCharFormat:
    """Return `base` with the marks of `inline`."""
    result = QTextCharFormat(base)
    if inline.bold:
        result.setFontWeight(QFont.Weight.Bold)
    if inline.italic:
        result.setFontItalic(True)
    if inline.strike:
        result.setFontStrikeOut(True)
    if inline.code:
        result.setProperty(CODE, True)
        result.setFontFixedPitch(True)
    if inline.link is not None:
        result.setAnchor(True)
        result.setAnchorHref(inline.link)
    return result


def marks_of(fmt: QTextCharFormat) -> Inline:
    """Return the marks that a character format carries, as an empty run."""
    return Inline(
        text="",
        bold=fmt.fontWeight() >= QFont.Weight.DemiBold.value,
        italic=fmt.fontItalic(),
        code=fmt.hasProperty(CODE),
        strike=fmt.fontStrikeOut(),
        link=fmt.anchorHref() if fmt.isAnchor() and fmt.anchorHref() else None,
    )


def common_marks(first: Inline, second: Inline) -> Inline:
    """Return the marks that both runs carry."""
    return Inline(
        text="",
        bold=first.bold and second.bold,
        italic=first.italic and second.italic,
        code=first.code and second.code,
        strike=first.strike and second.strike,
        link=first.link if first.link == second.link else None,
    )


def kind_of(fmt: QTextBlockFormat) -> BlockKind:
    """Return what a block is; a block of foreign origin is a paragraph."""
    return cast("BlockKind", str(fmt.property(KIND) or "paragraph"))


def structure_of(fmt: QTextBlockFormat) -> Block:
    """Return the kind, level, quote and info of a block, without its words or its list."""
    return Block(
        kind=kind_of(fmt),
        level=int(cast("int", fmt.property(LEVEL) or 0)),
        quote_depth=int(cast("int", fmt.property(QUOTE) or 0)),
        info=str(fmt.property(INFO) or ""),
    )


def is_verbatim(fmt: QTextBlockFormat) -> bool:
    """Say whether a block holds code or Markdown source."""
    return kind_of(fmt) in _VERBATIM


def page_text(text: str) -> str:
    """Return text as one block of Qt's can hold it.

    Line ends of every kind become Qt's line separator; what Qt would take for the border of a
    block or for a picture goes.
    """
    return _LINE_ENDS.sub(LINE_SEPARATOR, text).translate(_NOT_FOR_QT)


def plain(inline: Inline, text: str) -> Inline:
    """Return `text` with the marks of `inline`."""
    return replace(inline, text=text)
