"""Every command of the window, with its words and its keys, and the menus they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

Slot = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a menu."""

    key: str
    """The name by which the window finds the action."""
    words: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    is_checkable: bool = False
    group: str = ""
    """Of the commands in a group, one is checked at a time."""
    submenu: str = ""
    """The menu within the menu that it stands in."""


SEPARATOR = Command("", "")
TABLE = "Ta&ble"
TABLE_COMMANDS = (
    ("row_above", "Row &above"),
    ("row_below", "Row &below"),
    ("column_left", "Column to the &left"),
    ("column_right", "Column to the &right"),
    ("align_left", "Align the column le&ft"),
    ("align_center", "&Centre the column"),
    ("align_right", "Align the column ri&ght"),
    ("align_none", "&No alignment"),
    ("delete_row", "Delete the r&ow"),
    ("delete_column", "Delete the col&umn"),
    ("delete_table", "&Delete the table"),
)
"""What can be done where the cursor is in a table."""
BEGIN_A_GROUP = frozenset({"row_above", "align_left", "delete_row"})
"""Commands for tables that stand below a line."""

MENUS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    (
        "&File",
        (
            Command("new", "&New", ("Ctrl+N",)),
            Command("open", "&Open\u2026", ("Ctrl+O",)),
            SEPARATOR,
            Command("save", "&Save", ("Ctrl+S",)),
            Command("save_as", "Save &as\u2026", ("Ctrl+Shift+S",)),
            SEPARATOR,
            Command("import", "&Import\u2026"),
            Command("export", "&Export\u2026"),
            SEPARATOR,
            Command("versions", "&Versions\u2026", ("Ctrl+Shift+H",)),
            Command("paragraph_versions", "Versions of this &paragraph\u2026", ("Ctrl+Alt+H",)),
            Command("report", "&Authorship report\u2026"),
            SEPARATOR,
            Command("quit", "&Quit", ("Ctrl+Q",)),
        ),
    ),
    (
        "&Edit",
        (
            Command("undo", "&Undo", ("Ctrl+Z",)),
            Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
            SEPARATOR,
            Command("cut", "Cu&t", ("Ctrl+X",)),
            Command("copy", "&Copy", ("Ctrl+C",)),
            Command("copy_markdown", "Copy as &Markdown", ("Ctrl+Alt+C",)),
            Command("paste", "&Paste", ("Ctrl+V",)),
            Command("paste_plain", "Paste as plain te&xt", ("Ctrl+Shift+V",)),
            SEPARATOR,
            Command("select_all", "Select &all", ("Ctrl+A",)),
        ),
    ),
    (
        "F&ormat",
        (
            Command("bold", "&Bold", ("Ctrl+B",), "Bold", is_checkable=True),
            Command("italic", "&Italic", ("Ctrl+I",), "Italic", is_checkable=True),
            Command("strike", "&Strike through", ("Ctrl+Shift+X",), "Strike", is_checkable=True),
            Command("code", "&Code", ("Ctrl+E",), "Code", is_checkable=True),
            Command("link", "&Link\u2026", ("Ctrl+K",), "Link"),
            Command("open_link", "&Open the link", ("Ctrl+Shift+K",)),
            SEPARATOR,
            Command("paragraph", "&Paragraph", ("Ctrl+0",)),
            Command("heading_1", "Heading &1", ("Ctrl+1",)),
            Command("heading_2", "Heading &2", ("Ctrl+2",)),
            Command("heading_3", "Heading &3", ("Ctrl+3",)),
            Command("code_block", "Code bloc&k", ("Ctrl+Shift+E",)),
            SEPARATOR,
            Command("bulleted", "B&ulleted list", ("Ctrl+Shift+8",), "Bulleted list"),
            Command("numbered", "&Numbered list", ("Ctrl+Shift+7",), "Numbered list"),
            Command("tasks", "&Task list", ("Ctrl+Shift+6",), "Task list"),
            Command("tick", "Tick or untick the tas&k", ("Ctrl+D",)),
            Command("quote", "&Quote", ("Ctrl+Shift+9",), "Quote"),
            SEPARATOR,
            Command("insert_picture", "Pict&ure\u2026", ("Ctrl+Shift+P",), "Insert a picture"),
            Command("insert_footnote", "&Footnote", ("Ctrl+Alt+F",)),
            Command(
                "insert_table", "&Insert\u2026", ("Ctrl+Alt+T",), "Insert a table", submenu=TABLE
            ),
            *(
                line
                for key, words in TABLE_COMMANDS
                for line in (
                    *((Command("", "", submenu=TABLE),) if key in BEGIN_A_GROUP else ()),
                    Command(key, words, submenu=TABLE),
                )
            ),
        ),
    ),
    (
        "&Steer",
        (
            Command("suggest", "&Suggest rewrites", ("Ctrl+Return", "Ctrl+Enter")),
            Command("others", "Suggest &others", ("Ctrl+Shift+Return", "Ctrl+Shift+Enter")),
            Command("stop", "S&top, or clear the page", ("Esc",)),
            SEPARATOR,
            Command("accept_1", "Accept alternative &1", ("Alt+1",)),
            Command("accept_2", "Accept alternative &2", ("Alt+2",)),
            Command("accept_3", "Accept alternative &3", ("Alt+3",)),
            SEPARATOR,
            Command("inspect", "&Inspect the passage", ("F2",)),
            Command("inspect_word", "Inspect the &word", ("Shift+F2",)),
            Command("inspect_document", "Inspect the whole &document", ("Ctrl+F2",)),
            Command("map", "&Map of the document", ("Ctrl+Alt+M",)),
            Command("like", "Features &like the passage", ("Ctrl+Alt+L",)),
            Command("mark_a", "Mark the passage as A", ("Ctrl+Alt+A",)),
            Command("mark_b", "Mark the passage as B", ("Ctrl+Alt+B",)),
            Command("next_peak", "&Next peak of the heat", ("F4",)),
            Command("previous_peak", "Pre&vious peak of the heat", ("Shift+F4",)),
            Command("search_features", "Search &features\u2026", ("Ctrl+Shift+F",)),
            Command("to_rack", "Add the chosen feature to the &rack", ("Ctrl+R",)),
            Command("rack_before", "Hear the rack &before the last change", ("F8",)),
            Command("racks", "Sa&ved racks\u2026", ("Ctrl+Shift+R",)),
            SEPARATOR,
            Command("compare", "Side by side, and ear&lier\u2026", ("Ctrl+Shift+L",)),
            Command("protect", "Pro&tect the selection, or free it", ("Ctrl+L",)),
            Command("pause", "Suggest after a &pause", (), is_checkable=True),
        ),
    ),
    (
        "&View",
        (
            Command("light", "&Light", (), is_checkable=True, group="theme"),
            Command("dark", "&Dark", (), is_checkable=True, group="theme"),
            Command("system", "As the s&ystem has it", (), is_checkable=True, group="theme"),
            SEPARATOR,
            Command("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+=")),
            Command("zoom_out", "Zoom &out", ("Ctrl+-",)),
            Command("zoom_reset", "&Reset zoom", ("Ctrl+Alt+0",)),
            SEPARATOR,
            Command("authors", "&Who wrote this?", ("Ctrl+Shift+W",), is_checkable=True),
            SEPARATOR,
            Command("side", "&Side panel", ("F9",), is_checkable=True),
            Command("next_pane", "&Next pane", ("F6",)),
            Command("previous_pane", "&Previous pane", ("Shift+F6",)),
        ),
    ),
)


def build_menus(window: QMainWindow, slots: dict[str, Slot]) -> dict[str, QAction]:
    """Make every menu; a command without a slot, or a slot without a command, is a mistake."""
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for title, commands in MENUS:
        menu = window.menuBar().addMenu(title)
        submenus: dict[str, QMenu] = {}
        for command in commands:
            if command.submenu and command.submenu not in submenus:
                submenus[command.submenu] = menu.addMenu(command.submenu)
            place = submenus.get(command.submenu, menu)
            if not command.key:
                place.addSeparator()
                continue
            action = QAction(command.words, window)
            action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
            action.setCheckable(command.is_checkable)
            action.setToolTip(_tip(command))
            action.triggered.connect(slots[command.key])
            if command.group:
                group = groups.setdefault(command.group, QActionGroup(window))
                group.addAction(action)
            place.addAction(action)
            actions[command.key] = action
    unknown = set(slots) - set(actions)
    if unknown:
        msg = f"no command for {sorted(unknown)}"
        raise ValueError(msg)
    return actions


def _tip(command: Command) -> str:
    words = command.tip or command.words.replace("&", "").rstrip("\u2026")
    return f"{words} ({command.shortcuts[0]})" if command.shortcuts else words
