"""A writer who answers every question as the test says, and remembers what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tinymorph.errors import TinymorphError
from tinymorph.ui.desk import Answer


@dataclass
class SilentQuestions:
    """Stand in for the dialogs."""

    to_save: Answer = "cancel"
    to_overwrite: bool = False
    save_to: Path | None = None
    open_from: Path | None = None
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

    def tell_trouble(self, error: TinymorphError) -> None:
        self.troubles.append(error)
