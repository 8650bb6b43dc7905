"""Which part of a paragraph is meant."""

from __future__ import annotations

from tinymorph.schema.events import ErrorNote
from tinymorph.schema.span import Span


def trimmed(span: Span | None, text: str) -> Span:
    """Return the selection, or the whole text if no word is selected, without outer spaces."""
    chosen = span if span is not None and span.of(text).strip() else Span(start=0, end=len(text))
    words = chosen.of(text)
    start = chosen.start + len(words) - len(words.lstrip())
    return Span(start=start, end=start + len(words.strip()))


def nothing_there(verb: str) -> ErrorNote:
    """Return the note for a passage without words."""
    return ErrorNote(
        code="NothingThere",
        title=f"There are no words here to {verb}.",
        hint="Put the cursor into a paragraph with text.",
    )
