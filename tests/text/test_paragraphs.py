"""Promises of the numbering of paragraphs."""

from __future__ import annotations

import pytest

from tinymorph.errors import BadInputError
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraphs import paragraph_at, paragraphs_of

SOURCE = "# No\n\nOne.\n\n```\nno\n```\n\n- two\n- three\n\n---\n\n> Four.\n\n| no |\n|---|\n"


def test_paragraphs_items_and_quotes_count_and_nothing_else() -> None:
    assert paragraphs_of(read_markdown(SOURCE)) == ("One.", "two", "three", "Four.")


def test_numbers_begin_at_one() -> None:
    document = read_markdown(SOURCE)
    assert paragraph_at(document, 1) == "One."
    assert paragraph_at(document, 4) == "Four."


@pytest.mark.parametrize("number", [-1, 0, 5])
def test_a_number_without_paragraph_is_an_error_that_tells_how_many_there_are(number: int) -> None:
    with pytest.raises(BadInputError, match="has 4"):
        paragraph_at(read_markdown(SOURCE), number)


def test_a_file_without_paragraphs_says_so() -> None:
    with pytest.raises(BadInputError, match="no paragraph that"):
        paragraph_at(read_markdown("# Title"), 1)
