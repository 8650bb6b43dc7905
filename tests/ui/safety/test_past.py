"""Promises about looking at earlier versions and bringing them back, in a real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextCursor

from tinymorph.text.history import document_key

STORY = "# Story\n\nThe *ferry* left before the fog came down.\n\n- bread\n- oranges\n\nThe end.\n"


@pytest.fixture
def window(workplace):
    return workplace.window


@pytest.fixture
def story(window, tmp_path: Path, qtbot) -> Path:
    path = tmp_path / "story.md"
    path.write_text(STORY, encoding="utf-8")
    window.desk.open_path(path)
    return path


def replace_words(window, old: str, new: str) -> None:
    cursor = window.editor.document().find(old)
    assert cursor.hasSelection()
    cursor.insertText(new)


def save(window, workplace, qtbot) -> None:
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)
    historian = workplace.safety.historian
    key = document_key(window.desk.path, "")
    text = window.desk.opened.text
    qtbot.waitUntil(lambda: historian.history.text_of(historian.history.versions(key)[0]) == text)


def text_of(window) -> str:
    return window.desk.draft()().text()


def change_twice(window, workplace, qtbot) -> None:
    replace_words(window, "before the fog", "early, before the fog")
    save(window, workplace, qtbot)
    replace_words(window, "The end", "To be continued")
    replace_words(window, "oranges", "lemons")
    save(window, workplace, qtbot)


def test_versions_are_listed_newest_first_with_what_came_and_went(
    window, workplace, qtbot, story
) -> None:
    change_twice(window, workplace, qtbot)
    window.actions_by_key["versions"].trigger()
    dialog = workplace.safety.past.dialog
    qtbot.waitUntil(lambda: not dialog._counting.isActive())
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert [line.split("\n")[1] for line in lines] == ["saved", "saved", "as opened"]
    assert "+4 −3" in lines[0]
    assert " words\n" in lines[2]
    assert dialog.restore_button.isEnabled() is False
    dialog.list.setCurrentRow(2)
    assert dialog.restore_button.isEnabled()
    assert "Struck" not in dialog.changes.toPlainText()
    assert "To be continued" in dialog.changes.toPlainText()
    dialog.reject()


def test_a_whole_version_comes_back_as_one_undo_step(window, workplace, qtbot, story) -> None:
    change_twice(window, workplace, qtbot)
    now = text_of(window)
    workplace.safety.past.show_versions()
    dialog = workplace.safety.past.dialog
    dialog.list.setCurrentRow(2)
    dialog.restore_button.click()
    assert text_of(window) == STORY
    assert window.desk.is_dirty
    window.editor.undo()
    assert text_of(window) == now
    window.editor.redo()
    save(window, workplace, qtbot)
    assert story.read_text(encoding="utf-8") == STORY


def test_one_change_comes_back_and_leaves_the_others(window, workplace, qtbot, story) -> None:
    change_twice(window, workplace, qtbot)
    workplace.safety.past.show_versions()
    dialog = workplace.safety.past.dialog
    dialog.list.setCurrentRow(2)
    changed = [index for index, piece in enumerate(dialog._pieces) if piece.mine != piece.theirs]
    dialog.changes.anchorClicked.emit(QUrl(f"restore:{changed[-1]}"))
    assert text_of(window).endswith("The end.\n")
    assert "early, before" in text_of(window)
    assert "lemons" in text_of(window)


def test_the_page_before_a_restore_is_in_the_history(window, workplace, qtbot, story) -> None:
    change_twice(window, workplace, qtbot)
    replace_words(window, "Story", "Unsaved title")
    before = text_of(window)
    workplace.safety.past.show_versions()
    dialog = workplace.safety.past.dialog
    dialog.list.setCurrentRow(dialog.list.count() - 1)
    dialog.restore_button.click()
    history = workplace.safety.historian.history
    key = document_key(story, "")
    qtbot.waitUntil(lambda: history.versions(key)[0].why == "restore")
    assert history.text_of(history.versions(key)[0]) == before


@pytest.mark.parametrize("words", ["The ferry", "oranges"])
def test_a_paragraphs_wordings_are_shown_and_one_comes_back_with_its_marks(
    window, workplace, qtbot, story, words
) -> None:
    replace_words(window, "before the fog", "early, before the fog")
    replace_words(window, "bread", "white bread")
    replace_words(window, "oranges", "ripe oranges")
    save(window, workplace, qtbot)
    before = text_of(window)
    cursor = window.editor.document().find("ferry" if "ferry" in words else "oranges")
    window.editor.setTextCursor(cursor)
    window.actions_by_key["paragraph_versions"].trigger()
    dialog = workplace.safety.past.dialog
    assert dialog.list.count() == 1
    dialog.restore_button.click()
    if "ferry" in words:
        wanted = before.replace("early, before the fog", "before the fog")
    else:
        wanted = before.replace("ripe oranges", "oranges")
    assert text_of(window) == wanted
    window.editor.undo()
    assert text_of(window) == before


def test_a_paragraph_without_a_past_says_so(window, workplace, qtbot, story) -> None:
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    workplace.safety.past.show_paragraph_versions()
    dialog = workplace.safety.past.dialog
    assert "no other wording" in dialog.about.text()
    assert not dialog.restore_button.isEnabled()
    dialog.reject()


def test_a_new_document_has_no_versions_and_says_so(window, workplace) -> None:
    window.desk.show_text("")
    workplace.safety.past.show_versions()
    assert "none yet" in workplace.safety.past.dialog.about.text()
    workplace.safety.past.dialog.reject()


def test_a_damaged_version_is_told_and_brings_nothing_back(window, workplace, qtbot, story) -> None:
    change_twice(window, workplace, qtbot)
    history = workplace.safety.historian.history
    history._run(lambda it: it.execute("UPDATE chunk SET data = x'00'"))
    workplace.safety.past.show_versions()
    dialog = workplace.safety.past.dialog
    dialog.list.setCurrentRow(1)
    assert "damaged" in dialog.about.text()
    assert not dialog.restore_button.isEnabled()
    dialog.reject()
