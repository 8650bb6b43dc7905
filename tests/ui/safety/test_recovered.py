"""Promises about words that a killed program left, offered by a real window."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from helpers.fake_library import FakeLibrary
from tinymorph.app import Workplace
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import state_folder
from tinymorph.settings.store import SettingsStore
from tinymorph.text.recovery import RecoveryEntry, RecoveryJournal

OLD = "Dear Ada,\r\n\r\nthe *ferry*   left.\r\n"
RECOVERED = "Dear Ada,\r\n\r\nthe *ferry*   left early.\r\n"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_bytes(OLD.encode())
    return path


@pytest.fixture
def start(qtbot, rewriter, questions, tmp_path):
    """Return what starts the program as after a kill."""
    places = []

    def begin(*entries: RecoveryEntry) -> Workplace:
        journal = RecoveryJournal(state_folder() / "recovery")
        for entry in entries:
            journal.keep(entry)
        journal._let_go()
        store = SettingsStore(tmp_path / "settings.toml")
        place = Workplace(
            Settings(), store, Path("/nowhere"), lambda _: rewriter, FakeLibrary(), questions
        )
        places.append(place)
        empty = tmp_path / "empty.md"
        empty.write_text("")
        place.show([empty])
        qtbot.waitExposed(place.window)
        qtbot.waitUntil(lambda: place.session.model is not None)
        return place

    yield begin
    for place in places:
        questions.to_save = "discard"
        place.window.close()
        place.close()
        place.window.deleteLater()
    qtbot.wait(0)


def entry_of(letter: Path, base: str = OLD) -> RecoveryEntry:
    digest = hashlib.sha256(base.encode()).hexdigest()
    return RecoveryEntry("one", RECOVERED, letter, digest)


def left() -> list[str]:
    files = (state_folder() / "recovery").glob("*/*.entry")
    return [file.read_bytes().decode().partition("\n")[2] for file in files]


def test_nothing_is_asked_when_nothing_was_lost(start) -> None:
    assert start().safety.offer.dialog is None


def test_recovered_words_are_shown_against_the_file_and_the_file_stays(start, letter) -> None:
    dialog = start(entry_of(letter)).safety.offer.dialog
    shown = dialog.changes.toPlainText()
    assert "left early." in shown
    assert "letter.md" in dialog.about.text()
    assert "was changed since" not in dialog.about.text()
    assert letter.read_bytes().decode() == OLD


def test_opened_words_are_unsaved_changes_and_are_kept_at_once(start, letter, qtbot) -> None:
    place = start(entry_of(letter))
    place.safety.offer.dialog.open_button.click()
    desk = place.window.desk
    assert desk.path == letter
    assert desk.is_dirty
    assert left() == [RECOVERED]
    assert place.safety.offer.dialog is None
    assert letter.read_bytes().decode() == OLD
    desk.save()
    qtbot.waitUntil(lambda: not desk.is_saving and not desk.is_dirty)
    assert letter.read_bytes().decode() == RECOVERED
    qtbot.waitUntil(lambda: left() == [])


def test_a_file_that_changed_since_is_not_replaced_unasked(start, letter, qtbot, questions) -> None:
    place = start(entry_of(letter, base="another file"))
    assert "was changed since" in place.safety.offer.dialog.about.text()
    place.safety.offer.dialog.open_button.click()
    place.window.desk.save()
    qtbot.waitUntil(lambda: "overwrite letter.md" in questions.asked)
    qtbot.waitUntil(lambda: not place.window.desk.is_saving)
    assert letter.read_bytes().decode() == OLD


def test_words_without_a_name_open_without_one(start) -> None:
    place = start(RecoveryEntry("one", "never named\n"))
    place.safety.offer.dialog.open_button.click()
    assert place.window.desk.path is None
    assert place.window.desk.is_dirty
    assert place.window.editor.toPlainText() == "never named"


def test_a_copy_is_saved_where_the_writer_says(start, letter, tmp_path, questions) -> None:
    place = start(entry_of(letter))
    dialog = place.safety.offer.dialog
    dialog.copy_button.click()
    assert left() == [RECOVERED]
    questions.save_to = tmp_path / "copy.md"
    dialog.copy_button.click()
    assert questions.save_to.read_bytes().decode() == RECOVERED
    assert letter.read_bytes().decode() == OLD
    assert left() == []


def test_nothing_is_thrown_away_without_a_second_question(start, letter, questions) -> None:
    place = start(entry_of(letter))
    dialog = place.safety.offer.dialog
    dialog.discard_button.click()
    assert questions.asked[-1] == "discard letter.md 6"
    assert left() == [RECOVERED]
    questions.to_discard = True
    dialog.discard_button.click()
    assert left() == []


def test_what_is_put_off_is_offered_at_the_next_start(start, letter) -> None:
    first = start(entry_of(letter))
    first.safety.offer.dialog.later_button.click()
    first.close()
    assert left() == [RECOVERED]
    assert start().safety.offer.dialog is not None


def test_several_documents_are_dealt_with_one_by_one(start, letter, questions) -> None:
    place = start(entry_of(letter), RecoveryEntry("two", "never named\n"))
    dialog = place.safety.offer.dialog
    assert dialog.list.count() == 2
    questions.to_discard = True
    dialog.list.setCurrentRow(0)
    dialog.discard_button.click()
    assert dialog.list.count() == 1
    assert left() == [RECOVERED]
    dialog.reject()


def test_a_damaged_entry_is_told_and_the_program_starts(start, letter) -> None:
    folder = state_folder() / "recovery" / "1-dead"
    folder.mkdir(parents=True)
    (folder / "bad.entry").write_bytes(b"half")
    place = start()
    assert place.safety.offer.dialog is None
    assert "could not be read" in place.window.notice_bar.label.text()
