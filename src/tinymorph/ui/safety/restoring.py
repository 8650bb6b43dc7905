"""Another text on the page as one undo step, with its own characters for what nobody touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor

from tinymorph.text.document import Block
from tinymorph.text.markdown.slices import Slice, Source
from tinymorph.ui.editor.commands import one_step
from tinymorph.ui.editor.document_map import insert_blocks
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.receipts import sign_again, signed_texts


class PageStates(QObject):
    """Replace a whole page, and know the blocks again when undo or redo brings a page back.

    Blocks know by their `origin` which characters of the source they are. Qt's undo brings back
    words and formats, but not that; so it is remembered for the page before and after a step.
    """

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._states: dict[int, tuple[Block, ...]] = {}
        """The page's blocks where the undo history has so many steps."""
        self._is_busy = False
        editor.document().contentsChanged.connect(self._recognise)

    def forget(self) -> None:
        """Forget all: another document comes to the page."""
        self._states.clear()

    def replace(self, blocks: Sequence[Block]) -> None:
        """Put other blocks in the place of all that is on the page."""
        document = self._editor.document()
        self._states[document.availableUndoSteps()] = self._editor.live.value().blocks
        self._is_busy = True
        try:
            replace_page(self._editor, blocks)
        finally:
            self._is_busy = False
        self._states[document.availableUndoSteps()] = tuple(blocks)
        self._recognise()

    def _recognise(self) -> None:
        if self._is_busy or not self._states:
            return
        known = self._states.get(self._editor.document().availableUndoSteps())
        if known is not None and self._editor.live.value().blocks == known:
            self._take(known)

    def _take(self, blocks: tuple[Block, ...]) -> None:
        self._editor.live.begin()
        self._editor.live.take_loaded(blocks, 0)


def joined_sources(first: Source, second: Source) -> tuple[Source, tuple[Block, ...]]:
    """Return one source that knows the slices of both, and the blocks of the second in it."""
    offset = len(first.blocks)
    slices: list[Slice] = []
    for piece in second.slices:
        blocks = tuple(replace(b, origin=offset + (b.origin or 0)) for b in piece.blocks)
        slices.append(replace(piece, blocks=blocks))
    references = first.references | second.references
    seam = Slice("", "", ())  # so that the first of the one never follows the last of the other
    joined = Source((*first.slices, seam, *slices), references)
    return joined, joined.blocks[offset:]


def replace_page(editor: Editor, blocks: Sequence[Block]) -> None:
    """Put other blocks in the place of all that is on the page; one undo takes it back."""
    place, scrolled = editor.textCursor().position(), editor.verticalScrollBar().value()
    cursor = QTextCursor(editor.document())
    known = [block for block in signed_texts(editor.document()) if block.runs]
    with one_step(cursor):
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        insert_blocks(cursor, blocks or (Block("paragraph"),), is_first=True)
        sign_again(editor.document(), known)
    here = editor.textCursor()
    here.setPosition(min(place, editor.document().characterCount() - 1))
    editor.setTextCursor(here)
    editor.verticalScrollBar().setValue(scrolled)
