"""Icons drawn in the ink of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from tinymorph.settings.paths import resource
from tinymorph.ui.theme import Theme

_OVERSAMPLING = 3
"""Drawn this much larger, so that icons stay sharp on dense screens."""


def themed_icon(name: str, theme: Theme) -> QIcon:
    """Return an icon of `assets/icons` in the ink of the theme, grey when disabled."""
    result = QIcon()
    result.addPixmap(_pixmap(name, theme.colours.ink, theme))
    result.addPixmap(_pixmap(name, theme.colours.control_line, theme), QIcon.Mode.Disabled)
    return result


def app_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(resource("assets/icons/tinymorph.svg")))


def _pixmap(name: str, ink: str, theme: Theme) -> QPixmap:
    drawing = resource(f"assets/icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", ink).encode()))
    side = theme.px(18) * _OVERSAMPLING
    result = QPixmap(side, side)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return result
