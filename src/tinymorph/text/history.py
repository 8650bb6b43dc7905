"""The history: earlier versions of every document, outside the documents, in one SQLite file."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import unquote_to_bytes

from tinymorph.text.encoding import UTF_8
from tinymorph.text.history_file import (
    HistoryError,
    copy_version,
    delete_versions,
    give_back_space,
    insert_text,
    is_damage,
    open_history_file,
    pieces_of,
    set_aside,
    unpack,
)
from tinymorph.text.thinning import Dated, kept_of

log = logging.getLogger(__name__)

Why = Literal["opened", "saved", "change", "restore", "merge", "recovered"]
"""On what occasion a version was kept; all but the first two are kept just before it."""

T = TypeVar("T")

_COLUMNS = "version_id, document, at, why, words, sha256, is_pinned"


@dataclass(frozen=True, slots=True)
class Version:
    """A document as it stood at one moment."""

    version_id: int
    document: str
    at: datetime
    why: Why
    words: int
    sha256: str
    is_pinned: bool = False


def document_key(path: Path | None, entry_id: str) -> str:
    """Return what the history calls a document: its file, or for want of one its own id."""
    return f"unnamed:{entry_id}" if path is None else Path(os.path.realpath(path)).as_uri()


class History:
    """Versions of documents; for use from any thread, and beside other running programs."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        self._one_at_a_time = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self.set_aside: Path | None = None
        """Where a damaged history was put, if a new one had to be begun."""

    def remember(self, document: str, text: str, why: Why) -> Version | None:
        """Keep a version; None if it has no words, or is the same as the newest.

        So an emptied document never takes the place of its last good version.
        """
        if not text.strip():
            return None
        digest = _digest(text)

        def keep(database: sqlite3.Connection) -> Version | None:
            _follow_rename(database, document, digest)
            newest = _newest(database, document)
            if newest is not None and newest.sha256 == digest:
                return None
            values = (document, self._now(), why, _count_words(text), digest)
            added = database.execute(
                "INSERT INTO version (document, at, why, words, sha256) VALUES (?, ?, ?, ?, ?)",
                values,
            )
            insert_text(database, added.lastrowid or 0, text)
            return _newest(database, document)

        return self._run(keep)

    def versions(self, document: str) -> tuple[Version, ...]:
        """Return the versions of a document, newest first."""
        return self._run(lambda database: _versions(database, document))

    def text_of(self, version: Version) -> str:
        """Return a version's text, exactly; HistoryError if it is gone or damaged."""
        pieces = self._run(lambda database: pieces_of(database, version.version_id))
        text = "".join(unpack(data) for _, data in pieces)
        if _digest(text) != version.sha256:
            raise HistoryError("This version is gone from the history, or damaged.")
        return text

    def change(self, older: Version | None, newer: Version) -> tuple[int, int]:
        """Return how many words came and how many went between two versions."""

        def both(database: sqlite3.Connection) -> tuple[dict[int, bytes], dict[int, bytes]]:
            old = {} if older is None else dict(pieces_of(database, older.version_id))
            return old, dict(pieces_of(database, newer.version_id))

        old, new = self._run(both)
        before = _word_counts(data for chunk, data in old.items() if chunk not in new)
        after = _word_counts(data for chunk, data in new.items() if chunk not in old)
        return (after - before).total(), (before - after).total()

    def pin(self, version: Version, *, is_pinned: bool) -> None:
        """Keep a version whatever its age, or no longer."""
        command = "UPDATE version SET is_pinned = ? WHERE version_id = ?"
        self._run(lambda database: database.execute(command, (is_pinned, version.version_id)))

    def rename(self, old: str, new: str) -> None:
        """Give a document's versions to its new name, as when an unnamed one gets a file."""
        command = "UPDATE version SET document = ? WHERE document = ?"
        self._run(lambda database: database.execute(command, (new, old)))

    def thin(self, now: datetime) -> int:
        """Let go of versions that are old and close to others; return of how many."""

        def let_go(database: sqlite3.Connection) -> int:
            gone: list[int] = []
            documents = database.execute("SELECT DISTINCT document FROM version").fetchall()
            for (document,) in documents:
                dated = [
                    Dated(one.version_id, one.at, one.words, one.is_pinned)
                    for one in _versions(database, document)
                ]
                kept = kept_of(dated, now)
                gone += [one.version_id for one in dated if one.version_id not in kept]
            delete_versions(database, gone)
            return len(gone)

        return self._remove(let_go)

    def forget(self, document: str) -> None:
        """Remove every version of a document."""

        def remove(database: sqlite3.Connection) -> None:
            delete_versions(database, [one.version_id for one in _versions(database, document)])

        self._remove(remove)

    def close(self) -> None:
        """Close the file; the next use would open it again."""
        with self._one_at_a_time:
            if self._database is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._database.close()
                self._database = None

    def _remove(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._one_at_a_time:
            result = self._run(work)
            if self._database is not None:
                with contextlib.suppress(sqlite3.Error):
                    give_back_space(self._database)
            return result

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do a piece of work whole or not at all; if the file is damaged, in a new one."""
        with self._one_at_a_time:
            try:
                try:
                    return self._in_transaction(work)
                except sqlite3.Error as error:
                    if not is_damage(error):
                        raise
                    log.exception("the history is damaged; a new one is begun")
                    self.close()
                    self.set_aside = set_aside(self._path)
                    return self._in_transaction(work)
            except (sqlite3.Error, OSError) as error:
                self.close()
                raise HistoryError(
                    "The history of versions cannot be used just now.",
                    hint="Your document is not touched by this.",
                    detail=f"{type(error).__name__}: {error}",
                ) from error

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._database is None:
            self._database = open_history_file(self._path)
        self._database.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._database)
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        return result


def _versions(database: sqlite3.Connection, document: str, limit: int = -1) -> tuple[Version, ...]:
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM version WHERE document = ?"  # noqa: S608 - constant columns
        " ORDER BY at DESC, version_id DESC LIMIT ?",
        (document, limit),
    )
    return tuple(
        Version(number, key, _moment(at), why, words, digest, bool(is_pinned))
        for number, key, at, why, words, digest, is_pinned in rows
    )


def _newest(database: sqlite3.Connection, document: str) -> Version | None:
    return next(iter(_versions(database, document, limit=1)), None)


def _follow_rename(database: sqlite3.Connection, document: str, digest: str) -> None:
    """Give a file the versions of one that is gone and ended with these very words.

    The other keeps them too: its disk may only be out of reach.
    """
    if not document.startswith("file:") or _newest(database, document) is not None:
        return
    same = "SELECT DISTINCT document FROM version WHERE sha256 = ? AND document LIKE 'file:%'"
    for (other,) in database.execute(same, (digest,)).fetchall():
        newest = _newest(database, other)
        if newest is not None and newest.sha256 == digest and not _file_of(other).exists():
            for version in reversed(_versions(database, other)):
                copy_version(database, version.version_id, document)
            return


def _file_of(document: str) -> Path:
    path = os.fsdecode(unquote_to_bytes(document.removeprefix("file://")))
    return Path(path.lstrip("/") if path[2:3] == ":" else path)


def _word_counts(packed: Iterable[bytes]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for data in packed:
        counts.update(unpack(data).split())
    return counts


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _count_words(text: str) -> int:
    """Count line by line: to split a long text in one go would hold up every other thread."""
    return sum(len(line.split()) for line in text.split("\n"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(UTF_8, errors="surrogatepass")).hexdigest()
