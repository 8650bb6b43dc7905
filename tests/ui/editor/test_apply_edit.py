"""Accepted edits on the page."""

import pytest

from tinymorph.errors import StaleEditError
from tinymorph.schema.suggestion import AcceptedEdit
from tinymorph.text.diff import diff_words, replacements
from tinymorph.text.document import Block, Document, Inline

FOX = "\U0001f98a"
MARKED = (
    Inline("The "),
    Inline("old house", bold=True),
    Inline(f" {FOX} by the "),
    Inline("water", link="https://example.org"),
    Inline(" was quiet."),
)


def edit_to(editor, after):
    now = editor.snapshot()
    return AcceptedEdit(
        paragraph_id=now.paragraph_id,
        base_revision=now.revision,
        replacements=replacements(diff_words(now.text, after)),
    )


@pytest.fixture
def page(editor):
    editor.load(Document((Block("paragraph", MARKED), Block("paragraph", (Inline("Next."),)))))
    return editor


def test_marks_on_words_that_stay_survive(page):
    page.apply(edit_to(page, f"An old house {FOX}{FOX} near the water was very still."))
    first = page.document_value().blocks[0]
    assert first.text == f"An old house {FOX}{FOX} near the water was very still."
    assert Inline("old house", bold=True) in first.inlines
    assert Inline("water", link="https://example.org") in first.inlines
    assert [inline.text for inline in first.inlines if inline.bold] == ["old house"]


def test_a_word_in_place_of_a_bold_one_is_bold(page):
    page.apply(edit_to(page, f"The old barn {FOX} by the water was quiet."))
    assert Inline("old barn", bold=True) in page.document_value().blocks[0].inlines


def test_one_undo_takes_all_of_it_back_and_one_redo_brings_it_again(page):
    before = page.document_value()
    page.apply(edit_to(page, f"An early house {FOX} near some water is calm."))
    after = page.document_value()
    page.undo()
    assert page.document_value() == before
    assert not page.document().isUndoAvailable()
    page.redo()
    assert page.document_value() == after


def test_a_stale_edit_changes_nothing_and_says_so(page, qtbot):
    edit = edit_to(page, "Something else.")
    qtbot.keyClick(page, "x")
    before = page.document_value()
    with pytest.raises(StaleEditError):
        page.apply(edit)
    assert page.document_value() == before


def test_an_edit_of_a_paragraph_that_is_gone_changes_nothing(page):
    edit = edit_to(page, "Something else.")
    page.load(Document((Block("paragraph", (Inline("New."),)),)))
    with pytest.raises(StaleEditError):
        page.apply(edit)
    assert page.document_value().blocks[0].text == "New."


def test_the_next_paragraph_is_left_alone(page):
    page.apply(edit_to(page, "Short."))
    assert [block.text for block in page.document_value().blocks] == ["Short.", "Next."]


def test_line_ends_from_the_model_never_split_the_paragraph(page):
    page.apply(edit_to(page, "One\r\ntwo\rthree\u2029four\ufdd0five\x00."))
    blocks = page.document_value().blocks
    assert [block.text for block in blocks] == ["One\ntwo\nthree\nfourfive.", "Next."]
