"""The row of formatting controls above the page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QToolButton, QWidget

from tinymorph.text.document import Block, Inline
from tinymorph.ui.actions import TABLE_COMMANDS
from tinymorph.ui.editor.commands import selected_marks, set_kind
from tinymorph.ui.editor.formats import structure_of
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.theme import Theme

STYLES: tuple[tuple[str, Block], ...] = (
    ("Paragraph", Block("paragraph")),
    ("Heading 1", Block("heading", level=1)),
    ("Heading 2", Block("heading", level=2)),
    ("Heading 3", Block("heading", level=3)),
    ("Code block", Block("code")),
)
SHOWING_DELAY_MS = 30
"""So long after a key the controls follow the cursor: less work for the key itself."""
_MARKS = ("bold", "italic", "strike", "code")
_BUTTONS = (
    ("bold", "bold"),
    ("italic", "italic"),
    ("strike", "strike"),
    ("code", "code"),
    ("link", "link"),
    ("bulleted", "list-bulleted"),
    ("numbered", "list-numbered"),
    ("tasks", "list-tasks"),
    ("quote", "quote"),
    ("insert_table", "table"),
    ("insert_picture", "picture"),
)


class FormatRow(QFrame):
    """Offer the commands of the Format menu, and show which of them hold at the cursor."""

    def __init__(
        self, editor: Editor, actions: dict[str, QAction], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._editor, self._actions = editor, actions
        self.setObjectName("formatRow")
        self._style = QComboBox()
        self._style.setProperty("kind", "quiet")
        self._style.setAccessibleName("Kind of paragraph")
        self._style.setToolTip("Kind of paragraph (Ctrl+0 to Ctrl+3)")
        for words, _ in STYLES:
            self._style.addItem(words)
        self._style.activated.connect(self._set_style)
        self._row = QHBoxLayout(self)
        self._row.addStretch(1)
        self._row.addWidget(self._style)
        self._buttons: list[tuple[QToolButton, str]] = []
        for key, icon in _BUTTONS:
            button = QToolButton()
            button.setDefaultAction(actions[key])
            button.setAccessibleName(actions[key].toolTip().partition(" (")[0])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._buttons.append((button, icon))
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._shown: tuple[object, ...] | None = None
        """What the controls were set for last; most keys change nothing of it."""
        editor.key_left.connect(self._do_keys)
        self._showing = QTimer(self)
        self._showing.setSingleShot(True)
        self._showing.setInterval(SHOWING_DELAY_MS)
        self._showing.timeout.connect(self.show_state)
        editor.cursorPositionChanged.connect(self._showing.start)
        editor.currentCharFormatChanged.connect(self._show_soon)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for button, icon in self._buttons:
            button.defaultAction().setIcon(themed_icon(icon, theme))
            button.setIconSize(QSize(theme.px(18), theme.px(18)))
        self._row.setContentsMargins(theme.px(8), theme.px(4), theme.px(8), theme.px(4))
        self._row.setSpacing(theme.px(2))

    def show_state(self) -> None:
        """Show the kind of the paragraph and the marks at the cursor."""
        cursor = self._editor.textCursor()
        marks, block = selected_marks(cursor), structure_of(cursor.blockFormat())
        is_in_table = bool(cursor.currentTable())
        if self._state(marks, block, is_in_table=is_in_table) == self._shown:
            return
        for key in _MARKS:
            action, is_on = self._actions[key], bool(getattr(marks, key))
            if action.isChecked() != is_on:
                action.setChecked(is_on)
        for key, _ in TABLE_COMMANDS:
            self._actions[key].setEnabled(is_in_table)
        kind = "paragraph" if block.kind == "list_item" else block.kind
        level = block.level if kind == "heading" else 0
        index = next(
            (
                number
                for number, (_, style) in enumerate(STYLES)
                if style.kind == kind and style.level == level
            ),
            -1,
        )
        if self._style.currentIndex() != index:
            self._style.setCurrentIndex(index)
        self._shown = self._state(marks, block, is_in_table=is_in_table)

    def _show_soon(self) -> None:
        self._showing.start()

    def _state(self, marks: Inline, block: Block, *, is_in_table: bool) -> tuple[object, ...]:
        """Return what is to be shown, with what the controls show, which a click may change."""
        checked = tuple(self._actions[key].isChecked() for key in _MARKS)
        return marks, block, is_in_table, checked, self._style.currentIndex()

    def _do_keys(self, keys: QKeySequence) -> None:
        """Do what the keys mean in the menus."""
        for action in self._actions.values():
            if keys in action.shortcuts():
                action.trigger()

    def _set_style(self, number: int) -> None:
        set_kind(self._editor.textCursor(), STYLES[number][1])
        self._editor.setFocus()
        self.show_state()
