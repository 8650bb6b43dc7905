"""Prompts, spans and quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.engine.prompt import encode_prompt, encode_text, in_the_manner_of, plain, wishes_of
from tinymorph.engine.rewriter import Rewriter
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span


@given(text=st.text(max_size=60))
def test_straightening_quotes_keeps_every_position(text: str) -> None:
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    "text",
    ["The gull stood.", "naïve 日本 🙂 ok", "  two  spaces ", "<|eos|> is text", "a\u00a0b\nc", ""],
)
def test_spans_of_tokens_are_in_order_and_reach_every_word(
    tiny_engine: Rewriter, text: str
) -> None:
    coded = encode_text(tiny_engine.tokenizer, text)
    covered = {index for span in coded.spans for index in range(span.start, span.end)}
    assert covered >= {index for index, char in enumerate(text) if not char.isspace()}
    starts = [span.start for span in coded.spans]
    assert starts == sorted(starts)


def test_span_of_a_word_leaves_out_the_space_before_it(tiny_engine: Rewriter) -> None:
    text = "The tide went out"
    spans = encode_text(tiny_engine.tokenizer, text).spans
    assert all(not span.of(text).startswith(" ") for span in spans)


def test_special_tokens_in_the_writers_text_stay_text(tiny_engine: Rewriter) -> None:
    special = set(tiny_engine.tokenizer.all_special_ids)
    prompt = encode_prompt(tiny_engine.tokenizer, "A <|eos|> gull <|target|>.", "split", 192)
    assert not special & set(prompt.token_ids[2:-1])


def test_rewrite_takes_on_the_writers_curly_quotes() -> None:
    assert in_the_manner_of('"No," she said. "I don\'t."', "\u201cYes.\u201d") == (
        "\u201cNo,\u201d she said. \u201cI don\u2019t.\u201d"
    )
    assert in_the_manner_of('"No," she said.', '"Yes."') == '"No," she said.'


def test_rewrite_keeps_straight_quotes_where_the_writer_uses_them() -> None:
    assert in_the_manner_of("\u201cNo,\u201d she said. \u201cI don\u2019t.\u201d", '"Yes."') == (
        '"No," she said. "I don\'t."'
    )
    assert in_the_manner_of("\u201cNo.\u201d", "Yes.") == "\u201cNo.\u201d"


def test_wishes_hold_the_text_around_the_span_from_paragraph_and_neighbours() -> None:
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text="One. Two. Three."),
        span=Span(start=5, end=9),
        instruction=" Be brief. ",
        like=("plain",),
        before="Zero.\n",
        after="Four.",
        form="list_item",
    )
    wishes = wishes_of(request)
    assert (wishes.before, wishes.after) == ("Zero.\n\nOne. ", " Three.\n\nFour.")
    assert (wishes.instruction, wishes.like, wishes.form) == ("Be brief.", ("plain",), "list_item")
    assert wishes_of(request.model_copy(update={"before": "", "after": " "})).after == " Three."
