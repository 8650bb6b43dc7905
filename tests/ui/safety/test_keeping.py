"""Promises about unsaved words while a real window has them: journal, history, locks, encodings."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtGui import QTextCursor

from tinymorph.settings.paths import data_folder, state_folder
from tinymorph.text import atomic
from tinymorph.text.history import History, document_key
from tinymorph.text.recovery import RecoveryJournal
from tinymorph.ui.safety.keeper import LONGEST_MS, ROUND_MS, longest_wait_ms
from tinymorph.ui.safety.locks import DocumentLocks


@pytest.fixture
def window(workplace):
    return workplace.window


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_bytes(b"Dear Ada,\r\n\r\nthe *ferry*   left.\r\n")
    return path


def entries() -> list[str]:
    """Return the words that would be offered if the program were killed now."""
    files = sorted((state_folder() / "recovery").glob("*/*.entry"))
    return [file.read_bytes().partition(b"\n")[2].decode() for file in files]


def save(window, qtbot) -> None:
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)


def type_at_end(window, qtbot, words: str) -> None:
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    if words.isascii():
        qtbot.keyClicks(window.editor, words)
    else:  # QTest has no keys for other letters
        window.editor.insertPlainText(words)


def versions(path: Path) -> list[tuple[str, str]]:
    history = History(data_folder() / "history.sqlite")
    found = [(one.why, history.text_of(one)) for one in history.versions(document_key(path, ""))]
    history.close()
    return found


def test_typed_words_are_in_the_journal_within_two_seconds(window, qtbot, letter: Path) -> None:
    window.desk.open_path(letter)
    type_at_end(window, qtbot, " Late")
    typed = time.monotonic()
    qtbot.waitUntil(lambda: bool(entries()), timeout=2000)
    assert time.monotonic() - typed < 2
    assert entries() == ["Dear Ada,\r\n\r\nthe *ferry*   left. Late\r\n"]
    assert letter.read_bytes() == b"Dear Ada,\r\n\r\nthe *ferry*   left.\r\n"


def test_while_keys_keep_coming_the_journal_is_never_two_seconds_behind(
    window, qtbot, letter: Path
) -> None:
    window.desk.open_path(letter)
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    ages = []
    began = time.monotonic()
    while time.monotonic() - began < 6:
        qtbot.keyClicks(window.editor, f" {time.monotonic():.3f}")
        qtbot.wait(40)
        if entries():
            ages.append(time.monotonic() - float(entries()[0].split()[-1]))
    assert ages
    assert max(ages) < 2


def test_a_document_without_a_name_is_kept_too(window, qtbot) -> None:
    window.desk.show_text("")
    qtbot.keyClicks(window.editor, "No name yet")
    qtbot.waitUntil(lambda: entries() == ["No name yet\n"], timeout=3000)


def test_words_typed_while_a_long_document_still_arrives_are_kept_with_all_of_it(
    workplace, window, qtbot, tmp_path: Path
) -> None:
    path = tmp_path / "long.md"
    source = "\r\n\r\n".join(f"Paragraph  {i} of *many*." for i in range(9_000)) + "\r\n"
    path.write_bytes(source.encode())
    window.desk.open_path(path)
    assert window.desk.is_loading
    qtbot.keyClicks(window.editor, "New ")
    assert window.desk.words()() == "New " + source
    workplace.safety.keeper.keep_now()
    assert window.desk.is_loading
    qtbot.waitUntil(lambda: entries() == ["New " + source], timeout=20_000)


def test_saved_words_leave_the_journal(window, qtbot, letter: Path) -> None:
    window.desk.open_path(letter)
    type_at_end(window, qtbot, "!")
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    save(window, qtbot)
    qtbot.waitUntil(lambda: not entries())


def test_words_that_were_undone_leave_the_journal(window, qtbot, letter: Path) -> None:
    window.desk.open_path(letter)
    type_at_end(window, qtbot, "!")
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    window.editor.undo()
    assert not window.desk.is_dirty
    qtbot.waitUntil(lambda: not entries())


def test_words_that_could_not_be_saved_stay_in_the_journal(
    window, qtbot, letter: Path, questions
) -> None:
    window.desk.open_path(letter)
    type_at_end(window, qtbot, "!")
    letter.chmod(0o444)
    window.desk.save()
    qtbot.waitUntil(lambda: bool(questions.troubles))
    assert "read-only" in questions.troubles[0].title
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    assert window.desk.is_dirty


def test_words_given_up_on_purpose_leave_nothing(workplace, qtbot, letter: Path, questions) -> None:
    workplace.window.desk.open_path(letter)
    type_at_end(workplace.window, qtbot, "!")
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    questions.to_save = "discard"
    workplace.window.close()
    workplace.close()
    assert not entries()
    assert list((state_folder() / "recovery").iterdir()) == []


def test_a_program_that_ends_without_asking_leaves_the_words(
    workplace, qtbot, letter: Path
) -> None:
    workplace.window.desk.open_path(letter)
    type_at_end(workplace.window, qtbot, "!")
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    workplace.close()
    journal = RecoveryJournal(state_folder() / "recovery")
    (orphan,) = journal.orphans()
    assert orphan.entry.path == letter
    assert orphan.entry.text.endswith("left.!\r\n")
    journal.close()


def test_a_journal_that_cannot_be_written_is_told_once_and_goes_on(
    window, qtbot, letter: Path, monkeypatch
) -> None:
    window.desk.open_path(letter)
    news: list[str] = []
    window.status.show_news = news.append
    real = os.write

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "full")

    monkeypatch.setattr(atomic.os, "write", full)
    window.parent()
    type_at_end(window, qtbot, "one")
    qtbot.wait(1500)
    type_at_end(window, qtbot, "two")
    qtbot.wait(1500)
    monkeypatch.setattr(atomic.os, "write", real)
    type_at_end(window, qtbot, "three")
    qtbot.waitUntil(lambda: "onetwothree" in "".join(entries()), timeout=3000)


def test_opening_saving_and_great_changes_are_remembered(window, qtbot, tmp_path: Path) -> None:
    path = tmp_path / "story.md"
    story = "One sentence of many. " * 40 + "So it is."
    path.write_text(story + "\n", encoding="utf-8")
    window.desk.open_path(path)
    type_at_end(window, qtbot, " The end.")
    qtbot.waitUntil(lambda: bool(entries()), timeout=3000)
    qtbot.wait(100)
    window.editor.selectAll()
    qtbot.keyClicks(window.editor, "x")
    save(window, qtbot)
    qtbot.waitUntil(lambda: len(versions(path)) == 3)
    (_, last), (why, before), (_, first) = versions(path)
    assert first == story + "\n"
    assert why == "change"
    assert before.rstrip().endswith("The end.")
    assert last == "x\n"


def test_versions_of_a_nameless_document_follow_it_to_its_file(
    window, qtbot, tmp_path: Path, questions
) -> None:
    window.desk.show_text("")
    qtbot.keyClicks(window.editor, "Many words. " * 30)
    qtbot.waitUntil(lambda: bool(entries()), timeout=5000)
    qtbot.wait(1500)
    window.editor.selectAll()
    qtbot.keyClicks(window.editor, "Few")
    questions.save_to = tmp_path / "named.md"
    save(window, qtbot)
    qtbot.waitUntil(lambda: len(versions(tmp_path / "named.md")) == 2)


def test_a_file_that_is_open_elsewhere_is_asked_about(
    window, qtbot, letter: Path, questions
) -> None:
    elsewhere = DocumentLocks(state_folder() / "locks")
    assert elsewhere.hold(letter) is None
    assert not window.desk.open_path(letter)
    assert questions.asked[0].startswith("held letter.md by another window (process ")
    questions.manner = "read_only"
    assert window.desk.open_path(letter)
    assert window.editor.isReadOnly()
    questions.manner = "copy"
    assert window.desk.open_path(letter)
    assert window.desk.path is None
    assert not window.editor.isReadOnly()
    questions.manner = "edit"
    assert window.desk.open_path(letter)
    assert window.desk.path == letter
    elsewhere.release()


def test_a_lock_is_held_while_the_document_is_open_and_no_longer(
    window, qtbot, letter: Path, tmp_path: Path
) -> None:
    elsewhere = DocumentLocks(state_folder() / "locks")
    window.desk.open_path(letter)
    (tmp_path / "link.md").symlink_to(letter)
    assert elsewhere.hold(tmp_path / "link.md") is not None
    window.desk.show_text("another")
    assert elsewhere.hold(letter) is None
    elsewhere.release()


def test_a_dead_programs_lock_is_taken_over(tmp_path: Path, letter: Path) -> None:
    locks = DocumentLocks(tmp_path / "locks")
    assert locks.hold(letter) is None
    (file,) = (tmp_path / "locks").iterdir()
    words = file.read_text()
    locks.release()
    file.write_text(words.replace(str(os.getpid()), "4194000", 1))
    other = QLockFile(str(file))
    other.setStaleLockTime(0)
    assert locks.hold(letter) is None
    locks.release()


def test_a_foreign_encoding_is_asked_about_and_kept(window, qtbot, letter: Path, questions) -> None:
    letter.write_bytes("Grüße aus München\n".encode("cp1252"))
    questions.encoding = "cp1252"
    assert window.desk.open_path(letter)
    type_at_end(window, qtbot, " ä")
    save(window, qtbot)
    assert letter.read_bytes() == "Grüße aus München ä\n".encode("cp1252")
    type_at_end(window, qtbot, "ж")
    window.desk.save()
    qtbot.waitUntil(lambda: "utf-8 ж" in questions.asked)
    assert window.desk.is_dirty
    questions.to_save_as_utf_8 = True
    save(window, qtbot)
    assert letter.read_bytes() == "Grüße aus München äж\n".encode()


def test_where_nothing_can_be_saved_another_place_is_offered(
    window, qtbot, letter: Path, tmp_path: Path, questions
) -> None:
    window.desk.open_path(letter)
    type_at_end(window, qtbot, "!")
    letter.chmod(0o444)
    questions.to_save_elsewhere, questions.save_to = True, tmp_path / "elsewhere.md"
    save(window, qtbot)
    assert (tmp_path / "elsewhere.md").read_bytes().endswith(b"left.!\r\n")
    assert letter.read_bytes().endswith(b"left.\r\n")
    assert window.desk.path == tmp_path / "elsewhere.md"


def test_another_text_on_the_page_is_one_undo_step_and_keeps_its_own_characters(
    window, qtbot, letter: Path
) -> None:
    window.desk.open_path(letter)
    window.desk.replace_text("Other\n=====\n\n* one\n* two\n")
    assert window.desk.is_dirty
    assert window.desk.draft()().text() == "Other\n=====\n\n* one\n* two\n"
    window.editor.undo()
    assert window.desk.draft()().text() == "Dear Ada,\r\n\r\nthe *ferry*   left.\r\n"
    window.editor.redo()
    save(window, qtbot)
    assert letter.read_text(encoding="utf-8") == "Other\n=====\n\n* one\n* two\n"


def test_where_keeping_is_slow_words_wait_less_for_it() -> None:
    assert longest_wait_ms(10) == LONGEST_MS
    waits = [longest_wait_ms(took) for took in range(0, 5_000, 50)]
    assert waits == sorted(waits, reverse=True)
    assert all(longest_wait_ms(took) + 2 * took <= ROUND_MS for took in range(150, 650, 50))
    assert min(waits) > 0
