"""Saved racks, on a stand-in engine: kept, taken, shared as files, and never lost to a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit

from helpers.fake_rewriter import FAKE_MODEL
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringMode, SteeringTerm
from tinymorph.session.presets import INTENTS, rack_file, read_rack, write_rack
from tinymorph.ui.rack.dialogs import TAKEN, NameDialog
from tinymorph.ui.rack.shelf import NO_INTENTS, NO_RACKS

SHIFT = Qt.KeyboardModifier.ShiftModifier
FIRST, SECOND = (FeatureRef(sae_id=str(n % 2), feature_index=n) for n in range(2))
ONE = (SteeringTerm(ref=SECOND, mode=SteeringMode.CLAMP, coefficient=2.0, decay=0.5),)


class Answers:
    """Answer as a test wants."""

    def __init__(self):
        self.name = self.to = self.path = None

    def what_to_call(self, suggestion, is_taken):
        return self.name

    def where_to_export(self, suggestion):
        return self.to

    def what_to_import(self, folder):
        return self.path


@pytest.fixture
def answers(workplace):
    workplace.shelf.questions = Answers()
    return workplace.shelf.questions


@pytest.fixture
def rack(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.conductor.add_to_rack(FIRST)
    return window.side.rack


def lines(rack, qtbot):
    """Return what the menu offers, by what it says."""
    rack.menu.close()
    QTest.keyClick(rack.window(), Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | SHIFT)
    qtbot.waitUntil(rack.menu.isVisible)
    return {action.text(): action for action in rack.menu.actions()}


def terms(workplace):
    return workplace.session.rack.terms


def test_the_menu_says_so_when_there_are_neither_racks_nor_intents(rack, qtbot):
    offered = lines(rack, qtbot)
    assert not offered[NO_RACKS].isEnabled()
    assert not offered[NO_INTENTS].isEnabled()
    rack.menu.close()


def test_a_rack_is_saved_cleared_and_taken_again_as_one_step(rack, workplace, answers, qtbot):
    before = terms(workplace)
    answers.name = "Calmer & kinder"
    lines(rack, qtbot)["&Save this rack\u2026"].trigger()
    assert "\u201cCalmer & kinder\u201d is saved." in rack.notice
    lines(rack, qtbot)["&Clear the rack"].trigger()
    assert terms(workplace) == ()
    lines(rack, qtbot)["Calmer && kinder"].trigger()
    assert terms(workplace) == before
    assert "is on the rack" in rack.notice
    assert QApplication.focusWidget() is rack.rows[0].slider
    workplace.window.conductor.rack.undo()
    assert terms(workplace) == ()
    rack.menu.close()


def test_what_is_exported_is_imported_with_every_setting(rack, workplace, answers, tmp_path):
    workplace.window.conductor.rack.do(lambda r: r.set_terms(ONE))
    answers.to = answers.path = tmp_path / "mine.rack.json"
    workplace.shelf.export()
    workplace.window.conductor.rack.do(lambda r: r.set_terms(()))
    workplace.shelf.import_file()
    assert terms(workplace) == ONE


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "damaged, or no rack at all"),
        (rack_file("x", ONE, FAKE_MODEL).model_dump_json().replace("1" * 64, "f" * 64), "made for"),
    ],
)
def test_a_bad_file_is_refused_and_the_rack_stays(rack, workplace, answers, tmp_path, data, words):
    path = tmp_path / "bad.rack.json"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    before = workplace.session.rack.state
    answers.path = path
    workplace.shelf.import_file()
    assert words in rack.notice
    assert workplace.session.rack.state == before


def test_a_file_dropped_on_the_rack_is_taken_and_other_things_are_not(rack, workplace, tmp_path):
    path = tmp_path / "shared.rack.json"
    write_rack(path, rack_file("Shared", ONE, FAKE_MODEL))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, none)
    QApplication.sendEvent(rack, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, none)
    QApplication.sendEvent(rack, drop)
    assert terms(workplace) == ONE
    words = QMimeData()
    words.setText("some words")
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, words, buttons, none)
    QApplication.sendEvent(rack, enter)
    assert not enter.isAccepted()


def test_what_is_dragged_out_is_a_file_that_can_be_read(rack, workplace):
    mime = workplace.shelf.mime()
    (url,) = mime.urls()
    assert read_rack(Path(url.toLocalFile())).terms == terms(workplace)
    workplace.window.conductor.rack.do(lambda r: r.set_terms(()))
    assert workplace.shelf.mime() is None
    assert "nothing on the rack" in rack.notice


def test_a_removed_rack_is_in_the_trash_and_not_gone_for_good(rack, workplace, answers, qtbot):
    answers.name = "Old"
    workplace.shelf.save()
    (file,) = workplace.shelf.presets.saved()
    workplace.shelf.remove(file)
    in_place = workplace.shelf.presets.path_of("Old").exists()
    assert in_place == ("left where it is" in rack.notice)


def test_intents_that_come_with_the_model_are_offered(rack, workplace, qtbot, tmp_path):
    write_rack(tmp_path / INTENTS / "plainer.rack.json", rack_file("Plainer", ONE, FAKE_MODEL))
    workplace.shelf.presets = type(workplace.shelf.presets)(tmp_path / "own", tmp_path)
    lines(rack, qtbot)["Plainer"].trigger()
    assert terms(workplace) == ONE
    rack.menu.close()


def test_the_dialog_says_when_a_name_would_replace_a_rack(qtbot):
    dialog = NameDialog("", lambda name: name == "calmer", None)
    qtbot.addWidget(dialog)
    field = dialog.findChild(QLineEdit)
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    save = buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not save.isEnabled()
    qtbot.keyClicks(field, "  calmer ")
    assert (dialog.name, save.text()) == ("calmer", "Replace")
    assert TAKEN in [label.text() for label in dialog.findChildren(type(dialog._taken))]
    qtbot.keyClicks(field, "x")
    assert save.text() == "Save"
