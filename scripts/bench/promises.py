"""What reading and writing Markdown must never break, and mischief to try it with."""

from __future__ import annotations

import re
from dataclasses import replace

from markdown_it.token import Token

from tinymorph.text.document import PICTURE, Block, BlockKind, Document, Image, Inline, Table
from tinymorph.text.markdown import normalised, read_markdown, same_meaning, write_markdown
from tinymorph.text.markdown.parser import References, TooDeepError, parse, spans, unified
from tinymorph.text.markdown.style import style_of
from tinymorph.text.markdown.writer import write_blocks

_TICK = re.compile(r"\A\[[xX]\](?=\s)")
_WORD = re.compile(r"[^\W_]+")
_FRAGMENTS = """*|**|_|__|`|``|~~|[|]|(|)|](|](u)|![|<|>|</|<a>|<br>|<b>|</b>|<!-- |-->|<div>|</div>|
&amp;|&#32;|&|\\|\\\\|$|$$|$x$|#|##|-|--|---|+|=|===|\\||:-:|\\|-|1.|2)|10.|[^1]|[^1]:|[r]|[r]: u|
[ ] |[x] |"t"|'|http://x|<http://x>|a@b.c|<a@b.c>|```|~~~|é|😀|中|全|“|”|—|…|.|,|:|;|!|?|@|^|{|}|%|/|
a|b|word|Words|x1|\u00a0|\u3000|\u0301|\u200b|\u202e|\ufffc|\ufeff|\u2028|\x0b|\x0c|\x85|\x1c"""
FRAGMENTS = (
    *[part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|\n?", _FRAGMENTS)],
    *["\n", "\n\n", "\n", " ", "  ", "   ", "    ", "\t", "\\\n", "  \n", "\r\n", "\r"],
    *["\n> ", "\n- ", "\n* ", "\n1. ", "\n  ", "\n    ", "\n# ", "\n> > ", "\n  - ", "\n   1. "],
    *["\n| a | b |\n|---|:-:|\n", "\n```\n", "\n***\n", "\n- [ ] ", "\n<div>\n", "\n[r]: /u 't'\n"],
    *["\n[^1]: ", "\n===\n", "\n+ ", "\n2) ", "\n>", "\n-", "---\ntitle: x\n---\n", " #", "~", "|"],
)
_KINDS: tuple[BlockKind, ...] = (
    *("paragraph", "heading", "list_item", "list_item", "list_item", "code", "table", "footnote"),
    *("rule", "source"),
)
_TARGETS = ("http://x", "a b", "", "x(y)", "<a>", "a\\b", "&amp;", "ü#1", "mailto:a@b.c", "(", "*")
_SOURCES = ("<br>", "$x$", "[^1]", "<!-- -->", "<b", "<div>", "</b>")


class BrokenPromiseError(AssertionError):
    """Something was lost or changed on the way."""


def check_source(source: str) -> None:
    """Read, write and read again; BrokenPromiseError says what did not come back."""
    document = read_markdown(source)
    written = write_markdown(document)
    _demand(same_meaning(written, source), "what is written says something else")
    again = read_markdown(written)
    _demand(again == document, "what is written reads as another document")
    _demand(write_markdown(again) == written, "it is written differently the second time")
    _demand(visible_words(source) == visible_words(written), "words are lost or changed")
    _demand(normalised(document) == document, "what was read is not in normal form")
    _check_style(source, document)


def check_document(document: Document) -> None:
    """Write and read; BrokenPromiseError says what did not come back."""
    normal = normalised(document)
    _demand(normalised(normal) == normal, "the normal form is not stable")
    written = write_markdown(document)
    again = read_markdown(written)
    if any(block.kind == "source" for block in normal.blocks):
        return  # it says what it says: a list's number, or that the rest is raw HTML
    _demand(_letters(document) == _letters(normal), "letters are lost in the normal form")
    _demand(_letters(normal) == _letters(again), "letters of a document are lost")


def visible_words(source: str) -> list[str]:
    """Return the words of a source but for its links' targets and a task's tick, in order."""
    try:
        parsed = parse(unified(source))
    except TooDeepError:
        return _WORD.findall(source)
    found: list[str] = []
    for piece in parsed.pieces:
        if not piece.tokens:
            found += _WORD.findall(piece.source)
        for token in piece.tokens:
            texts = [token.content]
            if token.type in {"inline", "footnote_definition"}:
                texts = _spoken(_TICK.sub("", token.content), parsed.references)
            found += _WORD.findall("".join(texts))
    return found


def _spoken(content: str, references: References) -> list[str]:
    try:
        return [part for token in spans(content, references) for part in _heard(token)]
    except TooDeepError:
        return [content]


def _heard(token: Token) -> list[str]:
    """Return what is read of a token; of a picture, its description without marks and targets."""
    if token.type in {"softbreak", "hardbreak"}:
        return ["\n"]
    if token.type == "image":
        return [part for child in token.children or () for part in _heard(child)]
    return [token.content]


def markdown_from(data: bytes) -> str:
    """Make Markdown of bytes: fragments of syntax, or if the first byte says so any characters."""
    if data[:1] < b"\x20":
        return data[1:].decode("utf-8", errors="replace")
    return "".join(FRAGMENTS[byte % len(FRAGMENTS)] for byte in data)


def document_from(data: bytes) -> Document:
    """Make a document of bytes, as strange as one can be."""
    draw = _Draw(data)
    blocks: list[Block] = []
    while draw.has_more():
        blocks.append(_block(draw))
    return Document(tuple(blocks))


class _Draw:
    """Take numbers from bytes until there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def has_more(self) -> bool:
        return self._at < len(self._data)

    def below(self, limit: int) -> int:
        value = self._data[self._at] if self.has_more() else 0
        self._at += 1
        return value % limit


def _block(draw: _Draw) -> Block:
    kind = _KINDS[draw.below(len(_KINDS))]
    shape = draw.below(256)
    block = Block(
        kind,
        tuple(_inline(draw) for _ in range(draw.below(5))),
        level=draw.below(8),
        quote_depth=(0, 0, 0, 1, 2)[draw.below(5)],
        ordered=bool(shape & 1),
        number=(0, 1, 1, 2, 3, 4, 10)[draw.below(7)],
        info=("", "py", "1", "a `b`", "~x", "&lt; \\*")[draw.below(6)],
        checked=(None, None, False, True)[shape >> 1 & 3],
        loose=bool(shape & 8),
        item_depth=shape >> 4 & 3,
        apart=bool(shape & 64),
    )
    if kind == "table":
        columns = 1 + draw.below(3)
        rows = tuple(
            tuple((_inline(draw),) if draw.below(3) else () for _ in range(columns))
            for _ in range(1 + draw.below(3))
        )
        return replace(block, table=Table(("", "left", "right")[:columns], rows))
    return block


def _inline(draw: _Draw) -> Inline:
    marks = draw.below(256)
    text = "".join(FRAGMENTS[draw.below(len(FRAGMENTS))] for _ in range(draw.below(4)))
    link = _TARGETS[draw.below(len(_TARGETS))] if marks & 8 else None
    title = "t" if marks & 24 == 24 else ""
    if marks >> 5 == 7:
        image = Image(_TARGETS[draw.below(len(_TARGETS))], text, title)
        return Inline(PICTURE, bool(marks & 1), bool(marks & 2), image=image, link=link)
    if marks >> 5 == 6:
        text = _SOURCES[draw.below(len(_SOURCES))]
        return Inline(text, bool(marks & 1), link=link, source=True)
    is_code = marks >> 5 == 5
    return Inline(text, bool(marks & 1), bool(marks & 2), is_code, bool(marks & 4), link, title)


def _check_style(source: str, document: Document) -> None:
    """Write the blocks in the manner of their own source, which must not change what they say."""
    try:
        parsed = parse(unified(source))
    except TooDeepError:
        return
    style = style_of(parsed.pieces, parsed.references)
    written = write_blocks(document.blocks, style, parsed.references)
    _demand(same_meaning(written, source), "in its own style it says something else")


def _letters(document: Document) -> list[str]:
    return _WORD.findall(" ".join(block.text for block in document.blocks))


def _demand(kept: bool, promise: str) -> None:
    if not kept:
        raise BrokenPromiseError(promise)
