"""A passage is cut into pieces that fit, between sentences, and nothing is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.chat_tokenizers import TEXT, qwen3_tokenizer
from tinymorph.engine.prompt import (
    Wishes,
    encode_prompt,
    finished_reply,
    pieces_of,
    wishes_for,
)
from tinymorph.engine.prompts.pieces import cut_passage
from tinymorph.engine.prompts.sentences import cut_sentences, nearest
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import PromptTooLongError

_PROSE = st.text(alphabet=st.sampled_from([*"abcA .!?,;\n\u2014\u201d\"'日。🙂"]), max_size=200)


@given(text=_PROSE)
def test_sentences_join_to_the_text(text: str) -> None:
    parts = cut_sentences(text)
    assert "".join(parts) == text
    assert len(parts) <= 1 or all(part.strip() for part in parts)


def test_sentences_are_those_a_reader_would_count() -> None:
    text = 'Mr. B. came in. "Where?" he asked. "Here!" It was... late.\nYes 今日は。いい日。'
    assert [part.strip() for part in cut_sentences(text)] == [
        "Mr. B. came in.",
        '"Where?" he asked.',
        '"Here!"',
        "It was... late.",
        "Yes 今日は。",
        "いい日。",
    ]


@given(before=_PROSE, after=_PROSE, budget=st.integers(0, 60))
def test_context_is_whole_sentences_next_to_the_passage(
    before: str, after: str, budget: int
) -> None:
    kept_before, kept_after = nearest(before, after, budget, len)
    assert before.endswith(kept_before)
    assert after.startswith(kept_after)
    assert len(kept_before) + len(kept_after) <= budget
    sentences = cut_sentences(before)
    assert any("".join(sentences[place:]) == kept_before for place in range(len(sentences) + 1))


@given(text=_PROSE, budget=st.integers(1, 60))
def test_pieces_join_to_the_passage_and_each_fits(text: str, budget: int) -> None:
    pieces = cut_passage(text, budget, lambda part: len(part.split()) or bool(part))
    assert "".join(piece.text for piece in pieces) == text
    for place, piece in enumerate(pieces):
        assert piece.before == (pieces[place - 1].text if place else "")
        assert piece.text + piece.after == "".join(rest.text for rest in pieces[place:])
        assert len(piece.text.split()) <= budget
        assert piece.text.strip() or len(pieces) == 1


@given(text=_PROSE, budget=st.integers(1, 4))
def test_no_piece_is_white_space_alone_even_when_words_are_cut(text: str, budget: int) -> None:
    pieces = cut_passage(text, budget, len)
    assert "".join(piece.text for piece in pieces) == text
    assert len(pieces) == 1 or all(piece.text.strip() for piece in pieces)


def test_pieces_are_few_and_of_about_one_length() -> None:
    text = "One two three four. " * 10
    pieces = cut_passage(text, 18, lambda part: len(part.split()))
    assert [len(piece.text.split()) for piece in pieces] == [16, 16, 8]


def test_long_sentence_is_cut_between_clauses_then_words() -> None:
    text = "The tide went out, and the gull stood; " + "word " * 12 + "end."
    pieces = cut_passage(text, 6, lambda part: len(part.split()))
    assert pieces[0].text == "The tide went out, "
    assert pieces[1].text == "and the gull stood; "
    assert all(piece.text.endswith((" ", "end.")) for piece in pieces)


def test_verse_is_cut_into_its_lines_and_blank_lines_stay() -> None:
    text = "The tide went out,\nthe gull stood by;\n\nand nobody had told it.\n"
    pieces = cut_passage(text, 100, len)
    assert [piece.text for piece in pieces] == [
        "The tide went out,\n",
        "the gull stood by;\n\n",
        "and nobody had told it.\n",
    ]
    assert all(wishes_for(piece, Wishes(), []).form == "verse" for piece in pieces)


@pytest.mark.parametrize("n_ctx", [120, 192, 400])
def test_each_piece_fits_with_its_rewrite_and_the_piece_before(
    tiny_engine: Rewriter, n_ctx: int
) -> None:
    tokenizer: Any = tiny_engine.tokenizer
    text = f"{TEXT} Mr. Gull said nothing. " * 5
    ask = partial(encode_prompt, tokenizer, task="split", n_ctx=n_ctx)
    pieces = pieces_of(tokenizer, text, "split", n_ctx)
    assert len(pieces) > 1
    written: list[str] = []
    for piece in pieces:
        prompt = ask(text=piece.text, wishes=wishes_for(piece, Wishes(), written))
        assert len(prompt.token_ids) + prompt.limit <= n_ctx
        if written:
            shown = tokenizer.decode(prompt.token_ids)
            assert shown.endswith(f"<|target|>{written[-1].strip()}")
        written.append(finished_reply(prompt, f" {piece.text.strip()}"))
    assert "".join(written) == text


def test_instruct_model_sees_what_was_written_and_what_comes() -> None:
    tokenizer = qwen3_tokenizer()
    text = "One is here. Two is here. " * 20
    pieces = pieces_of(tokenizer, text, "shorten", 500, Wishes(instruction="Be brief."))
    assert len(pieces) > 2
    wishes = wishes_for(pieces[2], Wishes(before="Start. ", after="Stop."), ["First. ", "Second. "])
    assert wishes.before == "Start. First. "
    assert wishes.overlap is not None
    assert wishes.overlap.rewrite == "Second. "
    assert wishes.after == f"{pieces[2].after}Stop."
    prompt = encode_prompt(tokenizer, pieces[2].text, "shorten", 4000, wishes)
    assert "Start. First. Second.\n\nPassage:" in tokenizer.decode(prompt.token_ids)


def test_passage_that_fits_is_one_piece(tiny_engine: Rewriter) -> None:
    (piece,) = pieces_of(tiny_engine.tokenizer, f" {TEXT}\n", "split", 512)
    assert (piece.text, piece.before, piece.after) == (f" {TEXT}\n", "", "")


def test_instruction_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(PromptTooLongError):
        pieces_of(qwen3_tokenizer(), TEXT, "shorten", 200, Wishes(instruction="very " * 200))
