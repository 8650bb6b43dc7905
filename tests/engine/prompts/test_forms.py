"""Verse, headings, list items and table cells keep their form; other languages are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.engine.prompt import Wishes, encode_prompt, finished_reply, pieces_of, wishes_for
from tinymorph.engine.prompts.forms import is_verse, keep_form
from tinymorph.engine.prompts.language import is_foreign
from tinymorph.engine.rewriter import Rewriter


@given(text=st.text(max_size=60), source=st.text(max_size=60))
def test_rewrite_has_the_white_space_around_the_source_and_no_line_break_inside(
    text: str, source: str
) -> None:
    kept = keep_form(text, source)
    core = source.strip()
    if core:
        assert kept.startswith(source[: source.index(core)])
        assert kept.endswith(source[source.index(core) + len(core) :])
    assert "\n" not in kept.strip()


@pytest.mark.parametrize(
    ("source", "text", "kept"),
    [
        ("Of gulls", "About gulls.", "About gulls"),
        ("Of gulls.", "About gulls.", "About gulls."),
        ("Of gulls", "About gulls...", "About gulls..."),
        ("Of gulls", "In the U.S.", "In the U.S."),
        ("Of gulls", "About gulls?", "About gulls?"),
        (" Of gulls ", "About\ngulls", " About gulls "),
    ],
)
def test_fragment_takes_on_no_full_stop(source: str, text: str, kept: str) -> None:
    assert keep_form(text, source) == kept


@pytest.mark.parametrize(
    ("task", "form", "kept"),
    [
        ("repair", "paragraph", "It stood."),
        ("repair", "heading", "It stood"),
        ("split", "paragraph", "It stood"),
    ],
)
def test_only_a_repaired_paragraph_gets_the_full_stop_it_lacked(
    tiny_engine: Rewriter, task: str, form: Any, kept: str
) -> None:
    prompt = encode_prompt(tiny_engine.tokenizer, "it stood", task, 512, Wishes(form=form))
    assert finished_reply(prompt, " It stood.") == kept


@given(
    lines=st.lists(
        st.from_regex(r"[A-Z][a-z ]{1,20}[a-z]", fullmatch=True), min_size=2, max_size=5
    ),
    gap=st.sampled_from(["\n", "\n\n", "  \n"]),
)
def test_verse_keeps_every_line_break(tiny_engine: Rewriter, lines: list[str], gap: str) -> None:
    text = gap.join(lines)
    assert is_verse(text)
    written: list[str] = []
    for piece in pieces_of(tiny_engine.tokenizer, text, "split", 512):
        wishes = wishes_for(piece, Wishes(), written)
        prompt = encode_prompt(tiny_engine.tokenizer, piece.text, "split", 512, wishes)
        written.append(finished_reply(prompt, "A new\nline"))
    assert "".join(written) == gap.join(["A new line"] * len(lines))


@pytest.mark.parametrize(
    "text",
    [
        "Der alte Mann saß nicht auf der Bank, und die Möwen waren schon fort.",
        "Le vieil homme ne parlait pas, et les enfants jouaient dans le sable.",
        "El viejo no hablaba, y los niños jugaban en la arena con el perro.",
        "Il vecchio non parlava, e i bambini giocavano nella sabbia con il cane.",
        "De oude man zat niet op de bank, en het was al laat voor een kind.",
        "Старик молчал.",
        "老人は何も言わなかった。",
    ],
)
def test_other_languages_are_told_apart(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "The tide went out before the children woke.",
        "Whan that Aprille with his shoures soote the droghte of March hath perced.",
        "Och, ye wee sleekit beastie, dinna fash yersel, ye ken fine whit ah mean.",
        "Monsieur Le Blanc and Madame de la Tour drank to El Greco in the Rue des Martyrs.",
        "He said der Wein war gut, which nobody at the table but her had understood.",
        "La la la, sang the gull, la la la, until the children laughed.",
        "Des Esseintes.",
        "Je ne sais pas",
        "1234 5678",
        "",
    ],
)
def test_english_with_odd_words_counts_as_english(text: str) -> None:
    assert not is_foreign(text)
