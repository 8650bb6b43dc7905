#!/usr/bin/env python3
"""Take the pictures in docs/images: the real window, the sample letter, the bundled model.

    .venv/bin/python scripts/take_screenshots.py [--stand-in] [--only NAME ...]

`--stand-in` shows the window on the tests' stand-in engine, for work on its looks alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPainter, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rack_scenes import rack_scenes
from tinymorph.app import Workplace, loader_of
from tinymorph.schema.events import ErrorNote
from tinymorph.schema.suggestion import Flaw
from tinymorph.session.rack import Rack
from tinymorph.session.views import EngineState, EngineStatus, HunkState
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource, resource_path
from tinymorph.settings.store import SettingsStore
from tinymorph.ui.panel.view import panel_view
from tinymorph.ui.panel.wording import is_offered
from virtual_display import virtual_display

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SECOND_PARAGRAPH = 2
"""Block number of the letter's second paragraph of prose."""
WAIT_S = 180.0
OFFERED = 2
"""So many of the first cards have something to accept in the pictures of them, ..."""
MOST_ASKINGS = 12
"""... if they come within so many askings."""
DOCUMENT = """# The ferry

The ferry left before the fog came down over the *harbour*, and the boys ran home along the wall,
shouting each other's **names**.[^1] My grandmother kept the letters in a tin.

- [x] bread
- [ ] oranges, if there are any
- [ ] ink, the kind that
  - does not freeze
  - comes in small bottles

| Day | Tide | Where |
|:----|-----:|:-----:|
| Monday | 4.20 m | the old quay |
| Thursday | 3.95 m | the new one |

> Winter letters are shorter, because ink is slow when it is cold indoors.

Keep <kbd>Ctrl</kbd>+<kbd>S</kbd> and $h = 4.2$ as they are.

[^1]: There were three of them.
"""
SETTLE_MS = 600


class Photographer:
    """Bring one window into each scene and save what it shows."""

    def __init__(self, place: Workplace, folder: Path, scratch: Path) -> None:
        self._place, self._folder, self._scratch = place, folder, scratch
        self._window = place.window
        self.scenes: dict[str, Callable[[], None]] = {
            "empty-start": self._empty_start,
            "suggestions": self._suggestions,
            "inspector": self._inspector,
            "word": self._word,
            "whole-document": self._whole_document,
            "contrast": self._contrast,
            "map": self._map,
            "map-dark-200": self._map_dark_200,
            "like": self._like,
            "rack": self._rack,
            "dark": self._dark,
            "zoom-200": self._zoom_200,
            "narrow": self._narrow,
            "document": self._document,
            "versions": self._versions,
            "change": self._change,
            "preview": self._preview,
            "authors": self._authors,
            "options": self._options,
            "side-by-side": self._side_by_side,
            "writing": self._writing,
            "nothing-better": lambda: self._state("nothing better"),
            "out-of-date": self._out_of_date,
            "failed": lambda: self._state("failed"),
            "loading": lambda: self._state("loading"),
            "no-model": lambda: self._state("no model"),
            **rack_scenes(place, self._rack, self._settle),
        }

    def take(self, name: str) -> None:
        """Set the scene and save its picture."""
        self.scenes[name]()
        wait_ms(SETTLE_MS)
        path = self._folder / f"{name}.png"
        picture = self._window.grab()
        on_top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        dialog = on_top or self._place.archive.dialog
        if dialog is not None:  # it lies over the window, but is none of it
            painter = QPainter(picture)
            painter.drawPixmap(dialog.pos() - self._window.pos(), dialog.grab())
            painter.end()
            dialog.close()
        picture.save(str(path))
        print(path.relative_to(ROOT))

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + WAIT_S
        while not is_so() and time.monotonic() < end:
            wait_ms(50)
        if not is_so():
            sys.exit(f"It took too long: {self._place.session.status.sentence}")

    def _empty_start(self) -> None:
        self._look("light", 100, (1240, 820))
        empty = self._scratch / "Untitled.md"
        empty.write_text("", encoding="utf-8")
        self._window.desk.open_path(empty)
        self._window.side.show_suggestions()

    def _suggestions(self) -> None:
        self._look("light", 100, (1240, 820))
        self._letter()
        self._ask()
        for _ in range(MOST_ASKINGS):
            if all(map(is_offered, self._place.session.suggestions[:OFFERED])):
                break
            self._window.conductor.suggest_others()
            self.wait(lambda: not self._place.session.is_writing)

    def _inspector(self) -> None:
        self._look("light", 100, (1240, 820))
        self._letter()
        self._inspect()
        self._window.side.inspector.choose(1)

    def _word(self) -> None:
        self._look("light", 100, (1240, 860))
        self._letter()
        cursor = self._window.editor.textCursor()
        cursor.setPosition(cursor.position() + len("I came back to the old"))
        self._window.editor.setTextCursor(cursor)
        inspecting = self._window.conductor.inspecting
        inspecting.inspect_word()
        self._wait_for_reading()
        inspecting.walk_on()

    def _whole_document(self) -> None:
        self._look("light", 100, (1240, 1300))
        self._letter()
        self._window.conductor.inspecting.inspect_document()
        self._wait_for_reading()
        self._window.side.inspector.choose(0)
        self._wait_for_reading()

    def _contrast(self) -> None:
        self._look("light", 100, (1240, 900))
        self._letter()
        inspecting = self._window.conductor.inspecting
        for number, mark in enumerate((inspecting.mark_a, inspecting.mark_b)):
            block = self._window.editor.document().findBlockByNumber(SECOND_PARAGRAPH + number)
            self._window.editor.setTextCursor(QTextCursor(block))
            mark()
            self._wait_for_reading()
        self._window.side.inspector.contrast_page.table.choose(0)

    def _map(self) -> None:
        self._look("light", 100, (1240, 900))
        self._letter()
        self._show_map()

    def _map_dark_200(self) -> None:
        self._look("dark", 200, (1600, 1100))
        self._letter()
        self._show_map()

    def _show_map(self) -> None:
        self._window.conductor.inspecting.show_map()
        self._wait_for_reading()
        page = self._window.side.inspector.map_page
        page.table.setCurrentIndex(page.model.index(2, 3))
        self._wait_for_reading()

    def _like(self) -> None:
        self._look("light", 100, (1240, 900))
        self._letter()
        self._window.conductor.inspecting.find_like_passage()
        self._wait_for_reading()

    def _wait_for_reading(self) -> None:
        session = self._place.session
        self.wait(lambda: not session.is_reading and not session.surveys.is_reading)
        wait_ms(SETTLE_MS)

    def _rack(self) -> None:
        self._look("light", 100, (1240, 860))
        self._letter()
        self._ask()
        self._fill_rack()
        self._window.side.show_suggestions()

    def _dark(self) -> None:
        self._rack()
        self._window.choose_theme("dark")

    def _zoom_200(self) -> None:
        self._look("light", 200, (1600, 1000))
        self._letter()
        self._ask()

    def _narrow(self) -> None:
        self._look("light", 100, (560, 860))
        wait_ms(SETTLE_MS)
        self._window.resize(560, 860)
        self._letter()
        self._ask()

    def _document(self) -> None:
        self._look("light", 100, (1240, 980))
        path = self._scratch / "The ferry.md"
        path.write_text(DOCUMENT, encoding="utf-8")
        self._window.desk.open_path(path)

    def _versions(self) -> None:
        self._document()
        for old, new in (("before the fog", "early, before the fog"), ("a tin", "an old tin")):
            self._window.editor.document().find(old).insertText(new)
            self._window.desk.save()
            self.wait(lambda: not self._window.desk.is_saving)
        wait_ms(SETTLE_MS)
        self._place.safety.past.show_versions()
        wait_ms(SETTLE_MS)
        dialog = self._place.safety.past.dialog
        if dialog is not None:
            dialog.list.setCurrentRow(dialog.list.count() - 1)

    def _change(self) -> None:
        """Walk to a change of a card, with one accepted and one left out before it."""
        self._suggestions()
        cards = self._window.side.suggestions.cards
        card = max(cards, key=lambda card: len(card.view.changes) if card.view else 0)
        card.setFocus()
        keys = [Qt.Key.Key_Return, Qt.Key.Key_Delete]
        while card.words.walk(1) and card.current is not None:
            if card.current.state is HunkState.OPEN:
                if not keys:
                    break
                QTest.keyClick(card, keys.pop(0))

    def _preview(self) -> None:
        self._suggestions()
        card = self._window.side.suggestions.cards[-1]
        card.setFocus()
        QTest.keyClick(card, Qt.Key.Key_P)

    def _options(self) -> None:
        self._suggestions()
        self._window.side.suggestions.asking.unfold.setChecked(True)

    def _side_by_side(self) -> None:
        self._suggestions()
        self._place.archive.show(self._window, self._window.theme)

    def _writing(self) -> None:
        self._look("light", 100, (1240, 820))
        self._letter()
        options = replace(self._place.session.options, alternatives=8)
        self._window.conductor.cards.choose_options(options)
        self._window.conductor.suggest()
        asked = self._place.session.asked
        self.wait(lambda: asked is not None and asked.progress.tokens > 8 * 4)
        self._window.conductor.cards.choose_options(replace(options, alternatives=3))

    def _out_of_date(self) -> None:
        self._suggestions()
        cursor = self._window.editor.textCursor()
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        cursor.insertText("\nSomething else stands here now.")

    def _state(self, name: str) -> None:
        """Show the panel in a state that does not come by itself."""
        self._look("light", 100, (1240, 820))
        self._letter()
        view = panel_view(self._place.session)
        failed = EngineStatus(EngineState.FAILED, "The model folder has no weights.")
        loading = EngineStatus(EngineState.LOADING, "Loading the model: reading the features.")
        note = ErrorNote(
            code="PromptTooLongError",
            title="The passage is too long for this model.",
            hint="Select a part of it and ask again.",
        )
        if name == "nothing better":
            self._ask()
            view = panel_view(self._place.session)
            cards = tuple(
                replace(card, suggestion=card.suggestion.model_copy(update={"flaw": Flaw.LOOP}))
                for card in view.cards
                if card.suggestion is not None
            )
            view = replace(view, cards=cards)
        shown = {
            "failed": replace(view, cards=(), trouble=note),
            "loading": replace(view, cards=(), status=loading, model=None),
            "no model": replace(view, cards=(), status=failed, model=None),
        }
        self._window.side.suggestions.show_view(shown.get(name, view))

    def _authors(self) -> None:
        """Accept the longest alternative and show what in the page came from it."""
        self._suggestions()
        offered = [view for view in self._place.session.suggestions if is_offered(view)]
        longest = max(offered, key=lambda view: len(view.text))
        self._window.conductor.cards.accept(longest.index)
        self._window.actions_by_key["authors"].trigger()
        wait_ms(SETTLE_MS)

    def _look(self, theme: str, percent: int, size: tuple[int, int]) -> None:
        self._window.choose_theme("dark" if theme == "dark" else "light")
        self._window.zoom_to(percent)
        self._window.resize(*size)
        self._window.conductor.rack.do(lambda rack: rack.set_terms(()))
        self._window.status.clear_news()
        wait_ms(SETTLE_MS)

    def _letter(self) -> None:
        self._window.desk.show_sample(resource("assets/samples/letter.md"))
        block = self._window.editor.document().findBlockByNumber(SECOND_PARAGRAPH)
        self._window.editor.setTextCursor(QTextCursor(block))

    def _ask(self) -> None:
        self._window.conductor.suggest()
        self.wait(lambda: not self._place.session.is_writing)

    def _settle(self) -> None:
        self.wait(lambda: not self._place.session.is_writing)

    def _inspect(self) -> None:
        self._window.conductor.inspecting.inspect_passage()
        self.wait(lambda: not self._place.session.is_reading)

    def _fill_rack(self) -> None:
        self._inspect()
        player = self._window.conductor.rack
        rows = self._window.side.inspector.features.rows
        refs = [row.ref for row in rows if row.ref is not None]
        for ref, coefficient in zip(refs[1:3], (1.5, -0.75), strict=False):
            self._window.conductor.add_to_rack(ref)
            player.do(partial(Rack.set_coefficient, ref=ref, coefficient=coefficient))
        wait_ms(SETTLE_MS)
        self.wait(lambda: not self._place.session.is_writing)


def wait_ms(duration: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(duration, loop.quit)
    loop.exec()


def make_workplace(folder: Path, *, stand_in: bool) -> Workplace:
    """Return the window on the bundled model, or on the stand-in."""
    store = SettingsStore(folder / "settings.toml")
    bundle = resource_path("assets/bundle")
    if not stand_in:
        return Workplace(Settings(), store, bundle, loader_of(bundle))
    sys.path.append(str(ROOT / "tests"))
    library = import_module("helpers.fake_library").FakeLibrary()
    rewriter = import_module("helpers.fake_rewriter").FakeRewriter()
    return Workplace(Settings(), store, bundle, lambda _: rewriter, library)


def main() -> int:
    """Take all pictures, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, virtual_display() as display:
        os.environ |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = scratch
        app = QApplication(sys.argv[:1])
        place = make_workplace(Path(scratch), stand_in=options.stand_in)
        try:
            place.show([])
            photographer = Photographer(place, IMAGES, Path(scratch))
            photographer.wait(lambda: place.session.model is not None)
            for name in options.only or photographer.scenes:
                photographer.take(name)
        finally:
            place.window.editor.document().setModified(False)
            place.window.close()
            place.close()
            place.window.deleteLater()
            app.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main())
