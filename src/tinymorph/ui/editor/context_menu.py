"""The menu at the place that was clicked: what every text has, and what links and tables add."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu, QTextEdit

from tinymorph.ui.actions import BEGIN_A_GROUP, TABLE, TABLE_COMMANDS
from tinymorph.ui.editor.commands import tick_tasks
from tinymorph.ui.editor.formats import structure_of
from tinymorph.ui.editor.pointer import Pointer
from tinymorph.ui.editor.table_commands import change_table


def context_menu(page: QTextEdit, at: QPoint, pointer: Pointer) -> QMenu:
    """Return the menu for a point of the page; who shows it deletes it."""
    menu = QMenu(page)
    under = page.cursorForPosition(at)

    def add(words: str, slot: Callable[[], object], *, is_enabled: bool = True) -> None:
        action = menu.addAction(words)
        action.triggered.connect(slot)
        action.setEnabled(is_enabled)

    link = pointer.link_at(at)
    if link is not None:
        add("&Open link", partial(pointer.follow, link), is_enabled=pointer.can_follow(link))
    checked = structure_of(under.blockFormat()).checked
    if checked is not None:
        add("Un&tick" if checked else "&Tick", partial(tick_tasks, under))
    if under.currentTable():
        menu.addMenu(_table_menu(menu, page, under))
    if not menu.isEmpty():
        menu.addSeparator()
    usual = page.createStandardContextMenu(at)
    usual.setParent(menu, usual.windowFlags())
    menu.addActions(usual.actions())
    return menu


def _table_menu(parent: QMenu, page: QTextEdit, under: QTextCursor) -> QMenu:
    menu = QMenu(TABLE, parent)

    def change(name: str) -> None:
        change_table(under, name)
        page.setTextCursor(under)

    for name, words in TABLE_COMMANDS:
        if name in BEGIN_A_GROUP and not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(words).triggered.connect(partial(change, name))
    return menu
