"""What the writer says of features: names, notes and lists, kept apart from any model's files."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import FileProblemError
from tinymorph.schema.feature import FeatureRef

log = logging.getLogger(__name__)

FAVOURITES = "Favourites"
"""The list that is always there."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mark (
    model TEXT NOT NULL,
    sae_id TEXT NOT NULL,
    feature_index INTEGER NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (model, sae_id, feature_index)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (
    model TEXT NOT NULL,
    list TEXT NOT NULL,
    sae_id TEXT NOT NULL,
    feature_index INTEGER NOT NULL,
    PRIMARY KEY (model, list, sae_id, feature_index)
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class FeatureMark:
    """What the writer says of one feature."""

    label: str = ""
    note: str = ""
    lists: tuple[str, ...] = ()


class FeatureMarks:
    """The writer's marks, in a file of their own; a feature is one of one model."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def mark(self, model: str, ref: FeatureRef) -> FeatureMark:
        """Return what is said of a feature."""
        connection = self._open(makes=False)
        if connection is None:
            return FeatureMark()
        row = connection.execute(
            "SELECT label, note FROM mark WHERE model = ? AND sae_id = ? AND feature_index = ?",
            (model, ref.sae_id, ref.feature_index),
        ).fetchone()
        lists = connection.execute(
            "SELECT list FROM member WHERE model = ? AND sae_id = ? AND feature_index = ? "
            "ORDER BY list",
            (model, ref.sae_id, ref.feature_index),
        ).fetchall()
        label, note = row or ("", "")
        return FeatureMark(label, note, tuple(name for (name,) in lists))

    def labels(self, model: str) -> dict[FeatureRef, str]:
        """Return every name that the writer gave."""
        connection = self._open(makes=False)
        if connection is None:
            return {}
        rows = connection.execute(
            "SELECT sae_id, feature_index, label FROM mark WHERE model = ? AND label != ''",
            (model,),
        )
        return {FeatureRef(sae_id=row[0], feature_index=row[1]): row[2] for row in rows}

    def marked(self, model: str) -> dict[FeatureRef, FeatureMark]:
        """Return every feature that has a name or a note."""
        connection = self._open(makes=False)
        if connection is None:
            return {}
        rows = connection.execute(
            "SELECT sae_id, feature_index, label, note FROM mark WHERE model = ?", (model,)
        )
        return {
            FeatureRef(sae_id=row[0], feature_index=row[1]): FeatureMark(row[2], row[3])
            for row in rows
        }

    def write(self, model: str, ref: FeatureRef, label: str, note: str) -> None:
        """Give a feature a name and a note; two empty ones leave nothing behind."""
        label, note = " ".join(label.split()), note.strip()
        place = (model, ref.sae_id, ref.feature_index)
        if label or note:
            self._do(
                "INSERT OR REPLACE INTO mark (model, sae_id, feature_index, label, note) "
                "VALUES (?, ?, ?, ?, ?)",
                (*place, label, note),
            )
        else:
            self._do("DELETE FROM mark WHERE model = ? AND sae_id = ? AND feature_index = ?", place)

    def put(self, model: str, name: str, ref: FeatureRef, *, is_on: bool) -> None:
        """Put a feature on a list, or take it off; a list without features is gone."""
        place = (model, " ".join(name.split()), ref.sae_id, ref.feature_index)
        if is_on:
            self._do(
                "INSERT OR IGNORE INTO member (model, list, sae_id, feature_index) "
                "VALUES (?, ?, ?, ?)",
                place,
            )
        else:
            self._do(
                "DELETE FROM member WHERE model = ? AND list = ? AND sae_id = ? "
                "AND feature_index = ?",
                place,
            )

    def lists(self, model: str) -> tuple[str, ...]:
        """Return the names of the lists, the favourites first."""
        connection = self._open(makes=False)
        found: list[str] = []
        if connection is not None:
            rows = connection.execute(
                "SELECT DISTINCT list FROM member WHERE model = ? ORDER BY list", (model,)
            )
            found = [name for (name,) in rows if name != FAVOURITES]
        return (FAVOURITES, *found)

    def members(self, model: str, name: str) -> tuple[FeatureRef, ...]:
        """Return the features of a list, by SAE and index."""
        connection = self._open(makes=False)
        if connection is None:
            return ()
        rows = connection.execute(
            "SELECT sae_id, feature_index FROM member WHERE model = ? AND list = ? "
            "ORDER BY sae_id, feature_index",
            (model, name),
        )
        return tuple(FeatureRef(sae_id=row[0], feature_index=row[1]) for row in rows)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _do(self, statement: str, values: tuple[str | int, ...]) -> None:
        try:
            connection = self._open(makes=True)
            if connection is not None:
                with connection:
                    connection.execute(statement, values)
        except (sqlite3.Error, OSError) as error:
            raise FileProblemError(
                "Your name or note for the feature could not be kept.",
                hint=f"See whether {self._path} can be written to.",
                detail=str(error),
            ) from error

    def _open(self, *, makes: bool) -> sqlite3.Connection | None:
        """Return the open file; it is made when the first mark is."""
        if self._connection is not None or not (makes or self._path.exists()):
            return self._connection
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path)
        try:
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            if makes:
                raise
            log.exception("the names and notes of features in %s cannot be read", self._path)
            return None
        self._connection = connection
        return connection
