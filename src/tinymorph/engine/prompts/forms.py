"""How verse, headings, list items and table cells keep their form.

What is sent is the words alone, without Markdown's marks. A passage with line breaks is verse: it
is rewritten line by line (see `pieces`), so every break stays where it was. A rewrite never brings
a line break of its own, and takes on no full stop that the passage did not have.
"""

from __future__ import annotations

import re

from tinymorph.schema.request import PassageForm

FORM_NOTES: dict[PassageForm, str] = {
    "paragraph": "",
    "heading": "It is a heading: keep it to one line.",
    "list_item": "It is one item of a list: keep it one item.",
    "table_cell": "It is one cell of a table: keep it short.",
    "verse": "It is a line of verse: keep it one line.",
}
"""What an instruct model is told of the passage."""

_BREAK = re.compile(r"\s*\n\s*")
_SENTENCE_END = re.compile(r"[.!?\u2026:;\u3002\uff01\uff1f][\"'\u2019\u201d\u00bb)\]]*$")


def is_verse(text: str) -> bool:
    """Say whether a passage is broken into lines by its writer."""
    return "\n" in text.strip()


def one_line(text: str) -> str:
    """Turn line breaks, with the space around them, into a space each."""
    return _BREAK.sub(" ", text)


def keep_form(text: str, source: str, *, may_end: bool = False) -> str:
    """Give a rewrite the form of its source: one line, no new full stop, the space around it.

    With `may_end` a full stop may come where there was none: a paragraph being repaired.
    """
    text = one_line(text.strip())
    has_end = _SENTENCE_END.search(source.rstrip()) is not None
    if not has_end and not may_end and text.endswith(".") and not text.endswith(".."):
        text = text[:-1] if "." not in text.rsplit(" ", 1)[-1][:-1] else text
    head = source[: len(source) - len(source.lstrip())]
    tail = source[len(source.rstrip()) :]
    return f"{head}{text}{tail}"
