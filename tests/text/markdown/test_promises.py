"""Promises that hold for whatever a program, a person or chance may write."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.promises import (
    check_document,
    check_source,
    document_from,
    markdown_from,
)
from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.markdown import normalised, read_markdown, same_meaning, write_markdown
from tinymorph.text.markdown.leaf_writer import is_ordinary_block

CASES = Path(__file__).resolve().parents[2] / "data" / "markdown"


@pytest.mark.parametrize("case", sorted(CASES.glob("*")), ids=lambda path: path.name)
def test_what_fuzzing_found_broken_stays_mended(case: Path) -> None:
    content = case.read_bytes().decode("utf-8")
    if case.suffix == ".md":
        check_source(content)
    else:
        check_document(document_from(base64.b64decode(content)))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_fragments_of_syntax_come_back(data: bytes) -> None:
    check_source(markdown_from(data))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_document_keeps_its_letters(data: bytes) -> None:
    check_document(document_from(data))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_ordinary_words_need_no_second_look(data: bytes) -> None:
    """They are written in the first manner that comes to mind, unread; so it must be right."""
    for block in normalised(document_from(data)).blocks:
        by_itself = Document((replace(block, quote_depth=0, item_depth=0, level=block.level),))
        alone = normalised(by_itself)
        if len(alone.blocks) == 1 and is_ordinary_block(alone.blocks[0]):
            assert read_markdown(write_markdown(alone)) == alone


SIZE = 20_000
UNITS = [
    "[", "![", "*", ">", "`", "_", "<", "&", "|", "~", "$", "- ", "> ", "1. ", "* a ", "[a](",
    "**a ", "[^1]: ", "[a]: b\n", "- a\n", "|-\n", "a|b\n-|-\n", "```\n", "$$\n", "===\n", "a\n",
    "a\\\n", "<a>", "<!--", "&#1;", "> - ", "[^", "[]", "word ",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_any_repetition_is_read_whole(unit: str) -> None:
    source = (unit * (SIZE // len(unit)))[:SIZE] + "\n\nlast words"
    document = read_markdown(source)
    assert document.blocks[-1].text.endswith("last words")


def test_a_line_of_a_million_characters_is_a_paragraph() -> None:
    source = "word, " * 170_000 + "end."
    (block,) = read_markdown(source).blocks
    assert block == Block("paragraph", (Inline(source),))


@pytest.mark.parametrize("unit", ["> ", "- ", "1. ", "  - a\n"])
def test_ten_thousand_levels_lose_nothing(unit: str) -> None:
    source = "".join(f"{'  ' * (i % 200)}- a\n" for i in range(2_000))
    if unit != "  - a\n":
        source = unit * 10_000 + "words"
    document = read_markdown(source)
    assert source.strip("\n") in "\n".join(block.text for block in document.blocks)
    assert same_meaning(write_markdown(document), source)
