"""Colours, fonts and measures of the window, at one zoom."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from tinymorph.settings.paths import resource

ThemeName = Literal["light", "dark"]
ThemeChoice = Literal["light", "dark", "system"]

BASE_POINT_SIZE = 10.0
PAGE_POINT_SIZE = 13.0
SERIF = ("Literata", "Source Serif 4", "Charter", "Iowan Old Style", "Georgia", "Noto Serif")
SERIF_FALLBACK = ("Liberation Serif", "DejaVu Serif", "Times New Roman")
SANS = ("Inter", "Source Sans 3", "Segoe UI", "SF Pro Text", "Cantarell", "Noto Sans")
SANS_FALLBACK = ("Liberation Sans", "DejaVu Sans", "Arial")
MONO = ("JetBrains Mono", "Source Code Pro", "Consolas", "Menlo", "Noto Sans Mono")
MONO_FALLBACK = ("Liberation Mono", "DejaVu Sans Mono", "Courier New")


@dataclass(frozen=True, slots=True)
class Colours:
    """The roles of colour, each as `#rrggbb`; the names are those in `assets/themes`."""

    chrome: str
    page: str
    card: str
    field: str
    line: str
    control_line: str
    ink: str
    soft: str
    accent: str
    accent_hover: str
    accent_ink: str
    accent_wash: str
    hover: str
    focus: str
    selection: str
    selection_ink: str
    insert_ink: str
    insert_wash: str
    delete_ink: str
    delete_wash: str
    warn_ink: str
    warn_wash: str
    heat: str
    heat_mark: str
    code_wash: str


@dataclass(frozen=True, slots=True)
class Theme:
    """What every painted thing needs to know."""

    name: ThemeName
    colours: Colours
    zoom: float = 1.0

    def px(self, length: float) -> int:
        """Return a length in pixels at this zoom, at least one."""
        return max(1, round(length * self.zoom))

    def ui_font(self, factor: float = 1.0) -> QFont:
        """Return the font of controls."""
        return _font(SANS + SANS_FALLBACK, BASE_POINT_SIZE * self.zoom * factor)

    def page_font(self) -> QFont:
        """Return the font of the page."""
        return _font(SERIF + SERIF_FALLBACK, PAGE_POINT_SIZE * self.zoom)

    def stylesheet(self) -> str:
        """Return `assets/themes/window.qss` with colours and lengths filled in."""
        template = resource("assets/themes/window.qss").read_text(encoding="utf-8")
        values = {field.name: getattr(self.colours, field.name) for field in fields(Colours)}

        def fill(found: re.Match[str]) -> str:
            word = found.group(1)
            if word.startswith("px "):
                return f"{self.px(float(word[3:]))}px"
            if word.startswith("pt "):
                return f"{float(word[3:]) * self.zoom:.2f}pt"
            if word.startswith("icon "):
                return resource(f"assets/icons/{word[5:]}-{self.name}.svg").as_posix()
            return str(values[word])

        return re.sub(r"\{\{([^}]+)\}\}", fill, template)

    def palette(self) -> QPalette:
        """Return the palette that controls without a style rule draw with."""
        c, result = self.colours, QPalette()
        roles = {
            QPalette.ColorRole.Window: c.chrome,
            QPalette.ColorRole.WindowText: c.ink,
            QPalette.ColorRole.Base: c.page,
            QPalette.ColorRole.AlternateBase: c.card,
            QPalette.ColorRole.Text: c.ink,
            QPalette.ColorRole.Button: c.chrome,
            QPalette.ColorRole.ButtonText: c.ink,
            QPalette.ColorRole.Highlight: c.selection,
            QPalette.ColorRole.HighlightedText: c.selection_ink,
            QPalette.ColorRole.Link: c.accent,
            QPalette.ColorRole.LinkVisited: c.accent,
            QPalette.ColorRole.ToolTipBase: c.card,
            QPalette.ColorRole.ToolTipText: c.ink,
            QPalette.ColorRole.PlaceholderText: c.soft,
            QPalette.ColorRole.Accent: c.accent,
        }
        for role, colour in roles.items():
            result.setColor(role, QColor(colour))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            result.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.control_line))
        return result


def load_theme(choice: ThemeChoice, zoom: float = 1.0) -> Theme:
    """Read the colours of a theme; `system` follows the desktop."""
    name: ThemeName = _desktop_theme() if choice == "system" else choice
    text = resource(f"assets/themes/{name}.toml").read_text(encoding="utf-8")
    return Theme(name, Colours(**tomllib.loads(text)), zoom)


def mono_families() -> list[str]:
    """Return the fonts for code, best first, that are present; at least one name."""
    return _present(MONO + MONO_FALLBACK)


def _desktop_theme() -> ThemeName:
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def _font(families: tuple[str, ...], point_size: float) -> QFont:
    result = QFont(_present(families))
    result.setPointSizeF(point_size)
    return result


def _present(families: tuple[str, ...]) -> list[str]:
    known = set(QFontDatabase.families())
    return [name for name in families if name in known] or [families[-1]]
