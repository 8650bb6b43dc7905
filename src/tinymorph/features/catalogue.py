"""The catalogue of features: one SQLite file with labels, numbers, examples and a word index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Self

from tinymorph.errors import BundleError
from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef

_SCHEMA = """
CREATE TABLE feature (
    sae_id TEXT NOT NULL,
    feature_index INTEGER NOT NULL,
    label TEXT NOT NULL,
    label_source TEXT NOT NULL,
    activation_density REAL NOT NULL,
    max_activation REAL NOT NULL,
    top_logits TEXT NOT NULL,
    bottom_logits TEXT NOT NULL,
    examples TEXT NOT NULL,
    measured TEXT NOT NULL,
    PRIMARY KEY (sae_id, feature_index)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5(
    label, top_logits, sae_id UNINDEXED, feature_index UNINDEXED, tokenize = 'porter unicode61'
);
PRAGMA user_version = 2;
"""
_FIRST_COLUMNS = (
    "sae_id, feature_index, label, label_source, activation_density, max_activation, "
    "top_logits, bottom_logits, examples"
)
_COLUMNS = f"{_FIRST_COLUMNS}, measured"
_MEASURED = (
    "group",
    "confidence",
    "blind_test",
    "histogram",
    "band",
    "writes",
    "output_score",
    "neighbours",
)
"""Fields of a card that the first version of the file had no place for; only what is known of them
is stored."""


class FeatureCatalogue:
    """An open catalogue, read only. It may be used from one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        version = connection.execute("PRAGMA user_version").fetchone()
        self._columns = _COLUMNS if version[0] >= 2 else f"{_FIRST_COLUMNS}, '{{}}'"

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a catalogue file; BundleError if it is missing or not one."""
        try:
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            connection.execute("SELECT count(*) FROM feature").fetchone()
        except sqlite3.Error as error:
            raise BundleError(
                f"The feature catalogue {path} cannot be read.", detail=str(error)
            ) from error
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __len__(self) -> int:
        row = self._connection.execute("SELECT count(*) FROM feature").fetchone()
        return int(row[0])

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        """Return what is known of a feature, or None."""
        row = self._connection.execute(
            f"SELECT {self._columns} FROM feature WHERE sae_id = ? AND feature_index = ?",  # noqa: S608 -- constant columns
            (ref.sae_id, ref.feature_index),
        ).fetchone()
        return None if row is None else _card(row)

    def cards(self) -> Iterator[FeatureCard]:
        """Yield every card, by SAE and index."""
        rows = self._connection.execute(
            f"SELECT {self._columns} FROM feature ORDER BY sae_id, feature_index"  # noqa: S608 -- constant columns
        )
        yield from map(_card, rows)

    def density(self, ref: FeatureRef) -> float:
        """Return a feature's activation density; 0 for one that is not known."""
        row = self._connection.execute(
            "SELECT activation_density FROM feature WHERE sae_id = ? AND feature_index = ?",
            (ref.sae_id, ref.feature_index),
        ).fetchone()
        return 0.0 if row is None else float(row[0])

    def label(self, ref: FeatureRef) -> str:
        """Return a feature's label, or its id if it has none."""
        card = self.card(ref)
        return str(ref) if card is None or not card.label else card.label

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        """Return features that are alive and whose label or top logits have all the words.

        A word matches by its beginning and its stem. No words: the strongest features by id.
        """
        terms = [f'"{term}"*' for term in words.replace('"', " ").split()]
        if not terms:
            return tuple(self._all(limit))
        rows = self._connection.execute(
            "SELECT word.sae_id, word.feature_index FROM word JOIN feature "
            "ON feature.sae_id = word.sae_id AND feature.feature_index = word.feature_index "
            "WHERE word MATCH ? AND max_activation > 0 ORDER BY bm25(word, 4.0, 1.0) LIMIT ?",
            (" ".join(terms), limit),
        ).fetchall()
        refs = [FeatureRef(sae_id=str(row[0]), feature_index=int(row[1])) for row in rows]
        return tuple(card for ref in refs if (card := self.card(ref)) is not None)

    def sample(
        self, count: int, seed: int, density: tuple[float, float] = (1e-4, 0.1)
    ) -> tuple[FeatureCard, ...]:
        """Draw features at random among those of a density in the given range."""
        rows = self._connection.execute(
            "SELECT sae_id, feature_index FROM feature "
            "WHERE activation_density BETWEEN ? AND ? ORDER BY sae_id, feature_index",
            density,
        ).fetchall()
        drawn = Random(seed).sample(rows, min(count, len(rows)))
        refs = [FeatureRef(sae_id=str(row[0]), feature_index=int(row[1])) for row in drawn]
        return tuple(card for ref in refs if (card := self.card(ref)) is not None)

    def _all(self, limit: int) -> Iterator[FeatureCard]:
        rows = self._connection.execute(
            f"SELECT {self._columns} FROM feature WHERE max_activation > 0 "  # noqa: S608 -- constant columns
            "ORDER BY sae_id, feature_index LIMIT ?",
            (limit,),
        )
        yield from map(_card, rows)


def own_catalogue(own: Path, sha256: str) -> Path:
    """Return where the catalogue with the writer's own windows lies, for one model."""
    return own / "catalogues" / f"{sha256[:16]}.sqlite"


def find_catalogues(
    model: Path, own: Path, sha256: Callable[[], str]
) -> tuple[Path | None, Path | None]:
    """Return the model's catalogue and the one with the writer's own windows, where they are.

    `sha256` is asked for only if the writer has any catalogue, since it reads all weights.
    """
    mine = own_catalogue(own, sha256()) if (own / "catalogues").is_dir() else None
    shipped = model / "catalogue.sqlite"
    return (
        shipped if shipped.exists() else None,
        mine if mine is not None and mine.exists() else None,
    )


def find_catalogue(model: Path, own: Path, sha256: Callable[[], str]) -> Path | None:
    """Return the catalogue with the writer's own windows, else the model's, else None."""
    shipped, mine = find_catalogues(model, own, sha256)
    return mine or shipped


def write_catalogue(path: Path, cards: Iterable[FeatureCard]) -> None:
    """Write a catalogue file anew."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_SCHEMA)
        for card in cards:
            connection.execute(
                f"INSERT INTO feature ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 -- constant columns
                _row(card),
            )
            connection.execute(
                "INSERT INTO word (label, top_logits, sae_id, feature_index) VALUES (?, ?, ?, ?)",
                (card.label, " ".join(card.top_logits), card.ref.sae_id, card.ref.feature_index),
            )
        connection.commit()
        connection.execute("INSERT INTO word (word) VALUES ('optimize')")
        connection.commit()
        connection.execute("VACUUM")
    finally:
        connection.close()


def _row(card: FeatureCard) -> tuple[str | int | float, ...]:
    examples = [
        {"t": example.tokens, "a": [round(value, 2) for value in example.activations]}
        for example in card.examples
    ]
    return (
        card.ref.sae_id,
        card.ref.feature_index,
        card.label,
        card.label_source,
        card.activation_density,
        card.max_activation,
        json.dumps(card.top_logits, ensure_ascii=False),
        json.dumps(card.bottom_logits, ensure_ascii=False),
        json.dumps(examples, ensure_ascii=False, separators=(",", ":")),
        card.model_dump_json(include=set(_MEASURED), exclude_defaults=True),
    )


def _card(row: tuple[str, int, str, str, float, float, str, str, str, str]) -> FeatureCard:
    examples = [
        FeatureExample(tokens=tuple(found["t"]), activations=tuple(found["a"]))
        for found in json.loads(row[8])
    ]
    return FeatureCard.model_validate(
        {
            "ref": FeatureRef(sae_id=row[0], feature_index=row[1]),
            "label": row[2],
            "label_source": row[3],
            "activation_density": row[4],
            "max_activation": row[5],
            "top_logits": tuple(json.loads(row[6])),
            "bottom_logits": tuple(json.loads(row[7])),
            "examples": tuple(examples),
            **json.loads(row[9]),
        }
    )
