"""The steering rack: every feature that steers, as a slider."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringTerm
from tinymorph.session.rack import Rack
from tinymorph.ui.announce import announce
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.labels import FeatureLibrary, set_state, text_label
from tinymorph.ui.rack.handle import DragHandle, file_of
from tinymorph.ui.rack.row import RackRow
from tinymorph.ui.rack.view import RackView, RowView
from tinymorph.ui.theme import Theme

ROWS_IN_SIGHT = 3
ROW_PX, HEAD_PX, EMPTY_PX = 128, 52, 66
EMPTY = (
    "No feature steers yet. Inspect a passage with F2, choose a feature and press R: "
    "it gets a slider here, and the suggestions follow it. Or take a saved rack from Racks, or "
    "drop a file of one here."
)
HEARS_OTHER = "This is the rack before the last change. F8 goes back."


class SteeringRack(QWidget):
    """Show a `RackView` and pass on what the writer wants of it."""

    wished = Signal(object)
    """A `Wish`."""
    condition_asked = Signal(object)
    """The `FeatureRef` of the term that is to act only somewhere."""
    file_dropped = Signal(object)
    """The `Path` of a file that may hold a rack."""
    drag_asked = Signal()
    """The writer pulls at the handle, to drag the rack out as a file."""
    height_wanted = Signal(int)
    """How many pixels show what is on the rack well."""

    def __init__(
        self, library: FeatureLibrary, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.library, self._theme = library, theme
        self._rows: list[RackRow] = []
        self._terms: tuple[SteeringTerm, ...] = ()
        self.setObjectName("rack")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Rack")
        self._title = text_label("Rack", "title")
        self._undo, self._redo = QToolButton(), QToolButton()
        self._compare = QPushButton("Before")
        self._racks = QPushButton("Racks \u25be")
        self._menu = QMenu(self._racks)
        self._handle = DragHandle()
        self._notice = text_label("", "hint")
        self._other = text_label(HEARS_OTHER, "warning")
        self._empty = text_label(EMPTY, "hint")
        self._sliders = QWidget()
        self._sliders.setObjectName("sliders")
        self._column = QVBoxLayout(self._sliders)
        self._column.addStretch(1)
        self._dress()
        self._arrange()
        self.show_view(RackView())

    @property
    def rows(self) -> tuple[RackRow, ...]:
        """Return the sliders, top to bottom."""
        return tuple(self._rows)

    @property
    def theme(self) -> Theme:
        """Return how it is drawn."""
        return self._theme

    @property
    def menu(self) -> QMenu:
        """Return the menu of saved racks."""
        return self._menu

    @property
    def notice(self) -> str:
        """Return what is said of the last thing done with a saved rack."""
        return "" if self._notice.isHidden() else self._notice.text()

    @property
    def wanted_height(self) -> int:
        """Return how many pixels show what is on the rack well."""
        sliders = ROW_PX * min(len(self._rows), ROWS_IN_SIGHT)
        return self._theme.px(HEAD_PX + (sliders or EMPTY_PX))

    def show_view(self, view: RackView) -> None:
        """Show the rack as it is now; the focus stays with its slider, or goes to a neighbour."""
        had_focus = next((at for at, row in enumerate(self._rows) if _holds_focus(row)), None)
        self._show_rows(view.rows)
        if had_focus is not None and not any(_holds_focus(row) for row in self._rows):
            self._focus_row(had_focus)
        self._undo.setEnabled(view.can_undo)
        self._redo.setEnabled(view.can_redo)
        self._compare.setEnabled(view.can_compare)
        self._compare.setChecked(view.hears_other)
        if view.hears_other and self._other.isHidden():
            announce(self, HEARS_OTHER)
        self._other.setVisible(view.hears_other)
        self._empty.setVisible(not view.rows)
        self._scroll.setVisible(bool(view.rows))
        self._handle.setVisible(bool(view.rows))
        terms = tuple(row.term for row in view.rows)
        if terms != self._terms:
            self._notice.hide()
        self._terms = terms
        self._set_height()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._set_margins()
        self._set_height()
        for button, icon in ((self._undo, "undo"), (self._redo, "redo")):
            button.setIcon(themed_icon(icon, theme))
            button.setIconSize(QSize(theme.px(16), theme.px(16)))
        for row in self._rows:
            row.set_theme(theme)

    def show_notice(self, words: str, *, is_trouble: bool = False) -> None:
        """Say what was done, or why not, until the rack changes again; aloud, too."""
        set_state(self._notice, "role", "warning" if is_trouble else "hint")
        self._notice.setText(words)
        self._notice.show()
        announce(self, words, is_urgent=is_trouble)

    def open_menu(self) -> None:
        """Open the menu of saved racks, within the window rather than beyond its edge."""
        corner = self._racks.mapToGlobal(self._racks.rect().bottomRight())
        self._menu.popup(corner)
        self._menu.move(corner.x() - self._menu.width(), self._menu.y())

    def clear(self) -> None:
        """Ask for an empty rack."""
        self.wished.emit(lambda rack: rack.set_terms(()))

    def drag(self, mime: QMimeData) -> None:
        """Let something be dragged from the handle."""
        drag = QDrag(self._handle)
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file."""
        if event.source() is not self._handle and file_of(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass the file on."""
        path = file_of(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.file_dropped.emit(path)

    def focus_first(self) -> None:
        """Put the focus on the first slider."""
        if not self._focus_row(0):
            self._sliders.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_feature(self, ref: FeatureRef) -> None:
        """Put the focus on the slider of a feature."""
        for place, row in enumerate(self._rows):
            if row.ref == ref:
                self._focus_row(place)

    def _show_rows(self, views: tuple[RowView, ...]) -> None:
        known = {row.ref: row for row in self._rows}
        wanted = [view.term.ref for view in views]
        for row in [row for ref, row in known.items() if ref not in wanted]:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [known.get(view.term.ref) or self._make_row(view) for view in views]
        for place, (row, view) in enumerate(zip(self._rows, views, strict=True)):
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
                row.show()  # the layout would do so later, and the focus is to go there now
            if row.view != view:
                row.show_view(view)
        if tuple(known.values()) != tuple(self._rows):
            stops = [self._racks, *(stop for row in self._rows for stop in row.tab_stops)]
            for first, second in itertools.pairwise(stops):
                QWidget.setTabOrder(first, second)

    def _make_row(self, view: RowView) -> RackRow:
        row = RackRow(view, self._theme, self._sliders)
        row.wished.connect(self.wished)
        row.condition_asked.connect(self.condition_asked)
        row.neighbour_asked.connect(self._focus_neighbour)
        return row

    def _focus_row(self, place: int) -> bool:
        """Put the focus on a slider and bring it into sight; False if there is none."""
        if not self._rows:
            return False
        row = self._rows[min(max(place, 0), len(self._rows) - 1)]
        row.slider.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(row, 0, self._theme.px(8))
        return True

    def _focus_neighbour(self, step: int) -> None:
        here = next((at for at, row in enumerate(self._rows) if _holds_focus(row)), 0)
        self._focus_row(here + step)

    def _wish_undo(self) -> None:
        self.wished.emit(Rack.undo)

    def _wish_redo(self) -> None:
        self.wished.emit(Rack.redo)

    def _wish_compare(self) -> None:
        self.wished.emit(Rack.compare)

    def _dress(self) -> None:
        for button, name, tip, slot in (
            (
                self._undo,
                "Undo on the rack",
                "Take the last change of the rack back (Ctrl+Z)",
                self._wish_undo,
            ),
            (
                self._redo,
                "Redo on the rack",
                "Change the rack again (Ctrl+Shift+Z)",
                self._wish_redo,
            ),
            (
                self._compare,
                "Hear the rack before the last change",
                "Hear the rack as it was before the last change, and back (F8)",
                self._wish_compare,
            ),
            (
                self._racks,
                "Saved racks",
                "Save, take, import and export racks (Ctrl+Shift+R)",
                self.open_menu,
            ),
        ):
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.clicked.connect(slot)
        self._compare.setCheckable(True)
        for button in (self._compare, self._racks):
            button.setProperty("kind", "quiet")
        self._handle.pulled.connect(self.drag_asked)
        self._notice.hide()
        self.setAcceptDrops(True)

    def _arrange(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._sliders)
        self._head = QHBoxLayout()
        self._head.addWidget(self._handle)
        self._head.addWidget(self._title, 1)
        for button in (self._undo, self._redo, self._compare, self._racks):
            self._head.addWidget(button)
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._head)
        self._outer.addWidget(self._notice)
        self._outer.addWidget(self._other)
        self._outer.addWidget(self._empty)
        self._outer.addWidget(self._scroll, 1)
        self._outer.addStretch(0)
        self.set_theme(self._theme)

    def _set_height(self) -> None:
        """Take as much height as the sliders need, up to a limit; no more when empty."""
        self._scroll.setMinimumHeight(self._theme.px(ROW_PX))
        self.height_wanted.emit(self.wanted_height)

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(10), px(16), px(10))
        self._outer.setSpacing(px(6))
        self._head.setSpacing(px(4))
        self._column.setContentsMargins(0, 0, px(2), 0)
        self._column.setSpacing(px(8))


def _holds_focus(row: RackRow) -> bool:
    focus = row.window().focusWidget()
    return focus is not None and (focus is row or row.isAncestorOf(focus))
