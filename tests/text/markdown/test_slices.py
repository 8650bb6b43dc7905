"""Promises of a source cut into slices."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from text.markdown.strategies import markdown_texts
from tinymorph.text.document import Inline
from tinymorph.text.markdown import slices
from tinymorph.text.markdown.compose import compose
from tinymorph.text.markdown.parser import Parsed, References
from tinymorph.text.markdown.slices import CHUNK_LINES, SliceReader, Source, read_source

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
@settings(deadline=None)
@example(["# [a]: x\n- [a]: x"], 1)
@example(["- a\n- b\n\n  c\n\n# d", "- e\n# f\n\n g"], 1)
@example(["> a\nb\n> c\n\n> d\n\ne", "| a |\n|---|\n| b |\n# c"], 1)
@example(["1. a\n   ```\n   # b\n\n   c\n2. d", "a\nb\n# c\nd"], 2)
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


def lines_parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Source, int]:
    """Return a source and the most lines that the parser was given at once."""
    counts: list[int] = []
    parse = slices.parse

    def noted(words: str, references: References | None = None) -> Parsed:
        counts.append(words.count("\n"))
        return parse(words, references)

    with monkeypatch.context() as patched:
        patched.setattr(slices, "parse", noted)
        return read_source(text), max(counts)


@pytest.mark.parametrize(
    "line", ["- item", "1. item", "> words", "some words - and more", "| a | b |"]
)
def test_what_is_too_long_to_be_rich_becomes_source_without_being_parsed(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "| a | b |\n|---|---|\n" if line.startswith("|") else ""
    text = "before\n\n" + head + f"{line}\n" * 20_000 + "\nafter *it*\n"
    source, most = lines_parsed(text, monkeypatch)
    assert most < 2 * CHUNK_LINES
    assert source.text == text
    assert [block.kind for block in source.blocks] == ["paragraph", "source", "paragraph"]
    assert source.blocks[2].text == "after it"


def test_a_long_list_that_is_not_too_long_is_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    source, most = lines_parsed("- item\n" * 2_000 + "\nafter\n", monkeypatch)
    assert [block.kind for block in source.blocks] == ["list_item"] * 2_000 + ["paragraph"]
    assert most < 2_010


def test_words_beside_what_is_too_long_can_be_edited() -> None:
    text = "before\n\n" + "- item\n" * 20_000 + "\nafter\n"
    source = read_source(text)
    edited = [replace(block, inlines=(Inline("new"),)) for block in source.blocks]
    written = compose(source, [edited[0], source.blocks[1], edited[2]])
    assert written == text.replace("before", "new").replace("after", "new")
