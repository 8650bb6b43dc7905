"""What may be shown to a writer and what may not."""

from __future__ import annotations

import pytest

from tinymorph.engine.flaws import find_flaw, lost_words
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Protected, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import Flaw

SOURCE = "The tide went out before the children woke, and the gulls had the beach to themselves."


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.EMPTY),
        (" ...!", Flaw.EMPTY),
        (SOURCE, Flaw.ECHO),
        (SOURCE.lower().replace(",", ""), Flaw.ECHO),
        ("He said no no no and went.", Flaw.LOOP),
        ("The sea and the sky and the sea and the sky and the sea and the sky.", Flaw.LOOP),
        ("A gull, gull cried to gull and the gull by a gull sang gull songs.", Flaw.LOOP),
        ("The gulls, and,,,, however, and went.", Flaw.LOOP),
        ("The gulls waaaaited for the tide.", Flaw.LOOP),
        ("I don't didn't don't know that I didn't don't see; " * 3, Flaw.LOOP),
        ("Before the children woke, the tide had gone out and the gulls ruled the sand.", None),
        ("The tide went out. The gulls had the beach.", None),
    ],
)
def test_flaws_are_named(text: str, flaw: Flaw | None) -> None:
    assert find_flaw(text, SOURCE, is_cut=False) is flaw


def test_text_cut_at_the_limit_is_said_to_be_cut() -> None:
    assert find_flaw("The tide went out before", SOURCE, is_cut=True) is Flaw.CUT


def test_repetition_that_the_writer_chose_is_no_flaw() -> None:
    source = "Rain, rain, rain fell on the town, and rain, rain, rain ran down every street."
    text = "Rain, rain, rain fell on all the town, and rain, rain, rain ran down the streets."
    assert find_flaw(text, source, is_cut=False) is None


def test_what_is_lost_is_named_once() -> None:
    source = "Anna and Anna met Ben in 19."
    parts = [
        Protected(span=Span(start=start, end=start + length), kind="name")
        for start, length in ((0, 4), (9, 4), (18, 3), (25, 2))
    ]
    parts.append(Protected(span=Span(start=5, end=8), kind="footnote"))
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=source),
        span=Span(start=0, end=len(source)),
        protected=tuple(parts),
    )
    assert lost_words("Anna met Anna and Ben in 19.", request) == ()
    assert lost_words("Anna met Benjamin in 190.", request) == ("Anna", "Ben", "19")
    part = request.model_copy(update={"span": Span(start=9, end=21)})
    assert lost_words("Nobody met Ben.", part) == ("Anna",)
