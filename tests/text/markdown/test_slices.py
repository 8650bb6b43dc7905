"""Promises of a source cut into slices."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from text.markdown.strategies import markdown_texts
from tinymorph.text.markdown.slices import CHUNK_LINES, SliceReader, read_source

ODD_SOURCES = (
    "",
    "\n\n",
    "no line end",
    "\n\n  two blank lines first\n",
    "windows\r\n\r\nlines\r\n",
    "mixed\r\n\nline\rends\n\r\n",
    "---\ntitle: front matter\n---\n\n# Then words\n",
    "trailing spaces  \nand a tab\t\n\n\n\n",
    "[ref]: /url\n\n[ref] and [^1]\n\n[^1]: A note.\n",
    "<!-- never closed\n\nwords\n",
    "```\nnever closed\n\nwords\n",
    "a\x0bb\x0cc\u2028d\x85e\n\nf\x00g\n",
)


@pytest.mark.parametrize("source", ODD_SOURCES)
def test_slices_tile_the_source_exactly(source: str) -> None:
    assert read_source(source).text == source


@given(st.lists(st.one_of(markdown_texts(), st.sampled_from(["\n", "\r\n", "\r", "\n\n\n"]))))
def test_slices_tile_any_source_exactly(parts: list[str]) -> None:
    source = "".join(parts)
    assert read_source(source).text == source


@given(st.lists(markdown_texts(), min_size=1, max_size=6), st.integers(1, 5))
@example(["# [a]: x\n- [a]: x"], 1)
def test_reading_some_lines_at_a_time_reads_what_reading_at_once_reads(
    parts: list[str], lines_at_once: int
) -> None:
    text = "\n\n".join(parts)
    by_parts = SliceReader(text, lines_at_once=lines_at_once)
    at_once = SliceReader(text, lines_at_once=len(text) + 1)
    assert tuple(by_parts.slices()) == tuple(at_once.slices())


def test_origins_count_through_the_whole_source() -> None:
    source = read_source("# One\n\n- two\n- three\n\nfour\n")
    assert [block.origin for block in source.blocks] == list(range(4))
    assert source.slice_of == (0, 1, 1, 2)


def test_the_first_slices_of_a_long_source_come_before_the_rest_is_read() -> None:
    reader = SliceReader("\n\n".join(f"Paragraph {i}." for i in range(10_000)))
    first = next(reader.slices())
    assert first.text == "Paragraph 0."


def test_a_link_whose_target_stands_far_below_is_a_link_from_the_start() -> None:
    padding = "\n\n".join(f"Paragraph {i}." for i in range(CHUNK_LINES))
    source = read_source(f"[words][far]\n\n{padding}\n\n[far]: https://example.org\n")
    assert source.blocks[0].inlines[0].link == "https://example.org"


def test_the_most_used_line_end_is_the_sources_own() -> None:
    assert read_source("a\r\nb\r\nc\n").newline == "\r\n"
    assert read_source("a\nb\n").newline == "\n"
    assert read_source("").newline == "\n"
