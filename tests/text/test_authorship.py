"""Whose words are whose, found again in a text that comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tinymorph.schema.span import Span
from tinymorph.text.authorship import (
    Share,
    SignedRun,
    SignedText,
    carried,
    found_again,
    receipts_by_character,
    runs_of,
    shares_of,
)

RECEIPTS = st.sampled_from([None, "a", "b"])


@st.composite
def signed_texts(draw: st.DrawFn) -> SignedText:
    text = draw(st.text("ab c\n\U0001f98a", max_size=30))
    receipts = draw(st.lists(RECEIPTS, min_size=len(text), max_size=len(text)))
    return SignedText(text, runs_of(receipts))


def signed(text: str, *runs: tuple[int, int, str]) -> SignedText:
    made = (SignedRun(Span(start=start, end=end), receipt) for start, end, receipt in runs)
    return SignedText(text, tuple(made))


@given(signed_texts())
def test_runs_say_what_each_character_says(block: SignedText) -> None:
    assert runs_of(receipts_by_character(block)) == block.runs


@given(signed_texts())
def test_a_text_that_did_not_change_keeps_every_receipt(block: SignedText) -> None:
    assert carried(block, block.text) == block.runs


@given(signed_texts(), st.text("ab c", max_size=20))
def test_what_is_added_to_a_text_is_signed_by_nobody(block: SignedText, more: str) -> None:
    changed = f"{block.text} X{more}"
    runs = carried(block, changed)
    known = {run.receipt for run in block.runs}
    assert {run.receipt for run in runs} <= known
    assert sum(len(run.span.of(changed)) for run in runs) <= sum(
        len(run.span.of(block.text)) for run in block.runs
    )


@given(st.lists(signed_texts(), max_size=5))
def test_the_shares_of_a_document_add_up_to_all_of_it(blocks: list[SignedText]) -> None:
    total = shares_of(blocks).total
    assert total.characters == sum(len(block.text) for block in blocks)
    assert total.words == sum(len(block.text.split()) for block in blocks)


def test_words_that_another_program_left_alone_keep_their_receipt() -> None:
    old = signed("The house was grey and cold.", (14, 28, "r"))
    runs = carried(old, "Their house was grey and very cold.")
    assert [run.span.of("Their house was grey and very cold.") for run in runs] == [
        "grey and ",
        " cold.",
    ] or [run.span.of("Their house was grey and very cold.") for run in runs] == [
        "grey and ",
        "cold.",
    ]


def test_a_word_belongs_to_whom_most_of_it_came_from() -> None:
    shares = shares_of([signed("abcd efgh ijkl", (0, 3, "r"), (5, 7, "r"), (10, 11, "r"))])
    assert shares.accepted == {"r": Share(6, 1)}
    assert shares.own == Share(8, 2)


def test_blocks_that_moved_are_found_and_changed_ones_by_their_words() -> None:
    first = signed("one two three four", (0, 3, "a"))
    second = signed("five six seven", (0, 4, "b"))
    found = found_again([first, second], ["five six seven", "new", "one two three more four"])
    assert found == {0: second.runs, 2: first.runs}


def test_a_block_that_has_little_in_common_with_any_is_not_found() -> None:
    assert found_again([signed("one two three", (0, 3, "a"))], ["one other thing here"]) == {}


def test_equal_blocks_keep_their_order() -> None:
    first, second = signed("same", (0, 4, "a")), signed("same", (0, 2, "b"))
    assert found_again([first, second], ["same", "same"]) == {0: first.runs, 1: second.runs}
