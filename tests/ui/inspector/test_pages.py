"""Contrast, map, example and lists, by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QTextCursor

from tinymorph.schema.feature import FeatureRef
from tinymorph.text.document import Block, Document, Inline

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
DAYS = FeatureRef(sae_id="1", feature_index=5)
FIRST = FeatureRef(sae_id="0", feature_index=0)
TEXTS = ("It rained on Monday.", "Nobody was there.", "On Sunday it went, on Monday it came.")


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.editor.setFocus()
    blocks = tuple(Block("paragraph", (Inline(text),)) for text in TEXTS)
    window.editor.load(Document(blocks))
    return window


@pytest.fixture
def inspector(window):
    return window.side.inspector


def put_caret(window, block):
    window.editor.setTextCursor(QTextCursor(window.editor.document().findBlockByNumber(block)))


def idle(qtbot, workplace):
    surveys = workplace.session.surveys
    qtbot.waitUntil(lambda: not surveys.is_reading)
    qtbot.wait(300)  # what goes on is shown every quarter of a second


def mark_both(window, qtbot, workplace):
    put_caret(window, 0)
    qtbot.keyClick(window.editor, Qt.Key.Key_A, CONTROL | ALT)
    put_caret(window, 1)
    qtbot.keyClick(window.editor, Qt.Key.Key_B, CONTROL | ALT)
    idle(qtbot, workplace)


def test_two_marked_passages_are_contrasted_both_ways(window, inspector, workplace, qtbot):
    page = inspector.contrast_page
    put_caret(window, 0)
    qtbot.keyClick(window.editor, Qt.Key.Key_A, CONTROL | ALT)
    idle(qtbot, workplace)
    assert page.words == (f"A: \u201c{TEXTS[0]}\u201d", "B: not marked yet")
    assert "mark it as B" in page.message
    mark_both(window, qtbot, workplace)
    days = next(row for row in page.table.rows if row.ref == DAYS)
    assert days.cells[0].below == "stronger in A \u00b7 1:5"
    assert days.cells[1].left > days.cells[1].right == 0.0
    assert (days.cells[2].text, days.cells[3].text) == ("20.0%", "0.0%")
    assert page.message == ""


def test_a_feature_of_the_contrast_is_heated_in_both_passages(window, inspector, workplace, qtbot):
    mark_both(window, qtbot, workplace)
    inspector.contrast_page.table.choose(0)
    qtbot.waitUntil(lambda: len({peak.paragraph_id for peak in window.editor.heat.peaks}) == 2)


def test_a_feature_like_the_passage_is_heated_in_it(window, inspector, workplace, qtbot):
    put_caret(window, 1)
    qtbot.keyClick(window.editor, Qt.Key.Key_L, CONTROL | ALT)
    idle(qtbot, workplace)
    qtbot.waitUntil(lambda: window.editor.heat.is_shown)
    assert {peak.block.text() for peak in window.editor.heat.peaks} == {TEXTS[1]}


def test_exchanging_a_and_b_turns_every_difference_round(window, inspector, workplace, qtbot):
    mark_both(window, qtbot, workplace)
    page = inspector.contrast_page
    before = {row.ref: (row.cells[2].text, row.cells[3].text) for row in page.table.rows}
    page._exchange.setFocus()
    qtbot.keyClick(page._exchange, Qt.Key.Key_Space)
    idle(qtbot, workplace)
    after = {row.ref: (row.cells[3].text, row.cells[2].text) for row in page.table.rows}
    assert after == before


def test_a_row_of_the_contrast_shows_its_card_and_r_puts_it_on_the_rack(
    window, inspector, workplace, qtbot
):
    mark_both(window, qtbot, workplace)
    table = inspector.contrast_page.table
    table.setFocus()
    table.choose(1)
    wanted = table.rows[1].ref
    assert inspector.chosen == wanted
    qtbot.keyClick(table, Qt.Key.Key_R)
    assert [row.term.ref for row in window.side.rack.rows] == [wanted]


def test_an_edit_of_a_marked_passage_says_so(window, inspector, workplace, qtbot):
    mark_both(window, qtbot, workplace)
    qtbot.keyClicks(window.editor, "x")
    qtbot.waitUntil(inspector.contrast_page._stale.isVisible)


def test_the_map_shows_features_by_paragraph_and_return_goes_there(
    window, inspector, workplace, qtbot
):
    qtbot.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    idle(qtbot, workplace)
    page = inspector.map_page
    assert inspector.page is page
    assert page.model.columnCount() == 3
    assert page.model.headerData(0, Qt.Orientation.Vertical) == "names of days"
    page.table.setFocus()
    page.table.setCurrentIndex(page.model.index(0, 0))
    assert inspector.chosen == DAYS
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    assert page.words == "Paragraph 2, silent: Nobody was there."
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    assert page.words.startswith("Paragraph 3, 100%: On Sunday")
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert window.editor.textCursor().block().text() == TEXTS[2]
    assert window.editor.hasFocus()


def test_a_double_click_in_the_map_goes_to_the_paragraph(window, inspector, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    idle(qtbot, workplace)
    table = inspector.map_page.table
    spot = table.visualRect(inspector.map_page.model.index(0, 2)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert window.editor.textCursor().block().text() == TEXTS[2]


def test_the_map_is_a_table_with_names_to_a_screen_reader(window, inspector, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    idle(qtbot, workplace)
    table = QAccessible.queryAccessibleInterface(inspector.map_page.table)
    assert table.role() == QAccessible.Role.Table
    children = [table.child(number) for number in range(table.childCount())]
    spoken = [child.text(QAccessible.Text.Name) for child in children]
    assert "names of days" in spoken
    assert "Paragraph 1, 100%: It rained on Monday." in spoken


def test_the_map_says_that_words_changed_and_reads_only_those_again(
    window, inspector, workplace, qtbot
):
    qtbot.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    idle(qtbot, workplace)
    window.editor.setFocus()
    put_caret(window, 1)
    qtbot.keyClicks(window.editor, "Friday. ")
    page = inspector.map_page
    qtbot.waitUntil(page._button.isVisible)
    assert page._button.text() == "Read the changed paragraphs"
    page._button.setFocus()
    qtbot.keyClick(page._button, Qt.Key.Key_Space)
    idle(qtbot, workplace)
    assert page.model.index(0, 1).data(Qt.ItemDataRole.UserRole) == 1.0
    assert not page._button.isVisible()


def test_features_like_the_passage_are_those_that_fire_oftener_in_it(
    window, inspector, workplace, qtbot
):
    put_caret(window, 2)
    qtbot.keyClick(window.editor, Qt.Key.Key_L, CONTROL | ALT)
    idle(qtbot, workplace)
    refs = [row.ref for row in inspector.features.rows]
    scores = [float(row.cells[2].text) for row in inspector.features.rows]
    assert DAYS in refs
    assert scores == sorted(scores, reverse=True)
    assert "like \u201cOn Sunday it went" in inspector.features_page._heading.text()


def test_return_in_the_search_field_searches_by_example(window, inspector, workplace, qtbot):
    inspector.features_page.show()
    qtbot.keyClick(window.editor, Qt.Key.Key_F, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    field = inspector.search_field
    assert field.hasFocus()
    qtbot.keyClicks(field, "Monday, Tuesday and Sunday")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    idle(qtbot, workplace)
    assert DAYS in [row.ref for row in inspector.features.rows]
    qtbot.keyClicks(field, "x")
    qtbot.waitUntil(lambda: inspector.features.rows == ())
    assert "No feature has these words" in inspector.features_page.message


def test_lists_show_what_was_put_on_them(window, inspector, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: inspector.chosen == FIRST)
    inspector.list_view.setFocus()
    qtbot.keyClick(inspector.list_view, Qt.Key.Key_L)
    inspector.card.list_asked.emit(FIRST, "For the ending", True)
    inspector.show_page(inspector.lists_page)
    page = inspector.lists_page
    assert [row.ref for row in page.table.rows] == [FIRST]
    assert [page.choice.itemText(n) for n in range(page.choice.count())] == [
        "Favourites",
        "For the ending",
    ]
    page.choice.setCurrentIndex(1)
    assert [row.label for row in page.table.rows] == ["first person, remembering"]
    inspector.card.list_asked.emit(FIRST, "For the ending", False)
    assert page.choice.count() == 1


def test_another_document_begins_with_nothing_read(window, inspector, workplace, qtbot, tmp_path):
    mark_both(window, qtbot, workplace)
    qtbot.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    idle(qtbot, workplace)
    window.editor.document().setModified(False)
    other = tmp_path / "other.md"
    other.write_text("Another text.", encoding="utf-8")
    window.desk.open_path(other)
    qtbot.waitUntil(lambda: not window.desk.is_loading)
    assert inspector.contrast_page.words == ("A: not marked yet", "B: not marked yet")
    assert inspector.map_page.model.columnCount() == 0
    assert inspector.features.rows == ()
