"""Promises of finding where the blocks of a page came from."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.document import Block, Inline
from tinymorph.text.markdown.origins import with_origins


def blocks(words: str) -> list[Block]:
    return [Block("paragraph", (Inline(word),)) for word in words.split()]


def known(words: str) -> list[Block]:
    return [replace(block, origin=i) for i, block in enumerate(blocks(words))]


def origins(old: list[Block], new: list[Block]) -> list[int | None]:
    return [block.origin for block in with_origins(old, new)]


def test_what_came_back_without_an_origin_finds_it_again() -> None:
    old = known("a b c d e")
    assert origins(old, [old[0], *blocks("b c d"), old[4]]) == [0, 1, 2, 3, 4]


def test_what_was_changed_keeps_its_guess_if_nothing_else_is_that() -> None:
    old = known("a b c")
    changed = replace(blocks("x")[0], origin=1)
    assert origins(old, [old[0], changed, old[2]]) == [0, 1, 2]
    assert origins(old, [old[0], changed, *blocks("b"), old[2]]) == [0, None, 1, 2]


def test_what_is_left_of_two_is_told_by_its_words_not_by_the_guess() -> None:
    old = known("a b c")
    guessed = replace(blocks("b")[0], origin=0)
    assert origins(old, [guessed, old[2]]) == [1, 2]


def test_new_words_have_no_origin() -> None:
    old = known("a b")
    assert origins(old, [old[0], *blocks("new words"), old[1]]) == [0, None, None, 1]


@given(st.lists(st.sampled_from("abcd")), st.data())
def test_no_origin_is_given_twice_and_they_stay_in_order(
    words: list[str], data: st.DataObject
) -> None:
    old = known(" ".join(words))
    new = [
        replace(block, origin=data.draw(st.sampled_from([None, i, 0, 3])))
        for i, block in enumerate(blocks(" ".join(data.draw(st.permutations(words)))))
    ]
    found = [
        block.origin
        for block in with_origins(old, new)
        if block.origin is not None and block == old[block.origin]
    ]
    assert found == sorted(set(found))
