"""Promises about following one paragraph back through the versions of its document."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.paragraph_versions import paragraphs_in, versions_of_paragraph

OPENING = "The ferry left before the fog came down over the harbour and the boys ran home."
LATER = "The ferry left early, before the fog came down over the harbour; the boys ran home."
LAST = "The ferry left early that day, before the fog came down over the whole harbour."
OTHER = "Nobody had asked my grandmother what she thought about the price of oranges."
THIRD = "Winter letters are shorter, because ink is slow when it is cold indoors."


def wordings(paragraph: str, *texts: str) -> list[tuple[int, str]]:
    found = versions_of_paragraph(paragraph, enumerate(texts))
    return [(one.version, one.text) for one in found]


def test_a_paragraph_is_followed_through_its_wordings() -> None:
    assert wordings(
        LAST,
        f"{OTHER}\n\n{LAST}\n",
        f"{OTHER}\n\n{LATER}\n",
        f"# Title\n\n{LATER}\n\n{OTHER}\n",
        f"{OPENING}\n\n{OTHER}\n",
    ) == [(0, LAST), (2, LATER), (3, OPENING)]


def test_the_walk_ends_where_the_paragraph_came_in() -> None:
    texts = [f"{OTHER}\n\n{LAST}", f"{OTHER}\n\n{THIRD}", f"{LAST}"]
    assert wordings(LAST, *texts) == [(0, LAST)]


def test_a_neighbour_that_stayed_is_never_taken_for_it() -> None:
    twin = LAST.replace("ferry", "train")
    assert wordings(LAST, f"{LAST}\n\n{twin}", f"{twin}\n\n{OTHER}") == [(0, LAST)]


def test_words_of_the_page_are_found_in_marked_source() -> None:
    source = "The **ferry** left [early](there), before the *fog* came down over the harbour."
    assert wordings("The ferry left early, before the fog came down.", source) == [(0, source)]


def test_line_ends_do_not_matter() -> None:
    assert paragraphs_in("one\r\n\r\n \t\r\ntwo\rstill two\r\r\rthree") == [
        "one",
        "two\nstill two",
        "three",
    ]


@given(st.lists(st.text("ab \n", max_size=30), max_size=8), st.text("ab ", max_size=20))
def test_no_two_neighbouring_wordings_are_the_same_and_each_stands_in_its_version(
    texts: list[str], paragraph: str
) -> None:
    found = wordings(paragraph, *texts)
    for number, text in found:
        assert text in paragraphs_in(texts[number])
    assert all(one[1] != other[1] for one, other in pairwise(found))
