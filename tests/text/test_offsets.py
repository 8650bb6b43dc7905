"""Promises of the translation between Python indexes and Qt positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.offsets import Utf16Map, from_utf16, to_utf16

texts = st.lists(st.sampled_from(["a", "é", "e\u0301", "😀", "👩‍🚀", "שלום", "𝒜", "中", "\n"])).map(
    "".join
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_an_emoji_takes_two_units() -> None:
    assert to_utf16("a😀b", 2) == 3
    assert from_utf16("a😀b", 3) == 2


def test_a_position_inside_a_pair_belongs_to_its_character() -> None:
    assert from_utf16("a😀b", 2) == 1


@given(texts)
def test_every_index_goes_there_and_back(text: str) -> None:
    table = Utf16Map(text)
    assert table.length == units(text)
    for index in range(len(text) + 1):
        assert table.to_utf16(index) == units(text[:index])
        assert table.from_utf16(table.to_utf16(index)) == index


@given(texts)
def test_every_position_finds_the_character_it_lies_in(text: str) -> None:
    table = Utf16Map(text)
    for position in range(table.length + 1):
        index = table.from_utf16(position)
        assert table.to_utf16(index) <= position
        assert index == len(text) or position < table.to_utf16(index + 1)


@pytest.mark.parametrize("wrong", [-1, 3])
def test_a_place_outside_the_text_is_an_error(wrong: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        to_utf16("ab", wrong)
    with pytest.raises(ValueError, match="outside"):
        from_utf16("ab", wrong)
