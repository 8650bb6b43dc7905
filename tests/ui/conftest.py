"""What tests of the window share: a page, and a whole window on a stand-in engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.fake_library import FakeLibrary
from helpers.fake_rewriter import FakeRewriter
from helpers.silent_questions import SilentQuestions
from tinymorph.app import Workplace
from tinymorph.settings.model import Settings
from tinymorph.settings.store import SettingsStore
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.theme import load_theme


@pytest.fixture
def theme(qapp):
    return load_theme("light")


@pytest.fixture
def editor(qtbot, theme):
    page = Editor(theme)
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.fixture
def rewriter():
    return FakeRewriter(delay_s=0.001)


@pytest.fixture
def questions():
    return SilentQuestions()


@pytest.fixture
def workplace(qtbot, rewriter, questions, tmp_path):
    """A window with an empty page whose stand-in engine is loaded."""
    store = SettingsStore(tmp_path / "settings.toml")
    place = Workplace(
        Settings(), store, Path("/nowhere"), lambda _: rewriter, FakeLibrary(), questions
    )
    empty = tmp_path / "empty.md"
    empty.write_text("", encoding="utf-8")
    place.show([empty])
    qtbot.waitExposed(place.window)
    qtbot.waitUntil(lambda: place.session.model is not None)
    yield place
    place.window.editor.document().setModified(False)
    place.window.close()
    place.close()
    place.window.deleteLater()
    qtbot.wait(0)
