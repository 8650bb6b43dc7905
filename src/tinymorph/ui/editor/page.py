"""The page that the writer writes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from tinymorph.schema.feature import TokenActivation
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import AcceptedEdit
from tinymorph.text.document import Block, Document
from tinymorph.text.markdown import read_markdown, write_markdown
from tinymorph.ui.editor.appearance import PageAppearance
from tinymorph.ui.editor.apply_edit import apply_edit
from tinymorph.ui.editor.characters import page_text
from tinymorph.ui.editor.commands import is_plain_paragraph, nest_items, one_step
from tinymorph.ui.editor.document_map import insert_blocks, read_document, show_document
from tinymorph.ui.editor.formats import (
    PARAGRAPH_GAP_PX,
    is_verbatim,
    kind_of,
    structure_of,
)
from tinymorph.ui.editor.heat_map import heat_selections
from tinymorph.ui.editor.live_document import LiveDocument
from tinymorph.ui.editor.numbering import PageNumbers
from tinymorph.ui.editor.paste import blocks_from_mime
from tinymorph.ui.editor.runs import insert_inlines
from tinymorph.ui.editor.snapshot import (
    find_block,
    identity_of,
    note_edit,
    selected_span,
    take_snapshot,
)
from tinymorph.ui.editor.typing_rules import follow_rule, leave_marks_at_their_end
from tinymorph.ui.theme import Theme

OWN_MIME_TYPE = "application/x-tinymorph-markdown"
COLUMN_CHARACTERS = 68
PAGE_MARGIN_PX = 20
"""The same at every zoom: Qt counts a change of it as an edit, with undo."""
LIST_INDENT_PX = 30
_KEYS_OF_THE_WINDOW = frozenset({Qt.Key.Key_E, Qt.Key.Key_K})
"""With Ctrl; on some systems Qt would delete to the end of the line instead."""


class Editor(QTextEdit):
    """Show a `Document`, let it be edited, and say which paragraph changed."""

    paragraph_edited = Signal(object)
    """A `ParagraphSnapshot`, for each known paragraph whose words changed."""
    zoom_asked = Signal(int)
    """+1 or -1, from Ctrl and the wheel."""
    painted = Signal()
    """After each painting, so that the time from key to page can be measured."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edited: list[ParagraphSnapshot] = []
        self._marked_id: str | None = None
        self._heat_id: str | None = None
        self._trace: tuple[TokenActivation, ...] = ()
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
        self.document().contentsChange.connect(self._note_change)
        self.document().contentsChanged.connect(self._tell_changes)
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
        self.clear_heat()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._is_empty = True

    def append_loaded(self, blocks: Sequence[Block]) -> None:
        """Put the next part of a document below what is there; what is typed meanwhile stays."""
        if not blocks:
            return
        document, here = self.document(), self.textCursor()
        was_modified, position, anchor = document.isModified(), here.position(), here.anchor()
        first = 0 if self._is_empty else document.blockCount()
        end = QTextCursor(document)
        end.movePosition(QTextCursor.MoveOperation.End)
        self._is_loading = True
        try:
            with one_step(end):
                insert_blocks(end, blocks, is_first=self._is_empty, numbers=self._loading)
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

    def is_prose(self) -> bool:
        """Say whether the cursor is in words that can be rewritten."""
        return kind_of(self.textCursor().blockFormat()) in {"paragraph", "list_item"}

    def apply(self, edit: AcceptedEdit) -> None:
        """Make an accepted edit as one undo step; StaleEditError if the paragraph moved on."""
        self.setTextCursor(apply_edit(self.document(), edit))
        self.ensureCursorVisible()

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

    def show_heat(self, paragraph_id: str, trace: Sequence[TokenActivation]) -> None:
        """Lay one feature's activations over a paragraph."""
        self._heat_id, self._trace = paragraph_id, tuple(trace)
        block = find_block(self.document(), paragraph_id)
        self.setExtraSelections(
            [] if block is None else heat_selections(block, self._trace, self._theme)
        )

    def clear_heat(self) -> None:
        """Take the heat map off the page."""
        if self._heat_id is not None:
            self._heat_id, self._trace = None, ()
            self.setExtraSelections([])

    def set_theme(self, theme: Theme) -> None:
        """Show the page in another theme or at another zoom."""
        self._theme = theme
        self.setFont(theme.page_font())
        self.document().setDefaultFont(theme.page_font())
        self.document().setIndentWidth(theme.px(LIST_INDENT_PX))
        self._appearance.set_theme(theme)
        if self._heat_id is not None:
            self.show_heat(self._heat_id, self._trace)
        self._centre_column()

    # Qt's own doors

    def event(self, event: QEvent) -> bool:
        """Leave the window's keys to the window; centre the words before they are laid out."""
        if event.type() == QEvent.Type.Resize:
            self._centre_column()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            has_control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            if has_control and event.key() in _KEYS_OF_THE_WINDOW:
                event.ignore()
                return False
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's signature
        """Nest list items with Tab; elsewhere Tab goes on to the next control."""
        cursor = self.textCursor()
        if nest_items(cursor, 1 if next else -1):
            return True
        return super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Follow the typing rules, then Qt."""
        if follow_rule(cursor := self.textCursor(), event):
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
            event.accept()
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste clean words: our marks and structure, nothing foreign and nothing remote."""
        cursor = self.textCursor()
        if is_verbatim(cursor.block().blockFormat()):
            cursor.insertText(page_text(source.text()))
            return
        if source.hasFormat(OWN_MIME_TYPE):
            own = bytes(source.data(OWN_MIME_TYPE).data()).decode("utf-8")
            blocks = read_markdown(own).blocks
        else:
            blocks = blocks_from_mime(source)
        if blocks:
            self._insert_pasted(cursor, blocks)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take words only: no pictures, no files."""
        return source.hasFormat(OWN_MIME_TYPE) or source.hasHtml() or source.hasText()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy as plain text, as HTML for others, and losslessly for ourselves."""
        cursor = self.textCursor()
        held = QTextDocument()
        QTextCursor(held).insertFragment(cursor.selection())
        result = QMimeData()
        result.setText(cursor.selection().toPlainText())
        result.setHtml(cursor.selection().toHtml())
        own = write_markdown(read_document(held)).encode("utf-8")
        result.setData(OWN_MIME_TYPE, own)
        return result

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the whole window with Ctrl and the wheel; otherwise scroll."""
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what stands behind the words, then the words."""
        painter = QPainter(self.viewport())
        self._paint_behind(painter)
        painter.end()
        super().paintEvent(event)
        self.painted.emit()

    def minimumSizeHint(self) -> QSize:
        """Let the window become narrow."""
        return QSize(self._theme.px(220), self._theme.px(140))

    def _note_change(self, position: int, removed: int, added: int) -> None:
        """Count edits; the layout is not up to date yet, so say nothing here."""
        del removed
        if not self._is_loading:
            self._edited.extend(note_edit(self.document(), position, added))

    def _tell_changes(self) -> None:
        edited, self._edited = self._edited, []
        for snapshot in edited:
            if snapshot.paragraph_id == self._heat_id:
                self.clear_heat()
            self.paragraph_edited.emit(snapshot)

    def _leave_marks(self) -> None:
        cursor = self.textCursor()
        if cursor.charFormat().isAnchor():
            before = cursor.charFormat()
            leave_marks_at_their_end(cursor)
            if cursor.charFormat() != before:
                self.setCurrentCharFormat(cursor.charFormat())

    def _insert_pasted(self, cursor: QTextCursor, blocks: tuple[Block, ...]) -> None:
        with one_step(cursor):
            cursor.removeSelectedText()
            block = cursor.block()
            if blocks[0].kind == "paragraph" and not blocks[0].quote_depth:
                here = structure_of(block.blockFormat())
                first = Block(here.kind, blocks[0].inlines, level=here.level)
                insert_inlines(cursor, first)
                insert_blocks(cursor, blocks[1:])
            else:
                takes_over = not block.text() and is_plain_paragraph(block)
                insert_blocks(cursor, blocks, is_first=takes_over)

    def _centre_column(self) -> None:
        metrics = QFontMetricsF(self._theme.page_font())
        alphabet = metrics.horizontalAdvance("abcdefghijklmnopqrstuvwxyz ") / 27
        column = alphabet * COLUMN_CHARACTERS + 2 * PAGE_MARGIN_PX
        side = max(0, int((self.width() - column) / 2))
        self.setViewportMargins(side, self._theme.px(18), side, 0)

    def _paint_behind(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        layout = self.document().documentLayout()
        offset = QPointF(0, -self.verticalScrollBar().value())
        height = self.viewport().height()
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid():
            rect = layout.blockBoundingRect(block).translated(offset)
            if rect.top() > height:
                break
            self._paint_block(painter, block, rect)
            block = block.next()

    def _paint_block(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        theme, form = self._theme, block.blockFormat()
        inside = self.viewport().width() - PAGE_MARGIN_PX
        if is_verbatim(form):
            painter.setBrush(QColor(theme.colours.code_wash))
            left = rect.left() - theme.px(10)
            box = QRectF(left, rect.top() - 4, inside - left + theme.px(10), rect.height() + 8)
            painter.drawRoundedRect(box, theme.px(5), theme.px(5))
            if kind_of(form) == "source":
                self._paint_source_mark(painter, box)
        for depth in range(structure_of(form).quote_depth):
            painter.setBrush(QColor(theme.colours.control_line))
            x = PAGE_MARGIN_PX + depth * theme.px(LIST_INDENT_PX) + theme.px(8)
            goes_on = structure_of(block.next().blockFormat()).quote_depth > depth
            length = rect.height() + (PARAGRAPH_GAP_PX if block.next().isValid() and goes_on else 0)
            painter.drawRoundedRect(QRectF(x, rect.top(), theme.px(3), length), 1.5, 1.5)
        identity = identity_of(block)
        if identity is not None and identity.paragraph_id == self._marked_id:
            painter.setBrush(QColor(theme.colours.accent))
            x, width = 4, min(theme.px(3), 6)
            painter.drawRoundedRect(QRectF(x, rect.top(), width, rect.height()), 1.5, 1.5)

    def _paint_source_mark(self, painter: QPainter, box: QRectF) -> None:
        painter.save()
        painter.setPen(QColor(self._theme.colours.soft))
        painter.setFont(self._theme.ui_font(0.8))
        corner = box.adjusted(0, 2, -self._theme.px(8), 0)
        where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(corner, where, "kept as Markdown")
        painter.restore()
