"""Promises of what is protected by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.schema.request import ProtectedKind
from tinymorph.schema.span import Span
from tinymorph.text.protected import find_protected

ALL: frozenset[ProtectedKind] = frozenset({"name", "number", "quotation"})


def found(text: str, *kinds: ProtectedKind) -> list[str]:
    whole = Span(start=0, end=len(text))
    return [part.span.of(text) for part in find_protected(text, frozenset(kinds) or ALL, whole)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Anna came, and I'm glad. Then she left.", ["Anna"]),
        ("Anna came. Later Anna left.", ["Anna", "Anna"]),
        ("We met Elizabeth Bennet in New York.", ["Elizabeth Bennet", "New York"]),
        ("He asked Mr. Darcy about it.", ["Mr. Darcy"]),
        ("Ask J. R. Ben or Anna. Ben knows.", ["J. R. Ben", "Anna", "Ben"]),
        ("\u201cCome in,\u201d she said. \u201cWhere is NASA?\u201d", ["NASA"]),
        ("Nobody here has a name.", []),
        ("I know what I know.", []),
        ("Am Montag kam \u00c9mile.", ["Montag", "\u00c9mile"]),
    ],
)
def test_names_are_capitals_where_no_sentence_begins(text: str, names: list[str]) -> None:
    assert found(text, "name") == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In 1984 it cost $4.20, 15 % more.", ["1984", "$4.20", "15 %"]),
        ("On the 3rd at 10:45, 1,204 of them.", ["3rd", "10:45", "1,204"]),
        ("None at all.", []),
    ],
)
def test_numbers_are_found_with_what_belongs_to_them(text: str, numbers: list[str]) -> None:
    assert found(text, "number") == numbers


def test_quotations_are_protected_whole_but_not_where_there_is_nothing_else() -> None:
    said = "\u201cI met Anna in 1984,\u201d she said."
    assert found(said) == ["\u201cI met Anna in 1984,\u201d"]
    assert found("\u201cI met nobody.\u201d") == []
    assert found("\u201cI met Anna.\u201d") == ["Anna"]
    inside = find_protected(said, ALL, Span(start=1, end=11))
    assert [part.span.of(said) for part in inside] == ["Anna"]


def test_only_what_lies_in_the_passage_counts() -> None:
    text = "With Anna, then with Ben."
    assert [p.span.of(text) for p in find_protected(text, ALL, Span(start=11, end=24))] == ["Ben"]


@given(st.text(alphabet="Ab1 .,\u201c\u201d\"'$%-", max_size=40))
def test_parts_are_in_order_and_apart(text: str) -> None:
    parts = find_protected(text, ALL, Span(start=0, end=len(text)))
    ends = [0, *(part.span.end for part in parts)]
    assert all(end <= part.span.start for end, part in zip(ends, parts, strict=False))
    assert all(part.span.of(text).strip() for part in parts)
