"""Watch one file for what other programs do to it, and its folder for what sync programs leave."""

from __future__ import annotations

import os
import re
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

SETTLING_MS = 250
"""A sync program replaces a file in several steps; look when it is done."""
LOOKING_MS = 4000
"""Network folders tell nobody of changes; look now and then."""

_CONFLICT = re.compile(
    r"\.sync-conflict-\d|\(.*conflicted copy.*\)|\(conflict.*\)|_conflict-\d|\(case conflict.*\)",
    re.IGNORECASE,
)
_Stamp = tuple[int, int, int] | None


class FileWatcher(QObject):
    """Say that a file may have changed; who hears it compares the bytes."""

    touched = Signal()
    """Size, time or identity of the file is another; it may be gone, or be there again."""
    conflicts_found = Signal(list)
    """Paths of conflicted copies beside the file that were not there before."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._stamp: _Stamp = None
        self._conflicts: set[Path] = set()
        self._watcher = QFileSystemWatcher(self)
        self._settling = self._timer(SETTLING_MS, is_single=True)
        self._looking = self._timer(LOOKING_MS, is_single=False)
        self._watcher.fileChanged.connect(self._settling.start)
        self._watcher.directoryChanged.connect(self._settling.start)

    @property
    def path(self) -> Path | None:
        """Return the file that is watched."""
        return self._path

    def watch(self, path: Path | None) -> None:
        """Watch another file from now on, as it is at this moment."""
        watched = self._watcher.files() + self._watcher.directories()
        if watched:
            self._watcher.removePaths(watched)
        self._path, self._stamp, self._conflicts = path, _stamp_of(path), set()
        self._settling.stop()
        if path is None:
            self._looking.stop()
            return
        self._add_paths()
        self._looking.start()
        self._look_for_conflicts()

    def note_own_write(self) -> None:
        """Take the file as it is now for known: we wrote it ourselves."""
        self._stamp = _stamp_of(self._path)
        self._add_paths()

    def look(self) -> None:
        """Compare the file with what is known of it, and look for conflicted copies."""
        if self._path is None:
            return
        self._add_paths()
        stamp = _stamp_of(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            self.touched.emit()
        self._look_for_conflicts()

    def _add_paths(self) -> None:
        """Watch the file itself too, again and again: a replaced file is another one."""
        if self._path is None:
            return
        known = set(self._watcher.files() + self._watcher.directories())
        wanted = [str(path) for path in (self._path, self._path.parent) if path.exists()]
        missing = [path for path in wanted if path not in known]
        if missing:
            self._watcher.addPaths(missing)

    def _look_for_conflicts(self) -> None:
        if self._path is None:
            return
        found = conflicted_copies(self._path)
        new = found - self._conflicts
        self._conflicts = found
        if new:
            self.conflicts_found.emit(sorted(new))

    def _timer(self, milliseconds: int, *, is_single: bool) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(is_single)
        timer.setInterval(milliseconds)
        timer.timeout.connect(self.look)
        return timer


def conflicted_copies(path: Path) -> set[Path]:
    """Return what sync programs left beside a file because it was changed in two places."""
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(path.stem)]
    except OSError:
        return set()
    return {
        path.with_name(name)
        for name in names
        if name != path.name and _CONFLICT.search(name[len(path.stem) :])
    }


def _stamp_of(path: Path | None) -> _Stamp:
    try:
        status = path.stat() if path is not None else None
    except (OSError, ValueError):
        return None
    return None if status is None else (status.st_mtime_ns, status.st_size, status.st_ino)
