"""Saved racks and intents: the menu that offers them, and racks that come and go as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QFile, QMimeData, QObject, QUrl
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from tinymorph.errors import TinymorphError
from tinymorph.schema.rack_file import RackFile
from tinymorph.session.presets import (
    SUFFIX,
    PresetShelf,
    fitted,
    rack_file,
    read_rack,
    write_rack,
)
from tinymorph.session.session import WritingSession
from tinymorph.ui.rack.player import RackPlayer
from tinymorph.ui.rack.rack import SteeringRack

NO_RACKS = "You have saved no rack yet"
NO_INTENTS = "This model comes with no intents"
LOADED = "\u201c{name}\u201d is on the rack. Ctrl+Z there takes it back."
SAVED = "\u201c{name}\u201d is saved."
EXPORTED = "The rack is in {name}."
REMOVED = "\u201c{name}\u201d is in the trash."
NOT_REMOVED = "\u201c{name}\u201d could not be moved to the trash, so it was left where it is."


class ShelfQuestions(Protocol):
    """What is asked of the writer; a window answers with dialogs, a test without."""

    def what_to_call(self, suggestion: str, is_taken: Callable[[str], bool]) -> str | None:
        """Ask for the name of a rack, and say so if it would replace one."""
        ...

    def where_to_export(self, suggestion: Path) -> Path | None:
        """Ask for a file to write."""
        ...

    def what_to_import(self, folder: Path) -> Path | None:
        """Ask for a file to read."""
        ...


class RackShelf(QObject):
    """Save, offer, import and export racks for one window."""

    def __init__(
        self,
        session: WritingSession,
        player: RackPlayer,
        widget: SteeringRack,
        presets: PresetShelf,
        outbox: Path,
        questions: ShelfQuestions,
    ) -> None:
        super().__init__(widget)
        self._session, self._player, self._widget = session, player, widget
        self.presets, self._outbox, self.questions = presets, outbox, questions
        self._name = ""
        """Of the rack that was saved or taken last."""
        widget.menu.aboutToShow.connect(self._fill)
        widget.file_dropped.connect(self.load_file)
        widget.drag_asked.connect(self.drag_out)

    def save(self) -> None:
        """Ask for a name and keep the rack."""
        if (name := self.questions.what_to_call(self._name, self.presets.has)) is not None:
            self._try(partial(self._save, name))

    def load(self, file: RackFile) -> None:
        """Put a rack on the rack, as one step."""
        self._try(partial(self._load, file))

    def load_file(self, path: Path) -> None:
        """Put the rack of a file on the rack."""
        self._try(lambda: self._load(read_rack(path)))

    def import_file(self) -> None:
        """Ask for a file and put its rack on the rack."""
        path = self.questions.what_to_import(Path.home())
        if path is not None:
            self.load_file(path)

    def export(self) -> None:
        """Ask for a file and write the rack to it."""
        path = self.questions.where_to_export(Path.home() / f"{self._file_stem()}{SUFFIX}")
        if path is not None:
            self._try(partial(self._export, path))

    def remove(self, file: RackFile) -> None:
        """Move a saved rack to the trash."""
        is_gone = QFile.moveToTrash(str(self.presets.path_of(file.name)))
        self._widget.show_notice((REMOVED if is_gone else NOT_REMOVED).format(name=file.name))

    def drag_out(self) -> None:
        """Let the rack be dragged out of the window as a file."""
        mime = self.mime()
        if mime is not None:
            self._widget.drag(mime)

    def mime(self) -> QMimeData | None:
        """Return what is dragged: a file in a folder of ours; None if it could not be written."""
        path = self._outbox / f"{self._file_stem()}{SUFFIX}"
        result = QMimeData()
        result.setUrls([QUrl.fromLocalFile(str(path))])
        return result if self._try(lambda: write_rack(path, self._file())) else None

    def _save(self, name: str) -> None:
        file = rack_file(name, self._session.rack.terms, self._session.model)
        self.presets.save(file)
        self._name = file.name
        self._widget.show_notice(SAVED.format(name=file.name))

    def _load(self, file: RackFile) -> None:
        terms = fitted(file, self._session.model)
        self._player.do(lambda rack: rack.set_terms(terms))
        self._name = file.name
        self._widget.show_notice(LOADED.format(name=file.name))
        self._widget.focus_first()

    def _export(self, path: Path) -> None:
        write_rack(path, self._file())
        self._widget.show_notice(EXPORTED.format(name=path.name))

    def _file(self) -> RackFile:
        name = self._name or "Rack"
        return rack_file(name, self._session.rack.terms, self._session.model)

    def _file_stem(self) -> str:
        kept = "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in self._name)
        return kept.strip(" -")[:60] or "Rack"

    def _try(self, doing: Callable[[], None]) -> bool:
        """Do something, or say in one sentence why it could not be done."""
        try:
            doing()
        except TinymorphError as error:
            self._widget.show_notice(str(error), is_trouble=True)
            return False
        return True

    def _fill(self) -> None:
        menu, has_terms = self._widget.menu, bool(self._session.rack.terms)
        menu.clear()
        saved = self.presets.saved()
        _add(menu.addAction("&Save this rack\u2026"), self.save, is_on=has_terms)
        menu.addSeparator()
        _add_title(menu, "Your racks" if saved else NO_RACKS)
        for file in saved:
            _add(menu.addAction(_shown(file.name)), partial(self.load, file))
        intents = self.presets.intents()
        menu.addSeparator()
        _add_title(menu, "Intents of this model" if intents else NO_INTENTS)
        for file in intents:
            _add(menu.addAction(_shown(file.name)), partial(self.load, file))
        menu.addSeparator()
        _add(menu.addAction("&Import from a file\u2026"), self.import_file)
        _add(menu.addAction("&Export to a file\u2026"), self.export, is_on=has_terms)
        trash = menu.addMenu("Move to the &trash")
        trash.setEnabled(bool(saved))
        for file in saved:
            _add(trash.addAction(_shown(file.name)), partial(self.remove, file))
        menu.addSeparator()
        _add(menu.addAction("&Clear the rack"), self._widget.clear, is_on=has_terms)


def _add(action: QAction, slot: Callable[[], None], *, is_on: bool = True) -> None:
    action.triggered.connect(slot)
    action.setEnabled(is_on)


def _add_title(menu: QMenu, words: str) -> None:
    """Add a line that only says what follows; a section's own title is not drawn everywhere."""
    menu.addAction(words).setEnabled(False)


def _shown(name: str) -> str:
    """Return a name as a menu shows it: an ampersand is one, and marks no key."""
    return name.replace("&", "&&")
