"""Pictures in the text: local ones are drawn, all others are a quiet chip that says why not."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QImageIOHandler,
    QImageReader,
    QPainter,
    QPen,
    QPyTextObject,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from tinymorph.text.document import Image
from tinymorph.ui.editor.formats import marks_of, page_kind_of
from tinymorph.ui.editor.links import is_web, local_path
from tinymorph.ui.theme import Theme

MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 100_000_000
"""Of the file; it is decoded at the size that is shown."""
MAX_HEIGHT_PX = 900
CACHE_BYTES = 96 * 2**20
CHIP_PADDING_PX = 8
CELL_SHARE = 0.3
"""Of the column, for a picture in a table: a wider one would leave its neighbours no room."""
LEAST_WIDTH_PX = 24.0

REMOTE = "remote picture, not fetched"
UNSAVED = "shown once the document is saved"
MISSING = "picture not found"
TOO_LARGE = "picture too large to show"
UNREADABLE = "picture cannot be read"


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that can be drawn."""

    path: Path
    stamp: int
    """When the file was last changed, so that a new one is read again."""
    size: QSize
    is_drawing: bool
    """Whether it is SVG."""


class Pictures(QPyTextObject):
    """Lay out and draw the pictures of one page; never ask the network for one."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._base_folder: Path | None = None
        self._known: dict[str, Found | str] = {}
        self._decoded: OrderedDict[tuple[Path, int, int], QImage] = OrderedDict()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._theme = theme

    def set_base_folder(self, folder: Path | None) -> bool:
        """Look for pictures beside the document; say whether that is elsewhere than before."""
        is_other = folder != self._base_folder
        self._base_folder = folder
        self._known.clear()
        return is_other

    def problem_with(self, image: Image) -> str | None:
        """Return why a picture is not drawn; None if it is."""
        found = self._find(image.target)
        return found if isinstance(found, str) else None

    def intrinsicSize(
        self,
        doc: QTextDocument,
        posInDocument: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> QSizeF:
        """Return the size of a picture in the text, scaled down to the column."""
        image = marks_of(format).image or Image("")
        room = self._room(doc, posInDocument)
        found = self._find(image.target)
        if isinstance(found, str):
            metrics = QFontMetricsF(self._theme.ui_font(0.95))
            width = metrics.horizontalAdvance(_words(image, found)) + 2 * CHIP_PADDING_PX
            return QSizeF(min(width, room), metrics.height() + CHIP_PADDING_PX)
        width, height = (
            found.size.width() * self._theme.zoom,
            found.size.height() * self._theme.zoom,
        )
        scale = min(1.0, room / max(width, 1), MAX_HEIGHT_PX * self._theme.zoom / max(height, 1))
        return QSizeF(max(width * scale, 1), max(height * scale, 1))

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        posInDocument: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> None:
        """Draw one picture or its chip."""
        del doc, posInDocument
        rect = QRectF(rect)
        image = marks_of(format).image or Image("")
        found = self._find(image.target)
        if not isinstance(found, str):
            ratio = painter.device().devicePixelRatioF()
            decoded = self._decode(found, rect.size().toSize() * ratio)
            if not decoded.isNull():
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(rect, decoded)
                return
            found = self._known[image.target] = UNREADABLE
        self._draw_chip(painter, rect.translated(0, CHIP_PADDING_PX / 2), _words(image, found))

    def _draw_chip(self, painter: QPainter, rect: QRectF, words: str) -> None:
        theme = self._theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.colours.line), 1))
        painter.setBrush(QColor(theme.colours.chrome))
        box = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, theme.px(4), theme.px(4))
        painter.setPen(QColor(theme.colours.soft))
        painter.setFont(theme.ui_font(0.95))
        inside = box.adjusted(CHIP_PADDING_PX, 0, -CHIP_PADDING_PX, 0)
        shown = QFontMetricsF(painter.font()).elidedText(
            words, Qt.TextElideMode.ElideMiddle, inside.width() + 1
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, shown)
        painter.restore()

    def _room(self, document: QTextDocument, position: int) -> float:
        """Return how wide a picture may be where it stands: the column, or a part of a table."""
        width = document.textWidth()
        room = (width if width > 0 else 640.0) - 2 * document.documentMargin() - 2
        form = document.findBlock(position).blockFormat()
        if page_kind_of(form) == "cell":
            return max(room * CELL_SHARE, LEAST_WIDTH_PX)
        return max(room - form.indent() * document.indentWidth(), LEAST_WIDTH_PX)

    def _find(self, target: str) -> Found | str:
        known = self._known.get(target)
        if known is None:
            known = self._known[target] = _look(target, self._base_folder)
        return known

    def _decode(self, found: Found, size: QSize) -> QImage:
        key = (found.path, found.stamp, size.width())
        known = self._decoded.get(key)
        if known is not None:
            self._decoded.move_to_end(key)
            return known
        made = _draw_svg(found.path, size) if found.is_drawing else _decode(found.path, size)
        self._decoded[key] = made
        while sum(image.sizeInBytes() for image in self._decoded.values()) > CACHE_BYTES:
            if len(self._decoded) == 1:
                break
            self._decoded.popitem(last=False)
        return made


def picture_filter() -> str:
    """Return the kinds of pictures that can be shown, as a file dialog wants them."""
    known = {bytes(kind.data()).decode() for kind in QImageReader.supportedImageFormats()}
    return f"Pictures ({' '.join(f'*.{kind}' for kind in sorted(known | {'svg'}))})"


def _look(target: str, base_folder: Path | None) -> Found | str:
    if is_web(target):
        return REMOTE
    path = local_path(target, base_folder)
    if path is None:
        return UNSAVED if local_path(target, Path()) is not None else UNREADABLE
    try:
        status = path.stat()
    except (OSError, ValueError):
        return MISSING
    if not path.is_file():
        return MISSING
    if status.st_size > MAX_FILE_BYTES:
        return TOO_LARGE
    is_drawing = path.suffix.lower() in {".svg", ".svgz"}
    size = _size_of_svg(path) if is_drawing else _upright_size(QImageReader(str(path)))
    if not size.isValid() or size.isEmpty():
        return UNREADABLE
    if not is_drawing and size.width() * size.height() > MAX_PIXELS:
        return TOO_LARGE
    return Found(path, status.st_mtime_ns, size, is_drawing)


def _decode(path: Path, size: QSize) -> QImage:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setScaledSize(size.transposed() if _lies_on_its_side(reader) else size)
    return reader.read()


def _upright_size(reader: QImageReader) -> QSize:
    return reader.size().transposed() if _lies_on_its_side(reader) else reader.size()


def _lies_on_its_side(reader: QImageReader) -> bool:
    """Say whether the camera was turned when it took the picture."""
    turned = QImageIOHandler.Transformation.TransformationRotate90
    return bool(reader.transformation() & turned)


def _size_of_svg(path: Path) -> QSize:
    renderer = _svg(path)
    return renderer.defaultSize() if renderer.isValid() else QSize()


def _draw_svg(path: Path, size: QSize) -> QImage:
    renderer = _svg(path)
    result = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return result


def _svg(path: Path) -> QSvgRenderer:
    """Read a drawing from its bytes, so that it knows no place from which to take others.

    Qt draws static SVG only: it knows no script.
    """
    return QSvgRenderer(QByteArray(path.read_bytes()))


def _words(image: Image, why: str) -> str:
    return f"{image.alt} \u2014 {why}" if image.alt else why[:1].upper() + why[1:]
