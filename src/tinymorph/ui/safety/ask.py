"""What has to be asked before words could be lost; a window answers with dialogs, a test without."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from tinymorph.errors import TinymorphError
from tinymorph.text.encoding import Candidate, CharacterDoesNotFitError
from tinymorph.text.file_problems import SaveProblemError

Answer = Literal["save", "discard", "cancel"]
Manner = Literal["edit", "read_only", "copy", "cancel"]
"""How a document is opened that another window has open."""


class Questions(Protocol):
    """What the desk asks the writer."""

    def whether_to_save(self, name: str) -> Answer:
        """Ask what is to become of unsaved words."""
        ...

    def whether_to_overwrite(self, name: str) -> bool:
        """Ask whether to replace a file that another program changed."""
        ...

    def where_to_save(self, suggestion: Path) -> Path | None:
        """Ask for a file name; None if the writer thought better of it."""
        ...

    def what_to_open(self, folder: Path) -> Path | None:
        """Ask for a file to open."""
        ...

    def which_encoding(self, name: str, candidates: tuple[Candidate, ...]) -> str | None:
        """Ask how a file's bytes are to be read; None not to open it."""
        ...

    def whether_to_save_as_utf_8(self, error: CharacterDoesNotFitError) -> bool:
        """Ask whether to change the file's encoding to one that has every character."""
        ...

    def whether_to_save_elsewhere(self, error: SaveProblemError) -> bool:
        """Say why the words were not saved, and ask whether to choose another place."""
        ...

    def how_to_open_held(self, name: str, holder: str) -> Manner:
        """Ask how to open a document that is open somewhere else too."""
        ...

    def whether_to_discard(self, name: str, words: int) -> bool:
        """Ask a second time before recovered words are thrown away."""
        ...

    def tell_trouble(self, error: TinymorphError) -> None:
        """Say that words could not be read or saved."""
        ...
