"""Foreign text becomes blocks of our own: marks and structure stay, everything else goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
    QTextListFormat,
)

from tinymorph.text.document import Block, Inline
from tinymorph.ui.editor.characters import LINE_SEPARATOR, OBJECT_CHARACTER
from tinymorph.ui.editor.document_map import blocks_of

_NUMBERED = frozenset(
    {
        QTextListFormat.Style.ListDecimal,
        QTextListFormat.Style.ListLowerAlpha,
        QTextListFormat.Style.ListUpperAlpha,
        QTextListFormat.Style.ListLowerRoman,
        QTextListFormat.Style.ListUpperRoman,
    }
)
_SAFE_SCHEMES = ("http://", "https://", "mailto:")


class _TextOnly(QTextDocument):
    """Parse HTML without fetching anything that it names."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # pyright: ignore[reportIncompatibleMethodOverride] - Qt asks with an int
        """Answer every request for a picture or a style with nothing."""
        del kind, name
        return None


def blocks_from_mime(source: QMimeData) -> tuple[Block, ...]:
    """Return the clipboard's words as blocks; empty if it holds none."""
    if source.hasHtml():
        blocks = blocks_from_html(source.html())
        if blocks:
            return blocks
    return blocks_from_text(source.text()) if source.hasText() else ()


def blocks_from_text(text: str) -> tuple[Block, ...]:
    """Return plain text as paragraphs, parted at blank lines or, without any, at every line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n")
    parts = re.split(r"\n[ \t]*\n\s*", text) if re.search(r"\n[ \t]*\n", text) else text.split("\n")
    return tuple(Block("paragraph", (Inline(part),) if part else ()) for part in parts)


def blocks_from_html(html: str) -> tuple[Block, ...]:
    """Return the words of an HTML fragment with the marks and structure that we support."""
    parsed = _TextOnly()
    parsed.setHtml(html)
    made = [_block(block) for block in blocks_of(parsed)]
    return tuple(block for block in made if block.text.strip())


def _block(block: QTextBlock) -> Block:
    form = block.blockFormat()
    quote = form.property(QTextFormat.Property.BlockQuoteLevel.value)
    inlines = tuple(_clean(block))
    result = Block("paragraph", inlines, quote_depth=int(cast("int", quote or 0)))
    text_list = block.textList()
    if text_list is not None:
        style = text_list.format()
        return replace(
            result,
            kind="list_item",
            level=max(style.indent() - 1, 0),
            ordered=style.style() in _NUMBERED,
            number=text_list.itemNumber(block) + 1,
        )
    if 1 <= form.headingLevel() <= 6:
        words = tuple(replace(inline, bold=False) for inline in inlines)
        return replace(result, kind="heading", level=form.headingLevel(), inlines=words)
    if form.nonBreakableLines():
        return replace(result, kind="code", inlines=(Inline(block.text()),))
    return result


def _clean(block: QTextBlock) -> Iterator[Inline]:
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        text = fragment.text().replace(LINE_SEPARATOR, "\n").replace(OBJECT_CHARACTER, "")
        if text:
            yield replace(_marks(fragment.charFormat()), text=text)
        iterator += 1


def _marks(fmt: QTextCharFormat) -> Inline:
    link = fmt.anchorHref() if fmt.isAnchor() else ""
    is_safe = link.lower().startswith(_SAFE_SCHEMES)
    return Inline(
        "",
        bold=fmt.fontWeight() >= QFont.Weight.DemiBold.value,
        italic=fmt.fontItalic(),
        strike=fmt.fontStrikeOut(),
        code=fmt.fontFixedPitch() and not is_safe,
        link=link if is_safe else None,
    )
