"""The side of the window: suggestions and inspector as tabs, the rack below them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from tinymorph.features.library import WriterLibrary
from tinymorph.ui.inspector.inspector import FeatureInspector
from tinymorph.ui.panel.suggestions import SuggestionPanel
from tinymorph.ui.rack.rack import SteeringRack
from tinymorph.ui.theme import Theme


class SidePanel(QWidget):
    """Hold the three panels; where there is little height, the rack becomes a third tab."""

    inspector_shown = Signal(bool)

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.suggestions = SuggestionPanel(library, theme)
        self.inspector = FeatureInspector(library, theme)
        self.rack = SteeringRack(library, theme)
        self._is_compact = False
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("Suggestions, inspector and rack")
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setDrawBase(False)
        self._tabs.addTab(self.suggestions, "Suggestions")
        self._tabs.addTab(self.inspector, "Inspector")
        self._tabs.currentChanged.connect(self._tell)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._tabs)
        self._split.addWidget(self.rack)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._split)
        self.rack.height_wanted.connect(self._share_height)
        self.set_theme(theme)

    @property
    def is_compact(self) -> bool:
        """Say whether the rack is a tab."""
        return self._is_compact

    def set_compact(self, is_compact: bool) -> None:
        """Make the rack a tab, or give it its place below the tabs again."""
        if is_compact == self._is_compact:
            return
        self._is_compact = is_compact
        if is_compact:
            self._tabs.addTab(self.rack, "Rack")
        else:
            self._tabs.removeTab(self._tabs.indexOf(self.rack))
            self._split.addWidget(self.rack)
            self.rack.show()
            self._share_height(self.rack.wanted_height)

    def show_suggestions(self) -> None:
        """Bring the suggestions to the front."""
        self._tabs.setCurrentWidget(self.suggestions)

    def show_inspector(self) -> None:
        """Bring the inspector to the front."""
        self._tabs.setCurrentWidget(self.inspector)

    def show_rack(self) -> None:
        """Bring the rack to the front where it is a tab."""
        if self._is_compact:
            self._tabs.setCurrentWidget(self.rack)

    @property
    def is_inspector_shown(self) -> bool:
        """Say whether the inspector is in front."""
        return self._tabs.currentWidget() is self.inspector

    def panes(self) -> tuple[QWidget, ...]:
        """Return the panels that can be seen, in the order of F6."""
        front = self._tabs.currentWidget()
        return (front,) if self._is_compact else (front, self.rack)

    def focus_pane(self, pane: QWidget) -> None:
        """Put the focus on what one works with in a panel."""
        for panel in (self.suggestions, self.inspector, self.rack):
            if panel is pane:
                panel.focus_first()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._split.setHandleWidth(1)
        self.suggestions.set_theme(theme)
        self.inspector.set_theme(theme)
        self.rack.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the rack at the height that it needs."""
        super().resizeEvent(event)
        self._share_height(self.rack.wanted_height)

    def _share_height(self, wanted: int) -> None:
        if not self._is_compact:
            rack = min(wanted, round(self.height() * 0.45))
            self._split.setSizes([max(self.height() - rack, 1), rack])

    def _tell(self) -> None:
        self.inspector_shown.emit(self.is_inspector_shown)
