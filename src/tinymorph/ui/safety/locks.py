"""Who edits which document: a lock for each, so that two windows do not write over each other."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from PySide6.QtCore import QLockFile, QSysInfo

log = logging.getLogger(__name__)


class DocumentLocks:
    """Locks in one folder, in the state directory and never beside the documents.

    A lock whose program has ended is taken over; the system's table of processes tells.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: QLockFile | None = None
        self._path: Path | None = None

    def hold(self, path: Path) -> str | None:
        """Take the lock of a document; if somebody else has it, return who.

        Of several documents only the last is held: there is one on the desk.
        """
        target = Path(os.path.realpath(path))
        if target == self._path:
            return None
        lock = self._lock_of(target)
        if lock is None:
            return None
        if not lock.tryLock(0):
            if lock.error() != QLockFile.LockError.LockFailedError:
                log.warning("the lock of %s cannot be made: %s", target, lock.error())
                return None
            return _holder(lock)
        self.release()
        self._lock, self._path = lock, target
        return None

    def release(self) -> None:
        """Let another window edit the document."""
        if self._lock is not None:
            self._lock.unlock()
        self._lock = self._path = None

    def _lock_of(self, target: Path) -> QLockFile | None:
        name = hashlib.sha256(os.fsencode(target)).hexdigest()[:32]
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            log.exception("there is no folder for locks")
            return None
        lock = QLockFile(str(self._folder / f"{name}.lock"))
        lock.setStaleLockTime(0)  # age alone makes no lock stale: writers leave windows open
        return lock


def _holder(lock: QLockFile) -> str:
    process, host, _ = lock.getLockInfo()
    if host and host != QSysInfo.machineHostName():
        return f"a window on the computer {host}"
    return f"another window (process {process})" if process else "another window"
