"""The Format menu's commands, done to the page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QInputDialog

from tinymorph.text.document import Block, Image, Inline
from tinymorph.ui.actions import TABLE_COMMANDS, Slot
from tinymorph.ui.editor.commands import (
    change_marks,
    selected_marks,
    set_kind,
    tick_tasks,
    toggle_list,
    toggle_quote,
    toggle_task,
)
from tinymorph.ui.editor.formats import char_format, structure_of
from tinymorph.ui.editor.insertions import put_footnote, put_picture
from tinymorph.ui.editor.links import target_of
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.pictures import picture_filter
from tinymorph.ui.editor.table_commands import change_table, put_table
from tinymorph.ui.editor.table_size import ask_table_size

Mark = Literal["bold", "italic", "strike", "code"]


class Formatting:
    """Format the words or blocks under the cursor of one page."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def slots(self) -> dict[str, Slot]:
        """Return what each command of the Format menu does."""
        return {
            "bold": lambda: self.toggle("bold"),
            "italic": lambda: self.toggle("italic"),
            "strike": lambda: self.toggle("strike"),
            "code": lambda: self.toggle("code"),
            "link": self.ask_link,
            "paragraph": lambda: self._kind(Block("paragraph")),
            "heading_1": lambda: self._kind(Block("heading", level=1)),
            "heading_2": lambda: self._kind(Block("heading", level=2)),
            "heading_3": lambda: self._kind(Block("heading", level=3)),
            "code_block": lambda: self._kind(Block("code")),
            "bulleted": lambda: toggle_list(self._editor.textCursor(), ordered=False),
            "numbered": lambda: toggle_list(self._editor.textCursor(), ordered=True),
            "quote": lambda: toggle_quote(self._editor.textCursor()),
            "tasks": lambda: toggle_task(self._editor.textCursor()),
            "tick": lambda: tick_tasks(self._editor.textCursor()),
            "open_link": self.open_link,
            "copy_markdown": self._editor.copy_markdown,
            "insert_table": self.ask_table,
            "insert_picture": self.ask_picture,
            "insert_footnote": self.insert_footnote,
            **{key: partial(self.change_table, key) for key, _ in TABLE_COMMANDS},
        }

    def toggle(self, mark: Mark) -> None:
        """Give the selection a mark or take it; without one, the words typed next."""
        cursor = self._editor.textCursor()
        marks = selected_marks(cursor)
        is_on = not getattr(marks, mark)
        if cursor.hasSelection():
            change_marks(cursor, lambda old: _with(old, mark, is_on=is_on))
            return
        structure = structure_of(cursor.blockFormat())
        current = char_format(_with(marks, mark, is_on=is_on), structure)
        self._editor.setCurrentCharFormat(current)

    def ask_link(self) -> None:
        """Ask where the selected words should lead."""
        cursor = self._editor.textCursor()
        old = selected_marks(cursor).link or ""
        words = "Address (empty removes the link):"
        target, is_given = QInputDialog.getText(self._editor, "Link", words, text=old)
        if is_given:
            self.set_link(target.strip())

    def set_link(self, target: str) -> None:
        """Let the selected words lead somewhere; without a selection, write the address."""
        cursor = self._editor.textCursor()
        if not cursor.hasSelection():
            if target:
                structure = structure_of(cursor.blockFormat())
                cursor.insertText(target, char_format(Inline("", link=target), structure))
            return
        change_marks(cursor, lambda old: replace(old, link=target or None))

    def open_link(self) -> None:
        """Open the link at the caret, if it leads where we go."""
        link = self._editor.pointer.link_at_caret()
        if link is not None:
            self._editor.pointer.follow(link)

    def ask_table(self) -> None:
        """Ask how large a table should be, and insert it below the paragraph."""
        size = ask_table_size(self._editor)
        if size is not None:
            self.insert_table(*size)

    def insert_table(self, rows: int, columns: int) -> None:
        """Insert an empty table below the paragraph; the caret goes into its first cell."""
        cursor = self._editor.textCursor()
        if put_table(cursor, rows, columns):
            self._show(cursor)

    def change_table(self, change: str) -> None:
        """Change the table that the caret stands in."""
        cursor = self._editor.textCursor()
        if change_table(cursor, change):
            self._show(cursor)

    def ask_picture(self) -> None:
        """Ask for a picture, and put it where the caret is."""
        folder = self._editor.pointer.base_folder or Path.home()
        chosen, _ = QFileDialog.getOpenFileName(
            self._editor, "Picture", str(folder), picture_filter()
        )
        if not chosen:
            return
        words = "What does it show? Read to those who cannot see it:"
        alt, is_given = QInputDialog.getText(self._editor, "Picture", words)
        if is_given:
            self.insert_picture(Path(chosen), alt.strip())

    def insert_picture(self, path: Path, alt: str) -> None:
        """Put a picture where the caret is, named as it lies from the document's folder."""
        target = target_of(path, self._editor.pointer.base_folder)
        put_picture(self._editor.textCursor(), Image(target, alt))

    def insert_footnote(self) -> None:
        """Put a footnote's mark at the caret; the caret goes to where its text is written."""
        cursor = self._editor.textCursor()
        if put_footnote(cursor, self._editor.document_value()):
            self._show(cursor)

    def _show(self, cursor: QTextCursor) -> None:
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        self._editor.setFocus()

    def _kind(self, block: Block) -> None:
        set_kind(self._editor.textCursor(), block)


def _with(marks: Inline, mark: Mark, *, is_on: bool) -> Inline:
    match mark:
        case "bold":
            return replace(marks, bold=is_on)
        case "italic":
            return replace(marks, italic=is_on)
        case "strike":
            return replace(marks, strike=is_on)
        case "code":
            return replace(marks, code=is_on)
