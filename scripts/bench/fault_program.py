"""The real window without an engine, in which somebody types and saves for ever."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tinymorph.app import Workplace
from tinymorph.errors import BundleError
from tinymorph.features.library import EmptyCards
from tinymorph.session.worker import Engine, Report
from tinymorph.settings.model import Settings
from tinymorph.settings.store import SettingsStore

STEP_MS = 12
SAVE_ONE_IN = (30, 600)
"""Words between two saves: of a writer who saves all the time, and of one who hardly does."""
LAST_WORDS = 200
"""Characters at the end that surely hold a word; to look through a long text would stop the typing."""

_TOKEN = re.compile(r"w(\d{7})")


def type_for_ever(
    letter: Path, begin: int, words_a_paragraph: int, seed: int, note: Callable[[bytes, int], None]
) -> None:
    """Type one numbered word after another at the end of a document, and save now and then."""
    app = QApplication(["tinymorph"])
    store = SettingsStore(letter.parent.parent / "settings.toml")
    place = Workplace(Settings(), store, Path("/nowhere"), _no_engine, EmptyCards())
    place.show([letter])
    window, chance = place.window, random.Random(seed)
    editor, desk = window.editor, window.desk
    written, words_a_save = begin, chance.choice(SAVE_ONE_IN)

    def saved() -> None:
        opened = desk.opened
        if opened is not None:
            note(b"s", int(_TOKEN.findall(opened.text[-LAST_WORDS:])[-1]))

    def step() -> None:
        nonlocal written
        if desk.is_loading:
            return
        if written == begin:
            editor.moveCursor(QTextCursor.MoveOperation.End)
            note(b"r", written)
        if written % words_a_paragraph == 0:
            QTest.keyClick(editor, Qt.Key.Key_Return)
        else:
            QTest.keyClicks(editor, " ")
        QTest.keyClicks(editor, f"w{written + 1:07d}")
        written += 1
        note(b"t", written)
        if chance.randrange(words_a_save) == 0:
            note(b"b", written)
            desk.save()

    desk.saved.connect(saved)
    timer = QTimer(window)
    timer.timeout.connect(step)
    timer.start(STEP_MS)
    app.exec()


def _no_engine(report: Report) -> Engine:
    del report
    raise BundleError("There is no engine in this bench.")
