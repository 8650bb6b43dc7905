"""A window whose engine answers with given words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from helpers.fake_rewriter import FakeRewriter
from tinymorph.engine.flaws import lost_words
from tinymorph.schema.events import Finished
from tinymorph.schema.suggestion import Flaw
from tinymorph.text.document import Block, Document, Inline

CONTROL = Qt.KeyboardModifier.ControlModifier
OLD = "The old house stood on a hill above the village."
NEW = "An old barn stood on a steep hill above the village."


class ScriptedRewriter(FakeRewriter):
    """Answer every request with the given texts, the first alternative with the first of them."""

    def __init__(self) -> None:
        super().__init__(delay_s=0.0)
        self.texts: list[str] = [NEW]

    def _reword(self, source, seed, plan):
        del source, plan
        return self.texts[seed % len(self.texts)]

    def _rewrite(self, request):
        for event in super()._rewrite(request):
            if isinstance(event, Finished):
                yield event.model_copy(update={"suggestions": _judged(request, event)})
            else:
                yield event


def _judged(request, event):
    """Say what each suggestion lost, as the engine does."""
    lost = {one.index: lost_words(one.text, request) for one in event.suggestions}
    return tuple(
        one.model_copy(update={"lost": lost[one.index], "flaw": Flaw.LOST})
        if lost[one.index]
        else one
        for one in event.suggestions
    )


@pytest.fixture
def rewriter():
    return ScriptedRewriter()


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.editor.setFocus()
    window.editor.load(Document((Block("paragraph", (Inline(OLD),)),)))
    return window


@pytest.fixture
def ask(window, workplace, qtbot):
    """Ask with Ctrl+Enter, wait, and return the cards."""

    def asked():
        session = workplace.session
        before = session.suggestion_request
        window.editor.setFocus()
        qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
        qtbot.waitUntil(lambda: session.suggestion_request is not before)
        qtbot.waitUntil(lambda: not session.is_writing)
        return window.side.suggestions.cards

    return asked


@pytest.fixture
def words(window):
    return lambda: window.editor.document_value().blocks[0].text
