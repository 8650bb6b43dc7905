"""Parser tokens to blocks, and to what they mean however they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from tinymorph.text.document import Block, Inline
from tinymorph.text.markdown.inlines import normal_inlines
from tinymorph.text.markdown.parser import Piece

MAX_QUOTE_DEPTH = 12
MAX_LIST_LEVEL = 12
"""Deeper structure is kept as source: it could not be read on the page anyway."""

_OPAQUE = "\x00"
"""Begins a run that stands for something without words; no parsed text holds it."""

Meaning = tuple[tuple[object, ...], ...]


def source_block(text: str) -> Block:
    """Return the block that keeps Markdown as it is."""
    return Block("source", (Inline(text),))


def blocks_of(piece: Piece) -> tuple[Block, ...] | None:
    """Return the rich blocks of a piece; None if they could not hold all that it says."""
    walk = _Walk()
    try:
        for token in piece.tokens:
            walk.take(token)
    except _UnshowableError:
        return None
    return tuple(walk.blocks) or None


def meaning_of(piece: Piece) -> Meaning:
    """Return what a piece says, in a form that compares equal however it is written."""
    if not piece.tokens:
        return (("source", piece.source.strip()),)
    said: list[tuple[object, ...]] = []
    for token in piece.tokens:
        match token.type:
            case "paragraph_open" | "paragraph_close" | "heading_close":
                pass
            case "inline":
                said.append(("words", *normal_inlines(inlines_of(token.children or ()))))
            case "fence" | "code_block":
                said.append(("code", _info_of(token), token.content.removesuffix("\n")))
            case _:
                attributes = sorted(token.attrs.items())
                said.append((token.type, token.tag, token.content.strip(), *attributes))
    return tuple(said)


def inlines_of(children: Iterable[Token]) -> list[Inline]:
    """Return the marked runs of a parsed inline; what has no words becomes an opaque run."""
    walk = _InlineWalk()
    for child in children:
        walk.take(child)
    return walk.runs


@dataclass(slots=True)
class _InlineWalk:
    """Turn inline tokens into runs, remembering only the marks that are open."""

    runs: list[Inline] = field(default_factory=list[Inline])
    depth: dict[str, int] = field(default_factory=lambda: {"strong": 0, "em": 0, "s": 0})
    link: str | None = None
    link_start: int = 0

    def take(self, token: Token) -> None:
        match token.type:
            case "text":
                self._add(token.content.replace("\n", " "))  # an entity; no line ends there
            case "softbreak":
                self._add(" ")
            case "hardbreak":
                self._add("\n")
            case "code_inline":
                self._add(token.content, code=True)
            case "link_open" | "link_close":
                self._take_link(token)
            case _ if token.tag in self.depth and token.nesting:
                self.depth[token.tag] += token.nesting
                if token.nesting > 0 and self.depth[token.tag] > 1:
                    self._add_opaque("nested")  # a mark in itself has no place in a run
            case _:
                self._add_opaque(f"{token.type} {token.content} {sorted(token.attrs.items())}")

    def _take_link(self, token: Token) -> None:
        if token.nesting > 0:
            self.link, self.link_start = str(token.attrGet("href") or ""), len(self.runs)
            if token.attrGet("title"):
                self._add_opaque(f"title {token.attrGet('title')}")
            return
        if not "".join(run.text for run in self.runs[self.link_start :]).strip():
            self._add_opaque("empty")
        self.link = None

    def _add_opaque(self, text: str) -> None:
        self._add(_OPAQUE + text, code=True)

    def _add(self, text: str, *, code: bool = False) -> None:
        if text:
            marks = (self.depth["strong"] > 0, self.depth["em"] > 0, code, self.depth["s"] > 0)
            self.runs.append(Inline(text, *marks, self.link))


class _UnshowableError(Exception):
    """The blocks could not hold what the tokens say."""


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int
    has_text: bool = False
    """Whether the item that is open has its paragraph."""


@dataclass(slots=True)
class _Walk:
    """Turn tokens into flat blocks, remembering only the lists and quotes that are open."""

    blocks: list[Block] = field(default_factory=list[Block])
    lists: list[_List] = field(default_factory=list[_List])
    quote_depth: int = 0
    heading: int = 0

    def take(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._words(token.children or ())
            case "paragraph_open" | "paragraph_close" | "heading_close":
                pass
            case "heading_open":
                self._outside_lists()
                self.heading = int(token.tag[1:])
            case "bullet_list_open" | "ordered_list_open":
                self._open_list(token)
            case "bullet_list_close" | "ordered_list_close" | "list_item_open" | "list_item_close":
                self._take_list(token)
            case "blockquote_open" | "blockquote_close":
                self._outside_lists()
                self.quote_depth += token.nesting
                if self.quote_depth > MAX_QUOTE_DEPTH:
                    raise _UnshowableError
            case "fence" | "code_block" | "hr":
                self._outside_lists()
                self._add(_wordless(token))
            case _:
                raise _UnshowableError

    def _outside_lists(self) -> None:
        if self.lists:
            raise _UnshowableError

    def _open_list(self, token: Token) -> None:
        if self.lists:
            self._fill_item()
        start = token.attrGet("start")
        self.lists.append(
            _List(token.type == "ordered_list_open", 1 if start is None else int(start))
        )
        if len(self.lists) > MAX_LIST_LEVEL + 1:
            raise _UnshowableError

    def _take_list(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                self.lists[-1].has_text = False
            case "list_item_close":
                self._fill_item()
                self.lists[-1].number += 1
            case _:
                self.lists.pop()

    def _fill_item(self) -> None:
        """Give the open item its place, even if it has no words."""
        if not self.lists[-1].has_text:
            self._words(())

    def _words(self, children: Sequence[Token]) -> None:
        inlines = normal_inlines(inlines_of(children))
        if any(_OPAQUE in inline.text for inline in inlines):
            raise _UnshowableError
        if self.lists:
            item = self.lists[-1]
            if item.has_text:
                raise _UnshowableError
            item.has_text = True
            number = item.number if item.ordered else 1
            level = len(self.lists) - 1
            self._add(Block("list_item", inlines, level, ordered=item.ordered, number=number))
        elif self.heading:
            self._add(Block("heading", inlines, self.heading))
            self.heading = 0
        elif inlines:
            self._add(Block("paragraph", inlines))
        else:
            raise _UnshowableError  # of characters that the parser takes for outer space

    def _add(self, block: Block) -> None:
        self.blocks.append(replace(block, quote_depth=self.quote_depth))


def _wordless(token: Token) -> Block:
    if token.type == "hr":
        return Block("rule")
    text = token.content.removesuffix("\n")
    return Block("code", (Inline(text),) if text else (), info=_info_of(token))


def _info_of(token: Token) -> str:
    return " ".join(unescapeAll(token.info).split())
