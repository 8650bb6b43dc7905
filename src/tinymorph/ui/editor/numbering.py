"""How list items are numbered: on the page each says where its list starts, not its own number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tinymorph.text.document import Block


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that the next item may go on with."""

    ordered: bool
    start: int
    last: int
    """The number of its latest item."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists that are open after a block, outermost first; None where a level was left out."""

    quote_depth: int = 0
    levels: tuple[OpenList | None, ...] = ()

    def above(self, block: Block) -> Lists:
        """Return the lists that are still open where `block` stands."""
        if block.quote_depth != self.quote_depth:
            return Lists(block.quote_depth)
        depth = block.level + 1 if block.kind == "list_item" else block.item_depth
        return self if len(self.levels) <= depth else replace(self, levels=self.levels[:depth])

    def at(self, level: int) -> OpenList | None:
        """Return the open list of a level."""
        return self.levels[level] if level < len(self.levels) else None

    def having(self, level: int, item: OpenList) -> Lists:
        """Return these lists with another latest item at `level`."""
        gap = (None,) * (level - len(self.levels))
        return replace(self, levels=(*self.levels[:level], *gap, item))


NO_LISTS = Lists()


def begins(start: int) -> int:
    """Return the page's number for an item that begins a list, though it could go on."""
    return -1 - start


def start_of(page_number: int) -> int:
    """Return where the list of an item starts."""
    return page_number if page_number >= 0 else -1 - page_number


def after(lists: Lists, block: Block) -> tuple[Lists, int]:
    """Return the open lists after a block of the page, and the number it shows."""
    lists = lists.above(block)
    if block.kind != "list_item":
        return lists, 1
    if not block.ordered:
        return lists.having(block.level, OpenList(ordered=False, start=1, last=1)), 1
    start, known = start_of(block.number), lists.at(block.level)
    goes_on = (
        block.number >= 0
        and not block.apart
        and known is not None
        and known.ordered
        and known.start == start
    )
    number = known.last + 1 if goes_on and known is not None else start
    return lists.having(block.level, OpenList(ordered=True, start=start, last=number)), number


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Give the blocks of a page, in order, the numbers that their items show."""
    lists = NO_LISTS
    result: list[Block] = []
    for block in blocks:
        if block.kind == "list_item" or lists.levels:
            lists, number = after(lists, block)
            result.append(block if block.number == number else replace(block, number=number))
        else:
            result.append(block)
    return tuple(result)


class PageNumbers:
    """Give blocks that go to the page one after another the page's numbers."""

    def __init__(self) -> None:
        self._lists = NO_LISTS

    def each(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield each block with the start of its list in place of its number."""
        for block in blocks:
            is_numbered = block.ordered and block.kind == "list_item"
            yield self._numbered(block) if is_numbered else self._passed(block)

    def _passed(self, block: Block) -> Block:
        if block.kind == "list_item" or self._lists.levels:
            self._lists, _ = after(self._lists, block)
        return block

    def _numbered(self, block: Block) -> Block:
        """Find the page's number for an item, so that `after` gives it back its own."""
        known = self._lists.above(block).at(block.level)
        wanted = max(block.number, 0)
        shown = replace(block, number=begins(wanted))
        for start in (wanted if known is None else known.start, wanted):
            candidate = replace(block, number=start)
            if after(self._lists, candidate)[1] == wanted:
                shown = candidate
                break
        self._lists, _ = after(self._lists, shown)
        return shown
