"""What of a document was accepted, kept beside the writer's data and never in the document."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from tinymorph.schema.span import Span
from tinymorph.text.atomic import replace_file
from tinymorph.text.authorship import SignedRun, SignedText

log = logging.getLogger(__name__)

_VERSION = 1


class AuthorshipFiles:
    """One small file for each document that holds accepted words, found by the document's path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, document: Path, blocks: Sequence[SignedText]) -> None:
        """Keep the blocks that hold accepted words; forget the document if there are none."""
        path = self._path_of(document)
        signed = [block for block in blocks if block.runs]
        if not signed:
            path.unlink(missing_ok=True)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = [
            {
                "text": block.text,
                "runs": [[run.span.start, run.span.end, run.receipt] for run in block.runs],
            }
            for block in signed
        ]
        value = {"version": _VERSION, "document": str(document), "blocks": kept}
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        replace_file(path, data, is_private=True)

    def load(self, document: Path) -> tuple[SignedText, ...]:
        """Return the blocks that held accepted words; none for a document that is not known."""
        path = self._path_of(document)
        try:
            value = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
            return tuple(_block(kept) for kept in value["blocks"])
        except FileNotFoundError:
            return ()
        except (OSError, KeyError, TypeError, ValueError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return ()

    def _path_of(self, document: Path) -> Path:
        place = str(document.absolute()).encode("utf-8", "surrogateescape")
        return self._folder / f"{hashlib.blake2b(place, digest_size=16).hexdigest()}.json"


def _block(kept: dict[str, object]) -> SignedText:
    text, runs = str(kept["text"]), kept["runs"]
    if not isinstance(runs, list):
        msg = "runs are no list"
        raise TypeError(msg)
    made = tuple(
        SignedRun(Span(start=int(start), end=int(end)), str(receipt))
        for start, end, receipt in runs
    )
    if any(run.span.end > len(text) for run in made):
        msg = "a run ends after its text"
        raise ValueError(msg)
    return SignedText(text, made)
