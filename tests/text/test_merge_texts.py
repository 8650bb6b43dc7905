"""Promises about merging two texts that grew from one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.merge_texts import Choice, conflicts_of, merge_texts, merged

lines = st.lists(
    st.sampled_from(["one\n", "two\n\n", "three\r\n", "four \n", "\n", "a much longer line\n"]),
    max_size=9,
).map("".join)
texts = lines | st.text("ab \n\r", max_size=30)

BASE = "First.\n\nSecond.\n\nThird.\n"


@given(texts, texts, texts)
def test_the_pieces_tile_all_three_texts(base: str, mine: str, theirs: str) -> None:
    pieces = merge_texts(base, mine, theirs)
    assert "".join(piece.base for piece in pieces) == base
    assert "".join(piece.mine for piece in pieces) == mine
    assert "".join(piece.theirs for piece in pieces) == theirs


@given(texts, texts)
def test_what_one_side_left_alone_is_the_others(base: str, changed: str) -> None:
    assert conflicts_of(merge_texts(base, changed, base)) == ()
    assert conflicts_of(merge_texts(base, base, changed)) == ()
    assert merged(merge_texts(base, changed, base), []) == changed
    assert merged(merge_texts(base, changed, changed), []) == changed
    assert merged(merge_texts(base, base, changed), []) == changed


@given(texts, texts, texts)
def test_no_line_that_somebody_wrote_is_lost_when_both_are_kept(
    base: str, mine: str, theirs: str
) -> None:
    pieces = merge_texts(base, mine, theirs)
    choices: list[Choice] = ["both"] * len(conflicts_of(pieces))
    result = merged(pieces, choices)
    kept = {line.strip() for line in result.splitlines()}
    for text, other in ((mine, theirs), (theirs, mine)):
        new = {line.strip() for line in text.splitlines()} - {
            line.strip() for line in base.splitlines()
        }
        assert new <= kept | {""}, (text, other)


def test_edits_in_different_paragraphs_both_survive() -> None:
    mine = BASE.replace("First.", "First of all.")
    theirs = BASE.replace("Third.", "Third and last.")
    pieces = merge_texts(BASE, mine, theirs)
    assert merged(pieces, []) == "First of all.\n\nSecond.\n\nThird and last.\n"
    assert [piece.kind for piece in pieces] == ["mine", "same", "theirs"]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [("mine", "Zweiter.\n\n"), ("theirs", "Deuxième.\n\n"), ("both", "Zweiter.\n\nDeuxième.\n\n")],
)
def test_where_both_changed_the_same_paragraph_the_writer_chooses(
    choice: Choice, wanted: str
) -> None:
    pieces = merge_texts(
        BASE, BASE.replace("Second.", "Zweiter."), BASE.replace("Second.", "Deuxième.")
    )
    (conflict,) = conflicts_of(pieces)
    assert conflict.base == "Second.\n\n"
    assert merged(pieces, [choice]) == f"First.\n\n{wanted}Third.\n"


def test_a_paragraph_break_that_only_one_side_made_is_kept() -> None:
    assert merged(merge_texts("one\ntwo\n", "one\ntwo\n", "one\n\ntwo\n"), []) == "one\n\ntwo\n"
    assert merged(merge_texts("one\ntwo\n", "one  \ntwo\n", "one\ntwo!\n"), []) == "one  \ntwo!\n"


def test_a_paragraph_that_one_deleted_and_the_other_changed_is_a_question() -> None:
    pieces = merge_texts(BASE, BASE.replace("Second.\n\n", ""), BASE.replace("Second", "2nd"))
    (conflict,) = conflicts_of(pieces)
    assert (conflict.mine, conflict.theirs) == ("", "2nd.\n\n")


def test_words_added_by_both_at_the_end_do_not_run_into_each_other() -> None:
    pieces = merge_texts("One.", "One.\n\nMine.", "One.\n\nTheirs.")
    choices: list[Choice] = ["both"] * len(conflicts_of(pieces))
    assert [line for line in merged(pieces, choices).splitlines() if line][-2:] == [
        "Mine.",
        "Theirs.",
    ]


def test_more_choices_than_conflicts_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="more choices"):
        merged(merge_texts(BASE, BASE, BASE), ["mine"])


def test_a_long_book_is_merged_without_waiting() -> None:
    base = "".join(f"Paragraph {number} of the book.\n\n" for number in range(20_000))
    mine = base.replace("Paragraph 7777 ", "My paragraph ")
    theirs = base.replace("Paragraph 9999 ", "Their paragraph ")
    began = time.process_time()
    text = merged(merge_texts(base, mine, theirs), [])
    assert time.process_time() - began < 5
    assert "My paragraph " in text
    assert "Their paragraph " in text
