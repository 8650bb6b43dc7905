"""The passage that a command is about: a paragraph of a file, or words on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinymorph.errors import BadInputError
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.text.files import open_text
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraphs import paragraph_at

FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="A Markdown or plain text file.")
]
ParagraphOption = Annotated[
    int | None,
    typer.Option(
        "--paragraph",
        metavar="N",
        help="Which paragraph of the file, counted from 1 without headings; by default the first.",
    ),
]
TextOption = Annotated[
    str | None, typer.Option("--text", help="The passage itself, in place of a file.")
]


def read_passage(file: Path | None, paragraph: int | None, text: str | None) -> str:
    """Return the passage; BadInputError if it is not said once and clearly which."""
    if file is not None and text is None:
        document = read_markdown(open_text(file).text)
        return paragraph_at(document, 1 if paragraph is None else paragraph)
    if file is not None or text is None:
        raise BadInputError("Give either a FILE or --text, one of the two.")
    if paragraph is not None:
        raise BadInputError("--paragraph goes with a FILE, not with --text.")
    if not text.strip():
        raise BadInputError("--text is empty.", hint="Give it a sentence or more.")
    return text


def whole(text: str) -> tuple[ParagraphSnapshot, Span]:
    """Return a passage as the engine is asked about it."""
    snapshot = ParagraphSnapshot(paragraph_id="passage", revision=0, text=text)
    return snapshot, Span(start=0, end=len(text))
