"""Inspecting with real keys: a word, a selection, the document; heat, legend and walk."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QTextCursor

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import InspectionRequest
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.inspector.scope import selected_parts, word_at

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
DAYS = FeatureRef(sae_id="1", feature_index=5)
FIRST = FeatureRef(sae_id="0", feature_index=0)
FOX = "\U0001f98a"
TEXTS = (f"The rain {FOX} came on Monday.", "Nobody was there.", "On Sunday it went away.")


def page(*texts, code=False):
    blocks = [Block("paragraph", (Inline(text),)) for text in texts]
    if code:
        blocks.insert(1, Block("code", (Inline("day = 1"),)))
    return Document(tuple(blocks))


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.editor.setFocus()
    window.editor.load(page(*TEXTS, code=True))
    return window


@pytest.fixture
def inspector(window):
    return window.side.inspector


def idle(qtbot, workplace):
    session = workplace.session
    qtbot.waitUntil(lambda: not session.is_reading and not session.surveys.is_reading)
    qtbot.waitUntil(lambda: not session.surveys._reader.is_reading("traces"))
    qtbot.wait(300)  # what goes on is shown every quarter of a second


def passages_read(rewriter):
    """Return what was read to rank features: neither traces nor neighbours."""
    reads = [r for r in rewriter.seen if isinstance(r, InspectionRequest)]
    return [r for r in reads if not r.asked and r.neighbours_of is None]


def put_caret(editor, block, column):
    cursor = QTextCursor(editor.document().findBlockByNumber(block))
    cursor.setPosition(cursor.position() + column)
    editor.setTextCursor(cursor)


def test_ctrl_f2_reads_every_paragraph_but_code(window, inspector, workplace, qtbot, rewriter):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    read = passages_read(rewriter)
    assert [r.paragraph.text for r in read] == list(TEXTS)
    assert inspector.features.rows[0].ref == DAYS
    assert "paragraph 1" in inspector.features.rows[0].cells[0].below
    spark = inspector.features.rows[0].cells[1]
    assert spark.values == (1.0, 0.0, 1.0)
    assert spark.spoken == "active in 2 of 3 paragraphs, most in paragraph 1"


def test_the_chosen_feature_heats_every_paragraph_of_the_document(
    window, inspector, workplace, qtbot
):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    assert inspector.chosen == DAYS
    qtbot.waitUntil(lambda: len({p.paragraph_id for p in window.editor.heat.peaks}) == 2)


def test_f4_walks_the_peaks_and_the_legend_says_where(window, inspector, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    put_caret(window.editor, 0, 0)
    count = len(window.editor.heat.peaks)
    assert inspector.legend.words == f"{count} peaks"
    qtbot.keyClick(window.editor, Qt.Key.Key_F4)
    assert inspector.legend.words.startswith(f"1 of {count}: ")
    first = window.editor.textCursor().position()
    qtbot.keyClick(window.editor, Qt.Key.Key_F4)
    assert window.editor.textCursor().position() > first
    qtbot.keyClick(window.editor, Qt.Key.Key_F4, SHIFT)
    assert window.editor.textCursor().position() == first


def test_f4_without_heat_says_what_to_do(window, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F4)
    assert "choose a feature" in window.status.sentence


def test_shift_f2_ranks_by_the_word_and_shows_it_in_its_paragraph(
    window, inspector, workplace, qtbot, rewriter
):
    put_caret(window.editor, 0, TEXTS[0].index("came") + 2)
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, SHIFT)
    idle(qtbot, workplace)
    request = passages_read(rewriter)[-1]
    assert request.span.of(request.paragraph.text) == "came"
    assert request.traces_all
    assert inspector.features.rows[0].cells[1].marked == pytest.approx(13 / len(TEXTS[0]), abs=0.02)


def test_a_selection_over_several_paragraphs_is_read_whole(
    window, inspector, workplace, qtbot, rewriter
):
    put_caret(window.editor, 0, TEXTS[0].index("Monday") + 1)
    cursor = window.editor.textCursor()
    end = window.editor.document().findBlockByNumber(2).position() + len("Nobody")
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    window.editor.setTextCursor(cursor)
    qtbot.keyClick(window.editor, Qt.Key.Key_F2)
    idle(qtbot, workplace)
    read = passages_read(rewriter)
    assert [r.span.of(r.paragraph.text) for r in read] == ["Monday.", "Nobody"]


def test_an_edit_says_how_many_paragraphs_changed_and_only_those_are_read_again(
    window, inspector, workplace, qtbot, rewriter
):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.editor, " Today.")
    qtbot.waitUntil(
        lambda: (
            inspector.features_page.warning
            == "1 paragraph changed since; Ctrl+F2 reads them again."
        )
    )
    rewriter.seen.clear()
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    read = passages_read(rewriter)
    assert [r.paragraph.text for r in read] == [f"{TEXTS[2]} Today."]
    assert inspector.features_page.warning == ""


def test_escape_stops_reading_the_document(window, inspector, workplace, qtbot, rewriter):
    rewriter.delay_s = 0.05
    window.editor.load(page(*(f"Paragraph number {n} of the day." for n in range(60))))
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    qtbot.waitUntil(lambda: workplace.session.surveys.progress[0] >= 2)
    assert "of 60 paragraphs" in window.status.sentence
    qtbot.keyClick(window.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not workplace.session.surveys.is_reading)
    assert workplace.session.surveys.progress[0] < 20


def test_a_rewrite_asked_while_the_document_is_read_does_not_wait_for_it(
    window, workplace, qtbot, rewriter
):
    rewriter.delay_s = 0.02
    window.editor.load(page(*(f"Paragraph number {n} of the day." for n in range(60))))
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    qtbot.waitUntil(lambda: workplace.session.surveys.progress[0] >= 1)
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: any(r.kind == "suggest" for r in rewriter.seen))
    kinds = [r.kind for r in rewriter.seen]
    assert kinds.index("suggest") < 30
    qtbot.waitUntil(lambda: not workplace.session.is_writing, timeout=10_000)
    qtbot.waitUntil(lambda: not workplace.session.surveys.is_reading, timeout=10_000)


def test_the_list_of_features_is_a_table_to_a_screen_reader(window, inspector, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    idle(qtbot, workplace)
    table = QAccessible.queryAccessibleInterface(inspector.list_view)
    assert table.role() == QAccessible.Role.Table
    cells = [table.child(number) for number in range(table.childCount())]
    spoken = [cell.text(QAccessible.Text.Name) for cell in cells]
    titles, row = ["Feature", "Over the passage", "Strength"], spoken.index("100%, 1:5")
    assert [title for title in spoken if title in titles] == titles
    assert spoken[row - 2].startswith("names of days, peak at")
    assert spoken[row - 1] == "active in 2 of 3 paragraphs, most in paragraph 1"


def test_word_at_the_caret_counts_characters_and_not_utf_16(editor):
    editor.load(page(TEXTS[0]))
    put_caret(editor, 0, TEXTS[0].index("Monday") + 1 + 6)
    assert spoken_word(editor) == "Monday"
    put_caret(editor, 0, len("The rain ") + 2)
    assert spoken_word(editor) == FOX
    editor.load(page("  "))
    assert word_at(editor.textCursor()) is None


def spoken_word(editor):
    part = word_at(editor.textCursor())
    return part and part.text


def test_selected_parts_keep_to_the_selection(editor):
    editor.load(page(*TEXTS, code=True))
    editor.selectAll()
    assert [part.text for part in selected_parts(editor.textCursor())] == list(TEXTS)
