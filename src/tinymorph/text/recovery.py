"""The recovery journal: unsaved words, kept away from the document until they are safe in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tinymorph.errors import FileProblemError
from tinymorph.text.atomic import NotConfirmedOSError, read_file, replace_file, sync_folder
from tinymorph.text.encoding import UTF_8
from tinymorph.text.file_lock import FileLock, try_to_lock

log = logging.getLogger(__name__)

FORMAT = 1
LOCK_NAME = "program.lock"
ENTRY_SUFFIX = ".entry"
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class RecoveryEntry:
    """The words of one open document as they stood at one moment."""

    entry_id: str
    """The same as long as the document is open."""
    text: str
    """Every character that a save would write."""
    path: Path | None = None
    """The document's file; None for one that has no name yet."""
    base_digest: str = ""
    """SHA-256 of the file as it was opened or last saved; empty if there was none."""
    kept_at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    cursor: int = 0
    """Where the writer was, counted in characters of the page."""
    encoding: str = UTF_8
    has_bom: bool = False


class Orphan:
    """What a program left that ended without saving; held so that no other program offers it."""

    def __init__(self, entry: RecoveryEntry, file: Path, holder: FileLock) -> None:
        self.entry = entry
        self._file, self._holder = file, holder

    def discard(self) -> None:
        """Remove it for good: its words are safe elsewhere, or not wanted."""
        _remove(self._file)
        folder = self._file.parent
        if not any(folder.glob(f"*{ENTRY_SUFFIX}")):
            _remove_folder(folder, self._holder)


class RecoveryJournal:
    """One running program's entries, each a file of its own, in a folder that is locked.

    The system lets go of the lock when the program ends, however it ends; a folder that can be
    locked is an ended program's, and what lies in it was not saved.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock: FileLock | None = None
        self._held: list[FileLock] = []
        self.has_damaged = False
        """Whether an entry had to be set aside because it could not be read."""
        self._one_at_a_time = threading.Lock()

    @property
    def damaged_folder(self) -> Path:
        """Return where entries lie that could not be read."""
        return self._root / DAMAGED

    def keep(self, entry: RecoveryEntry) -> None:
        """Write an entry in place of its older self; on any thread, and durable on return."""
        with self._one_at_a_time:
            data = _pack(entry)
            for attempt in (1, 2):
                try:
                    file = self._own_folder() / (entry.entry_id + ENTRY_SUFFIX)
                    replace_file(file, data, is_private=True)
                except NotConfirmedOSError:
                    log.warning("the disk did not confirm an entry of the recovery journal")
                except FileNotFoundError as error:
                    # Somebody tidied the folder away under us: begin it anew.
                    self._let_go()
                    if attempt == 2:
                        raise _not_kept(error) from error
                    continue
                except OSError as error:
                    raise _not_kept(error) from error
                return

    def forget(self, entry_id: str) -> None:
        """Remove an entry: its words are in the document's file, or were given up."""
        with self._one_at_a_time:
            if self._folder is not None:
                _remove(self._folder / (entry_id + ENTRY_SUFFIX))

    def orphans(self) -> tuple[Orphan, ...]:
        """Return what ended programs left, newest first; each program's is offered once.

        What cannot be read is set aside in `damaged_folder`.
        """
        found: list[Orphan] = []
        for folder in self._folders():
            holder = try_to_lock(folder / LOCK_NAME)
            if holder is None:
                continue
            entries = list(self._entries(folder, holder))
            if entries:
                self._held.append(holder)
                found += entries
            else:
                _remove_folder(folder, holder)
        return tuple(sorted(found, key=lambda one: one.entry.kept_at, reverse=True))

    def close(self) -> None:
        """End in good order: every document is saved or given up; leave orphans for later."""
        with self._one_at_a_time:
            folder, lock = self._folder, self._lock
            if folder is not None and lock is not None and not any(folder.glob(f"*{ENTRY_SUFFIX}")):
                _remove_folder(folder, lock)
            self._let_go()
            for holder in self._held:
                holder.release()
            self._held.clear()

    def _own_folder(self) -> Path:
        while self._folder is None:
            folder = self._root / f"{os.getpid()}-{secrets.token_hex(6)}"
            folder.mkdir(parents=True, mode=0o700)
            self._lock = try_to_lock(folder / LOCK_NAME)
            if self._lock is not None:
                self._folder = folder
                with contextlib.suppress(OSError):
                    sync_folder(self._root)
        return self._folder

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._folder = self._lock = None

    def _folders(self) -> list[Path]:
        try:
            folders = [path for path in self._root.iterdir() if path.is_dir()]
        except OSError:
            return []
        return sorted(path for path in folders if path not in {self._folder, self.damaged_folder})

    def _entries(self, folder: Path, holder: FileLock) -> Iterator[Orphan]:
        for file in sorted(folder.glob(f"*{ENTRY_SUFFIX}")):
            try:
                yield Orphan(_unpack(file.stem, read_file(file)), file, holder)
            except (OSError, ValueError, LookupError, TypeError) as error:
                log.warning("an entry of the recovery journal cannot be read: %s", error)
                self.has_damaged = True
                self._set_aside(file)

    def _set_aside(self, file: Path) -> None:
        try:
            self.damaged_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.rename(self.damaged_folder / f"{file.parent.name}-{file.name}")
        except OSError:
            log.exception("a damaged entry could not be set aside")


def _pack(entry: RecoveryEntry) -> bytes:
    words = entry.text.encode(UTF_8, errors="surrogatepass")
    header = {
        "format": FORMAT,
        "path": None if entry.path is None else str(entry.path),
        "base_digest": entry.base_digest,
        "kept_at": entry.kept_at.isoformat(),
        "cursor": entry.cursor,
        "encoding": entry.encoding,
        "has_bom": entry.has_bom,
        "sha256": hashlib.sha256(words).hexdigest(),
    }
    return json.dumps(header).encode("ascii") + b"\n" + words


def _unpack(entry_id: str, data: bytes) -> RecoveryEntry:
    """Read an entry; ValueError, LookupError or TypeError if it is not whole."""
    head, _, words = data.partition(b"\n")
    header: dict[str, Any] = json.loads(head)
    if header["format"] != FORMAT or hashlib.sha256(words).hexdigest() != header["sha256"]:
        msg = "another format, or not the words that were written"
        raise ValueError(msg)
    return RecoveryEntry(
        entry_id=entry_id,
        text=words.decode(UTF_8, errors="surrogatepass"),
        path=None if header["path"] is None else Path(header["path"]),
        base_digest=str(header["base_digest"]),
        kept_at=datetime.fromisoformat(header["kept_at"]).astimezone(),
        cursor=int(header["cursor"]),
        encoding=str(header["encoding"]),
        has_bom=bool(header["has_bom"]),
    )


def _remove_folder(folder: Path, holder: FileLock) -> None:
    """Remove a program's folder while its lock is held, so that nobody moves in meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    holder.release()


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        log.exception("an entry of the recovery journal could not be removed")


def _not_kept(error: OSError) -> FileProblemError:
    return FileProblemError(
        "Unsaved words cannot be kept safe against a crash just now.",
        hint="Save often until this is put right.",
        detail=str(error),
    )
