"""Save a source through the real page: the widget, its undo, and what would go to the file."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tinymorph.text.markdown.slices import Source
from tinymorph.text.saving import Draft
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.loading import PageLoader
from tinymorph.ui.theme import load_theme


def save_through_page(source: str, *, typing: bool) -> str:
    """Show a source, type and undo a character in every block if asked to, and return the file."""
    editor = _page()
    opened: list[Source] = []
    loader = PageLoader(editor, source)
    loader.loaded.connect(opened.append)
    loader.start()
    while not opened:
        QApplication.processEvents()
    loader.deleteLater()
    if typing:
        _type_and_undo(editor)
    return Draft(opened[0], editor.document_value().blocks).text()


def _type_and_undo(editor: Editor) -> None:
    document = editor.document()
    for number in range(document.blockCount()):
        block = document.findBlockByNumber(number)
        cursor = editor.textCursor()
        cursor.setPosition(block.position() + (block.length() - 1) // 2)
        editor.setTextCursor(cursor)
        QTest.keyClick(editor, Qt.Key.Key_Z)
        while document.isUndoAvailable():
            editor.undo()


@lru_cache(maxsize=1)
def _application() -> QApplication:
    return QApplication([])


@lru_cache(maxsize=1)
def _page() -> Editor:
    _application()
    editor = Editor(load_theme("light"))
    editor.resize(900, 700)
    editor.show()
    return editor
