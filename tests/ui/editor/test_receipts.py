"""Whose each character of the page is.

Every character that a random edit puts in is one that was never there before, so that what it is
says whose it must be, wherever undo, redo, cut and paste take it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import AcceptedEdit, Replacement
from tinymorph.text.authorship import receipts_by_character, shares_of
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.commands import change_marks, restyle_blocks
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.receipts import sign_again, signed_texts

FIRST = 0x4E00
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["type", "accept", "delete", "undo", "redo", "move", "copy", "bold", "part", "heading"]
        ),
        st.integers(0, 60),
        st.integers(1, 8),
    ),
    max_size=30,
)


class Writer:
    """Edit a page as people do, and remember whose every character is."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._new = (chr(FIRST + number) for number in count())
        self._numbers = count(1)
        self.receipts: dict[str, str | None] = {}

    def fresh(self, length: int, receipt: str | None) -> str:
        text = "".join(next(self._new) for _ in range(length))
        self.receipts.update(dict.fromkeys(text, receipt))
        return text

    def do(self, step: str, place: int, length: int) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(place % self.editor.document().characterCount())
        self.editor.setTextCursor(cursor)
        getattr(self, f"_{step}")(length)

    def _type(self, length: int) -> None:
        for character in self.fresh(length, None):
            press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character)
            QApplication.sendEvent(self.editor, press)

    def _accept(self, length: int) -> None:
        now = self.editor.snapshot()
        receipt = f"receipt-{next(self._numbers)}"
        end = len(now.text)
        span = Span(start=max(0, end - length), end=end)
        self.editor.apply(
            AcceptedEdit(
                paragraph_id=now.paragraph_id,
                base_revision=now.revision,
                replacements=(Replacement(span=span, text=self.fresh(length, receipt)),),
                receipt=receipt,
            )
        )

    def _delete(self, length: int) -> None:
        self._select(length).removeSelectedText()

    def _undo(self, length: int) -> None:
        self.editor.undo()

    def _redo(self, length: int) -> None:
        self.editor.redo()

    def _move(self, length: int) -> None:
        self.editor.setTextCursor(self._select(length))
        self.editor.cut()
        self.editor.moveCursor(QTextCursor.MoveOperation.Start)
        self.editor.paste()

    def _copy(self, length: int) -> None:
        self.editor.setTextCursor(self._select(length))
        self.editor.copy()
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.paste()

    def _bold(self, length: int) -> None:
        change_marks(self._select(length), lambda old: Inline("", bold=not old.bold))

    def _part(self, length: int) -> None:
        press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.editor, press)

    def _heading(self, length: int) -> None:
        cursor = self.editor.textCursor()
        restyle_blocks(cursor, lambda _: Block("heading", level=1 + length % 6))

    def _select(self, length: int) -> QTextCursor:
        cursor = self.editor.textCursor()
        end = min(cursor.position() + length, self.editor.document().characterCount() - 1)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def wrong(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield each character that is somebody else's than it says."""
        for block in signed_texts(self.editor.document()):
            for character, receipt in zip(block.text, receipts_by_character(block), strict=True):
                if self.receipts.get(character) != receipt:
                    yield character, self.receipts.get(character), receipt


@pytest.fixture(autouse=True)
def clipboard_is_left_empty() -> Iterator[None]:
    yield
    QGuiApplication.clipboard().clear()  # or Qt lets go of a Python object after Python has ended


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_every_character_stays_whose_it_is_through_edits_undo_cut_and_paste(
    editor: Editor, steps: list[tuple[str, int, int]]
) -> None:
    editor.load(Document((Block("paragraph", (Inline("Once upon a time."),)),)))
    writer = Writer(editor)
    for step, place, length in steps:
        writer.do(step, place, length)
        assert list(writer.wrong()) == []
    whole = shares_of(list(signed_texts(editor.document())))
    assert whole.total.characters == sum(len(b.text) for b in signed_texts(editor.document()))


@pytest.fixture
def signed_page(editor: Editor) -> Editor:
    editor.load(Document((Block("paragraph", (Inline("The house was old."),)),)))
    now = editor.snapshot()
    replacement = Replacement(span=Span(start=14, end=17), text="grey and cold")
    editor.apply(
        AcceptedEdit(
            paragraph_id=now.paragraph_id,
            base_revision=now.revision,
            replacements=(replacement,),
            receipt="r1",
        )
    )
    return editor


def test_words_typed_within_accepted_ones_are_the_writers_own(signed_page: Editor) -> None:
    cursor = signed_page.textCursor()
    cursor.setPosition(18)
    signed_page.setTextCursor(cursor)
    for character in " wet,":
        press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character)
        QApplication.sendEvent(signed_page, press)
    (block,) = signed_texts(signed_page.document())
    assert block.text == "The house was grey wet, and cold."
    own = [run.span.of(block.text) for run in block.runs]
    assert own == ["grey", " and cold"]


def test_signing_a_page_again_after_loading_is_no_edit(signed_page: Editor) -> None:
    known = list(signed_texts(signed_page.document()))
    signed_page.load(Document((Block("paragraph", (Inline("The house was grey and cold."),)),)))
    sign_again(signed_page.document(), known)
    assert list(signed_texts(signed_page.document())) == known
    assert not signed_page.document().isModified()
    assert signed_page.document_value().blocks[0].text == "The house was grey and cold."
