"""Promises about cutting long texts into pieces."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.chunks import LEAST_CHARACTERS, MOST_CHARACTERS, split_chunks


def prose(words: int) -> str:
    random = Random(7)
    pieces = [
        random.choice(["word", "and", "another", "letter", "tale"]) + str(random.randrange(999))
        for _ in range(words)
    ]
    return "".join(
        piece + ("\n\n" if number % 80 == 79 else " ") for number, piece in enumerate(pieces)
    )


LONG = prose(100_000)


@given(st.text() | st.text("ab\n", max_size=50).map(lambda text: text * 3000))
def test_the_pieces_make_up_the_text(text: str) -> None:
    pieces = list(split_chunks(text))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= MOST_CHARACTERS for piece in pieces)


def test_a_letter_is_one_piece_and_a_line_without_end_is_cut() -> None:
    assert len(list(split_chunks("x" * LEAST_CHARACTERS))) == 1
    assert len(list(split_chunks("x" * 1_000_000))) == 8


@given(st.integers(0, len(LONG)), st.text(max_size=300))
def test_an_edit_leaves_nearly_all_pieces_as_they_were(place: int, new: str) -> None:
    before = set(split_chunks(LONG))
    after = set(split_chunks(LONG[:place] + new + LONG[place:]))
    assert sum(len(piece) for piece in after - before) < len(LONG) / 4
