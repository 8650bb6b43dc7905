"""The main window: page, side panel, menus and status line."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QVBoxLayout, QWidget

from tinymorph.features.library import WriterLibrary
from tinymorph.session.session import WritingSession
from tinymorph.settings.model import Settings
from tinymorph.ui.actions import Slot, build_menus
from tinymorph.ui.conductor import Conductor
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.export.dialogs import ExchangeDialogs
from tinymorph.ui.export.exchange import Exchange
from tinymorph.ui.format_row import FormatRow
from tinymorph.ui.formatting import Formatting
from tinymorph.ui.icons import app_icon
from tinymorph.ui.questions import Dialogs
from tinymorph.ui.safety.ask import Questions
from tinymorph.ui.safety.locks import DocumentLocks
from tinymorph.ui.safety.notice_bar import NoticeBar
from tinymorph.ui.side import SidePanel
from tinymorph.ui.status_line import StatusLine
from tinymorph.ui.theme import Theme, ThemeChoice, load_theme

FIRST_WIDTH, FIRST_HEIGHT = 1240, 820
NARROW_PX = 700
"""Below this width, at zoom 1, the side panel lies under the page."""
LOW_PX = 640
"""Below this height, at zoom 1, the rack becomes a tab."""
LEAST_WIDTH, LEAST_HEIGHT = 380, 300
ZOOM_STEPS = (50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400)
COUNTING_DELAY_MS = 350


class MainWindow(QMainWindow):
    """Put the pieces together; what they do stands in them."""

    closing = Signal()
    """The window closes and every word is safe."""
    versions_asked = Signal()
    paragraph_versions_asked = Signal()
    report_asked = Signal()
    authors_asked = Signal(bool)
    settings_changed = Signal(object)
    """The `Settings` as the writer left them."""

    def __init__(
        self,
        session: WritingSession,
        library: WriterLibrary,
        settings: Settings,
        locks: DocumentLocks,
        questions: Questions | None = None,
    ) -> None:
        super().__init__()
        self._session, self._settings = session, settings
        self._may_close = False
        self._theme = load_theme(settings.editor.theme, settings.editor.zoom_percent / 100)
        self.editor = Editor(self._theme)
        self.side = SidePanel(library, self._theme)
        self.status = StatusLine(self._theme)
        self.notice_bar = NoticeBar()
        self.questions = questions or Dialogs(self)
        self.desk = DocumentDesk(self.editor, self.questions, locks, self)
        self.exchange = Exchange(self.desk, ExchangeDialogs(self), self)
        self.conductor = Conductor(session, self.editor, self.side, self)
        self.formatting = Formatting(self.editor)
        self.actions_by_key = build_menus(self, self._slots())
        self._format_row = FormatRow(self.editor, self.actions_by_key, self._theme, self)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNTING_DELAY_MS)
        self._arrange()
        self._connect()
        self._show_theme()
        self._show_name()
        self._count_words()
        self.resize(FIRST_WIDTH, FIRST_HEIGHT)

    @property
    def theme(self) -> Theme:
        """Return how the window looks now."""
        return self._theme

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Show the window light, dark, or as the desktop has it."""
        self._change_editor_settings({"theme": choice})

    def zoom_by(self, steps: int) -> None:
        """Make everything larger or smaller by steps; 0 goes back to the normal size."""
        now = self._settings.editor.zoom_percent
        nearest = min(range(len(ZOOM_STEPS)), key=lambda i: abs(ZOOM_STEPS[i] - now))
        place = min(max(nearest + steps, 0), len(ZOOM_STEPS) - 1)
        self.zoom_to(ZOOM_STEPS[place] if steps else 100)

    def zoom_to(self, percent: int) -> None:
        """Show everything at this size."""
        self._change_editor_settings({"zoom_percent": percent})
        self.status.show_news(f"Zoom {percent} %")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved words, save them if so wished, then close for good."""
        if not self._may_close:
            event.ignore()
            self.desk.leave(self._close_for_good)
        if self._may_close:
            event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the side panel under the page where the window is narrow."""
        super().resizeEvent(event)
        self._fit()

    def _close_for_good(self) -> None:
        self._may_close = True
        self.closing.emit()
        self.close()

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._format_row)
        column.addWidget(self.notice_bar)
        column.addWidget(self.editor, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(left)
        self._split.addWidget(self.side)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 0)
        centre = QWidget()
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._split, 1)
        whole.addWidget(self.status)
        self.setCentralWidget(centre)
        self.setWindowIcon(app_icon())
        self.actions_by_key["side"].setChecked(True)
        self.actions_by_key["pause"].setChecked(self._session.scheduler.is_on)
        self.editor.setFocus()

    def _connect(self) -> None:
        self.conductor.status_changed.connect(self.status.show_status)
        self.conductor.news.connect(self.status.show_news)
        self.desk.news.connect(self.status.show_news)
        self.exchange.news.connect(self.status.show_news)
        self.closing.connect(self.exchange.close)
        self.desk.changed.connect(self._show_name)
        self.desk.loaded.connect(self._count_words)
        self.desk.loaded.connect(self.conductor.start_over)
        self.editor.zoom_asked.connect(self.zoom_by)
        self.editor.document().contentsChanged.connect(self._counting.start)
        self.editor.selectionChanged.connect(self._counting.start)
        self._counting.timeout.connect(self._count_words)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_desktop)
        self.status.show_status(self._session.status)

    def _slots(self) -> dict[str, Slot]:
        editor, conductor, desk = self.editor, self.conductor, self.desk
        return {
            "new": desk.new,
            "open": desk.open,
            "save": desk.save,
            "save_as": desk.save_as,
            "import": self.exchange.import_file,
            "export": self.exchange.export,
            "versions": self.versions_asked.emit,
            "paragraph_versions": self.paragraph_versions_asked.emit,
            "report": self.report_asked.emit,
            "quit": self.close,
            "undo": self._undo,
            "redo": self._redo,
            "cut": editor.cut,
            "copy": editor.copy,
            "paste": editor.paste,
            "paste_plain": editor.paste_plain,
            "select_all": editor.selectAll,
            **self.formatting.slots(),
            "suggest": conductor.suggest,
            "others": conductor.suggest_others,
            "stop": conductor.cancel,
            "accept_1": lambda: conductor.cards.accept(0),
            "accept_2": lambda: conductor.cards.accept(1),
            "accept_3": lambda: conductor.cards.accept(2),
            "inspect": conductor.inspecting.inspect_passage,
            "inspect_word": conductor.inspecting.inspect_word,
            "inspect_document": conductor.inspecting.inspect_document,
            "map": conductor.inspecting.show_map,
            "like": conductor.inspecting.find_like_passage,
            "mark_a": conductor.inspecting.mark_a,
            "mark_b": conductor.inspecting.mark_b,
            "next_peak": conductor.inspecting.walk_on,
            "previous_peak": conductor.inspecting.walk_back,
            "search_features": self._search_features,
            "to_rack": self._chosen_to_rack,
            "rack_before": conductor.rack.compare,
            "racks": self._open_racks,
            "compare": self.side.suggestions.all_asked.emit,
            "protect": lambda: self.status.show_news(editor.protection.toggle()),
            "pause": self._switch_pause,
            "light": lambda: self.choose_theme("light"),
            "dark": lambda: self.choose_theme("dark"),
            "system": lambda: self.choose_theme("system"),
            "zoom_in": lambda: self.zoom_by(1),
            "zoom_out": lambda: self.zoom_by(-1),
            "zoom_reset": lambda: self.zoom_by(0),
            "authors": lambda: self.authors_asked.emit(self.actions_by_key["authors"].isChecked()),
            "side": self._toggle_side,
            "next_pane": lambda: self._go_to_pane(1),
            "previous_pane": lambda: self._go_to_pane(-1),
        }

    def _change_editor_settings(self, update: dict[str, object]) -> None:
        editor = self._settings.editor.model_copy(update=update)
        self._settings = self._settings.model_copy(update={"editor": editor})
        self._theme = load_theme(editor.theme, editor.zoom_percent / 100)
        self._show_theme()
        self.settings_changed.emit(self._settings)

    def _follow_desktop(self) -> None:
        if self._settings.editor.theme == "system":
            self._theme = load_theme("system", self._theme.zoom)
            self._show_theme()

    def _show_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(self._theme.palette())
            app.setFont(self._theme.ui_font())
        self.setStyleSheet(self._theme.stylesheet())
        self.editor.set_theme(self._theme)
        self.side.set_theme(self._theme)
        self.status.set_theme(self._theme)
        self._format_row.set_theme(self._theme)
        self.actions_by_key[self._settings.editor.theme].setChecked(True)
        self._split.setMinimumSize(self._theme.px(LEAST_WIDTH), self._theme.px(LEAST_HEIGHT))
        self._fit()

    def _fit(self) -> None:
        zoom = self._theme.zoom
        is_narrow = self.width() / zoom < NARROW_PX
        direction = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        self.side.set_compact(is_narrow or self.height() / zoom < LOW_PX)
        if self._split.orientation() != direction or not self.isVisible():
            self._split.setOrientation(direction)
        if is_narrow:
            whole = max(self.height(), 1)
            self._split.setSizes([round(whole * 0.5), round(whole * 0.5)])
        else:
            side = min(self._theme.px(420), round(self.width() * 0.44))
            self._split.setSizes([max(self.width() - side, 1), side])

    def _show_name(self) -> None:
        self.setWindowTitle(f"{self.desk.name}[*] \u2014 tinymorph")
        self.setWindowModified(self.desk.is_dirty)

    def _count_words(self) -> None:
        cursor = self.editor.textCursor()
        selected = len(cursor.selectedText().split()) if cursor.hasSelection() else 0
        self.status.show_words(self.editor.live.word_count(), selected)

    def _search_features(self) -> None:
        self.side.show_inspector()
        self.side.inspector.show_page(self.side.inspector.features_page)
        self.side.inspector.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _chosen_to_rack(self) -> None:
        ref = self.side.inspector.chosen
        if ref is None:
            self.status.show_news("Choose a feature in the inspector first (F2).")
        else:
            self.conductor.add_to_rack(ref)

    def _open_racks(self) -> None:
        self.side.show_rack()
        self.side.rack.open_menu()

    def _undo(self) -> None:
        (self.conductor.rack if self._is_at_rack() else self.editor).undo()

    def _redo(self) -> None:
        (self.conductor.rack if self._is_at_rack() else self.editor).redo()

    def _is_at_rack(self) -> bool:
        """Say whether the focus is on the rack, which has an undo of its own."""
        focus = QApplication.focusWidget()
        return focus is not None and self.side.rack.isAncestorOf(focus)

    def _switch_pause(self) -> None:
        is_on = self.actions_by_key["pause"].isChecked()
        self._session.scheduler.switch(on=is_on)
        engine = self._settings.engine.model_copy(update={"suggest_after_pause": is_on})
        self._settings = self._settings.model_copy(update={"engine": engine})
        self.settings_changed.emit(self._settings)

    def _toggle_side(self) -> None:
        self.side.setVisible(self.actions_by_key["side"].isChecked())

    def _go_to_pane(self, step: int) -> None:
        """Move the focus from the page to the panels and round again."""
        panes: list[QWidget] = [self.editor]
        if self.side.isVisible():
            panes.extend(self.side.panes())
        focus = QApplication.focusWidget()
        with_focus = [i for i, p in enumerate(panes) if focus and p.isAncestorOf(focus)]
        here = with_focus[0] if with_focus and focus is not self.editor else 0
        target = panes[(here + step) % len(panes)]
        if target is self.editor:
            self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.side.focus_pane(target)
