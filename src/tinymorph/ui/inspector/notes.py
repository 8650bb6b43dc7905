"""What the writer says of a feature: a name, a note, and the lists that it is on."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.features.marks import FeatureMark
from tinymorph.schema.feature import FeatureRef
from tinymorph.ui.inspector.card_words import NO_MARKS_YET
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

NOTE_HEIGHT_PX = 58
KEEP_MS = 800
"""What is written is kept this long after the last key, and at once when the field is left."""


class FeatureNotes(QWidget):
    """Fields for a name and a note, and a menu of lists."""

    changed = Signal(object, str, str)
    """A `FeatureRef` with name and note, as the writer left them."""
    list_asked = Signal(str, bool)
    """The name of a list, and whether the feature is to be on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ref: FeatureRef | None = None
        self._mark, self._lists = FeatureMark(), tuple[str, ...]()
        self.label = QLineEdit()
        self.label.setPlaceholderText("Your name for it")
        self.label.setAccessibleName("Your name for this feature")
        self.note = _NoteField()
        self.note.setPlaceholderText("Your note")
        self.note.setAccessibleName("Your note on this feature")
        self.note.setTabChangesFocus(True)
        self.note.setObjectName("preview")
        self._menu = QMenu(self)
        self._button = QPushButton("Lists")
        self._button.setMenu(self._menu)
        self._on = text_label("", "soft")
        self._wait = text_label(NO_MARKS_YET, "soft")
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEEP_MS)
        self._keeping.timeout.connect(self.keep)
        self.label.textEdited.connect(self._keeping.start)
        self.label.editingFinished.connect(self.keep)
        self.note.textChanged.connect(self._note_edited)
        self.note.left.connect(self.keep)
        self._menu.aboutToShow.connect(self._fill_menu)
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addWidget(self._on, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._wait, self.label, self.note):
            column.addWidget(widget)
        column.addLayout(row)
        self.set_theme(theme)

    def show_mark(
        self, ref: FeatureRef, mark: FeatureMark, lists: tuple[str, ...], *, can_mark: bool
    ) -> None:
        """Show what is said of a feature; what was being written of another is kept first."""
        is_other = ref != self._ref
        if is_other:
            self.keep()
        self._ref, self._mark, self._lists = ref, mark, lists
        if is_other or not self._keeping.isActive():
            if self.label.text() != mark.label:
                self.label.setText(mark.label)
            if self.note.toPlainText() != mark.note:
                self.note.blockSignals(True)
                self.note.setPlainText(mark.note)
                self.note.blockSignals(False)
        self._on.setText(f"On {', '.join(mark.lists)}" if mark.lists else "On no list")
        self._wait.setVisible(not can_mark)
        for widget in (self.label, self.note, self._button):
            widget.setEnabled(can_mark)

    def keep(self) -> None:
        """Say what was written, if it is not what was shown."""
        self._keeping.stop()
        label, note = self.label.text().strip(), self.note.toPlainText().strip()
        if self._ref is not None and (label, note) != (self._mark.label, self._mark.note):
            self._mark = FeatureMark(label, note, self._mark.lists)
            self.changed.emit(self._ref, label, note)

    def set_theme(self, theme: Theme) -> None:
        """Keep heights in step with the zoom."""
        self._theme = theme
        self.note.setFixedHeight(theme.px(NOTE_HEIGHT_PX))

    def ask_new_list(self) -> None:
        """Ask for the name of a new list and put the feature on it."""
        name, is_given = QInputDialog.getText(self, "New list", "Name of the list")
        if is_given and name.strip():
            self.list_asked.emit(name.strip(), True)

    def _note_edited(self) -> None:
        self._keeping.start()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for name in self._lists:
            action = QAction(name.replace("&", "&&"), self._menu)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name in self._mark.lists)
            action.triggered.connect(self._take_list)
            self._menu.addAction(action)
        self._menu.addSeparator()
        self._menu.addAction("New list\u2026").triggered.connect(self.ask_new_list)

    def _take_list(self, is_on: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.list_asked.emit(str(action.data()), is_on)


class _NoteField(QPlainTextEdit):
    """A field that says when it is left."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
