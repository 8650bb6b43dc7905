"""What may be shown to a writer and what may not."""

from __future__ import annotations

import pytest

from tinymorph.engine.flaws import find_flaw
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
