"""Promises about a file that another program changes while it is on the page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinymorph.text.history import document_key
from tinymorph.ui.safety.watcher import conflicted_copies

BASE = "First.\n\nSecond.\n\nThird.\n"


@pytest.fixture
def window(workplace):
    return workplace.window


@pytest.fixture
def letter(window, tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    folder.mkdir()
    path = folder / "letter.md"
    path.write_text(BASE, encoding="utf-8")
    window.desk.open_path(path)
    return path


def replace_words(window, old: str, new: str) -> None:
    cursor = window.editor.document().find(old)
    assert cursor.hasSelection()
    cursor.insertText(new)


def text_of(window) -> str:
    return window.desk.draft()().text()


def bar_says(window, qtbot, words: str) -> None:
    qtbot.waitUntil(
        lambda: not window.notice_bar.isHidden() and words in window.notice_bar.label.text(),
        timeout=8000,
    )


def press(window, words: str) -> None:
    (button,) = [one for one in window.notice_bar.buttons if one.text().startswith(words)]
    button.click()


def write_in_place(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def write_by_rename(path: Path, text: str) -> None:
    other = path.with_name(".incoming")
    other.write_text(text, encoding="utf-8")
    other.replace(path)


def write_by_delete_and_create(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("write", [write_in_place, write_by_rename, write_by_delete_and_create])
def test_a_change_is_noticed_however_it_is_made_and_again(window, qtbot, letter, write) -> None:
    for number in range(2):
        theirs = f"Theirs {number}.\n"
        write(letter, theirs)
        bar_says(window, qtbot, "Another program changed letter.md")
        assert text_of(window) != theirs
        press(window, "Reload")
        qtbot.waitUntil(lambda theirs=theirs: text_of(window) == theirs)
        assert not window.desk.is_dirty


def test_a_file_written_again_with_the_same_bytes_is_no_news(window, qtbot, letter) -> None:
    os.utime(letter, (1, 1))
    write_by_rename(letter, BASE)
    qtbot.wait(700)
    assert window.notice_bar.isHidden()


def test_our_own_save_is_no_news(window, qtbot, letter) -> None:
    replace_words(window, "First", "My first")
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)
    qtbot.wait(700)
    assert window.notice_bar.isHidden()


def test_reloading_over_unsaved_words_leaves_them_in_the_history(
    window, workplace, qtbot, letter
) -> None:
    replace_words(window, "First", "My first")
    write_in_place(letter, "Theirs.\n")
    bar_says(window, qtbot, "and so did you")
    press(window, "Reload")
    qtbot.waitUntil(lambda: text_of(window) == "Theirs.\n")
    history = workplace.safety.historian.history
    texts = [history.text_of(one) for one in history.versions(document_key(letter, ""))]
    assert BASE.replace("First", "My first") in texts


def test_keeping_mine_saves_without_a_question_and_theirs_is_in_the_history(
    window, workplace, qtbot, letter, questions
) -> None:
    replace_words(window, "First", "My first")
    write_in_place(letter, "Theirs.\n")
    bar_says(window, qtbot, "and so did you")
    press(window, "Keep mine")
    assert window.notice_bar.isHidden()
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)
    assert questions.asked == []
    assert letter.read_text(encoding="utf-8") == BASE.replace("First", "My first")
    history = workplace.safety.historian.history
    texts = [history.text_of(one) for one in history.versions(document_key(letter, ""))]
    assert "Theirs.\n" in texts


def test_changes_in_different_places_are_put_together(window, workplace, qtbot, letter) -> None:
    replace_words(window, "First", "My first")
    write_by_rename(letter, BASE.replace("Third", "Their third"))
    bar_says(window, qtbot, "and so did you")
    press(window, "Compare")
    dialog = workplace.safety.disk.dialog
    assert "Their third" in dialog.changes.toPlainText()
    dialog.use_button.click()
    both = BASE.replace("First", "My first").replace("Third", "Their third")
    assert text_of(window) == both
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)
    assert letter.read_text(encoding="utf-8") == both


def test_every_conflict_is_chosen_before_anything_is_put_together(
    window, workplace, qtbot, letter
) -> None:
    replace_words(window, "First", "My first")
    replace_words(window, "Third", "My third")
    theirs = BASE.replace("First", "Their first").replace("Third", "Their third")
    write_by_rename(letter, theirs)
    bar_says(window, qtbot, "and so did you")
    press(window, "Compare")
    dialog = workplace.safety.disk.dialog
    assert not dialog.use_button.isEnabled()
    dialog.group.button(0).click()
    assert not dialog.use_button.isEnabled()
    dialog.next_button.click()
    dialog.group.button(2).click()
    dialog.back_button.click()
    assert dialog.group.checkedId() == 0
    dialog.use_button.click()
    assert text_of(window) == "My first.\n\nSecond.\n\nMy third.\n\nTheir third.\n"


def test_a_merge_that_is_given_up_changes_nothing_and_asks_again(
    window, workplace, qtbot, letter
) -> None:
    replace_words(window, "First", "My first")
    write_by_rename(letter, BASE.replace("First", "Their first"))
    bar_says(window, qtbot, "and so did you")
    press(window, "Compare")
    workplace.safety.disk.dialog.reject()
    assert text_of(window) == BASE.replace("First", "My first")
    bar_says(window, qtbot, "and so did you")


def test_a_file_that_is_gone_can_be_saved_again(window, qtbot, letter) -> None:
    letter.unlink()
    bar_says(window, qtbot, "is gone from its folder")
    assert window.desk.is_dirty
    press(window, "Save it again")
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)
    assert letter.read_text(encoding="utf-8") == BASE


def test_a_folder_that_is_gone_is_told_when_saving(window, qtbot, letter, questions) -> None:
    letter.unlink()
    letter.parent.rmdir()
    bar_says(window, qtbot, "is gone from its folder")
    press(window, "Save it again")
    qtbot.waitUntil(lambda: bool(questions.troubles))
    assert "does not exist any more" in questions.troubles[0].title
    assert text_of(window) == BASE


@pytest.mark.parametrize(
    "name",
    [
        "letter (Ada's conflicted copy 2026-11-22).md",
        "letter.sync-conflict-20261122-140000-ABCDEFG.md",
        "letter (conflict 2026-11-22-14-00-00).md",
        "letter_conflict-1.md",
    ],
)
def test_a_conflicted_copy_beside_the_file_is_named_and_can_be_compared(
    window, workplace, qtbot, letter, name
) -> None:
    copy = letter.with_name(name)
    copy.write_text(BASE.replace("Second", "Their second"), encoding="utf-8")
    bar_says(window, qtbot, name)
    press(window, "Compare")
    dialog = workplace.safety.disk.dialog
    dialog.group.button(1).click()
    dialog.use_button.click()
    assert text_of(window) == BASE.replace("Second", "Their second")
    assert copy.exists()


def test_other_files_beside_it_are_no_conflicted_copies(letter) -> None:
    for name in ("letter 2.md", "letter.md.bak", "letters (copy).md", "other.sync-conflict-1.md"):
        letter.with_name(name).touch()
    assert conflicted_copies(letter) == set()
