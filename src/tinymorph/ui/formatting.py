"""The Format menu's commands, done to the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from PySide6.QtWidgets import QInputDialog

from tinymorph.text.document import Block, Inline
from tinymorph.ui.actions import Slot
from tinymorph.ui.editor.commands import (
    change_marks,
    selected_marks,
    set_kind,
    toggle_list,
    toggle_quote,
)
from tinymorph.ui.editor.formats import char_format, structure_of
from tinymorph.ui.editor.page import Editor

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
