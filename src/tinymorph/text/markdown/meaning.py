"""What a piece of Markdown says, however it is written."""

from __future__ import annotations

from markdown_it.token import Token

from tinymorph.text.markdown.block_reader import footnote_of, info_of, task_of
from tinymorph.text.markdown.inline_reader import runs_of
from tinymorph.text.markdown.parser import Piece, References, TooDeepError
from tinymorph.text.markdown.rules import OVERFULL, SOURCE

Meaning = tuple[tuple[object, ...], ...]


def meaning_of(piece: Piece, references: References) -> Meaning:
    """Return what a piece says, in a form that compares equal however it is written."""
    if not piece.tokens:
        return (("source", piece.source.strip()),)
    said: list[tuple[object, ...]] = []
    before = ""
    for token in piece.tokens:
        if token.type == "inline" and before == "list_item_open":
            said.append(_item_words(token.content, references))
        elif found := _said(token, references):
            said.append(found)
        before = before if token.type == "paragraph_open" else token.type
    return tuple(said)


def _said(token: Token, references: References) -> tuple[object, ...]:
    match token.type:
        case "paragraph_open":
            return ("tight",) if token.hidden else ()
        case "paragraph_close" | "heading_close":
            return ()
        case "inline":
            return _words(token.content, references)
        case "fence" | "code_block":
            return ("code", info_of(token), token.content.removesuffix("\n"))
        case "table_open":
            return ("table", token.meta[SOURCE] if token.meta[OVERFULL] else "")
        case "footnote_definition":
            note = footnote_of(token.content, references)
            return ("footnote", note.info, *note.inlines) if note else ("source", token.content)
        case "math_block" | "math_block_label":
            return ("math", token.meta[SOURCE])
        case _:
            attributes = sorted(token.attrs.items())
            return (token.type, token.tag, token.content.strip(), *attributes)


def _words(content: str, references: References) -> tuple[object, ...]:
    try:
        return ("words", *runs_of(content, references))
    except TooDeepError:
        return ("words", " ".join(content.split()))


def _item_words(content: str, references: References) -> tuple[object, ...]:
    try:
        checked, words = task_of(content, runs_of(content, references))
    except TooDeepError:
        return _words(content, references)
    return ("words", *words) if checked is None else ("task", checked, *words)
