"""The document as a PDF: paper, page numbers, an outline, links that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QPixmap,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLine,
)

from tinymorph.text.document import Document
from tinymorph.text.formats.addresses import heading_names
from tinymorph.text.formats.conversion import Manner
from tinymorph.text.formats.html import write_html
from tinymorph.text.formats.sources import printed_of
from tinymorph.text.formats.spans import plain_text
from tinymorph.text.formats.xml_text import MARGIN_MM, Paper
from tinymorph.ui.export.pdf_outline import Heading, with_outline
from tinymorph.ui.export.print_html import STYLE, for_paper

RESOLUTION = 96
"""Dots to the inch, in which HTML measures; what is drawn are outlines all the same."""
FONT_POINTS = 10.5
_FAMILIES = [
    "Georgia",
    "Cambria",
    "Noto Serif",
    "Liberation Serif",
    "DejaVu Serif",
    "Times New Roman",
]
_FOOTER_POINTS = 8.5
_FOOTER_GAP = 28.0
"""Between the text and the page's number."""
_LARGEST_PICTURE = 0.9
"""Of the page's height."""
_OVERHANG = 6.0
"""How far a page's last line may reach below it, less than any line is high: Qt's lines of 135 %
do. Such a line would be put on the next page as well, clipped away but read by programs."""
_PAPERS: dict[Paper, QPageSize.PageSizeId] = {
    "A4": QPageSize.PageSizeId.A4,
    "Letter": QPageSize.PageSizeId.Letter,
}


def write_pdf(
    document: Document,
    *,
    title: str,
    author: str = "",
    base_folder: Path | None = None,
    paper: Paper = "A4",
) -> bytes:
    """Return the document as the bytes of a PDF; needs an application, but no screen."""
    printed = printed_of(document)
    with _application():
        pages = _painted(printed, title, author, base_folder, paper)
    headings = [block for block in printed.blocks if block.kind == "heading"]
    names = heading_names(printed)
    entries = [
        Heading(max(1, block.level), plain_text(block.inlines).strip() or name, name)
        for block, name in zip(headings, names, strict=True)
    ]
    return with_outline(pages, entries)


def write_manner(document: Document, manner: Manner) -> bytes:
    """Return the document as a PDF that says what `manner` says."""
    return write_pdf(
        document, title=manner.title, author=manner.author,
        base_folder=manner.base_folder, paper=manner.paper,
    )  # fmt: skip


def _painted(
    printed: Document, title: str, author: str, base_folder: Path | None, paper: Paper
) -> bytes:
    """Return the pages, before they have an outline."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    device = QPdfWriter(buffer)
    device.setTitle(title)
    device.setAuthor(author)
    device.setCreator("tinymorph")
    device.setResolution(RESOLUTION)
    device.setPageSize(QPageSize(_PAPERS[paper]))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    device.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    page = write_html(printed, title=title, base_folder=base_folder, fragment=True)
    text = _laid_out(for_paper(page), device)
    _paint(text, device)
    return bytes(buffer.data().data())


def _laid_out(page: str, device: QPdfWriter) -> QTextDocument:
    text = QTextDocument()
    text.setUndoRedoEnabled(False)
    text.setDocumentMargin(0)
    font = QFont()
    font.setFamilies(_FAMILIES)
    font.setPointSizeF(FONT_POINTS)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    text.setDefaultFont(font)
    text.setDefaultStyleSheet(STYLE)
    text.documentLayout().setPaintDevice(device)
    text.setHtml(page)
    size = QSizeF(device.width(), device.height())
    _fit_pictures(text, size)
    text.setPageSize(size)
    _lay_out(text)
    _keep_headings_with_words(text)
    _part_blocks_at_page_ends(text)
    return text


def _fit_pictures(text: QTextDocument, page: QSizeF) -> None:
    """Make pictures that are larger than the page smaller."""
    block = text.begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            form = fragment.charFormat().toImageFormat()
            if form.isValid():
                image = text.resource(
                    QTextDocument.ResourceType.ImageResource.value, QUrl(form.name())
                )
                size = image.size() if isinstance(image, QImage | QPixmap) else None
                if size is not None and size.width() > 0 and size.height() > 0:
                    across = page.width() / size.width()
                    scale = min(1.0, across, _LARGEST_PICTURE * page.height() / size.height())
                    form.setWidth(size.width() * scale)
                    form.setHeight(size.height() * scale)
                    cursor = QTextCursor(text)
                    cursor.setPosition(fragment.position())
                    end = fragment.position() + fragment.length()
                    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                    cursor.setCharFormat(form)
            iterator += 1
        block = block.next()


def _keep_headings_with_words(text: QTextDocument) -> None:
    """Begin a new page before headings that would stand at the end of one, without words."""
    first: QTextBlock | None = None
    block = text.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            first = first or block
        elif first is not None:
            if _page_of(text, first) != _page_of(text, block):
                form = first.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(first).setBlockFormat(form)
                _lay_out(text, first.position())
            first = None
        block = block.next()


def _part_blocks_at_page_ends(text: QTextDocument) -> None:
    """Make two blocks of one that goes on over a page's end.

    Of a block that begins before what is painted, Qt paints one line too many: it would be in the
    next page too, clipped away but read by programs.
    """
    height = text.pageSize().height()
    places: list[tuple[QTextBlock, int]] = []
    block = text.begin()
    while block.isValid():
        top, layout = text.documentLayout().blockBoundingRect(block).top(), block.layout()
        pages = [_middle_of(layout.lineAt(n), top) // height for n in range(layout.lineCount())]
        ends = [n for n, (one, other) in enumerate(pairwise(pages), start=1) if one != other]
        places += [(block, layout.lineAt(number).textStart()) for number in ends]
        block = block.next()
    edit = QTextCursor(text)
    edit.beginEditBlock()
    for block, place in reversed(places):
        _part(text, block, place)
    edit.endEditBlock()
    _lay_out(text)


def _lay_out(text: QTextDocument, start: int = 0) -> None:
    """Lay out all that follows; of its own accord Qt forgets some of it after an edit."""
    text.markContentsDirty(start, text.characterCount() - start)
    text.documentLayout().documentSize()


def _middle_of(line: QTextLine, top: float) -> float:
    return top + line.y() + line.height() / 2


def _part(text: QTextDocument, block: QTextBlock, place: int) -> None:
    """Part a block so that its second half stands as it stood, without a list's sign."""
    above, below = block.blockFormat(), block.blockFormat()
    above.setBottomMargin(0)
    below.setTopMargin(0)
    below.setTextIndent(0)
    below.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_Auto)
    own_list = block.textList()
    if own_list is not None:
        below.setIndent(below.indent() + own_list.format().indent())
    cursor = QTextCursor(text)
    cursor.setPosition(block.position() + place)
    cursor.insertBlock(below)
    if own_list is not None:
        own_list.remove(cursor.block())
        cursor.setBlockFormat(below)
    QTextCursor(block).setBlockFormat(above)


def _page_of(text: QTextDocument, block: QTextBlock) -> int:
    """Return the page on which a block's first line stands."""
    top = text.documentLayout().blockBoundingRect(block).top()
    line = block.layout().lineAt(0) if block.layout().lineCount() else None
    below = line.y() + line.height() if line is not None else 0.0
    return int((top + below - 1) // text.pageSize().height())


def _paint(text: QTextDocument, device: QPdfWriter) -> None:
    size = text.pageSize()
    painter = QPainter(device)
    try:
        for number in range(text.pageCount()):
            if number:
                device.newPage()
            top = number * size.height()
            painter.save()
            painter.translate(0, -top)
            context = QAbstractTextDocumentLayout.PaintContext()
            context.clip = QRectF(0, top + _OVERHANG, size.width(), size.height() - _OVERHANG - 1)
            context.palette.setColor(QPalette.ColorRole.Text, QColor(Qt.GlobalColor.black))
            painter.setClipRect(QRectF(0, top, size.width(), size.height()))
            text.documentLayout().draw(painter, context)
            painter.restore()
            _paint_number(painter, number + 1, text, size)
    finally:
        painter.end()


def _paint_number(painter: QPainter, number: int, text: QTextDocument, size: QSizeF) -> None:
    font = QFont(text.defaultFont())
    font.setPointSizeF(_FOOTER_POINTS)
    painter.setFont(font)
    painter.setPen(QColor("#5c5c66"))
    place = QRectF(0, size.height() + _FOOTER_GAP, size.width(), _FOOTER_GAP)
    painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, str(number))


@contextmanager
def _application() -> Iterator[None]:
    """Lend an application that needs no screen, where there is none yet."""
    if QCoreApplication.instance() is not None:
        yield
        return
    application = QGuiApplication(["tinymorph", "-platform", "offscreen"])
    try:
        yield
    finally:
        application.shutdown()
