"""The receipts: what was accepted, and from which request, plan, seed and model it came."""

from __future__ import annotations

import hashlib
import logging
import os
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from tinymorph.errors import BadInputError, FileProblemError
from tinymorph.schema.base import Frozen
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.suggestion import AcceptedEdit, Suggestion

log = logging.getLogger(__name__)

JOURNAL_NAME = "decisions.jsonl"


def local_time_now() -> str:
    """Return the local time with its offset, ISO 8601."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Decision(Frozen):
    """One accepted edit with all that is needed to get the same words again."""

    decided_at: str
    """Local time with offset, ISO 8601."""
    model_id: str
    model_sha256: str
    request: SuggestionRequest
    suggestion: Suggestion
    """Holds the plan and the seed that were used."""
    edit: AcceptedEdit
    """What of it was accepted."""


def receipt_name(request: SuggestionRequest, suggestion: Suggestion) -> str:
    """Return the name of the receipt for accepting a suggestion: 16 hexadecimal digits.

    It follows from the answer alone, so all hunks of one card have one receipt.
    """
    asked = request.model_dump_json(exclude={"request_id", "lane"})
    answer = f"{suggestion.index} {suggestion.seed} {suggestion.text}"
    return hashlib.blake2b(f"{asked}\n{answer}".encode(), digest_size=8).hexdigest()


class DecisionJournal:
    """An append-only file of decisions, one JSON object a line, in the folder given."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME

    def record(self, decision: Decision) -> None:
        """Append a decision; a line that a crash tore off before it stays on its own."""
        line = decision.model_dump_json().encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "ab+", opener=_for_the_owner_alone) as file:
                size = file.seek(0, os.SEEK_END)
                if size:
                    file.seek(size - 1)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FileProblemError(
                "The receipt of this change could not be written.",
                hint="The change itself is in your text.",
                detail=f"{self.path}: {error}",
            ) from error

    def find(self, name: str) -> Decision:
        """Return the newest decision whose receipt's name begins so; BadInputError if unclear."""
        found = {
            decision.edit.receipt: decision
            for decision in self.read()
            if name and decision.edit.receipt.startswith(name)
        }
        if not found:
            raise BadInputError(
                f"There is no receipt {name}.", hint="`tinymorph replay --list` names them all."
            )
        if len(found) > 1:
            raise BadInputError(
                f"{len(found)} receipts begin with {name}.", hint="Give more of its name."
            )
        return next(iter(found.values()))

    def read(self) -> tuple[Decision, ...]:
        """Return all decisions, oldest first, without lines that a crash left unfinished."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise FileProblemError(
                "The receipts could not be read.", detail=f"{self.path}: {error}"
            ) from error
        return tuple(decision for line in lines if line and (decision := _parsed(line)) is not None)


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _parsed(line: bytes) -> Decision | None:
    try:
        return Decision.model_validate_json(line)
    except ValidationError as error:
        log.warning("skipped a damaged receipt: %s", error)
        return None
