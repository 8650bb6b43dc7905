"""A writer who answers every question as the test says, and remembers what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tinymorph.errors import TinymorphError
from tinymorph.text.encoding import Candidate, CharacterDoesNotFitError
from tinymorph.text.file_problems import SaveProblemError
from tinymorph.ui.safety.ask import Answer, Manner


@dataclass
class SilentQuestions:
    """Stand in for the dialogs."""

    to_save: Answer = "cancel"
    to_overwrite: bool = False
    save_to: Path | None = None
    open_from: Path | None = None
    encoding: str | None = None
    to_save_as_utf_8: bool = False
    to_save_elsewhere: bool = False
    manner: Manner = "cancel"
    to_discard: bool = False
    asked: list[str] = field(default_factory=list)
    troubles: list[TinymorphError] = field(default_factory=list)

    def whether_to_save(self, name: str) -> Answer:
        self.asked.append(f"save {name}")
        return self.to_save

    def whether_to_overwrite(self, name: str) -> bool:
        self.asked.append(f"overwrite {name}")
        return self.to_overwrite

    def where_to_save(self, suggestion: Path) -> Path | None:
        self.asked.append("where")
        return self.save_to

    def what_to_open(self, folder: Path) -> Path | None:
        self.asked.append("what")
        return self.open_from

    def which_encoding(self, name: str, candidates: tuple[Candidate, ...]) -> str | None:
        self.asked.append(f"encoding {name} {candidates[0].encoding}")
        return self.encoding

    def whether_to_save_as_utf_8(self, error: CharacterDoesNotFitError) -> bool:
        self.asked.append(f"utf-8 {error.character}")
        return self.to_save_as_utf_8

    def whether_to_save_elsewhere(self, error: SaveProblemError) -> bool:
        self.asked.append("elsewhere")
        self.troubles.append(error)
        return self.to_save_elsewhere

    def how_to_open_held(self, name: str, holder: str) -> Manner:
        self.asked.append(f"held {name} by {holder}")
        return self.manner

    def whether_to_discard(self, name: str, words: int) -> bool:
        self.asked.append(f"discard {name} {words}")
        return self.to_discard

    def tell_trouble(self, error: TinymorphError) -> None:
        self.troubles.append(error)
