"""The composition root: the only module that knows every package and ties them together."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from tinymorph import __version__
from tinymorph.engine.bundle import find_model
from tinymorph.errors import TinymorphError
from tinymorph.features.catalogue import FeatureCatalogue, find_catalogues
from tinymorph.features.library import Cards, EmptyCards, WriterLibrary
from tinymorph.features.marks import FeatureMarks
from tinymorph.schema.events import EngineEvent
from tinymorph.session.answers import AnswerMemory
from tinymorph.session.client import EngineClient
from tinymorph.session.journal import DecisionJournal
from tinymorph.session.options import AskingOptions
from tinymorph.session.past_suggestions import PastSuggestions
from tinymorph.session.presets import PresetShelf
from tinymorph.session.scheduler import SuggestionScheduler
from tinymorph.session.session import WritingSession
from tinymorph.session.worker import Engine, Report, RewriteWorker
from tinymorph.settings.model import EngineSettings, Settings
from tinymorph.settings.paths import data_folder, resource_path, state_folder
from tinymorph.settings.store import SettingsStore
from tinymorph.text.authorship_file import AuthorshipFiles
from tinymorph.text.history import History
from tinymorph.text.recovery import RecoveryJournal
from tinymorph.ui.authorship.authors import Authors
from tinymorph.ui.bridge import EngineBridge
from tinymorph.ui.panel.archive import SuggestionArchive
from tinymorph.ui.rack.dialogs import ShelfDialogs
from tinymorph.ui.rack.shelf import RackShelf
from tinymorph.ui.safety.ask import Questions
from tinymorph.ui.safety.locks import DocumentLocks
from tinymorph.ui.safety.safety import Safety
from tinymorph.ui.window import MainWindow

log = logging.getLogger(__name__)

CLOSING_SECONDS = 2.0
SWITCH_SECONDS = 0.0005
"""How long other Python threads may hold up the page each time that Qt calls Python.

A key makes some thirty such calls; with Python's own 5 ms a key took up to 0.2 s during a save.
"""
UNPAINTED_MS = 3000
"""After this the model is loaded even if nobody has seen the page, say in a hidden window."""


@dataclass(frozen=True, slots=True)
class CrashReport:
    """An error that nobody caught, as text."""

    title: str
    detail: str


def run_editor(files: list[Path]) -> int:
    """Show the window, load the model behind it, and return the program's exit code."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("tinymorph")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("tinymorph")
    store = SettingsStore()
    settings, trouble = _settings(store)
    bundle = settings.engine.model or resource_path("assets/bundle")
    editor = Workplace(settings, store, bundle, loader_of(bundle, settings.engine))
    try:
        editor.show(files)
        if trouble:
            editor.window.status.show_news(trouble)
        return app.exec()
    finally:
        editor.close()


def loader_of(bundle: Path, settings: EngineSettings | None = None) -> Callable[[Report], Engine]:
    """Return what loads the engine, to be called on its own thread.

    The import of torch allocates so much that the collector would hold the page up again and
    again; it is off meanwhile, and what was imported is never looked through again.
    """
    chosen = settings or EngineSettings()

    def load(report: Report) -> Engine:
        gc.disable()
        try:
            from tinymorph.engine.loader import load_engine  # noqa: PLC0415 - the window is first

            return load_engine(bundle, report, chosen.backend, chosen.device)
        finally:
            gc.freeze()
            gc.enable()

    return load


class Workplace(QObject):
    """One window with its session, its engine's thread and its catalogue."""

    def __init__(
        self,
        settings: Settings,
        store: SettingsStore,
        bundle: Path,
        load: Callable[[Report], Engine],
        cards: Cards | None = None,
        questions: Questions | None = None,
    ) -> None:
        super().__init__()
        self._store = store
        self._bridge = EngineBridge(self)
        self._worker = RewriteWorker(load, self._bridge.arrived.emit)
        self._library = _library(bundle, cards)
        journal = DecisionJournal(data_folder())
        scheduler = SuggestionScheduler(
            settings.engine.pause_ms / 1000, is_on=settings.engine.suggest_after_pause
        )
        self.answers = AnswerMemory(self._worker, self._bridge.arrived.emit)
        self.session = WritingSession(
            self.answers,
            options=AskingOptions(alternatives=settings.engine.alternatives),
            scheduler=scheduler,
            journal=journal,
        )
        self._locks = DocumentLocks(state_folder() / "locks")
        self.window = MainWindow(self.session, self._library, settings, self._locks, questions)
        self.safety = Safety(
            self.window,
            RecoveryJournal(state_folder() / "recovery"),
            History(data_folder() / "history.sqlite"),
        )
        self.authors = Authors(
            self.window.editor,
            self.window.desk,
            AuthorshipFiles(data_folder() / "authorship"),
            journal,
            self.window,
        )
        self._connect_authors()
        self.archive = self._make_archive(journal)
        self.shelf = self._make_shelf(bundle)
        self._bridge.arrived.connect(self._remember)
        self._bridge.arrived.connect(self.window.conductor.on_event)
        self._bridge.crashed.connect(self._save_copy)
        self.window.settings_changed.connect(self._save_settings)
        self.window.closing.connect(self.close)
        self._is_closed = False
        self._starting = QTimer(self)
        self._starting.setSingleShot(True)
        self._starting.timeout.connect(self._worker.start)
        sys.setswitchinterval(SWITCH_SECONDS)
        self._old_hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._crashed
        threading.excepthook = self._thread_crashed

    def _make_shelf(self, bundle: Path) -> RackShelf:
        return RackShelf(
            self.session,
            self.window.conductor.rack,
            self.window.side.rack,
            PresetShelf(data_folder(), bundle),
            state_folder() / "shared",
            ShelfDialogs(self.window),
        )

    @property
    def client(self) -> EngineClient:
        """Return what takes requests for the engine."""
        return self._worker

    @property
    def bridge(self) -> EngineBridge:
        """Return where the engine's events arrive."""
        return self._bridge

    def show(self, files: list[Path]) -> None:
        """Show the window with a file, or with the sample letter; then begin to load."""
        self.window.show()
        sample = resource_path("assets/samples/letter.md")
        if files:
            self.window.desk.open_path(files[0])
        elif sample.exists():
            self.window.desk.show_sample(sample)
        self.safety.begin()
        self._starting.start(UNPAINTED_MS)
        self.window.editor.painted.connect(self._start_soon)

    def _remember(self, event: EngineEvent) -> None:
        """Let an equal request be answered by what the engine says now."""
        self.answers.heard(event)

    def _start_soon(self) -> None:
        """Begin to load when the page has been seen; until then every core is the page's."""
        self.window.editor.painted.disconnect(self._start_soon)
        if self._starting.isActive():
            self._starting.start(0)

    def close(self) -> None:
        """Stop the engine's thread; the words are safe before this is called."""
        if self._is_closed:
            return
        self._is_closed = True
        self._starting.stop()
        sys.excepthook, threading.excepthook = self._old_hooks
        self.window.desk.close()
        self.safety.close()
        self._locks.release()
        if not self._worker.close(CLOSING_SECONDS):
            log.warning("the engine was still busy when the window closed")
        self.window.conductor.inspecting.close()
        self._library.close()

    def _make_archive(self, journal: DecisionJournal) -> SuggestionArchive:
        window = self.window
        past = PastSuggestions(data_folder() / "suggestions")
        cards = window.conductor.cards
        archive = SuggestionArchive(self.session, cards, window.desk, past, journal, window)
        archive.news.connect(window.status.show_news)
        panel = window.side.suggestions
        panel.all_asked.connect(lambda: archive.show(window, window.theme))
        return archive

    def _connect_authors(self) -> None:
        window, authors = self.window, self.authors
        authors.news.connect(window.status.show_news)
        window.report_asked.connect(lambda: authors.ask_and_report(window))
        window.authors_asked.connect(lambda is_on: authors.show(is_on=is_on))
        window.editor.accepted.connect(authors.keep)

    def _save_settings(self, settings: Settings) -> None:
        try:
            self._store.save(settings)
        except TinymorphError as error:
            self.window.status.show_news(str(error))

    def _crashed(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Save the words first, then say what happened; on the UI thread."""
        detail = "".join(traceback.format_exception(kind, error, trace))
        self._save_copy(CrashReport(str(error), detail))
        self._old_hooks[0](kind, error, trace)

    def _thread_crashed(self, args: threading.ExceptHookArgs) -> None:
        """Hand the crash of another thread over to the UI thread, which owns the page."""
        trace = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
        self._bridge.crashed.emit(CrashReport(str(args.exc_value), "".join(trace)))
        self._old_hooks[1](args)

    def _save_copy(self, report: CrashReport) -> None:
        log.error("not caught: %s\n%s", report.title, report.detail)
        try:
            path = self.window.desk.save_copy(state_folder() / "recovered")
        except (TinymorphError, OSError):
            log.exception("the copy of the unsaved words could not be written")
            return
        safe = f" A copy of your words is in {path}." if path is not None else ""
        self.window.status.show_news(f"Something went wrong inside tinymorph.{safe}")


def _settings(store: SettingsStore) -> tuple[Settings, str]:
    try:
        return store.load(), ""
    except TinymorphError as error:
        return Settings(), str(error)


def _library(bundle: Path, cards: Cards | None) -> WriterLibrary:
    """Open all that is known of features; a folder without a catalogue is worked with by ids."""
    marks = FeatureMarks(data_folder() / "features.sqlite")
    if cards is not None:
        return WriterLibrary(cards, marks)
    paths: tuple[Path, ...] = ()
    shipped: FeatureCatalogue | None = None
    mine: FeatureCatalogue | None = None
    try:
        found = find_catalogues(bundle, data_folder(), lambda: find_model(bundle).sha256())
        shipped, mine = (None if path is None else FeatureCatalogue.open(path) for path in found)
        paths = tuple(path for path in found if path is not None)
    except TinymorphError:
        log.exception("the catalogue could not be opened")
    return WriterLibrary(shipped or EmptyCards(), marks, mine, paths=paths, folder=state_folder())
