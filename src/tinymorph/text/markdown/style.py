"""The manner in which a source is written, so that what is added to it looks like the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from markdown_it.token import Token

from tinymorph.text.markdown.inlines import MARKS, Mark
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, spans

_RULE = re.compile(r"([*_-])(?:[ \t]*\1){2,}[ \t]*\Z")
_MARKER = re.compile(r"(?:[ \t]*>[ ]?)*( *)([-+*]|(\d{1,9})[.)])( +)(?=\S)")
_MARK_OF: dict[str, Mark] = {"a": "link", "strong": "bold", "em": "italic", "s": "strike"}
_MAX_PARAGRAPHS = 200
"""Of a long source; more of them would say the same."""


@dataclass(frozen=True, slots=True)
class WritingStyle:
    """Which of Markdown's many ways of writing is used."""

    bullet: str = "-"
    delimiter: str = "."
    """What follows the number of a list item."""
    repeats_number: bool = False
    """Every item of a numbered list is written with the number of the first."""
    list_column: int = 0
    """How many spaces stand before the markers of a list."""
    bullet_width: int = 2
    """From a bullet to the words after it."""
    number_width: int = 0
    """From the beginning of a number to the words, where they do not need more."""
    nested_column: int = 0
    """From a marker to the markers of the list in it, where they do not need more."""
    emphasis: str = "*"
    strong: str = "**"
    mark_order: tuple[Mark, ...] = MARKS
    """Which is outside where several begin and end together."""
    hard_break: str = "\\"
    rule: str = "***"
    fence: str = "`"
    indented_code: bool = False
    underlines_headings: bool = False
    underline_length: int = 0
    """Of headings; 0 where it is that of the words."""
    padded_tables: bool = True
    """The cells of a column are as wide as its widest."""


DEFAULT = WritingStyle()


def style_of(
    pieces: Iterable[Piece], references: References | None = None, base: WritingStyle = DEFAULT
) -> WritingStyle:
    """Return the style that is used most in some pieces; of what they do not hold, `base`'s."""
    counts: dict[str, Counter[Any]] = {field.name: Counter() for field in fields(WritingStyle)}
    paragraphs = 0
    for piece in pieces:
        lines = piece.source.split("\n")
        for name, value in _seen_in_blocks(piece, lines):
            counts[name][value] += 1
        for token in piece.tokens:
            if token.type == "inline" and paragraphs < _MAX_PARAGRAPHS and _is_marked(token):
                paragraphs += 1
                for name, value in _seen_in_words(token.content, references or {}):
                    counts[name][value] += 1
    found = {name: count.most_common(1)[0][0] for name, count in counts.items() if count}
    return replace(base, **found)


def _seen_in_blocks(piece: Piece, lines: list[str]) -> Iterator[tuple[str, Any]]:
    yield from _seen_in_lists(piece, lines)
    for token in piece.tokens:
        line = lines[token.map[0] - piece.start] if token.map else ""
        match token.type:
            case "heading_open" if token.tag in {"h1", "h2"}:
                is_underlined = not token.markup.startswith("#")
                yield "underlines_headings", is_underlined
                if is_underlined and token.map:
                    yield "underline_length", _underline(lines, token.map[1] - piece.start - 1)
            case "hr" if rule := _RULE.search(line):
                yield "rule", rule[0].strip()
            case "fence":
                yield "fence", token.markup[0]
                yield "indented_code", False
            case "code_block":
                yield "indented_code", True
            case "table_open" if token.map:
                start, end = token.map[0] - piece.start, token.map[1] - piece.start
                yield "padded_tables", len({len(row.rstrip()) for row in lines[start:end]}) == 1
            case _:
                pass


def _underline(lines: list[str], last: int) -> int:
    """Return how long a heading's underline is, 0 if just as long as the line above it."""
    above, own = lines[last - 1].strip(), lines[last].strip()
    return 0 if len(above) == len(own) else len(own.lstrip("> "))


def _seen_in_lists(piece: Piece, lines: list[str]) -> Iterator[tuple[str, Any]]:
    depth = 0
    columns: list[int] = []
    number = ""
    for token in piece.tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            yield ("delimiter" if token.tag == "ol" else "bullet"), token.markup
            number = ""
        if token.tag in {"ul", "ol"}:
            depth += token.nesting
        if token.type == "list_item_open" and token.map:
            yield from _list_geometry(lines[token.map[0] - piece.start], depth, columns)
            if number and token.info:
                yield "repeats_number", number == token.info
            number = token.info


def _list_geometry(line: str, depth: int, columns: list[int]) -> Iterator[tuple[str, Any]]:
    """Say where a list's marker and words stand; `columns` are those of the markers above."""
    found = _MARKER.match(line)
    if not found:
        return
    column, width = len(found[1]), len(found[2]) + len(found[4])
    if len(found[4]) > 4:
        width = len(found[2]) + 1  # the rest is indented code
    del columns[depth - 1 :]
    if depth == 1:
        yield "list_column", column
    elif len(columns) == depth - 1 and columns[-1] < column:
        yield "nested_column", column - columns[-1]
    columns.append(column)
    yield ("number_width" if found[3] else "bullet_width"), width


def _is_marked(token: Token) -> bool:
    return any(mark in token.content for mark in ("*", "_", "\n", "["))


def _seen_in_words(content: str, references: References) -> Iterator[tuple[str, Any]]:
    try:
        tokens = spans(content, references)
    except TooDeepError:
        return
    for token in tokens:
        if token.type == "em_open":
            yield "emphasis", token.markup
        elif token.type == "strong_open":
            yield "strong", token.markup
    order = _order_of(tokens)
    if order:
        yield "mark_order", order
    breaks = re.findall(r"(\\|  )\n", content)
    if breaks:
        yield "hard_break", breaks[0]


def _order_of(tokens: Iterable[Token]) -> tuple[Mark, ...]:
    """Return the order of marks that follows from those that begin together."""
    order = list(MARKS)
    is_seen = False
    for outer, inner in pairwise(
        token for token in tokens if token.type != "text" or token.content
    ):
        if outer.nesting > 0 and inner.nesting > 0 and {outer.tag, inner.tag} <= set(_MARK_OF):
            first, second = _MARK_OF[outer.tag], _MARK_OF[inner.tag]
            is_seen = True
            if order.index(first) > order.index(second):
                order.remove(first)
                order.insert(order.index(second), first)
    return tuple(order) if is_seen else ()
