"""The formats there are, by their names and suffixes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinymorph.errors import BadInputError

FormatName = Literal["markdown", "html", "pdf", "docx", "odt", "text"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format by its names."""

    name: FormatName
    label: str
    suffixes: tuple[str, ...]
    """The first is the one to write."""
    can_be_read: bool = True
    is_text: bool = False
    """It can go to a terminal."""


FORMATS: tuple[Format, ...] = (
    Format("pdf", "PDF", (".pdf",), can_be_read=False),
    Format("docx", "Word", (".docx",)),
    Format("odt", "OpenDocument text", (".odt",), can_be_read=False),
    Format("html", "HTML", (".html", ".htm"), is_text=True),
    Format("text", "Plain text", (".txt", ".text"), is_text=True),
    Format("markdown", "Markdown", (".md", ".markdown"), is_text=True),
)


def format_named(name: str) -> Format:
    """Return a format by its name or suffix; BadInputError if there is none."""
    wanted = name.lower().removeprefix(".")
    for each in FORMATS:
        if wanted == each.name or f".{wanted}" in each.suffixes:
            return each
    known = ", ".join(each.suffixes[0][1:] for each in FORMATS)
    raise BadInputError(f"There is no format called {name}.", hint=f"There are: {known}.")


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name tells."""
    return next((each for each in FORMATS if path.suffix.lower() in each.suffixes), None)
