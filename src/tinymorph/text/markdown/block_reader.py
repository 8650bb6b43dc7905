"""The parsed tokens of a piece to blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from tinymorph.text.document import Alignment, Block, Cell, Inline, Table
from tinymorph.text.markdown.inline_reader import Runs, are_showable, runs_of
from tinymorph.text.markdown.inlines import normal_inlines
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, parse
from tinymorph.text.markdown.rules import OVERFULL, SOURCE

MAX_QUOTE_DEPTH = 12
MAX_LIST_LEVEL = 12
"""Deeper structure is kept as source: it could not be read on the page anyway."""

TASK = re.compile(r"\[([ xX])\](?:[ \t]+|\Z)")
"""What begins a list item that is a task."""

_FOOTNOTE = re.compile(r"\[\^([^\[\]\s\\]+)\]:(?:[ \t]*\n)?[ \t]*")


def source_block(text: str, *, quote_depth: int = 0, item_depth: int = 0) -> Block:
    """Return the block that keeps Markdown as it is."""
    return Block("source", (Inline(text),), quote_depth=quote_depth, item_depth=item_depth)


def blocks_of(piece: Piece, references: References) -> tuple[Block, ...] | None:
    """Return the rich blocks of a piece; None if they could not hold all that it says.

    What only a part of it cannot hold, in a quote or list, is a source block within it.
    """
    walk = _Walk(references)
    try:
        for index, token in enumerate(piece.tokens):
            walk.take(token, index, piece.tokens)
    except _UnshowableError:
        return None
    if [(block.kind, block.quote_depth) for block in walk.blocks] == [("source", 0)]:
        return None
    return tuple(walk.blocks) or None


def info_of(token: Token) -> str:
    """Return the info string of a fence."""
    return " ".join(unescapeAll(token.info).split())


def footnote_of(content: str, references: References) -> Block | None:
    """Return a footnote of one paragraph; None if it has more, or no words."""
    found = _FOOTNOTE.match(content)
    if not found:
        return None
    try:
        pieces = parse(content[found.end() :], references).pieces
    except TooDeepError:
        return None
    if len(pieces) != 1 or [token.type for token in pieces[0].tokens[:1]] != ["paragraph_open"]:
        return None
    runs = _runs_or_none(pieces[0].tokens[1].content, references)
    return Block("footnote", runs, info=found[1]) if runs else None


def task_of(content: str, runs: Runs) -> tuple[bool | None, Runs]:
    """Take the box from the words of a task; None if they are no task."""
    box = TASK.match(content)
    first = runs[0] if runs else Inline("")
    if not box or first != Inline(first.text) or not first.text.startswith(box[0].rstrip()):
        return None, runs
    return box[1] != " ", normal_inlines((Inline(first.text[3:]), *runs[1:]))


class _UnshowableError(Exception):
    """The blocks could not hold what the tokens say."""


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int
    begins_apart: bool
    has_begun: bool = False
    """Whether the item that is open has its first block."""
    is_loose: bool = False
    items: list[int] = field(default_factory=list[int])
    """Where the blocks of its items stand."""


@dataclass(slots=True)
class _Walk:
    """Turn tokens into flat blocks, remembering only the lists and quotes that are open."""

    references: References
    blocks: list[Block] = field(default_factory=list[Block])
    lists: list[_List] = field(default_factory=list[_List])
    quote_depth: int = 0
    skips_until: int = -1
    """The level at which a quote or table ends that is taken as a whole."""
    closed: _List | None = None
    """The list that ended just before."""

    def take(self, token: Token, index: int, tokens: Sequence[Token]) -> None:
        """Take one token; some look at those after them."""
        if self._skips(token):
            return
        match token.type:
            case "inline":
                self._take_words(token, tokens[index - 1])
            case "paragraph_open" | "heading_open" | "heading_close":
                pass
            case "paragraph_close":
                self._take_air(token)
            case "bullet_list_open" | "ordered_list_open":
                self._open_list(token)
            case "bullet_list_close" | "ordered_list_close":
                self._close_list()
                return
            case "list_item_open" | "list_item_close":
                self._take_item(token)
            case "blockquote_open" | "blockquote_close":
                self._take_quote(token, tokens[index - 1] if index else None)
            case "table_open":
                self._take_table(token, index, tokens)
            case _:
                self._take_leaf(token)
        self.closed = None

    def _skips(self, token: Token) -> bool:
        """Say whether a token belongs to what was taken as a whole."""
        skips = self.skips_until >= 0
        if skips and token.level == self.skips_until and token.nesting < 0:
            self.skips_until = -1
        return skips

    def _take_leaf(self, token: Token) -> None:
        match token.type:
            case "hr":
                self._add(Block("rule"))
            case "fence" | "code_block":
                text = token.content.removesuffix("\n")
                self._add(Block("code", (Inline(text),) if text else (), info=info_of(token)))
            case "footnote_definition":
                self._add(
                    footnote_of(token.content, self.references) or source_block(token.content)
                )
            case "html_block" | "definition":
                self._add(source_block(token.content.rstrip("\n")))
            case "math_block" | "math_block_label":
                self._add(source_block(str(token.meta[SOURCE])))
            case _:
                raise _UnshowableError

    def _take_words(self, token: Token, opening: Token) -> None:
        is_heading = opening.type == "heading_open"
        runs = _runs_or_none(token.content, self.references)
        if is_heading:
            self._take_heading(token, opening, runs)
        elif self.lists and not self.lists[-1].has_begun and runs is not None:
            self._begin_item(token.content, runs)
        elif runs:
            self._add(Block("paragraph", runs))
        elif token.content.strip(" \t\n"):
            self._add(source_block(token.content))
        else:
            raise _UnshowableError

    def _take_heading(self, token: Token, opening: Token, runs: Runs | None) -> None:
        text = "".join(run.text for run in runs or ())
        if runs is None or ("\n" in text and "|" in text):
            self._add(source_block(_heading_source(token, opening)))
        else:
            self._add(Block("heading", runs, int(opening.tag[1:])))

    def _open_list(self, token: Token) -> None:
        self._fill_item()
        ordered = token.type == "ordered_list_open"
        start = token.attrGet("start")
        number = 1 if start is None else int(start)
        closed = self.closed
        if closed is not None and self.quote_depth and _could_go_on(closed, ordered, number):
            raise _UnshowableError  # in a quote, `apart` begins another quote
        begins_apart = closed is not None and not self.quote_depth
        self.lists.append(_List(ordered, number, begins_apart))
        if len(self.lists) > MAX_LIST_LEVEL + 1:
            raise _UnshowableError

    def _take_air(self, paragraph: Token) -> None:
        """Call a list loose if the parser gives a paragraph of it room."""
        if self.lists and not paragraph.hidden and self.blocks[-1].kind != "source":
            self.lists[-1].is_loose = True

    def _take_item(self, token: Token) -> None:
        if token.nesting > 0:
            self.lists[-1].has_begun = False
            return
        self._fill_item()
        self.lists[-1].number += 1

    def _close_list(self) -> None:
        self.closed = self.lists.pop()
        if self.closed.is_loose:
            for at in self.closed.items:
                self.blocks[at] = replace(self.blocks[at], loose=True)

    def _take_quote(self, token: Token, before: Token | None) -> None:
        touches = before is not None and before.type == "blockquote_close"
        is_empty = before is not None and before.type == "blockquote_open"
        if token.nesting > 0 and (self.lists or touches):
            if SOURCE not in token.meta:
                raise _UnshowableError
            self._add(source_block(str(token.meta[SOURCE])))
            self.skips_until = token.level
            return
        if token.nesting < 0 and is_empty:
            raise _UnshowableError
        self.quote_depth += token.nesting
        if self.quote_depth > MAX_QUOTE_DEPTH:
            raise _UnshowableError

    def _take_table(self, token: Token, index: int, tokens: Sequence[Token]) -> None:
        self.skips_until = token.level
        found = None if token.meta[OVERFULL] else _table(tokens[index:], self.references)
        if found is None:
            self._add(source_block(str(token.meta[SOURCE])))
        else:
            self._add(Block("table", table=found))

    def _fill_item(self) -> None:
        """Give the open item its place, even if it has no words."""
        if self.lists and not self.lists[-1].has_begun:
            self._begin_item("", ())

    def _begin_item(self, content: str, runs: Runs) -> None:
        item = self.lists[-1]
        checked, runs = task_of(content, runs)
        item.has_begun = True
        item.items.append(len(self.blocks))
        number = item.number if item.ordered else 1
        apart = item.begins_apart and len(item.items) == 1
        self.blocks.append(
            Block(
                "list_item",
                runs,
                len(self.lists) - 1,
                self.quote_depth,
                item.ordered,
                number,
                checked=checked,
                apart=apart,
            )
        )

    def _add(self, block: Block) -> None:
        if self.lists or self.quote_depth:
            self._fill_item()
            block = replace(block, quote_depth=self.quote_depth, item_depth=len(self.lists))
        self.blocks.append(block)


def _runs_or_none(content: str, references: References) -> Runs | None:
    """Return the runs of some words; None if they cannot hold all that is said."""
    try:
        runs = runs_of(content, references)
    except TooDeepError:
        return None
    return runs if are_showable(runs) else None


def _could_go_on(last: _List, ordered: bool, number: int) -> bool:
    return last.ordered == ordered and (not ordered or number == last.number)


def _heading_source(token: Token, opening: Token) -> str:
    if opening.markup in {"=", "-"}:
        return f"{token.content}\n{opening.markup * 3}"
    return f"{opening.markup} {token.content}"


def _table(tokens: Sequence[Token], references: References) -> Table | None:
    """Return the table that the tokens begin with; None if a cell cannot be shown."""
    alignments: list[Alignment] = []
    rows: list[tuple[Cell, ...]] = []
    cells: list[Cell] = []
    for token in tokens:
        match token.type:
            case "table_close":
                break
            case "th_open":
                alignments.append(_alignment(token))
            case "inline":
                runs = _runs_or_none(token.content, references)
                if runs is None:
                    return None
                cells.append(runs)
            case "tr_close":
                rows.append(tuple(cells))
                cells = []
            case _:
                pass
    return Table(tuple(alignments), tuple(rows))


def _alignment(token: Token) -> Alignment:
    match str(token.attrGet("style") or "").removeprefix("text-align:"):
        case "left":
            return "left"
        case "center":
            return "center"
        case "right":
            return "right"
        case _:
            return ""
