"""Document to QTextDocument and back: every block and mark, nothing of Qt's own Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from PySide6.QtGui import (
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextList,
    QTextListFormat,
)

from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.formats import (
    LINE_SEPARATOR,
    OBJECT_CHARACTER,
    base_char_format,
    block_format,
    char_format,
    marks_of,
    page_text,
    plain,
    structure_of,
)

_BULLETS = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)


def show_document(document: Document, target: QTextDocument, margin: float = 0.0) -> None:
    """Replace everything in `target`; this is where its undo history begins."""
    target.setUndoRedoEnabled(False)
    target.clear()
    target.setDocumentMargin(margin)
    cursor = QTextCursor(target)
    cursor.beginEditBlock()
    insert_blocks(cursor, document.blocks or (Block("paragraph"),), is_first=True)
    cursor.endEditBlock()
    target.setUndoRedoEnabled(True)
    target.setModified(False)


def insert_blocks(cursor: QTextCursor, blocks: Iterable[Block], *, is_first: bool = False) -> None:
    """Insert each block as a block of its own; the first takes the cursor's if `is_first`."""
    lists = _OpenLists()
    for number, block in enumerate(blocks):
        base = base_char_format(block)
        if number == 0 and is_first:
            cursor.setBlockFormat(block_format(block))
            cursor.setBlockCharFormat(base)
        else:
            cursor.insertBlock(block_format(block), base)
        if cursor.currentList() is not None:
            cursor.currentList().remove(cursor.block())
            cursor.setBlockFormat(block_format(block))
        lists.place(cursor, block)
        insert_inlines(cursor, block)


def insert_inlines(cursor: QTextCursor, block: Block) -> None:
    """Insert the marked words of `block` where the cursor stands."""
    base = base_char_format(block)
    for inline in block.inlines:
        cursor.insertText(page_text(inline.text), char_format(inline, base))


def read_document(source: QTextDocument) -> Document:
    """Return what the page holds."""
    return Document(tuple(read_block(block) for block in blocks_of(source)))


def blocks_of(source: QTextDocument) -> Iterator[QTextBlock]:
    """Yield every block, first to last."""
    block = source.begin()
    while block.isValid():
        yield block
        block = block.next()


def read_block(block: QTextBlock) -> Block:
    """Return one block with its marks; a rule that somebody typed into is a paragraph."""
    result = replace(structure_of(block.blockFormat()), inlines=tuple(_inlines(block)))
    text_list = block.textList()
    if text_list is not None:
        style = text_list.format()
        is_ordered = style.style() == QTextListFormat.Style.ListDecimal
        result = replace(
            result,
            kind="list_item",
            level=max(style.indent() - 1 - result.quote_depth, 0),
            ordered=is_ordered,
            number=text_list.itemNumber(block) + style.start() if is_ordered else 1,
        )
    elif result.kind == "list_item" or (result.kind == "rule" and result.inlines):
        result = replace(result, kind="paragraph", level=0)
    if result.kind in {"code", "source"}:
        result = replace(result, inlines=_joined(result.inlines))
    return result


def fragments_of(block: QTextBlock) -> Iterator[QTextFragment]:
    """Yield the runs of one format, in order."""
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        if fragment.isValid():
            yield fragment
        iterator += 1


def make_list(cursor: QTextCursor, block: Block) -> QTextList:
    """Begin a list at the cursor's block in the manner of `block`."""
    style = QTextListFormat()
    if block.ordered:
        style.setStyle(QTextListFormat.Style.ListDecimal)
        style.setStart(block.number)
    else:
        style.setStyle(_BULLETS[block.level % len(_BULLETS)])
    style.setIndent(block.level + 1 + block.quote_depth)
    made = cursor.createList(style)
    form = cursor.blockFormat()
    form.setIndent(0)
    cursor.setBlockFormat(form)
    return made


class _OpenLists:
    """The lists that the next item may go on with, by depth."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[QTextList, Block]] = {}

    def place(self, cursor: QTextCursor, block: Block) -> None:
        """Put the cursor's block into the list it goes on with, or begin one."""
        if block.kind != "list_item":
            self._open.clear()
            return
        for depth in [depth for depth in self._open if depth > block.level]:
            del self._open[depth]
        known = self._open.get(block.level)
        if known is not None and _goes_on(known[1], block):
            known[0].add(cursor.block())
            form = cursor.blockFormat()
            form.setIndent(0)
            cursor.setBlockFormat(form)
            self._open[block.level] = (known[0], block)
        else:
            self._open[block.level] = (make_list(cursor, block), block)


def _goes_on(last: Block, block: Block) -> bool:
    same = last.ordered == block.ordered and last.quote_depth == block.quote_depth
    return same and (not block.ordered or block.number == last.number + 1)


def _inlines(block: QTextBlock) -> Iterator[Inline]:
    pending: Inline | None = None
    for fragment in fragments_of(block):
        text = fragment.text().replace(LINE_SEPARATOR, "\n").replace(OBJECT_CHARACTER, "")
        if not text:
            continue
        marks = marks_of(fragment.charFormat())
        if pending is not None and plain(pending, "") == marks:
            pending = plain(pending, pending.text + text)
            continue
        if pending is not None:
            yield pending
        pending = plain(marks, text)
    if pending is not None:
        yield pending


def _joined(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    text = "".join(inline.text for inline in inlines)
    return (Inline(text),) if text else ()
