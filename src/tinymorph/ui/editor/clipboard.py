"""What the page gives to the clipboard, and where it puts what it takes from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QTextCursor

from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.formats.html import write_html
from tinymorph.text.markdown import read_markdown, write_markdown
from tinymorph.ui.editor.characters import to_page
from tinymorph.ui.editor.commands import is_plain_paragraph, one_step
from tinymorph.ui.editor.document_map import insert_blocks
from tinymorph.ui.editor.formats import char_format, is_verbatim, structure_of
from tinymorph.ui.editor.paste import blocks_from_mime
from tinymorph.ui.editor.receipts import RECEIPTS_MIME_TYPE, sign_pasted, signed
from tinymorph.ui.editor.runs import insert_inlines
from tinymorph.ui.editor.selection import selected_document

OWN_MIME_TYPE = "application/x-tinymorph-markdown"
MARKDOWN_MIME_TYPE = "text/markdown"


def can_paste(source: QMimeData) -> bool:
    """Say whether there are words to paste: no pictures, no files."""
    return source.hasFormat(OWN_MIME_TYPE) or source.hasHtml() or source.hasText()


def blocks_to_paste(source: QMimeData) -> tuple[Block, ...]:
    """Return the clipboard's words as blocks of ours."""
    if isinstance(source, PageMime):
        return source.document.blocks
    if source.hasFormat(OWN_MIME_TYPE):
        own = bytes(source.data(OWN_MIME_TYPE).data()).decode("utf-8")
        return tuple(replace(block, origin=None) for block in read_markdown(own).blocks)
    return blocks_from_mime(source)


def paste(cursor: QTextCursor, source: QMimeData) -> bool:
    """Put the clipboard's words in the place of the selection, as one undo step."""
    if is_verbatim(cursor.block().blockFormat()):
        text = source.text().replace("\r\n", "\n").replace("\r", "\n")
        with one_step(cursor):
            cursor.removeSelectedText()
            start = cursor.position()
            cursor.insertText(to_page(text), signed(cursor.blockCharFormat(), None))
            _sign(cursor, start, source)
        return True
    blocks = blocks_to_paste(source)
    if not blocks:
        return False
    with one_step(cursor):
        cursor.removeSelectedText()
        start = cursor.position()
        if cursor.currentTable():
            _paste_in_cell(cursor, blocks)
        else:
            _paste_blocks(cursor, blocks)
        _sign(cursor, start, source)
    return True


class PageMime(QMimeData):
    """Offer a part of a page as Markdown, HTML and plain text, each written when it is asked for.

    Within the program the document itself is pasted, with all that it holds.
    """

    def __init__(self, document: Document, receipts: bytes = b"") -> None:
        super().__init__()
        self.document, self._receipts = document, receipts

    def formats(self) -> list[str]:
        """Return what can be asked for, best first."""
        own = [RECEIPTS_MIME_TYPE] if self._receipts else []
        return [OWN_MIME_TYPE, MARKDOWN_MIME_TYPE, "text/html", "text/plain", *own]

    def hasFormat(self, mimetype: str) -> bool:
        """Say whether it can be asked for."""
        return mimetype in self.formats()

    def retrieveData(self, mimetype: str, preferredType: object) -> object:
        """Write what is asked for."""
        del preferredType
        match mimetype:
            case "text/plain":
                return plain_text(self.document)
            case "text/html":
                return write_html(self.document, title="", fragment=True)
            case _ if mimetype == RECEIPTS_MIME_TYPE:
                return QByteArray(self._receipts)
            case _ if mimetype in {OWN_MIME_TYPE, MARKDOWN_MIME_TYPE}:
                return QByteArray(write_markdown(self.document).encode("utf-8"))
            case _:
                return None


def markdown_of(cursor: QTextCursor) -> str:
    """Return the selection as Markdown."""
    return write_markdown(selected_document(cursor))


def plain_text(document: Document) -> str:
    """Return the words of a selection; a table's cells are parted by tabs."""
    return "\n".join(_plain(block) for block in document.blocks)


def _plain(block: Block) -> str:
    if block.table is not None:
        rows = (("".join(run.text for run in cell) for cell in row) for row in block.table.rows)
        return "\n".join("\t".join(cells) for cells in rows)
    return "".join(run.text if run.image is None else run.image.alt for run in block.inlines)


def _sign(cursor: QTextCursor, start: int, source: QMimeData) -> None:
    """Let accepted words that come from a page of ours keep their receipts."""
    if source.hasFormat(RECEIPTS_MIME_TYPE):
        sign_pasted(cursor, start, bytes(source.data(RECEIPTS_MIME_TYPE).data()))


def _paste_in_cell(cursor: QTextCursor, blocks: Sequence[Block]) -> None:
    """Put the words in a row: a cell is one paragraph."""
    here = Block("paragraph")
    for number, block in enumerate(blocks):
        if number:
            cursor.insertText(" ", char_format(Inline(""), here))
        runs = block.inlines or (Inline(_plain(block)),)
        flat = tuple(replace(run, text=run.text.replace("\n", " ")) for run in runs)
        insert_inlines(cursor, replace(here, inlines=flat))


def _paste_blocks(cursor: QTextCursor, blocks: Sequence[Block]) -> None:
    block, first = cursor.block(), blocks[0]
    if first.kind == "paragraph" and not first.quote_depth and not first.item_depth:
        here = structure_of(block.blockFormat())
        insert_inlines(cursor, replace(here, inlines=first.inlines))
        blocks = blocks[1:]
        if not blocks:
            return
        _insert_below(cursor, blocks)
    elif not block.text() and is_plain_paragraph(block):
        insert_blocks(cursor, blocks, is_first=True)
    else:
        _insert_below(cursor, blocks)


def _insert_below(cursor: QTextCursor, blocks: Sequence[Block]) -> None:
    """Insert blocks at the cursor; what stood behind it goes on behind the last paragraph."""
    if not cursor.atBlockEnd() and blocks[-1].kind != "paragraph":
        here = cursor.position()
        cursor.insertBlock()
        cursor.setPosition(here)
    insert_blocks(cursor, blocks)
