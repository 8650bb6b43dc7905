"""The SQLite file of the history: its tables, its opening, and what becomes of a damaged one."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

from tinymorph.errors import TinymorphError
from tinymorph.text.chunks import split_chunks
from tinymorph.text.encoding import UTF_8

log = logging.getLogger(__name__)

USER_VERSION = 1
WAITING_SECONDS = 10.0
"""How long another running program may take to finish its own writing."""

_MIGRATIONS = {
    1: """
CREATE TABLE version (
    version_id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    at REAL NOT NULL,
    why TEXT NOT NULL,
    words INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    is_pinned INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX version_of_document ON version (document, at);
CREATE INDEX version_of_text ON version (sha256);
CREATE TABLE chunk (
    chunk_id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    data BLOB NOT NULL
);
CREATE TABLE piece (
    version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE,
    position INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL REFERENCES chunk,
    PRIMARY KEY (version_id, position)
) WITHOUT ROWID;
CREATE INDEX piece_of_chunk ON piece (chunk_id);
""",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class HistoryError(TinymorphError):
    """Earlier versions cannot be kept or read; the document itself is untouched."""


def open_history_file(path: Path) -> sqlite3.Connection:
    """Open the file, or begin it; sqlite3.Error if it is damaged or cannot be used."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = sqlite3.connect(
        path, timeout=WAITING_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        path.chmod(0o600)
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def is_damage(error: sqlite3.Error) -> bool:
    """Say whether the file itself is broken, rather than busy, full or out of reach."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def set_aside(path: Path) -> Path | None:
    """Move a damaged file out of the way, and return where it is now."""
    aside = path.with_name(f"{path.stem}-damaged-{time.strftime('%Y-%m-%d-%H%M%S')}{path.suffix}")
    try:
        path.rename(aside)
        for tail in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + tail).rename(aside.with_name(aside.name + tail))
    except OSError:
        log.exception("the damaged history could not be set aside")
        return None
    return aside


def insert_text(database: sqlite3.Connection, version_id: int, text: str) -> None:
    """Keep a version's text; of pieces that are there already nothing is written again."""
    for position, chunk in enumerate(split_chunks(text)):
        words = chunk.encode(UTF_8, errors="surrogatepass")
        digest = hashlib.sha256(words).digest()
        found = database.execute("SELECT chunk_id FROM chunk WHERE sha256 = ?", (digest,))
        row = found.fetchone()
        if row is None:
            values = (digest, zlib.compress(words))
            added = database.execute("INSERT INTO chunk (sha256, data) VALUES (?, ?)", values)
            row = (added.lastrowid,)
        database.execute("INSERT INTO piece VALUES (?, ?, ?)", (version_id, position, row[0]))


def copy_version(database: sqlite3.Connection, version_id: int, document: str) -> None:
    """Give a version to another document too."""
    added = database.execute(
        "INSERT INTO version (document, at, why, words, sha256, is_pinned)"
        " SELECT ?, at, why, words, sha256, is_pinned FROM version WHERE version_id = ?",
        (document, version_id),
    )
    database.execute(
        "INSERT INTO piece SELECT ?, position, chunk_id FROM piece WHERE version_id = ?",
        (added.lastrowid, version_id),
    )


def pieces_of(database: sqlite3.Connection, version_id: int) -> list[tuple[int, bytes]]:
    """Return the pieces of a version in order, each with its id, still packed."""
    return database.execute(
        "SELECT chunk_id, data FROM piece JOIN chunk USING (chunk_id)"
        " WHERE version_id = ? ORDER BY position",
        (version_id,),
    ).fetchall()


def unpack(data: bytes) -> str:
    """Return the characters of a piece; HistoryError if it is damaged."""
    try:
        return zlib.decompress(data).decode(UTF_8, errors="surrogatepass")
    except (zlib.error, UnicodeError) as error:
        raise HistoryError("This version is damaged.", detail=str(error)) from error


def delete_versions(database: sqlite3.Connection, version_ids: Iterable[int]) -> None:
    """Remove versions, and the pieces that no other version has."""
    rows = [(version_id,) for version_id in version_ids]
    database.executemany("DELETE FROM version WHERE version_id = ?", rows)
    database.execute(
        "DELETE FROM chunk WHERE NOT EXISTS"
        " (SELECT 1 FROM piece WHERE piece.chunk_id = chunk.chunk_id)"
    )


def give_back_space(database: sqlite3.Connection) -> None:
    """Let the file become smaller after a removal; outside of any transaction."""
    database.executescript("PRAGMA incremental_vacuum")  # execute() would stop after one page


def _migrate(database: sqlite3.Connection) -> None:
    """Bring the tables up to date, while every other program waits."""
    database.execute("BEGIN IMMEDIATE")
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > USER_VERSION:
            raise HistoryError(
                "The history of versions was made by a newer tinymorph.",
                hint="Use the newer one to see earlier versions; documents work here as always.",
                detail=f"user_version {version}, known {USER_VERSION}",
            )
        for number in range(version + 1, USER_VERSION + 1):
            for statement in _MIGRATIONS[number].split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number}")
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise
