"""The flat blocks of a document as a tree: quotes hold lists, lists hold items, items hold blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinymorph.text.document import Block, Document


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block that holds no other block."""

    block: Block


@dataclass(frozen=True, slots=True)
class Quote:
    """What stands in one block quote."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A list item: its first words, and what stands below them in the same item."""

    block: Block
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ItemList:
    """Items that belong together."""

    items: tuple[Item, ...]

    @property
    def is_ordered(self) -> bool:
        """Say whether the items are numbered."""
        return self.items[0].block.ordered

    @property
    def start(self) -> int:
        """Return the first number."""
        return self.items[0].block.number

    @property
    def is_loose(self) -> bool:
        """Say whether there is air between the items."""
        return any(item.block.loose for item in self.items)


Node = Leaf | Quote | ItemList


def tree_of(document: Document) -> tuple[Node, ...]:
    """Return the document's blocks as a tree, footnotes left out (`notes_of` has them)."""
    return _quotes([block for block in document.blocks if block.kind != "footnote"], 0)


def _quotes(blocks: Sequence[Block], depth: int) -> tuple[Node, ...]:
    """Build what stands in `depth` quotes, and the quotes in it."""
    nodes: list[Node] = []
    start = 0
    while start < len(blocks):
        is_quoted = blocks[start].quote_depth > depth
        end = start + 1
        while end < len(blocks) and (blocks[end].quote_depth > depth) is is_quoted:
            if is_quoted and _begins_quote(blocks[end - 1], blocks[end]):
                break
            end += 1
        part = blocks[start:end]
        if is_quoted:
            nodes.append(Quote(_quotes(part, depth + 1)))
        else:
            nodes += _lists(part, 0)
        start = end
    return tuple(nodes)


def _begins_quote(previous: Block, block: Block) -> bool:
    """Say whether `apart` means a quote here; between two list items it means the list."""
    both_items = previous.kind == "list_item" and block.kind == "list_item"
    return block.apart and not both_items and previous.quote_depth == block.quote_depth


def _lists(blocks: Sequence[Block], depth: int) -> tuple[Node, ...]:
    """Build what stands in `depth` items, and the lists in it."""
    nodes: list[Node] = []
    items: list[Item] = []
    start = 0
    while start < len(blocks):
        block = blocks[start]
        end = start + 1
        if block.kind != "list_item":
            nodes += _closed(items)
            nodes.append(Leaf(block))
        else:
            while end < len(blocks) and _stands_in_item(blocks[end], depth):
                end += 1
            if items and not _goes_on(items[-1].block, block):
                nodes += _closed(items)
            items.append(Item(block, _lists(blocks[start + 1 : end], depth + 1)))
        start = end
    nodes += _closed(items)
    return tuple(nodes)


def _stands_in_item(block: Block, depth: int) -> bool:
    level = block.level if block.kind == "list_item" else block.item_depth - 1
    return level >= depth + (block.kind == "list_item")


def _goes_on(last: Block, block: Block) -> bool:
    if block.apart or last.ordered != block.ordered:
        return False
    return not block.ordered or block.number == last.number + 1


def _closed(items: list[Item]) -> list[Node]:
    """Empty `items` into the list they make, if there are any."""
    made: list[Node] = [ItemList(tuple(items))] if items else []
    items.clear()
    return made
