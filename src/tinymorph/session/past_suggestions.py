"""What was suggested for a document before: every asking with its answers, accepted or not."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from pydantic import ValidationError

from tinymorph.errors import FileProblemError
from tinymorph.schema.base import Frozen
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.suggestion import Suggestion
from tinymorph.text.atomic import replace_file

log = logging.getLogger(__name__)

MOST_KEPT = 100
"""Askings for one document; the oldest go first."""


class PastAsking(Frozen):
    """One asking and all that came of it."""

    asked_at: str
    """Local time with offset, ISO 8601."""
    model_id: str
    model_sha256: str
    request: SuggestionRequest
    suggestions: tuple[Suggestion, ...]


class PastSuggestions:
    """Keep the askings of the document on the desk, one file for each document with a path.

    Those of a document without a file are kept when it gets one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._document: Path | None = None
        self._askings: list[PastAsking] = []

    @property
    def newest_first(self) -> tuple[PastAsking, ...]:
        """Return the askings of the document on the desk."""
        return tuple(reversed(self._askings))

    def open(self, document: Path | None) -> None:
        """Turn to another document."""
        self._document = document
        self._askings = [] if document is None else list(self._read(document))

    def add(self, asking: PastAsking) -> None:
        """Keep one more; FileProblemError if that cannot be done beyond this session."""
        self._askings = [*self._askings, asking][-MOST_KEPT:]
        self._write()

    def saved_as(self, document: Path) -> None:
        """Take note where the document is kept now; its askings are kept with it."""
        if document != self._document:
            self._document = document
            self._write()

    def _read(self, document: Path) -> tuple[PastAsking, ...]:
        try:
            lines = self._path_of(document).read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            log.warning("past suggestions cannot be read: %s", error)
            return ()
        return tuple(found for line in lines if line and (found := _parsed(line)) is not None)

    def _write(self) -> None:
        if self._document is None or not self._askings:
            return
        data = b"".join(asking.model_dump_json().encode() + b"\n" for asking in self._askings)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._path_of(self._document), data, is_private=True)
        except OSError as error:
            raise FileProblemError(
                "These suggestions could not be kept for later.", detail=str(error)
            ) from error

    def _path_of(self, document: Path) -> Path:
        place = str(document.absolute()).encode("utf-8", "surrogateescape")
        return self._folder / f"{hashlib.blake2b(place, digest_size=16).hexdigest()}.jsonl"


def _parsed(line: bytes) -> PastAsking | None:
    try:
        return PastAsking.model_validate_json(line)
    except ValidationError as error:
        log.warning("skipped past suggestions that cannot be read: %s", error)
        return None
