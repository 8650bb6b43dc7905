"""Promises of telling without the parser where a long block ends."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tinymorph.text.markdown.extent import extent_of
from tinymorph.text.markdown.parser import parse

LINES = st.sampled_from(
    [
        "- a", "- b", "* c", "1. d", "2. e", "3) f", "10. g", "-", "-     code", "-\th", "  i",
        "   j", "    k", "\tl", "", "", "", "m", "n", "# o", "```", "  ```", "> p", ">", "| q | r |",
        "|---|---|", "---", "***", "- - -", "<div>", "<!--", "-->", "===", "1995 s", "[t]: u", "$$",
        "\u00a0v", "  - w", "- # x", "- ```",
    ]
)  # fmt: skip


@given(st.lists(LINES, min_size=1, max_size=14))
@settings(deadline=None, max_examples=400)
@example(["- a", "", "  ```", "", "m", "```"])
@example(["- a", "# o", "", "n"])
@example(["-", "", "  ```", "", "m"])
def test_what_is_told_of_a_blocks_end_is_what_the_parser_finds(lines: list[str]) -> None:
    pieces = parse("x\n\n" + "\n".join(lines)).pieces[1:]
    if not pieces or not pieces[0].tokens:
        return
    first, start = pieces[0], pieces[0].start - 2
    found = extent_of(first.tokens[0].type, lines, start)
    if found is None:
        return
    rest = parse("x\n\n" + "\n".join(lines[found.end :])).pieces[1:]
    ends = [(piece.start + found.end, piece.end + found.end) for piece in rest]
    if found.is_all:
        assert "\n".join(lines[start : found.end]).rstrip(" \t\n") == first.source.rstrip(" \t")
        assert ends == [(piece.start, piece.end) for piece in pieces[1:]]
    else:
        assert found.end < first.end - 2
        assert ends[0][1] == first.end
        assert ends[1:] == [(piece.start, piece.end) for piece in pieces[1:]]


@pytest.mark.parametrize("kind", ["fence", "html_block", "definition", "heading_open"])
def test_of_other_blocks_nothing_is_told(kind: str) -> None:
    assert extent_of(kind, ["a", "", "b"], 0) is None
