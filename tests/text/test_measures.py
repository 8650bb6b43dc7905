"""Promises of what is counted of a rewrite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.measures import measure

SOURCE = "The old house stood quietly above the village. Nobody had lived in it for years."


def test_forms_of_a_word_count_as_kept_and_synonyms_as_lost() -> None:
    assert measure("The boys walked home.", "A boy was walking homes.").content_kept == 1
    assert measure("The boys walked home.", "The lads strolled home.").content_kept == (
        pytest.approx(1 / 3)
    )
    assert measure("It was so.", "They were.").content_kept is None


def test_lix_is_words_a_sentence_and_the_share_of_long_words() -> None:
    found = measure(SOURCE, "The house stood there. It was old. Nobody had lived in it for years.")
    assert (found.words_before, found.words_after) == (15, 14)
    assert found.lix_before == pytest.approx(15 / 2 + 100 * 2 / 15)
    assert found.lix_after == pytest.approx(14 / 3)
    assert measure(SOURCE, "Short.").lix_after is None


@given(st.text(max_size=60))
def test_every_text_keeps_all_of_itself(text: str) -> None:
    found = measure(text, text)
    assert found.content_kept in {None, 1.0}
    assert found.lix_before == found.lix_after
