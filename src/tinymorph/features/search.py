"""Finding features by words: labels, notes, the words they fire on, and those they call for."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.feature import FeatureExample, FeatureRef

VERSION = 2
"""Of what is stored; a file of another version is made anew."""
DENSE = 0.1
"""A feature active on a larger share of tokens fires on any word: its examples say nothing."""
WEIGHTS = "10.0, 4.0, 2.0, 0.5"
"""How much a word counts in the columns: in a label, where the feature fires, among its logits,
elsewhere in an example."""
_SCHEMA = f"""
CREATE VIRTUAL TABLE word USING fts5(
    label, fires, logits, examples, tokenize = 'porter unicode61', content = ''
);
CREATE TABLE place (id INTEGER PRIMARY KEY, sae_id TEXT NOT NULL, feature_index INTEGER NOT NULL);
PRAGMA user_version = {VERSION};
"""


class SearchIndex:
    """A full-text index over catalogues, in a file that can be made anew at any time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """Open an index; None if it is not there, or of another version, or damaged."""
        if not path.exists():
            return None
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("SELECT count(*) FROM place").fetchone()
        except sqlite3.Error:
            version = None
        if version != VERSION:
            connection.close()
            return None
        return cls(connection)

    def find(self, words: str, limit: int) -> tuple[FeatureRef, ...]:
        """Return the features that have all the words, the best match first.

        A word matches by its beginning and its stem.
        """
        terms = [f'"{term}"*' for term in words.replace('"', " ").split()]
        if not terms:
            return ()
        rows = self._connection.execute(
            "SELECT place.sae_id, place.feature_index FROM word "  # noqa: S608 -- constant weights
            f"JOIN place ON place.id = word.rowid WHERE word MATCH ? ORDER BY bm25(word, {WEIGHTS}) "
            "LIMIT ?",
            (" ".join(terms), limit),
        ).fetchall()
        return tuple(FeatureRef(sae_id=row[0], feature_index=row[1]) for row in rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def index_path(folder: Path, catalogues: Iterable[Path]) -> Path:
    """Return where the index of these catalogues lies; it changes when one of them does."""
    stamps = [(path.stat().st_mtime_ns, path.stat().st_size) for path in catalogues]
    name = "-".join(f"{mtime:x}.{size:x}" for mtime, size in stamps)
    return folder / "search" / f"{name}.sqlite"


def build_index(path: Path, catalogues: Iterable[Path]) -> None:
    """Index all living features of the catalogues; other indexes beside it are deleted.

    Takes a second or so; it opens the catalogues itself, so it may run on any thread.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    connection = sqlite3.connect(part)
    try:
        connection.executescript(_SCHEMA)
        _fill(connection, catalogues)
        connection.commit()
    finally:
        connection.close()
    part.replace(path)
    for old in path.parent.glob("*.sqlite"):
        if old != path:
            old.unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, catalogues: Iterable[Path]) -> None:
    texts: dict[FeatureRef, list[str]] = {}
    for path in catalogues:
        catalogue = FeatureCatalogue.open(path)
        for card in catalogue.cards():
            if card.max_activation > 0:
                examples = card.examples if card.activation_density <= DENSE else ()
                fires, around = _example_words(examples)
                logits = " ".join((*card.top_logits, *card.bottom_logits))
                known = texts.setdefault(card.ref, [card.label, "", logits, ""])
                known[1] += f" {fires}"
                known[3] += f" {around}"
        catalogue.close()
    for number, (ref, columns) in enumerate(texts.items(), start=1):
        connection.execute(
            "INSERT INTO word (rowid, label, fires, logits, examples) VALUES (?, ?, ?, ?, ?)",
            (number, *columns),
        )
        connection.execute(
            "INSERT INTO place VALUES (?, ?, ?)", (number, ref.sae_id, ref.feature_index)
        )


def _example_words(examples: Iterable[FeatureExample]) -> tuple[str, str]:
    """Return the words that the feature fires on, and all words around them."""
    fires: list[str] = []
    around: list[str] = []
    for example in examples:
        word, is_hot = "", False
        for token, activation in zip(example.tokens, example.activations, strict=False):
            if token[:1].isspace() or not token[:1].isalnum():
                if is_hot:
                    fires.append(word)
                word, is_hot = "", False
            word += token
            is_hot = is_hot or activation > 0
        if is_hot:
            fires.append(word)
        around.append("".join(example.tokens))
    return " ".join(fires), " ".join(around)


def matches(words: str, text: str) -> bool:
    """Say whether every word begins a word of the text; for the writer's own few notes."""
    known = text.casefold().split()
    return all(
        any(word.strip(".,;:!?()\"'").startswith(term) for word in known)
        for term in words.casefold().split()
    )
