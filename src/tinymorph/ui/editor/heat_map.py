"""One feature's activations over the words of the page: colour and underline, never document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QTextBlock, QTextCursor, QTextLine
from PySide6.QtWidgets import QTextEdit, QWidget

from tinymorph.schema.feature import TokenActivation
from tinymorph.schema.span import Span
from tinymorph.text.offsets import Utf16Map, to_utf16
from tinymorph.ui.editor.document_map import blocks_of
from tinymorph.ui.editor.snapshot import identity_of, words_of
from tinymorph.ui.heat_colours import heat_colour
from tinymorph.ui.theme import Theme

PEAK_FROM = 0.33
"""Share of the strongest activation from which a run of hot words counts as a peak."""
THINNEST_PX, THICKEST_PX = 1.0, 5.0
"""Of the line under a word at no heat and at the strongest; the mark that needs no colour."""


@dataclass(frozen=True, slots=True)
class HeatPeak:
    """A word on which the feature is at a height of its own."""

    paragraph_id: str
    block: QTextBlock
    span: Span
    activation: float
    share: float
    """Of the strongest activation on show."""

    @property
    def word(self) -> str:
        """Return the characters of the peak."""
        return self.span.of(words_of(self.block)).strip()

    @property
    def position(self) -> int:
        """Return where in the document it begins, in Qt's count."""
        words = self.span.of(words_of(self.block))
        start = self.span.start + len(words) - len(words.lstrip())
        return self.block.position() + to_utf16(self.block.text(), start)


@dataclass(frozen=True, slots=True)
class _Heated:
    """One paragraph under the heat."""

    block: QTextBlock
    trace: tuple[TokenActivation, ...]


class HeatMap(QObject):
    """Lay one feature over paragraphs of the page and walk from peak to peak."""

    changed = Signal()
    """Other words are heated, or none, or the walk is at another peak."""

    def __init__(self, page: QTextEdit, theme: Theme) -> None:
        super().__init__(page)
        self._page, self._theme = page, theme
        self._heated: dict[str, _Heated] = {}
        self._largest = 0.0
        self._peaks: tuple[HeatPeak, ...] | None = None
        self._at: int | None = None

    @property
    def is_shown(self) -> bool:
        """Say whether any word is heated."""
        return bool(self._heated)

    @property
    def largest(self) -> float:
        """Return the strongest activation on show."""
        return self._largest

    @property
    def peaks(self) -> tuple[HeatPeak, ...]:
        """Return the peaks in the order of the text."""
        if self._peaks is None:
            heated = sorted(self._heated.items(), key=_by_place)
            self._peaks = tuple(
                peak for name, one in heated for peak in _peaks(name, one, self._largest)
            )
        return self._peaks

    @property
    def at(self) -> int | None:
        """Return which peak the walk is at, from 0; None before it began."""
        return self._at

    def words(self) -> tuple[tuple[str, float], ...]:
        """Return each heated word with its share of the strongest, in the order of the text."""
        return tuple(
            (token.span.of(words_of(one.block)).strip(), token.activation / self._largest)
            for _, one in sorted(self._heated.items(), key=_by_place)
            for token in one.trace
        )

    def show(self, traces: Mapping[str, Sequence[TokenActivation]]) -> None:
        """Heat these paragraphs and no others; spans are indexes into their words."""
        kept = {name: tuple(_hot(trace)) for name, trace in traces.items()}
        wanted = {name for name, trace in kept.items() if trace}
        blocks = self._blocks(wanted)
        heated = {
            name: _Heated(block, kept[name])
            for name, block in blocks.items()
            if kept[name][-1].span.end <= len(words_of(block))
        }
        if heated == self._heated:
            return
        self._heated = heated
        every = (token.activation for one in heated.values() for token in one.trace)
        self._largest = max(every, default=0.0)
        self._tell()

    def clear(self) -> None:
        """Take the heat off the page."""
        if self._heated:
            self._heated, self._largest = {}, 0.0
            self._tell()

    def forget(self, paragraph_id: str) -> None:
        """Take the heat off a paragraph whose words are others now."""
        if self._heated.pop(paragraph_id, None) is not None:
            self._tell()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme or at another zoom."""
        self._theme = theme
        self._page.viewport().update()

    def walk(self, step: int) -> HeatPeak | None:
        """Put the caret on the next peak (1) or the one before (-1), round and round."""
        peaks = self.peaks
        if not peaks:
            return None
        self._at = self._next(peaks, step)
        peak = peaks[self._at]
        cursor = QTextCursor(peak.block)
        cursor.setPosition(peak.position)
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()
        self._page.viewport().update()
        self.changed.emit()
        return peak

    def paint(self, widget: QWidget, shift: int, area: QRectF, first: QTextBlock) -> None:
        """Paint what lies behind the words of the blocks from `first` on that meet `area`."""
        if not self._heated:
            return
        layout = self._page.document().documentLayout()
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self._page.horizontalScrollBar().value(), -shift)
        current = None if self._at is None else self.peaks[self._at]
        block = first
        while block.isValid():
            rect = layout.blockBoundingRect(block)
            if rect.top() > area.bottom():
                break
            identity = identity_of(block)
            heated = self._heated.get(identity.paragraph_id) if identity is not None else None
            if heated is not None:
                here = current if current is not None and current.block == block else None
                self._paint_block(painter, heated, here, rect.topLeft())
            block = block.next()
        painter.end()

    def _paint_block(
        self, painter: QPainter, heated: _Heated, peak: HeatPeak | None, origin: QPointF
    ) -> None:
        place = Utf16Map(heated.block.text())
        for token in heated.trace:
            share = token.activation / self._largest
            is_peak = peak is not None and peak.span == token.span
            for rect in _rects(heated.block, place, token.span, origin):
                self._paint_word(painter, rect, share, is_peak=is_peak)

    def _paint_word(self, painter: QPainter, rect: QRectF, share: float, *, is_peak: bool) -> None:
        zoom, colours = self._theme.zoom, self._theme.colours
        painter.fillRect(rect, heat_colour(share, self._theme))
        thick = (THINNEST_PX + (THICKEST_PX - THINNEST_PX) * share) * zoom
        line = QRectF(rect.left(), rect.bottom() - thick, rect.width(), thick)
        painter.fillRect(line, QColor(colours.heat_mark))
        if is_peak:
            painter.setPen(QPen(QColor(colours.focus), 2 * zoom))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            edge = 1.5 * zoom
            painter.drawRoundedRect(rect.adjusted(-edge, -edge, edge, edge), 3 * zoom, 3 * zoom)

    def _blocks(self, wanted: set[str]) -> dict[str, QTextBlock]:
        found: dict[str, QTextBlock] = {}
        if not wanted:
            return found
        for block in blocks_of(self._page.document()):
            identity = identity_of(block)
            if identity is not None and identity.paragraph_id in wanted:
                found[identity.paragraph_id] = block
                if len(found) == len(wanted):
                    break
        return found

    def _next(self, peaks: tuple[HeatPeak, ...], step: int) -> int:
        """Return the peak to go to: beside the one the walk is at, else beside the caret."""
        if self._at is not None and self._at < len(peaks):
            return (self._at + step) % len(peaks)
        caret = self._page.textCursor().position()
        after = [number for number, peak in enumerate(peaks) if peak.position >= caret]
        first = after[0] if after else 0
        return first if step > 0 else (first - 1) % len(peaks)

    def _tell(self) -> None:
        self._peaks, self._at = None, None
        self._page.viewport().update()
        self.changed.emit()


def _hot(trace: Sequence[TokenActivation]) -> Iterator[TokenActivation]:
    return (token for token in trace if token.activation > 0)


def _by_place(item: tuple[str, _Heated]) -> int:
    return item[1].block.position()


def _peaks(paragraph_id: str, heated: _Heated, largest: float) -> Iterator[HeatPeak]:
    """Yield the hottest word of each run of neighbouring hot words."""
    best: TokenActivation | None = None
    for token, following in zip(heated.trace, (*heated.trace[1:], None), strict=True):
        if best is None or token.activation > best.activation:
            best = token
        if following is None or following.span.start > token.span.end:
            share = best.activation / largest
            if share >= PEAK_FROM:
                yield HeatPeak(paragraph_id, heated.block, best.span, best.activation, share)
            best = None


def _rects(block: QTextBlock, place: Utf16Map, span: Span, origin: QPointF) -> Iterator[QRectF]:
    """Yield where a span's words lie, one rectangle a line; the block begins at `origin`."""
    words = span.of(words_of(block))
    lead = len(words) - len(words.lstrip())
    start, end = span.start + lead, span.start + len(words.rstrip())
    if not words.strip():
        start, end = span.start, span.end
    first, last = place.to_utf16(start), place.to_utf16(end)
    layout = block.layout()
    for number in range(layout.lineCount()):
        line: QTextLine = layout.lineAt(number)
        left = max(first, line.textStart())
        right = min(last, line.textStart() + line.textLength())
        if left < right:
            x, width = _x(line, left), _x(line, right)
            top = origin.y() + line.y()
            rect = QRectF(origin.x() + min(x, width), top, abs(width - x), line.height())
            yield QRectF(rect.toAlignedRect())


def _x(line: QTextLine, position: int) -> float:
    """Return where a character begins; the stubs hide that Qt gives its position along."""
    found = cast("float | tuple[float, int]", line.cursorToX(position))  # the stubs say object
    return found[0] if isinstance(found, tuple) else found
