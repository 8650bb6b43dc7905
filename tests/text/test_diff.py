"""Promises of the word diff."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Replacement
from tinymorph.text.diff import (
    apply_replacements,
    diff_so_far,
    diff_words,
    replacements,
    split_words,
)

texts = st.lists(
    st.sampled_from(
        [
            "the",
            "quick",
            "fox",
            "don't",
            "jumps",
            " ",
            "  ",
            "\n",
            ",",
            ".",
            "😀",
            "e\u0301",
            "中",
            "“",
        ]
    ),
    max_size=14,
).map("".join)


def shape(before: str, after: str) -> list[tuple[str, str, str]]:
    return [(h.kind, h.before_text, h.after_text) for h in diff_words(before, after).hunks]


def test_one_changed_word_is_one_hunk() -> None:
    assert shape("The quick fox.", "The slow fox.") == [
        ("equal", "The ", "The "),
        ("replace", "quick", "slow"),
        ("equal", " fox.", " fox."),
    ]


def test_a_lone_space_between_changed_words_is_no_common_ground() -> None:
    assert shape("old grey house", "new red house") == [
        ("replace", "old grey", "new red"),
        ("equal", " house", " house"),
    ]


def test_an_added_word_brings_one_space_along() -> None:
    assert shape("a house", "a red house") == [
        ("equal", "a ", "a "),
        ("insert", "", "red "),
        ("equal", "house", "house"),
    ]


def test_changed_whitespace_alone_is_a_change() -> None:
    assert [kind for kind, _, _ in shape("a  b", "a b")] == ["equal", "delete", "equal"]


def test_equal_texts_have_no_change() -> None:
    assert diff_words("same words", "same words").changes == ()
    assert diff_words("", "").hunks == ()


def test_words_keep_their_apostrophes_and_marks() -> None:
    text = "Don’t go, cafe\u0301 👩‍🚀!"
    assert [span.of(text) for span in split_words(text)] == [
        "Don’t",
        "go",
        ",",
        "cafe\u0301",
        "👩‍🚀",
        "!",
    ]


def test_a_long_paragraph_is_compared_quickly() -> None:
    before = "the quick brown fox jumps over the lazy dog, and " * 400
    assert diff_words(before, before.replace("quick", "slow")).after.count("slow") == 400


@given(texts, texts)
def test_hunks_tile_both_texts(before: str, after: str) -> None:
    diff = diff_words(before, after)
    assert (diff.before, diff.after) == (before, after)
    old = new = 0
    for hunk in diff.hunks:
        assert (hunk.before.start, hunk.after.start) == (old, new)
        assert (hunk.before.of(before), hunk.after.of(after)) == (hunk.before_text, hunk.after_text)
        assert hunk.before_text or hunk.after_text
        assert (hunk.kind == "equal") == (hunk.before_text == hunk.after_text)
        old, new = hunk.before.end, hunk.after.end
    for left, right in zip(diff.hunks, diff.hunks[1:], strict=False):
        assert "equal" in {left.kind, right.kind}
        assert left.kind != right.kind


@given(texts, texts)
def test_whitespace_between_two_changes_is_part_of_the_change(before: str, after: str) -> None:
    hunks = diff_words(before, after).hunks
    for hunk in hunks[1:-1]:
        assert hunk.kind != "equal" or not hunk.before_text.isspace()


@given(texts, texts)
def test_all_hunks_give_the_new_text_and_none_the_old(before: str, after: str) -> None:
    diff = diff_words(before, after)
    assert apply_replacements(before, replacements(diff)) == after
    assert apply_replacements(before, replacements(diff, set())) == before


@given(texts, texts, st.data())
def test_chosen_hunks_change_only_their_own_words(
    before: str, after: str, data: st.DataObject
) -> None:
    diff = diff_words(before, after)
    chosen = set(data.draw(st.lists(st.sampled_from(diff.changes))) if diff.changes else [])
    expected = "".join(
        hunk.after_text if index in chosen else hunk.before_text
        for index, hunk in enumerate(diff.hunks)
    )
    assert apply_replacements(before, replacements(diff, chosen)) == expected
    shifted = replacements(diff, chosen, offset=3)
    assert apply_replacements("xyz" + before, shifted) == "xyz" + expected


@settings(max_examples=200)
@given(texts, texts)
def test_while_words_come_the_rest_is_not_shown_as_deleted(before: str, after: str) -> None:
    diff = diff_so_far(before, after)
    assert diff.after == after
    assert before.startswith(diff.before)
    assert not diff.hunks or diff.hunks[-1].kind != "delete"


def test_a_hunk_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(IndexError):
        replacements(diff_words("a", "b"), {1})


@pytest.mark.parametrize("spans", [[(2, 3), (0, 1)], [(0, 2), (1, 3)], [(0, 4)], [(3, 4)]], ids=str)
def test_edits_that_do_not_fit_are_refused(spans: list[tuple[int, int]]) -> None:
    edits = [Replacement(span=Span(start=a, end=b), text="x") for a, b in spans]
    with pytest.raises(ValueError, match="edit"):
        apply_replacements("abc", edits)
