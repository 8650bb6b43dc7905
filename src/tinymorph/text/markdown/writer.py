"""Blocks to Markdown: lists and quotes around the lines of each block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from tinymorph.text.document import Block
from tinymorph.text.markdown.leaf_writer import leaf_lines
from tinymorph.text.markdown.normal import normal_blocks
from tinymorph.text.markdown.parser import References, TooDeepError, parse
from tinymorph.text.markdown.structure import OpenList, Outline, Place, has_words
from tinymorph.text.markdown.style import DEFAULT, WritingStyle

__all__ = ["normal_blocks", "write_blocks"]

_SEPARATOR = "<!-- -->"
"""Keeps a list and source that is indented apart; mdformat and others write the same."""


def write_blocks(
    blocks: Sequence[Block], style: WritingStyle = DEFAULT, references: References | None = None
) -> str:
    """Return normal blocks as Markdown, ending with a newline unless there are none.

    `references` are link targets defined elsewhere, for they give brackets a meaning.
    """
    known = {**(references or {}), **_references_in(blocks)}
    writer = _Writer(blocks, style, known)
    for index in range(len(blocks)):
        writer.take(index)
    return "\n".join(writer.output) + "\n" if writer.output else ""


class _Writer:
    """Write one block after the other, remembering the lists that are open."""

    def __init__(
        self, blocks: Sequence[Block], style: WritingStyle, references: References
    ) -> None:
        self.output: list[str] = []
        self._blocks = blocks
        self._style = style
        self._references = references
        self._outline = Outline()

    def take(self, index: int) -> None:
        """Write the block at an index."""
        block = self._blocks[index]
        place = self._outline.place(block)
        self._write_gap(index, place)
        quote = "> " * block.quote_depth
        if block.kind == "list_item":
            lines = self._item_lines(index, place)
        else:
            lines = leaf_lines(block, self._leaf_style(index, place), self._references)
            indent = " " * (place.parent.content if place.parent else 0)
            lines = [f"{indent}{line}" if line else "" for line in lines]
            if place.parent and place.is_first and _fits_beside_marker(block):
                marker = self.output.pop().removeprefix(quote)
                lines[0] = marker + lines[0][len(marker) :]
        self.output += [f"{quote}{line}" if line else quote.rstrip() for line in lines]

    def _leaf_style(self, index: int, place: Place) -> WritingStyle:
        """Return the style, without what would mean something else at this place."""
        block = self._blocks[index]
        if block.kind == "rule" and place.is_first:
            return replace(self._style, rule=DEFAULT.rule)
        if block.kind == "heading" and place.parent is not None:
            return replace(self._style, underlines_headings=False)
        if block.kind == "code" and index > 0:
            before = self._blocks[index - 1]
            is_clear = before.kind in {"paragraph", "heading", "rule", "table"}
            if not is_clear or before.item_depth:
                return replace(self._style, indented_code=False)
        return self._style

    def _write_gap(self, index: int, place: Place) -> None:
        """Write the lines between two blocks: one blank line, and none within a tight list."""
        if index == 0:
            return
        before, block = self._blocks[index - 1], self._blocks[index]
        goes_on = block.kind == "list_item" and not place.begins_list
        mine = self._outline.lists[-1] if goes_on else place.parent
        if mine is not None and (place.is_first or not (mine.is_loose or place.needs_blank)):
            return
        shared = 0
        if not (block.apart and block.quote_depth):
            shared = min(before.quote_depth, block.quote_depth)
        blank = ("> " * shared).rstrip()
        self.output.append(blank)
        if mine is None and _is_swallowed(before, block):
            self.output += [_SEPARATOR, blank]

    def _item_lines(self, index: int, place: Place) -> list[str]:
        block = self._blocks[index]
        mine = self._outline.lists[-1]
        if place.begins_list:
            self._begin(mine, index, place)
        text = mine.marker
        if block.ordered:
            number = mine.first if self._style.repeats_number else block.number
            text = f"{number}{mine.marker}"
        mine.content = mine.column + self._width(index, mine, text)
        words = leaf_lines(block, self._style, self._references, text) if has_words(block) else [""]
        label = " " * mine.column + text
        indent = " " * mine.content
        first = f"{label.ljust(mine.content)}{words[0]}" if words[0] else label
        return [first, *(f"{indent}{line}" if line else "" for line in words[1:])]

    def _width(self, index: int, mine: OpenList, text: str) -> int:
        """Return how far a list item's words stand from its marker."""
        least = len(text) + 1
        if not has_words(self._blocks[index]):
            return least
        wanted = self._style.number_width if mine.ordered else self._style.bullet_width
        return min(max(least, wanted, mine.least_width), len(text) + 4)

    def _begin(self, mine: OpenList, index: int, place: Place) -> None:
        """Choose the marker of a new list, another than that of a list beside it."""
        block = self._blocks[index]
        taken = self._taken_markers(index) if place.parent is None else set[str]()
        if place.beside is not None:
            taken.add(place.beside.marker)
        wanted = [self._style.delimiter, ".", ")"]
        if not block.ordered:
            wanted = [self._style.bullet, "-", "*", "+"]
        free = [marker for marker in wanted if marker not in taken]
        mine.marker = free[0] if free else wanted[0]
        mine.first = block.number
        mine.column = self._style.list_column
        mine.least_width = 0 if place.parent else self._indent_below(index) + 1
        if place.parent is not None:
            extra = place.parent.column + self._style.nested_column - place.parent.content
            mine.column = place.parent.content + max(0, min(extra, 3))

    def _taken_markers(self, index: int) -> set[str]:
        """Return the markers of lists that are kept as source just before or after a list."""
        beside = [*self._blocks[max(0, index - 1) : index], *self._below(index)]
        sources = [block.text for block in beside if block.kind == "source"]
        return {marker for text in sources for marker in _markers_of(text)}

    def _below(self, index: int) -> Sequence[Block]:
        """Return the block below the list that begins at an index, if there is one."""
        after = index
        while after < len(self._blocks) and _is_of_list(
            self._blocks[after], self._blocks[index].quote_depth
        ):
            after += 1
        return self._blocks[after : after + 1]

    def _indent_below(self, index: int) -> int:
        """Return how far source below a list is indented, which the list must not swallow."""
        text = "".join(block.text for block in self._below(index) if block.kind == "source")
        return min(len(text) - len(text.lstrip(" ")), 3)


def _is_of_list(block: Block, quote_depth: int) -> bool:
    is_in_list = block.kind == "list_item" or block.item_depth > 0
    return is_in_list and block.quote_depth == quote_depth


def _fits_beside_marker(block: Block) -> bool:
    """Say whether a block that begins a list item can stand on the line of its marker."""
    return block.kind != "rule" and not (block.kind == "source" and block.text[:1].isspace())


def _is_swallowed(before: Block, block: Block) -> bool:
    """Say whether indented source would be taken for a part of the list above it."""
    if block.kind != "source" or block.text[:1] not in {" ", "\t"}:
        return False
    if before.kind == "source":
        return bool(_markers_of(before.text))
    is_code = block.text.startswith(("    ", "\t", " \t", "  \t", "   \t"))
    return is_code and (before.kind == "list_item" or before.item_depth > 0)


@lru_cache(maxsize=256)
def _markers_of(source: str) -> tuple[str, ...]:
    """Return the markers of the lists that source begins or ends with."""
    if not re.match(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t\n]|\Z)", source):
        return ()
    try:
        pieces = parse(source).pieces
    except TooDeepError:
        return ()
    tokens = [piece.tokens[0] for piece in (pieces[:1] + pieces[-1:]) if piece.tokens]
    return tuple(token.markup for token in tokens if token.type.endswith("_list_open"))


def _references_in(blocks: Iterable[Block]) -> References:
    """Return the link targets that source blocks define."""
    sources = "\n\n".join(block.text for block in blocks if block.kind == "source")
    if "]:" not in sources:
        return {}
    try:
        return parse(sources).references
    except TooDeepError:
        return {}
