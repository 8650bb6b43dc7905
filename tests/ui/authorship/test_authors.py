"""Accepted words in a window: kept with the file, shown, reported, and never the file's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QTextCursor

from tinymorph.app import Workplace
from tinymorph.text.authorship import SignedText, shares_of
from tinymorph.ui.authorship.authors import sentence
from tinymorph.ui.editor.receipts import signed_texts

TEXT = "# A walk\n\nWe went down to the old harbour at dusk.\n\nNobody was there.\n"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def accept_one(qtbot: Any, workplace: Workplace, path: Path) -> None:
    window = workplace.window
    assert window.desk.open_path(path)
    cursor = window.editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
    window.editor.setTextCursor(cursor)
    window.actions_by_key["suggest"].trigger()
    qtbot.waitUntil(lambda: any(view.is_finished for view in workplace.session.suggestions))
    window.conductor.cards.accept(0)


def save(qtbot: Any, workplace: Workplace) -> None:
    with qtbot.waitSignal(workplace.window.desk.saved):
        workplace.window.desk.save()


def signed(workplace: Workplace) -> list[SignedText]:
    return [block for block in signed_texts(workplace.window.editor.document()) if block.runs]


def test_accepted_words_are_known_again_when_the_file_is_opened_again(
    qtbot: Any, workplace: Workplace, letter: Path, tmp_path: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    before = signed(workplace)
    assert before
    save(qtbot, workplace)
    other = tmp_path / "other.md"
    other.write_text("Something else.\n", encoding="utf-8")
    workplace.window.desk.open_path(other)
    assert signed(workplace) == []
    workplace.window.desk.open_path(letter)
    assert signed(workplace) == before
    assert not workplace.window.desk.is_dirty
    assert not workplace.window.editor.document().isUndoAvailable()


def test_words_that_another_program_moved_or_left_alone_keep_their_receipt(
    qtbot: Any, workplace: Workplace, letter: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    save(qtbot, workplace)
    written = letter.read_text(encoding="utf-8")
    (block,) = signed(workplace)
    words = [run.span.of(block.text) for run in block.runs]
    letter.write_text(f"New first words.\n\n{written}", encoding="utf-8")
    workplace.window.desk.open_path(letter)
    (again,) = signed(workplace)
    assert [run.span.of(again.text) for run in again.runs] == words


def test_nothing_of_authorship_is_written_into_the_document(
    qtbot: Any, workplace: Workplace, letter: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    save(qtbot, workplace)
    (block,) = signed(workplace)
    assert letter.read_text(encoding="utf-8") == TEXT.replace(
        "We went down to the old harbour at dusk.", block.text
    )


def test_the_report_adds_up_to_the_document_and_names_its_receipts(
    qtbot: Any, workplace: Workplace, letter: Path, tmp_path: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    report = workplace.authors.report()
    blocks = list(signed_texts(workplace.window.editor.document()))
    assert report.total.characters == sum(len(block.text) for block in blocks)
    assert report.total.words == sum(len(block.text.split()) for block in blocks)
    (part,) = report.accepted
    assert part.decision is not None
    assert part.decision.suggestion.text in [block.text for block in blocks]
    workplace.authors.write_report(tmp_path / "authors.json")
    said = json.loads((tmp_path / "authors.json").read_text(encoding="utf-8"))
    assert said["own"]["words"] + said["accepted"][0]["words"] == said["total"]["words"]
    workplace.authors.write_report(tmp_path / "authors.md")
    shown = (tmp_path / "authors.md").read_text(encoding="utf-8")
    assert part.receipt in shown
    assert f"tinymorph replay {part.receipt}" in shown


def test_undoing_an_accepted_edit_makes_the_document_the_writers_own_again(
    qtbot: Any, workplace: Workplace, letter: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    workplace.window.editor.undo()
    assert shares_of(list(signed_texts(workplace.window.editor.document()))).accepted == {}
    assert sentence(workplace.authors.report()).startswith("Every word of this document is yours")


def test_who_wrote_this_marks_accepted_words_by_more_than_colour(
    qtbot: Any, workplace: Workplace, letter: Path
) -> None:
    accept_one(qtbot, workplace, letter)
    workplace.window.actions_by_key["authors"].trigger()
    block = workplace.window.editor.document().findBlockByNumber(1)
    marked = [
        form.format
        for form in block.layout().formats()
        if form.format.underlineStyle() == form.format.UnderlineStyle.DashUnderline
    ]
    assert marked
    workplace.window.actions_by_key["authors"].trigger()
    assert not block.layout().formats()


def test_a_report_that_cannot_be_written_says_so_and_harms_nothing(
    workplace: Workplace, letter: Path, tmp_path: Path
) -> None:
    workplace.window.desk.open_path(letter)
    with pytest.raises(Exception, match="could not be written"):
        workplace.authors.write_report(tmp_path / "no" / "folder.md")
