"""A lock on a file that the system itself lets go of when the program that holds it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


class FileLock:
    """A lock that is held until it is released, or its program ends, however it ends."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Let others have it; a second time does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def try_to_lock(path: Path) -> FileLock | None:
    """Take the lock, or return None if somebody has it or the file cannot be made."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except OSError:
        return None
    try:
        _lock(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.close(handle)
        return None
    return FileLock(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - it is on Windows alone

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - Windows has none

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
