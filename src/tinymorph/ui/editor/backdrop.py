"""What is drawn behind and beside the words: washes, bars, bullets, numbers, boxes, table lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextBlock,
    QTextDocument,
    QTextTable,
)
from PySide6.QtWidgets import QWidget

from tinymorph.text.document import Block
from tinymorph.ui.editor.appearance import PageAppearance
from tinymorph.ui.editor.formats import (
    VERBATIM,
    indent_of,
    page_kind_of,
    structure_and_kind,
    structure_of,
)
from tinymorph.ui.editor.snapshot import identity_of
from tinymorph.ui.editor.tables import CELL_PADDING_PX, block_after, table_at
from tinymorph.ui.theme import Theme

LIST_INDENT_PX = 30
MARKER_GAP_PX = 9
"""Between a marker and the words of its item."""
BOX_PX = 14
_PLAIN = Block("paragraph")
_BARE = frozenset({"paragraph", "heading", "rule", "filler", "cell"})
"""Kinds that have nothing behind their words."""


class Backdrop:
    """Paint what a page shows besides its words; nothing of it is in the document."""

    def __init__(self, document: QTextDocument, appearance: PageAppearance, theme: Theme) -> None:
        self._document, self._appearance = document, appearance
        self._theme = theme
        self._width = 0.0

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme or at another zoom."""
        self._theme = theme

    def paint(
        self, viewport: QWidget, shift: int, first: QTextBlock, area: QRectF, marked: str | None
    ) -> None:
        """Paint what stands in `area` of the document, from block `first` on.

        `shift` is how far the document is scrolled. Where there are plain paragraphs alone, as
        there mostly are under a typed key, not even a painter is made.
        """
        shown = list(self._to_paint(first, area, marked))
        if not shown:
            return
        self._width = float(viewport.width())
        painter = QPainter(viewport)
        painter.translate(0, -shift)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, structure, rect in shown:
            table = table_at(block) if page_kind_of(block.blockFormat()) == "cell" else None
            if table is not None:
                self._paint_table(painter, table, area)
                continue
            self._paint_block(painter, block, structure, rect)
            identity = identity_of(block)
            if marked is not None and identity is not None and identity.paragraph_id == marked:
                self._paint_mark(painter, rect)
        painter.end()

    def _to_paint(
        self, first: QTextBlock, area: QRectF, marked: str | None
    ) -> Iterator[tuple[QTextBlock, Block, QRectF]]:
        """Yield the blocks that have something behind them; of a table its first cell only."""
        layout, bottom, block = self._document.documentLayout(), area.bottom(), first
        if first.previous().isValid():
            block = first.previous()  # its wash or bar may reach below it
        while block.isValid():
            rect = layout.blockBoundingRect(block)
            if rect.top() > bottom:
                return
            form = block.blockFormat()
            structure, kind = structure_and_kind(form)
            table = table_at(block) if kind == "cell" else None
            if table is not None:
                yield table.firstCursorPosition().block(), structure, rect
                block = block_after(table)
                continue
            if kind not in _BARE or structure.quote_depth or marked is not None:
                yield block, structure, rect
            if rect.bottom() > bottom:
                return
            block = block.next()

    def box_of(self, block: QTextBlock) -> QRectF | None:
        """Return where the box of a task stands on the document; None if it is no task."""
        structure = structure_of(block.blockFormat())
        if structure.kind != "list_item" or structure.checked is None:
            return None
        side = float(self._theme.px(BOX_PX))
        rect = self._document.documentLayout().blockBoundingRect(block)
        middle = _first_baseline(block, rect) - self._x_height() / 2
        edge = self._edge(block, structure)
        left = edge if self._is_rtl(block) else edge - side
        return QRectF(round(left), round(middle - side / 2), side, side)

    def _paint_block(
        self, painter: QPainter, block: QTextBlock, structure: Block, rect: QRectF
    ) -> None:
        if structure.kind in VERBATIM:
            self._paint_wash(painter, structure, rect)
        if structure.quote_depth:
            self._paint_bars(painter, block, structure, rect)
        if structure.kind == "list_item":
            self._paint_marker(painter, block, structure, rect)
        elif structure.kind == "footnote":
            self._paint_label(painter, block, structure, rect)

    def _paint_wash(self, painter: QPainter, structure: Block, rect: QRectF) -> None:
        theme = self._theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours.code_wash))
        left = self._margin() + self._steps(structure) - theme.px(10)
        right = self._width - self._margin() + theme.px(10)
        box = QRectF(left, rect.top() - 4, right - left, rect.height() + 8)
        painter.drawRoundedRect(box, theme.px(5), theme.px(5))
        words = "kept as Markdown" if structure.kind == "source" else structure.info
        if words:
            painter.setPen(QColor(theme.colours.soft))
            painter.setFont(theme.ui_font(0.8))
            corner = box.adjusted(box.width() / 2, 2, -theme.px(8), 0)
            where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
            metrics = QFontMetricsF(painter.font())
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, corner.width())
            painter.drawText(corner, where, shown)

    def _paint_bars(
        self, painter: QPainter, block: QTextBlock, structure: Block, rect: QRectF
    ) -> None:
        theme, below = self._theme, block.next()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours.control_line))
        following = structure_of(below.blockFormat()) if below.isValid() else _PLAIN
        end = rect.bottom()
        if following.quote_depth and not following.apart:
            end = self._document.documentLayout().blockBoundingRect(below).top()
        for depth in range(structure.quote_depth):
            goes_on = following.quote_depth > depth and not following.apart
            x = self._margin() + depth * self._document.indentWidth() + theme.px(8)
            length = (end + 3 if goes_on else rect.bottom()) - rect.top()  # over the next one's end
            painter.drawRoundedRect(QRectF(x, rect.top(), theme.px(3), length), 1.5, 1.5)

    def _paint_marker(
        self, painter: QPainter, block: QTextBlock, structure: Block, rect: QRectF
    ) -> None:
        if structure.checked is not None:
            self._paint_box(painter, block, is_done=structure.checked)
            return
        theme, baseline = self._theme, _first_baseline(block, rect)
        edge, is_rtl = self._edge(block, structure), self._is_rtl(block)
        if structure.ordered:
            painter.setPen(QColor(theme.colours.ink))
            painter.setFont(theme.page_font())
            words = f"{self._appearance.number_of(block)}."
            words = f".{words[:-1]}" if is_rtl else words
            width = QFontMetricsF(painter.font()).horizontalAdvance(words)
            painter.drawText(QPointF(edge if is_rtl else edge - width, baseline), words)
            return
        radius = theme.px(5) / 2
        x = edge + radius if is_rtl else edge - radius - theme.px(2)
        spot = QRectF(x - radius, baseline - self._x_height() / 2 - radius, 2 * radius, 2 * radius)
        ink = QColor(theme.colours.ink)
        shape = structure.level % 3
        painter.setPen(QPen(ink, max(1.0, theme.zoom)) if shape == 1 else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if shape == 1 else ink)
        draw = painter.drawRect if shape == 2 else painter.drawEllipse
        draw(spot)

    def _paint_box(self, painter: QPainter, block: QTextBlock, *, is_done: bool) -> None:
        box = self.box_of(block)
        if box is None:
            return
        theme = self._theme
        line = QColor(theme.colours.accent if is_done else theme.colours.control_line)
        painter.setPen(QPen(line, max(1.0, 1.4 * theme.zoom)))
        painter.setBrush(line if is_done else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(3), theme.px(3))
        if is_done:
            pen = QPen(QColor(theme.colours.accent_ink), max(1.5, 1.8 * theme.zoom))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            side, x, y = box.width(), box.left(), box.top()
            points = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.31))
            painter.drawPolyline([QPointF(x + a * side, y + b * side) for a, b in points])

    def _paint_label(
        self, painter: QPainter, block: QTextBlock, structure: Block, rect: QRectF
    ) -> None:
        theme, is_rtl = self._theme, self._is_rtl(block)
        painter.setPen(QColor(theme.colours.accent))
        painter.setFont(theme.ui_font(0.9))
        metrics = QFontMetricsF(painter.font())
        edge = self._edge(block, structure)
        room = abs(edge - (self._width - self._margin() if is_rtl else self._margin()))
        words = metrics.elidedText(structure.info, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(words)
        at = QPointF(edge if is_rtl else edge - width, _first_baseline(block, rect))
        painter.drawText(at, words)

    def _paint_mark(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.accent))
        width = min(self._theme.px(3), 6)
        painter.drawRoundedRect(QRectF(4, rect.top(), width, rect.height()), 1.5, 1.5)

    def _paint_table(self, painter: QPainter, table: QTextTable, area: QRectF) -> None:
        layout, colours = self._document.documentLayout(), self._theme.colours
        thin, strong = QPen(QColor(colours.line), 1), QPen(QColor(colours.control_line), 1)

        def rect_of(row: int, column: int) -> QRectF:
            cell = table.cellAt(row, column)
            top = layout.blockBoundingRect(cell.firstCursorPosition().block())
            last = layout.blockBoundingRect(cell.lastCursorPosition().block())
            pad = CELL_PADDING_PX
            return top.united(last).adjusted(-pad, -pad, pad, pad)

        rows, columns = range(table.rows()), range(table.columns())
        first = max(bisect_right(rows, area.top(), key=lambda row: rect_of(row, 0).top()) - 1, 0)
        last = bisect_right(rows, area.bottom(), key=lambda row: rect_of(row, 0).top())
        bottom = max(rect_of(rows[-1], column).bottom() for column in columns)
        heads = [rect_of(0, column) for column in columns]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(thin)
        for head in heads[1:]:
            painter.drawLine(QPointF(head.left(), head.top()), QPointF(head.left(), bottom))
        for row in range(first, last + 1):
            y = rect_of(row, 0).top() if row in rows else bottom
            painter.setPen(strong if row == 1 else thin)
            painter.drawLine(QPointF(heads[0].left(), y), QPointF(heads[-1].right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _edge(self, block: QTextBlock, structure: Block) -> float:
        """Return the x beside which a marker stands: the words begin `MARKER_GAP_PX` on."""
        inset = self._margin() + self._steps(structure) - self._theme.px(MARKER_GAP_PX)
        return self._width - inset if self._is_rtl(block) else inset

    def _steps(self, structure: Block) -> float:
        return indent_of(structure) * self._document.indentWidth()

    def _margin(self) -> float:
        return self._document.documentMargin()

    def _x_height(self) -> float:
        return QFontMetricsF(self._theme.page_font()).xHeight()

    @staticmethod
    def _is_rtl(block: QTextBlock) -> bool:
        return block.textDirection() == Qt.LayoutDirection.RightToLeft


def is_bare_with_above(block: QTextBlock) -> bool:
    """Say whether neither a block nor the one above it has anything behind its words."""
    above = block.previous()
    return _is_bare(block) and (not above.isValid() or _is_bare(above))


def _is_bare(block: QTextBlock) -> bool:
    structure, kind = structure_and_kind(block.blockFormat())
    return kind in _BARE and kind != "cell" and not structure.quote_depth


def _first_baseline(block: QTextBlock, rect: QRectF) -> float:
    line = block.layout().lineAt(0)
    return rect.top() + line.y() + line.ascent() if line.isValid() else rect.bottom()
