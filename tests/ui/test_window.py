"""The window on a stand-in engine: asking, accepting, steering, and losing nothing."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListView

from tinymorph.schema.feature import FeatureRef
from tinymorph.settings.paths import state_folder
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.rack.slider import SteeringSlider

TEXT = "The old house stood by the water and nobody had lived in it for many years."
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
FIRST = FeatureRef(sae_id="0", feature_index=0)


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):  # shortcuts are heard in the active window alone
        window.activateWindow()
    window.editor.setFocus()
    window.editor.load(Document((Block("paragraph", (Inline(TEXT),)),)))
    return window


def ask(window, workplace, qtbot):
    session = workplace.session
    before = session.suggestion_request  # the stand-in may be done before the key click returns
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: session.suggestion_request is not before and not session.is_writing)


def save(window, qtbot):
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving and not window.desk.is_dirty)


def words(window):
    return [block.text for block in window.editor.document_value().blocks]


def test_three_alternatives_come_as_cards_with_a_diff(window, workplace, qtbot):
    ask(window, workplace, qtbot)
    cards = window.side.suggestions.cards
    assert len(cards) == 3
    for card in cards:
        assert card.view.is_finished
        assert card.view.diff.before == TEXT
        assert "changed" in card.accessibleName()


def test_alt_1_accepts_and_one_ctrl_z_takes_it_back(window, workplace, qtbot):
    ask(window, workplace, qtbot)
    wanted = window.side.suggestions.cards[0].view.text
    qtbot.keyClick(window.editor, "1", ALT)
    assert words(window) == [wanted]
    assert window.side.suggestions.cards == ()
    assert "Ctrl+Z" in window.side.suggestions.message
    qtbot.keyClick(window.editor, "z", CONTROL)
    assert words(window) == [TEXT]


def test_a_card_whose_words_were_changed_says_so_and_is_not_accepted(window, workplace, qtbot):
    ask(window, workplace, qtbot)
    qtbot.keyClick(window.editor, Qt.Key.Key_A, CONTROL)
    qtbot.keyClicks(window.editor, "Once.")
    card = window.side.suggestions.cards[0]
    assert card.view.is_stale
    assert "ask again" in card.accessibleName()
    qtbot.keyClick(window.editor, "1", ALT)
    assert words(window) == ["Once."]
    assert "changed" in window.status.sentence


def test_escape_stops_the_engine(window, workplace, qtbot, rewriter):
    rewriter.delay_s = 0.05
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: any(card.view.text for card in window.side.suggestions.cards))
    qtbot.keyClick(window.editor, Qt.Key.Key_Escape)
    assert not workplace.session.is_writing
    qtbot.waitUntil(lambda: rewriter.hooks == 0)
    assert words(window) == [TEXT]


def test_a_moved_slider_writes_the_alternatives_again(window, workplace, qtbot, rewriter):
    ask(window, workplace, qtbot)
    workplace.window.conductor.add_to_rack(FIRST)
    slider = window.side.rack.rows[0].slider
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: len([r for r in rewriter.seen if r.kind == "suggest"]) >= 2)
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    last = [r for r in rewriter.seen if r.kind == "suggest"][-1]
    assert [(term.ref, term.coefficient) for term in last.plan.terms] == [(FIRST, 1.25)]
    card = window.side.suggestions.cards[0]
    assert "steered by 0:0 at 1.25" in card.view.text
    assert card.view.suggestion.features[0].ref == FIRST


def test_inspecting_lists_features_and_heats_the_page(window, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: workplace.session.reading is not None)
    inspector = window.side.inspector
    assert inspector.features.rows[0].label == "first person, remembering"
    assert window.editor.heat.is_shown
    inspector.choose(2)
    assert inspector.chosen == FeatureRef(sae_id="0", feature_index=2)
    qtbot.keyClick(inspector.list_view, Qt.Key.Key_R)
    assert window.side.rack.rows[0].term.ref == FeatureRef(sae_id="0", feature_index=2)


def test_heat_goes_with_the_inspector_and_comes_back_with_it(window, workplace, qtbot):
    qtbot.keyClick(window.editor, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: window.editor.heat.is_shown)
    window.side.show_suggestions()
    assert not window.editor.heat.is_shown
    window.side.show_inspector()
    assert window.editor.heat.is_shown


def test_features_are_found_by_word(window, workplace, qtbot):
    inspector = window.side.inspector
    inspector.search_field.setFocus()
    qtbot.keyClicks(inspector.search_field, "archaic")
    qtbot.waitUntil(lambda: len(inspector.features.rows) == 1)
    assert inspector.features.rows[0].label == "archaic diction"


def test_a_failed_rewrite_says_why_where_the_cards_would_be(window, workplace, qtbot):
    window.editor.load(Document((Block("paragraph", (Inline("A misfeature here."),)),)))
    ask(window, workplace, qtbot)
    assert "There is no feature 9:9." in window.side.suggestions.message


def test_an_echo_is_called_what_it_is(window, workplace, qtbot, rewriter):
    rewriter.echoes = True
    ask(window, workplace, qtbot)
    assert "repeated your words" in window.side.suggestions.cards[0].accessibleName()


def test_the_twin_stands_beside_its_alternative(window, workplace, qtbot):
    window.side.suggestions.asking.twin.setChecked(True)
    ask(window, workplace, qtbot)
    assert all(card.view.twin_text for card in window.side.suggestions.cards)


def test_code_is_not_sent_to_the_model(window, workplace, qtbot, rewriter):
    window.editor.load(Document((Block("code", (Inline("x = 1"),)),)))
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    assert rewriter.seen == []
    assert "paragraph" in window.side.suggestions.message


def test_unsaved_words_are_asked_about_before_the_window_closes(window, questions, qtbot):
    qtbot.keyClicks(window.editor, "New ")
    assert not window.close()
    assert questions.asked == ["save empty.md"]
    assert window.isVisible()


def test_saving_at_the_question_writes_the_file(window, questions, qtbot, tmp_path):
    questions.to_save = "save"
    qtbot.keyClicks(window.editor, "New ")
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert (tmp_path / "empty.md").read_text(encoding="utf-8") == f"New {TEXT}\n"


def test_a_file_that_another_program_changed_is_not_replaced_unasked(
    window, questions, qtbot, tmp_path
):
    path = tmp_path / "empty.md"
    path.write_text("theirs\n", encoding="utf-8")
    qtbot.keyClicks(window.editor, "New ")
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_saving)
    assert questions.asked == ["overwrite empty.md"]
    assert window.desk.is_dirty
    assert path.read_text(encoding="utf-8") == "theirs\n"


def test_a_file_that_cannot_be_read_leaves_the_page_alone(window, questions, tmp_path):
    path = tmp_path / "latin.md"
    path.write_bytes(b"caf\xe9")
    assert not window.desk.open_path(path)
    assert questions.asked[0].startswith("encoding latin.md cp125")
    assert not window.desk.open_path(tmp_path / "gone" / "x.md")
    assert "There is no file" in questions.troubles[0].title
    assert words(window) == [TEXT]


def test_characters_that_qt_cannot_hold_are_kept(window, tmp_path, qtbot):
    path = tmp_path / "odd.md"
    path.write_text("one\u2029two \ufffc\n\nother\n", encoding="utf-8")
    window.desk.open_path(path)
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.editor, "!")
    save(window, qtbot)
    assert path.read_text(encoding="utf-8") == "one\u2029two \ufffc\n\nother!\n"


def test_saving_changes_only_what_the_writer_changed(window, tmp_path, qtbot):
    path = tmp_path / "styles.md"
    path.write_bytes(b"Title\r\n=====\r\n\r\n* a\r\n* b  \r\n\r\n\r\nwrapped\r\nwords")
    window.desk.open_path(path)
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.editor, "!")
    save(window, qtbot)
    assert path.read_bytes() == (b"Title\r\n=====\r\n\r\n* a\r\n* b  \r\n\r\n\r\nwrapped\r\nwords!")
    window.editor.undo()
    save(window, qtbot)
    assert path.read_bytes().endswith(b"wrapped\r\nwords")


def test_words_typed_while_a_save_is_under_way_stay_unsaved(window, tmp_path, qtbot):
    qtbot.keyClicks(window.editor, "A")
    window.desk.save()
    qtbot.keyClicks(window.editor, "B")
    qtbot.waitUntil(lambda: not window.desk.is_saving)
    assert (tmp_path / "empty.md").read_text(encoding="utf-8") == f"A{TEXT}\n"
    assert window.desk.is_dirty


def test_a_long_document_shows_its_first_page_while_the_rest_arrives(window, tmp_path, qtbot):
    path = tmp_path / "long.md"
    source = "\n\n".join(f"Paragraph {i} of *many*." for i in range(20_000))
    path.write_text(source, encoding="utf-8")
    window.desk.open_path(path)
    assert window.desk.is_loading
    assert words(window)[0] == "Paragraph 0 of many."
    qtbot.keyClicks(window.editor, "x")
    window.desk.save()
    qtbot.waitUntil(lambda: not window.desk.is_loading, timeout=60_000)
    qtbot.waitUntil(lambda: not window.desk.is_dirty)
    assert path.read_text(encoding="utf-8") == "x" + source


def test_a_file_that_does_not_exist_yet_is_made_by_saving(window, tmp_path, qtbot):
    path = tmp_path / "new.md"
    window.desk.open_path(path)
    qtbot.keyClicks(window.editor, "Hello.")
    save(window, qtbot)
    assert path.read_text(encoding="utf-8") == "Hello.\n"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_crash_in_a_thread_saves_a_copy_of_the_words(window, qtbot):
    qtbot.keyClicks(window.editor, "Dear ")

    def fail():
        msg = "planned"
        raise RuntimeError(msg)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    folder = state_folder() / "recovered"
    qtbot.waitUntil(lambda: folder.exists() and bool(list(folder.glob("*.md"))))
    assert next(folder.glob("*.md")).read_text(encoding="utf-8").startswith("Dear The old")


def test_every_control_has_a_name_and_every_command_a_tip(window, workplace, qtbot):
    ask(window, workplace, qtbot)
    window.conductor.add_to_rack(FIRST)
    kinds = (QAbstractButton, QComboBox, QLineEdit, QListView, SteeringSlider)
    nameless = [
        widget
        for kind in kinds
        for widget in window.findChildren(kind)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []
    assert all(action.toolTip() for action in window.actions_by_key.values())


def test_f6_goes_round_all_panes(window, workplace, qtbot):
    seen = []
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
    assert window.side.suggestions.isAncestorOf(seen[0])
    assert window.side.rack.isAncestorOf(seen[1])
    assert seen[2] is window.editor


def test_zoom_makes_page_and_controls_larger_and_keeps_the_words(window, qtbot):
    before = window.editor.document().defaultFont().pointSizeF()
    window.zoom_to(200)
    assert window.editor.document().defaultFont().pointSizeF() == 2 * before
    assert window.side.is_compact
    window.zoom_by(0)
    assert window.editor.document().defaultFont().pointSizeF() == before
    assert words(window) == [TEXT]
    assert not window.editor.document().isModified()


def test_a_change_of_theme_is_no_edit(window, qtbot):
    cursor = window.editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertText(" More.")
    window.choose_theme("dark")
    window.editor.undo()
    assert words(window) == [TEXT]


def test_unasked_suggestions_come_only_when_switched_on(window, workplace, qtbot, rewriter):
    workplace.session.scheduler.pause_seconds = 0.05
    window.editor.snapshot()
    qtbot.keyClicks(window.editor, "a")
    qtbot.wait(200)
    assert rewriter.seen == []
    window.actions_by_key["pause"].trigger()
    qtbot.keyClicks(window.editor, "b")
    qtbot.waitUntil(lambda: len(rewriter.seen) == 1)
    assert rewriter.seen[0].lane == "live"
    qtbot.waitUntil(lambda: not workplace.session.is_writing)


def test_pictures_and_links_are_looked_for_beside_the_document(window, tmp_path, qtbot):
    path = tmp_path / "with.md"
    path.write_text("words\n", encoding="utf-8")
    window.desk.open_path(path)
    assert window.editor.pointer.base_folder == tmp_path
    window.desk.show_text("no file yet\n")
    assert window.editor.pointer.base_folder is None
