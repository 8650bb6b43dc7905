"""The page that the writer writes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMargins, QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Surroundings
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import AcceptedEdit
from tinymorph.text.document import Block, Document
from tinymorph.ui.editor.appearance import PageAppearance
from tinymorph.ui.editor.apply_edit import apply_edit
from tinymorph.ui.editor.backdrop import LIST_INDENT_PX, Backdrop, is_bare_with_above
from tinymorph.ui.editor.clipboard import PageMime, can_paste, markdown_of, paste
from tinymorph.ui.editor.commands import nest_items, one_step
from tinymorph.ui.editor.context_menu import context_menu
from tinymorph.ui.editor.document_map import insert_blocks, is_filler, show_document
from tinymorph.ui.editor.formats import (
    HEADING_GAP_PX,
    PICTURE_OBJECT,
    kind_of,
    without_origin,
)
from tinymorph.ui.editor.hand_protection import HandProtection
from tinymorph.ui.editor.heat_map import HeatMap
from tinymorph.ui.editor.live_document import LiveDocument
from tinymorph.ui.editor.numbering import PageNumbers
from tinymorph.ui.editor.pictures import Pictures
from tinymorph.ui.editor.pointer import Pointer
from tinymorph.ui.editor.receipts import leave_receipt, receipts_of_selection
from tinymorph.ui.editor.selection import selected_document
from tinymorph.ui.editor.snapshot import (
    find_block,
    note_edit,
    selected_span,
    surroundings,
    take_snapshot,
)
from tinymorph.ui.editor.table_commands import go_to_cell
from tinymorph.ui.editor.typing_rules import follow_rule, leave_marks_at_their_end
from tinymorph.ui.theme import Theme

COLUMN_CHARACTERS = 68
PAGE_MARGIN_PX = 20
"""The same at every zoom: Qt counts a change of it as an edit, with undo."""
_KEYS_OF_THE_WINDOW = frozenset({Qt.Key.Key_D, Qt.Key.Key_E, Qt.Key.Key_K})
"""With Ctrl; on some systems Qt would go or delete to the end of the line instead."""


class Editor(QTextEdit):
    """Show a `Document`, let it be edited, and say which paragraph changed."""

    paragraph_edited = Signal(object)
    """A `ParagraphSnapshot`, for each known paragraph whose words changed."""
    accepted = Signal()
    """An accepted edit stands in the page."""
    loaded_whole = Signal()
    """The last part of a document is on the page, and its undo history has not begun."""
    zoom_asked = Signal(int)
    """+1 or -1, from Ctrl and the wheel."""
    key_left = Signal(object)
    """A `QKeySequence` that is the window's, though Qt's pages take it for their own."""
    painted = Signal()
    """After each painting, so that the time from key to page can be measured."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edited: list[ParagraphSnapshot] = []
        self._marked_id: str | None = None
        self.heat = HeatMap(self, theme)
        self.protection = HandProtection(self, theme)
        self._column_width = _column_width(theme)
        self._resizes, self._laid_out_width = 0, 0
        self._is_loading, self._is_empty = False, True
        self._loading = PageNumbers()
        self.live = LiveDocument(self.document(), self)
        self.setObjectName("page")
        self.setAccessibleName("Page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText("Write here.")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setCursorWidth(2)
        self._appearance = PageAppearance(self.document(), theme)
        self._backdrop = Backdrop(self.document(), self._appearance, theme)
        self.pictures = Pictures(self.document(), theme)
        self.document().documentLayout().registerHandler(PICTURE_OBJECT, self.pictures)
        self.pointer = Pointer(self, self._backdrop)
        self.document().contentsChange.connect(self._note_change)
        self.cursorPositionChanged.connect(self._leave_marks)
        self.load(Document())
        self.set_theme(theme)

    # The document

    def load(self, document: Document) -> None:
        """Show another document; its undo history begins here."""
        self.begin_loading()
        self.append_loaded(document.blocks)
        self.end_loading()

    def begin_loading(self) -> None:
        """Empty the page for another document that comes in parts."""
        self._loading = PageNumbers()
        self.document().setUndoRedoEnabled(False)
        show_document(Document(), self.document(), PAGE_MARGIN_PX)
        self.document().setUndoRedoEnabled(False)
        self.live.begin()
        self._edited.clear()
        self._marked_id = None
        self.heat.clear()
        self.protection.clear()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._is_empty = True

    def append_loaded(self, blocks: Sequence[Block]) -> None:
        """Put the next part of a document below what is there; what is typed meanwhile stays."""
        if not blocks:
            return
        document, here = self.document(), self.textCursor()
        was_modified, position, anchor = document.isModified(), here.position(), here.anchor()
        first = document.blockCount() - (self._is_empty or is_filler(document.lastBlock()))
        end = QTextCursor(document)
        end.movePosition(QTextCursor.MoveOperation.End)
        self._is_loading = True
        try:
            with one_step(end):
                shown = [without_origin(block) for block in blocks]
                insert_blocks(end, shown, is_first=self._is_empty, numbers=self._loading)
        finally:
            self._is_loading = False
        self._is_empty = False
        self.live.take_loaded(blocks, first)
        document.setModified(was_modified)
        if here.position() != position or here.anchor() != anchor:
            here.setPosition(anchor)
            here.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(here)

    def end_loading(self) -> None:
        """Begin the undo history: the document is whole."""
        self.loaded_whole.emit()
        self.document().setUndoRedoEnabled(True)

    def document_value(self) -> Document:
        """Return what the page holds."""
        return self.live.value()

    def snapshot(self) -> ParagraphSnapshot:
        """Return the paragraph under the cursor."""
        return take_snapshot(self.textCursor().block())

    def snapshot_of(self, paragraph_id: str) -> ParagraphSnapshot | None:
        """Return a paragraph as it is now, or None if it is gone."""
        block = find_block(self.document(), paragraph_id)
        return None if block is None else take_snapshot(block)

    def span(self) -> Span:
        """Return the selected part of the paragraph; all of it if nothing is selected."""
        return selected_span(self.textCursor())

    def surroundings(self) -> Surroundings:
        """Return what stands in and around the paragraph under the cursor."""
        block = self.textCursor().block()
        found = surroundings(block)
        protected = (*self.protection.parts_in(block), *found.protected)
        return found.model_copy(update={"protected": protected})

    def is_prose(self) -> bool:
        """Say whether the cursor is in words that can be rewritten."""
        return kind_of(self.textCursor().blockFormat()) in {"paragraph", "list_item"}

    def apply(self, edit: AcceptedEdit) -> None:
        """Make an accepted edit as one undo step; StaleEditError if the paragraph moved on."""
        self.setTextCursor(apply_edit(self.document(), edit))
        self.accepted.emit()
        self.ensureCursorVisible()

    def set_base_folder(self, folder: Path | None) -> None:
        """Say where pictures and linked files lie: the document's folder, once it has one."""
        self.pointer.base_folder = folder
        if self.pictures.set_base_folder(folder):
            self.document().markContentsDirty(0, self.document().characterCount())
            self.viewport().update()

    def copy_markdown(self) -> None:
        """Copy the selection as the Markdown that it would be written as."""
        words = QMimeData()
        words.setText(markdown_of(self.textCursor()))
        QGuiApplication.clipboard().setMimeData(words)

    def paste_plain(self) -> None:
        """Paste the words of the clipboard without any marks."""
        words = QMimeData()
        words.setText(QGuiApplication.clipboard().text())
        self.insertFromMimeData(words)

    # What lies over the words

    def mark_paragraph(self, paragraph_id: str | None) -> None:
        """Draw a bar beside the paragraph that the panel speaks of."""
        if paragraph_id != self._marked_id:
            self._marked_id = paragraph_id
            self.viewport().update()

    def show_receipts(self, *, is_on: bool) -> None:
        """Mark the words that were accepted, or show them as all others."""
        self._appearance.show_receipts(is_on=is_on)

    def set_theme(self, theme: Theme) -> None:
        """Show the page in another theme or at another zoom."""
        self._theme = theme
        self._column_width = _column_width(theme)
        self.setFont(theme.page_font())
        self.document().setDefaultFont(theme.page_font())
        self.document().setIndentWidth(theme.px(LIST_INDENT_PX))
        self._appearance.set_theme(theme)
        self._backdrop.set_theme(theme)
        self.pictures.set_theme(theme)
        self.heat.set_theme(theme)
        self.protection.set_theme(theme)
        self._centre_column()

    # Qt's own doors

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Centre the column first, and lay the words out again only if it has another width."""
        resizes = self._resizes
        self._centre_column()
        if self._resizes != resizes:
            return  # it changed the viewport, for which Qt came here again
        self._resizes += 1
        before = QSize(self._laid_out_width, event.oldSize().height())
        self._laid_out_width = event.size().width()
        super().resizeEvent(QResizeEvent(event.size(), before))

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's signature
        """Go round a table's cells and nest list items; else Tab goes on to the next control."""
        cursor, step = self.textCursor(), 1 if next else -1
        if go_to_cell(cursor, step):
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
            return True
        if nest_items(cursor, step):
            return True
        return super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Follow the typing rules, leave the window's keys to the window; the rest is Qt's."""
        key = event.key()
        if key in _KEYS_OF_THE_WINDOW and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.key_left.emit(QKeySequence(event.keyCombination()))
            return
        if follow_rule(cursor := self.textCursor(), event):
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
            event.accept()
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste clean words: our marks and structure, nothing foreign and nothing remote."""
        cursor = self.textCursor()
        if paste(cursor, source):
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take words only: no pictures, no files."""
        return can_paste(source)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy as Markdown, as HTML for others, and as plain text."""
        cursor = self.textCursor()
        return PageMime(selected_document(cursor), receipts_of_selection(cursor))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tick a task's box, or follow a link with Ctrl; otherwise place the caret."""
        if not self.pointer.press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over what can be clicked."""
        super().mouseMoveEvent(event)
        self.pointer.hover(event.position(), event.modifiers())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with what was clicked."""
        menu = context_menu(self, event.pos(), self.pointer)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the whole window with Ctrl and the wheel; otherwise scroll."""
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what stands behind the words, then the words."""
        shift = self.verticalScrollBar().value()
        area = QRectF(event.rect().translated(0, shift))
        caret = self.textCursor().block()
        rect = self.document().documentLayout().blockBoundingRect(caret)
        is_at_caret = rect.top() - HEADING_GAP_PX - 2 <= area.top() <= rect.bottom()
        is_inside = is_at_caret and area.bottom() <= rect.bottom() + 1
        if self._marked_id is not None or not (is_inside and is_bare_with_above(caret)):
            first = caret
            if not is_at_caret:
                first = self.cursorForPosition(event.rect().topLeft()).block()
            self._backdrop.paint(self.viewport(), shift, first, area, self._marked_id)
        if self.heat.is_shown:
            first = self.cursorForPosition(event.rect().topLeft()).block()
            self.heat.paint(self.viewport(), shift, area, first)
        super().paintEvent(event)
        self.painted.emit()

    def minimumSizeHint(self) -> QSize:
        """Let the window become narrow."""
        return QSize(self._theme.px(220), self._theme.px(140))

    def _note_change(self, position: int, removed: int, added: int) -> None:
        """Count edits; the layout is not up to date yet, so say nothing here."""
        del removed
        if self._is_loading:
            return
        edited = note_edit(self.document(), position, added)
        if edited and not self._edited:
            once = Qt.ConnectionType.SingleShotConnection
            self.document().contentsChanged.connect(self._tell_changes, once)
        self._edited.extend(edited)

    def _tell_changes(self) -> None:
        edited, self._edited = self._edited, []
        for snapshot in edited:
            self.heat.forget(snapshot.paragraph_id)
            self.paragraph_edited.emit(snapshot)

    def _leave_marks(self) -> None:
        cursor = self.textCursor()
        has_left = [leave_marks_at_their_end(cursor), leave_receipt(cursor)]
        if any(has_left):
            self.setCurrentCharFormat(cursor.charFormat())

    def _centre_column(self) -> None:
        bar = self.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.isVisibleTo(self) else 0
        side = max(0, int((self.width() - self._column_width) / 2))
        margins = QMargins(side, self._theme.px(18), max(0, side - taken), 0)
        if margins != self.viewportMargins():
            self.setViewportMargins(margins)


def _column_width(theme: Theme) -> float:
    alphabet = QFontMetricsF(theme.page_font()).horizontalAdvance("abcdefghijklmnopqrstuvwxyz ")
    return alphabet / 27 * COLUMN_CHARACTERS + 2 * PAGE_MARGIN_PX
