"""Parser tokens to blocks, and to what they mean however they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from tinymorph.text.document import Block, Inline
from tinymorph.text.inlines import normal_inlines
from tinymorph.text.markdown_parser import Piece

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
                said.append(("code", _info_of(token), token.content))
            case _:
                attributes = sorted(token.attrs.items())
                said.append((token.type, token.tag, token.content.strip(), *attributes))
    return tuple(said)


def inlines_of(children: Iterable[Token]) -> list[Inline]:
    """Return the marked runs of a parsed inline; what has no words becomes an opaque run."""
    runs: list[Inline] = []
    depth = {"strong": 0, "em": 0, "s": 0}
    link: str | None = None
    link_start = 0

    def add(text: str, *, code: bool = False) -> None:
        if text:
            marks = (depth["strong"] > 0, depth["em"] > 0, code, depth["s"] > 0)
            runs.append(Inline(text, *marks, link))

    for child in children:
        match child.type:
            case "text":
                add(child.content)
            case "softbreak":
                add(" ")
            case "hardbreak":
                add("\n")
            case "code_inline":
                add(child.content, code=True)
            case "link_open":
                link, link_start = str(child.attrGet("href") or ""), len(runs)
                if child.attrGet("title"):
                    add(f"{_OPAQUE}title {child.attrGet('title')}", code=True)
            case "link_close":
                if not "".join(run.text for run in runs[link_start:]).strip():
                    add(f"{_OPAQUE}empty", code=True)
                link = None
            case _ if child.tag in depth and child.nesting:
                depth[child.tag] += child.nesting
            case _:
                add(
                    f"{_OPAQUE}{child.type} {child.content} {sorted(child.attrs.items())}",
                    code=True,
                )
    return runs


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
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.lists[-1].has_text = False
            case "list_item_close":
                self._fill_item()
                self.lists[-1].number += 1
            case "blockquote_open" | "blockquote_close":
                self._outside_lists()
                self.quote_depth += token.nesting
                if self.quote_depth > MAX_QUOTE_DEPTH:
                    raise _UnshowableError
            case "fence" | "code_block":
                self._outside_lists()
                self._add(
                    Block("code", _plain(token.content.removesuffix("\n")), info=_info_of(token))
                )
            case "hr":
                self._outside_lists()
                self._add(Block("rule"))
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
        else:
            self._add(Block("paragraph", inlines))

    def _add(self, block: Block) -> None:
        self.blocks.append(
            Block(
                block.kind,
                block.inlines,
                block.level,
                self.quote_depth,
                block.ordered,
                block.number,
                block.info,
            )
        )


def _plain(text: str) -> tuple[Inline, ...]:
    return (Inline(text),) if text else ()


def _info_of(token: Token) -> str:
    return " ".join(unescapeAll(token.info).split())
