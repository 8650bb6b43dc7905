"""Cards in a real window: single changes by mouse and keys, and what the page keeps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from tinymorph.text.markdown import read_markdown

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
OLD = "The old house stood on a hill above the village."
NEW = "An old barn stood on a steep hill above the village."
FIRST = "The old barn stood on a hill above the village."


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def button(card, name):
    return next(b for b in card.findChildren(QPushButton) if b.accessibleName() == name)


def test_one_change_is_walked_to_and_accepted_and_the_card_stays(ask, words, qtbot):
    card = ask()[0]
    card.setFocus()
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Right)
    assert card.current.after == "barn"
    press(qtbot, Qt.Key.Key_Return)
    assert words() == FIRST
    assert QApplication.focusWidget() is card
    assert card.current.state == "taken"
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Delete)
    assert card.current.state == "refused"
    press(qtbot, Qt.Key.Key_Escape)
    assert card.current is None
    press(qtbot, Qt.Key.Key_Return)
    assert words() == "An old barn stood on a hill above the village."


def test_each_change_is_one_undo_step_and_can_be_accepted_again(ask, words, window, qtbot):
    card = ask()[0]
    for change in card.view.changes:
        card.hunk_accept_asked.emit(0, change.index)
    assert words() == NEW
    for text in ("An old barn stood on a hill above the village.", "An" + OLD[3:], OLD):
        window.editor.setFocus()
        press(qtbot, Qt.Key.Key_Z, CONTROL)
        assert words() == text
    assert [change.state for change in card.view.changes] == ["open"] * 3
    press(qtbot, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert [change.state for change in card.view.changes] == ["taken", "open", "open"]
    card.hunk_accept_asked.emit(0, card.view.changes[2].index)
    assert words() == "An old house stood on a steep hill above the village."


def test_undoing_a_whole_alternative_brings_its_cards_again(ask, words, window, qtbot):
    ask()
    window.side.suggestions.cards[2].dismiss_asked.emit(2)
    qtbot.keyClick(window.editor, "1", Qt.KeyboardModifier.AltModifier)
    assert words() == NEW
    assert window.side.suggestions.cards == ()
    window.editor.setFocus()
    press(qtbot, Qt.Key.Key_Z, CONTROL)
    assert words() == OLD
    assert [card.view.index for card in window.side.suggestions.cards] == [0, 1]
    qtbot.keyClick(window.editor, "2", Qt.KeyboardModifier.AltModifier)
    assert words() == NEW


def test_a_change_is_chosen_and_accepted_with_the_mouse(ask, words, qtbot):
    card = ask()[0]
    label = card.words.label
    spots = (QPoint(x, y) for y in range(6, label.height(), 8) for x in range(4, label.width(), 12))
    for spot in spots:
        qtbot.mouseClick(label, Qt.MouseButton.LeftButton, pos=spot)
        if card.current is not None and card.current.after == "barn":
            break
        card.words.leave()
    qtbot.mouseClick(button(card, "Accept this change"), Qt.MouseButton.LeftButton)
    assert words() == FIRST


def test_up_and_down_go_from_card_to_card(ask, rewriter, qtbot):
    rewriter.texts = [NEW, FIRST, OLD + " Yes."]
    cards = ask()
    cards[0].setFocus()
    press(qtbot, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is cards[1]
    press(qtbot, Qt.Key.Key_Up)
    press(qtbot, Qt.Key.Key_Up)
    assert QApplication.focusWidget() is cards[0]


def test_the_words_of_a_card_are_copied_with_the_keys(ask, qtbot):
    card = ask()[0]
    card.setFocus()
    press(qtbot, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == NEW


def test_what_a_change_does_is_said_when_it_is_walked_to(ask, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr("tinymorph.ui.panel.card.announce", lambda _, words: said.append(words))
    card = ask()[0]
    card.setFocus()
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    assert said[0] == "Change 1 of 3: \u201cThe\u201d becomes \u201cAn\u201d."
    assert said[1] == "Change 1 of 3: in the page: \u201cAn\u201d."


def test_a_footnote_a_link_and_a_picture_stay_and_the_reason_is_said(window, ask, rewriter, qtbot):
    source = "The old [stone house](http://x.org) stood.[^1] See ![it](it.png) now.\n\n[^1]: Yes.\n"
    window.editor.load(read_markdown(source))
    rewriter.texts = ["An old stone barn stood. See now."]
    card = ask()[0]
    reasons = [change.reason for change in card.view.changes if change.state == "kept"]
    assert reasons == [
        "It would take away the mark of a footnote.",
        "It would take away a picture.",
    ]
    card.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    blocks = window.editor.document_value().blocks
    assert (
        blocks
        == read_markdown(
            "An old [stone barn](http://x.org) stood.[^1] See ![it](it.png) now.\n\n[^1]: Yes.\n"
        ).blocks
    )


def test_a_preview_lies_over_the_page_and_changes_nothing(window, ask, words, qtbot):
    card = ask()[0]
    card.setFocus()
    before = window.editor.document().revision()
    press(qtbot, Qt.Key.Key_P)
    player = window.conductor.cards
    assert player.is_previewing
    assert window.editor.document().revision() == before
    assert words() == OLD
    press(qtbot, Qt.Key.Key_Escape)
    assert not player.is_previewing
    press(qtbot, Qt.Key.Key_P)
    press(qtbot, Qt.Key.Key_P)
    assert not player.is_previewing
    press(qtbot, Qt.Key.Key_P)
    window.editor.setFocus()
    qtbot.keyClicks(window.editor, "x")
    assert not player.is_previewing


MARKED = (
    "The **old _grey_ house** stood on a [green hill](http://x.org) above `the` ~~small~~ village"
)


def marks_by_word(editor):
    """Return each character with its marks, without the words' own."""
    block = editor.document_value().blocks[0]
    return [
        (character, run.bold, run.italic, run.code, run.strike, run.link)
        for run in block.inlines
        for character in run.text
    ]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_marks_of_characters_that_stay_never_change(window, workplace, rewriter, qtbot, data):
    window.editor.load(read_markdown(MARKED + "\n"))
    window.editor.setFocus()
    text = window.editor.document_value().blocks[0].text
    new = data.draw(st.lists(st.sampled_from([*text.split(), "new", "other"]), min_size=6))
    rewriter.texts = [" ".join(new)]
    workplace.window.conductor.suggest()
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    steps = data.draw(st.lists(st.sampled_from(["accept", "accept", "undo", "redo"]), max_size=6))
    for step in steps:
        before = marks_by_word(window.editor)
        view = workplace.session.suggestions[0]
        hunks = [hunk for hunk in view.changes if hunk.state == "open"]
        if step == "accept" and hunks:
            hunk = data.draw(st.sampled_from(hunks))
            window.conductor.cards.accept_hunk(0, hunk.index)
            after = marks_by_word(window.editor)
            grown = hunk.span.start + len(hunk.after)
            assert after[: hunk.span.start] == before[: hunk.span.start]
            assert after[grown:] == before[hunk.span.end :]
            assert "".join(one[0] for one in after[hunk.span.start : grown]) == hunk.after
            window.editor.undo()
            assert marks_by_word(window.editor) == before
            window.editor.redo()
            assert marks_by_word(window.editor) == after
        elif step != "accept":
            getattr(window.editor, step)()


@pytest.mark.parametrize("words_now", ["The old house fell down.", "Gone."])
def test_words_that_were_changed_are_marked_and_never_overwritten(
    window, ask, words, qtbot, words_now
):
    card = ask()[0]
    window.editor.setFocus()
    press(qtbot, Qt.Key.Key_A, CONTROL)
    qtbot.keyClicks(window.editor, words_now)
    card = window.side.suggestions.cards[0]
    for change in card.view.changes:
        if change.state == "outdated":
            window.conductor.cards.accept_hunk(0, change.index)
    assert words() == words_now


def test_words_protected_by_hand_are_left_alone_and_the_reason_is_said(window, ask, words, qtbot):
    window.editor.setTextCursor(window.editor.document().find("old house"))
    press(qtbot, Qt.Key.Key_L, CONTROL)
    window.editor.moveCursor(window.editor.textCursor().MoveOperation.Start)
    card = ask()[0]
    kept = [change for change in card.view.changes if change.state == "kept"]
    assert [change.reason for change in kept] == ["You protected \u201cold house\u201d."]
    assert "It would lose \u201cold house\u201d." in card.hint
    card.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    assert words() == "An old house stood on a steep hill above the village."


def test_cards_of_a_paragraph_that_was_replaced_or_deleted_say_so(window, ask, qtbot):
    window.editor.load(read_markdown(f"First.\n\n{OLD}\n\nLast.\n"))
    cursor = window.editor.document().find("old house")
    window.editor.setTextCursor(cursor)
    card = ask()[0]
    assert not card.view.is_stale
    cursor = window.editor.textCursor()
    cursor.select(cursor.SelectionType.BlockUnderCursor)
    cursor.insertText("\nSomething else.")
    assert card.view.is_stale
    assert "You changed these words since" in window.side.suggestions.message
    qtbot.keyClick(window.editor, "1", Qt.KeyboardModifier.AltModifier)
    assert "gone" in window.status.sentence


def test_unasked_suggestions_know_where_what_must_stay_stands_now(window, workplace, qtbot):
    window.editor.load(read_markdown("See [the map](http://x.org) of it.\n"))
    session = workplace.session
    session.paragraph_entered(window.editor.snapshot(), None, window.editor.surroundings())
    session.scheduler.switch(on=True)
    session.scheduler.pause_seconds = 0.05
    window.editor.moveCursor(window.editor.textCursor().MoveOperation.Start)
    qtbot.keyClicks(window.editor, "Oh, ")
    qtbot.waitUntil(lambda: session.suggestion_request is not None)
    qtbot.waitUntil(lambda: not session.is_writing)
    request = session.suggestion_request
    assert request.lane == "live"
    text = request.paragraph.text
    assert [p.span.of(text) for p in request.protected if p.kind == "link"] == ["the map"]
