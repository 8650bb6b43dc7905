"""Promises kept on the examples of CommonMark and GFM, and on real documents where there are some."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.examples import Sample, commonmark_examples, gfm_examples, judge, real_documents
from bench.promises import visible_words
from tinymorph.text.markdown import read_markdown, same_meaning, write_markdown
from tinymorph.text.markdown.parser import parse
from tinymorph.text.markdown.style import style_of
from tinymorph.text.markdown.writer import write_blocks

SETS = {"CommonMark": commonmark_examples, "GFM": gfm_examples, "real": real_documents}
HOW_TO_GET_THEM = "; `python scripts/fetch_examples.py` fetches those of CommonMark and GFM"


def in_its_own_style(source: str) -> str:
    parsed = parse(source)
    style = style_of(parsed.pieces, parsed.references)
    return write_blocks(read_markdown(source).blocks, style, parsed.references)


def in_our_style(source: str) -> str:
    return write_markdown(read_markdown(source))


@pytest.fixture(params=list(SETS))
def samples(request: pytest.FixtureRequest) -> tuple[str, list[Sample]]:
    found = SETS[request.param]()
    if not found:
        pytest.skip(f"no {request.param} examples here{HOW_TO_GET_THEM}")
    return request.param, found


@pytest.mark.parametrize("rewrite", [in_its_own_style, in_our_style])
def test_every_block_rewritten_says_the_same(
    samples: tuple[str, list[Sample]], rewrite: Callable[[str], str]
) -> None:
    name, found = samples
    show = judge(knows_gfm=name != "CommonMark")
    wrong: dict[str, list[str]] = {"HTML": [], "meaning": [], "words": [], "second save": []}
    for sample in found:
        written = rewrite(sample.source)
        # In our own style, marks that begin together stand in our order.
        same_html = rewrite is in_our_style or show(written) == show(sample.source)
        kept = {
            "HTML": same_html,
            "meaning": same_meaning(written, sample.source),
            "words": visible_words(written) == visible_words(sample.source),
            "second save": rewrite(written) == written,
        }
        for promise, is_kept in kept.items():
            if not is_kept:
                wrong[promise].append(sample.name)
    assert not any(wrong.values()), wrong


def test_little_of_a_real_document_is_shown_as_source(samples: tuple[str, list[Sample]]) -> None:
    name, found = samples
    if name != "real":
        pytest.skip("the examples are made to be difficult")
    total = sum(len(sample.source) for sample in found)
    source = [
        block.text
        for sample in found
        for block in read_markdown(sample.source).blocks
        if block.kind == "source" and not block.text.lstrip().startswith(("<", "["))
    ]
    # What is not raw HTML or a list of targets: quotes that stand apart within a quote.
    assert sum(map(len, source)) < total / 100, source
