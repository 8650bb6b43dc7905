"""Which lists and quotes are open at each block of a document, and what each block begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tinymorph.text.document import Block
from tinymorph.text.markdown.parser import TooDeepError, parse


@dataclass(slots=True)
class OpenList:
    """A list that the next block may go on with."""

    ordered: bool
    number: int
    """Of its last item."""
    is_loose: bool
    last_child: str = ""
    """What its last item ends with: "paragraph", "list" or a block's kind; nothing at first."""
    first: int = 1
    """The number of its first item."""
    marker: str = ""
    """Its bullet, or what follows its numbers."""
    column: int = 0
    """Where its markers begin."""
    least_width: int = 0
    """From its markers to its words."""
    content: int = 0
    """Where the words of its last item begin."""


@dataclass(frozen=True, slots=True)
class Place:
    """How a block follows those before it."""

    begins_quote: bool
    """It stands in another quote than the block before, or in none."""
    begins_list: bool
    """For list items."""
    beside: OpenList | None
    """The list that a beginning list follows without anything between."""
    parent: OpenList | None
    """The list of the item that it stands in."""
    is_first: bool
    """It is the first in the item that it stands in."""
    needs_blank: bool
    """Within its item it would run into what is above without a blank line."""


class Outline:
    """Follow the blocks of a document in order, with the lists that are open."""

    def __init__(self) -> None:
        self.lists: list[OpenList] = []
        self._quote_depth = 0

    def place(self, block: Block) -> Place:
        """Say how a block follows those that were placed before."""
        begins_quote = block.quote_depth != self._quote_depth or bool(
            block.apart and block.quote_depth
        )
        if begins_quote:
            self.lists.clear()
        self._quote_depth = block.quote_depth
        depth = block.level if block.kind == "list_item" else block.item_depth
        beside = self.lists[depth] if depth < len(self.lists) else None
        if block.kind == "list_item" and beside is not None and _goes_on(beside, block):
            del self.lists[depth + 1 :]
            beside.number = block.number
            beside.last_child = "paragraph" if has_words(block) else ""
            return Place(begins_quote, False, None, None, False, False)
        del self.lists[depth:]
        parent = self.lists[-1] if self.lists else None
        is_first = parent is not None and not parent.last_child
        needs_blank = not is_first and parent is not None and _runs_into(parent.last_child, block)
        if parent is not None:
            parent.last_child = _kind_of(block)
        begins_list = block.kind == "list_item"
        if begins_list:
            child = "paragraph" if has_words(block) else ""
            self.lists.append(OpenList(block.ordered, block.number, block.loose, child))
        return Place(begins_quote, begins_list, beside, parent, is_first, needs_blank)


def has_words(item: Block) -> bool:
    """Say whether a list item begins with a paragraph."""
    return bool(item.inlines) or item.checked is not None


@lru_cache(maxsize=256)
def interrupts(source: str) -> bool:
    """Say whether source can follow a paragraph without a blank line."""
    try:
        pieces = parse(f"x\n{source}").pieces
    except TooDeepError:
        return False
    return len(pieces) > 1 and pieces[0].source == "x"


def _goes_on(last: OpenList, block: Block) -> bool:
    if last.ordered != block.ordered or (block.apart and not block.quote_depth):
        return False
    return not block.ordered or block.number == last.number + 1


def _kind_of(block: Block) -> str:
    match block.kind:
        case "list_item":
            return "list"
        case "footnote":
            return "paragraph"
        case kind:
            return kind


def _runs_into(above: str, block: Block) -> bool:
    """Say whether a block would become a part of what is above it in the same item."""
    if above == "source":
        return True
    match block.kind:
        case "heading" if "\n" in block.text:  # it is written with an underline
            return above in {"paragraph", "list", "table"}
        case "heading" | "rule" | "code":
            return False
        case "paragraph" | "source" | "table" | "footnote" if above in {"list", "table"}:
            return True
        case "list_item" if above == "table":
            return True
        case "paragraph":
            return above == "paragraph"
        case "list_item" if above == "paragraph":
            return not has_words(block) or (block.ordered and block.number != 1)
        case "source" if above == "paragraph":
            return not interrupts(block.text)
        case _:
            return False
