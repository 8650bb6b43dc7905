"""Promises of the tree that all writers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import given

from text.formats.strategies import documents
from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.formats.tree import Item, ItemList, Leaf, Node, Quote, tree_of


def item(text: str, level: int = 0, **fields: object) -> Block:
    return Block("list_item", (Inline(text),), level, **fields)  # pyright: ignore[reportArgumentType]


def para(text: str, **fields: object) -> Block:
    return Block("paragraph", (Inline(text),), **fields)  # pyright: ignore[reportArgumentType]


def blocks_in(nodes: Iterable[Node]) -> Iterator[Block]:
    for node in nodes:
        match node:
            case Leaf(block):
                yield block
            case Quote(children):
                yield from blocks_in(children)
            case ItemList(items):
                for one in items:
                    yield one.block
                    yield from blocks_in(one.children)


def drawn(nodes: Iterable[Node]) -> list[object]:
    """Draw a tree as nested lists of words."""
    result: list[object] = []
    for node in nodes:
        match node:
            case Leaf(block):
                result.append(block.text)
            case Quote(children):
                result.append(("quote", *drawn(children)))
            case ItemList(items):
                name = f"ol{node.start}" if node.is_ordered else "ul"
                result.append((name, *([one.block.text, *drawn(one.children)] for one in items)))
    return result


def tree(*blocks: Block) -> list[object]:
    return drawn(tree_of(Document(blocks)))


@given(documents)
def test_every_block_stands_in_the_tree_once_and_in_order(document) -> None:
    expected = [block for block in document.blocks if block.kind != "footnote"]
    assert list(map(id, blocks_in(tree_of(document)))) == list(map(id, expected))


def test_lists_nest_by_level_and_go_on_after_what_they_hold() -> None:
    assert tree(item("a"), item("b", 1), item("c", 2), item("d", 1), item("e")) == [
        ("ul", ["a", ("ul", ["b", ("ul", ["c"])], ["d"])], ["e"])
    ]


def test_an_item_that_is_too_deep_stands_in_the_one_above() -> None:
    assert tree(item("a", 2), item("b", 1)) == [("ul", ["a", ("ul", ["b"])])]


def test_blocks_stand_below_the_item_they_belong_to() -> None:
    assert tree(
        item("a"), item("b", 1), para("in b", item_depth=2), para("in a", item_depth=1), item("c")
    ) == [("ul", ["a", ("ul", ["b", "in b"]), "in a"], ["c"])]


def test_a_block_outside_ends_the_list() -> None:
    assert tree(item("a"), para("out"), item("b")) == [("ul", ["a"]), "out", ("ul", ["b"])]


def test_numbers_that_do_not_follow_begin_another_list() -> None:
    assert tree(
        item("a", ordered=True, number=3),
        item("b", ordered=True, number=4),
        item("c", ordered=True),
    ) == [("ol3", ["a"], ["b"]), ("ol1", ["c"])]


def test_apart_begins_another_list_or_another_quote() -> None:
    assert tree(item("a"), item("b", apart=True)) == [("ul", ["a"]), ("ul", ["b"])]
    assert tree(para("a", quote_depth=1), para("b", quote_depth=1, apart=True)) == [
        ("quote", "a"),
        ("quote", "b"),
    ]


def test_quotes_nest_and_hold_lists() -> None:
    assert tree(
        para("a", quote_depth=1),
        item("b", quote_depth=1),
        para("c", quote_depth=2),
        para("d", quote_depth=1),
        para("e"),
    ) == [("quote", "a", ("ul", ["b"]), ("quote", "c"), "d"), "e"]


def test_a_list_that_begins_says_so() -> None:
    (node,) = tree_of(Document((item("a", ordered=True, number=7, loose=True),)))
    assert isinstance(node, ItemList)
    assert (node.is_ordered, node.start, node.is_loose) == (True, 7, True)
    assert isinstance(node.items[0], Item)
