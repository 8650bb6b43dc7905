"""Prompts for models that have a token for each task, in the format that they are trained in."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from transformers import AutoTokenizer

from helpers.tiny_bundle import TEXT
from tinymorph.engine.prompt import (
    REWRITING_TASKS,
    Overlap,
    Wishes,
    encode_prompt,
    finished_reply,
    tasks_of,
)
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import BadInputError, PromptTooLongError
from tinymorph.training.batches import Words
from tinymorph.training.style import STYLES, mask_of
from tinymorph.training.tokenizer import INFILLING

N_CTX = 512


@pytest.fixture(scope="module")
def taught(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the tiny tokenizer with the tokens of styles and gaps, saved and loaded again."""
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_folder / "model")
    tokenizer.add_special_tokens(
        {"additional_special_tokens": [*tokenizer.extra_special_tokens, *INFILLING]}
    )
    tokenizer.init_kwargs["taught"] = {"styles": list(STYLES), "fill": True}
    folder = tmp_path_factory.mktemp("taught")
    tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture
def plain_tokenizer(tiny_engine: Rewriter) -> Any:
    return tiny_engine.tokenizer


def _ids(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def test_prompt_is_bos_task_passage_target(plain_tokenizer: Any) -> None:
    prompt = encode_prompt(plain_tokenizer, f" {TEXT}", "split", N_CTX)
    ids = _ids(plain_tokenizer, TEXT)
    head = plain_tokenizer.convert_tokens_to_ids(["<|bos|>", "<|split|>"])
    target = plain_tokenizer.convert_tokens_to_ids("<|target|>")
    assert list(prompt.token_ids) == [*head, *ids, target]
    assert prompt.steerable == (range(2, 2 + len(ids)),)
    assert prompt.n_source == len(ids) == len(prompt.spans)
    assert prompt.spans[0].start == 1


def test_styles_stand_before_the_target_as_in_training(taught: Any) -> None:
    words = Words(
        bos=taught.bos_token_id,
        eos=taught.eos_token_id,
        pad=taught.pad_token_id,
        target=taught.convert_tokens_to_ids("<|target|>"),
        prefix=taught.convert_tokens_to_ids("<|prefix|>"),
        suffix=taught.convert_tokens_to_ids("<|suffix|>"),
        middle=taught.convert_tokens_to_ids("<|middle|>"),
        like=taught.convert_tokens_to_ids("<|like|>"),
        comma=tuple(_ids(taught, ",")),
        styles=tuple(tuple(_ids(taught, f" {style}")) for style in STYLES),
    )
    like = ("archaic", "first person", "gloomy")
    asked = {tuple(words.request(mask_of(like), Random(seed))) for seed in range(300)}
    prompt = encode_prompt(taught, TEXT, "paraphrase", N_CTX, Wishes(like=like))
    bare = encode_prompt(taught, TEXT, "paraphrase", N_CTX)
    style = prompt.token_ids[len(bare.token_ids) - 1 : -1]
    assert style in asked
    assert prompt.token_ids[: len(bare.token_ids) - 1] == bare.token_ids[:-1]
    assert prompt.token_ids[-1] == bare.token_ids[-1] == words.target
    assert prompt.steerable == bare.steerable


def test_gap_has_the_text_around_first_as_in_training(taught: Any) -> None:
    wishes = Wishes(before="The “gull” stood \n\nHe ", after=" the wall.", like=("plain",))
    prompt = encode_prompt(taught, "looked at", "fill", N_CTX, wishes)
    marks = taught.convert_tokens_to_ids(["<|bos|>", "<|prefix|>", "<|suffix|>", "<|middle|>"])
    before, after = _ids(taught, 'The "gull" stood\nHe'), _ids(taught, " the wall.")
    like = [taught.convert_tokens_to_ids("<|like|>"), *_ids(taught, " plain")]
    assert list(prompt.token_ids) == [
        *marks[:2], *before, marks[2], *after, *like, marks[3]
    ]  # fmt: skip
    mask = prompt.steerable_mask
    kept = [token for token, is_own in zip(prompt.token_ids, mask, strict=True) if is_own]
    assert kept == [*before, *after]
    assert prompt.passage_ids == ()


def test_gap_before_a_word_gets_its_space_on_both_ways(taught: Any) -> None:
    prompt = encode_prompt(taught, "", "fill", N_CTX, Wishes(before="The ", after="gull stood."))
    assert taught.decode(prompt.token_ids).count("<|suffix|> gull") == 1
    assert finished_reply(prompt, " old") == "old "
    closed = encode_prompt(taught, "", "fill", N_CTX, Wishes(before="The gull", after="."))
    assert finished_reply(closed, " stood") == " stood"
    assert finished_reply(closed, ", too") == ", too"


def test_long_surroundings_of_a_gap_keep_the_nearest_sentences(taught: Any) -> None:
    wishes = Wishes(before="Far away. " * 300 + "Near one.", after=" Next one." + " Far off." * 300)
    prompt = encode_prompt(taught, "", "fill", N_CTX, wishes)
    shown = taught.decode(prompt.token_ids)
    assert len(prompt.token_ids) + prompt.limit <= N_CTX
    assert "Far away. Near one.<|suffix|> Next one. Far off." in shown


def test_gap_with_nothing_around_it_is_refused(taught: Any) -> None:
    with pytest.raises(BadInputError, match="no text around"):
        encode_prompt(taught, TEXT, "fill", N_CTX)


def test_what_was_not_taught_is_refused_though_its_token_is_reserved(
    taught: Any, plain_tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tasks_of(taught) == (*REWRITING_TASKS, "fill")
    monkeypatch.delitem(taught.init_kwargs, "taught")
    for tokenizer in (taught, plain_tokenizer):
        assert tasks_of(tokenizer) == REWRITING_TASKS
        with pytest.raises(BadInputError, match="not taught to write in a style"):
            encode_prompt(tokenizer, TEXT, "split", N_CTX, Wishes(like=("archaic",)))
        with pytest.raises(BadInputError, match="not taught to fill"):
            encode_prompt(tokenizer, "", "fill", N_CTX, Wishes(before="The gull"))


def test_style_that_was_not_taught_is_named(taught: Any) -> None:
    with pytest.raises(BadInputError, match="'pirate'"):
        encode_prompt(taught, TEXT, "split", N_CTX, Wishes(like=("plain", "pirate")))


def test_instruction_is_refused_never_ignored(plain_tokenizer: Any) -> None:
    with pytest.raises(BadInputError, match="takes no instructions"):
        encode_prompt(plain_tokenizer, TEXT, "split", N_CTX, Wishes(instruction="Be brief."))


def test_other_language_is_refused(plain_tokenizer: Any) -> None:
    german = "Der alte Mann saß nicht auf der Bank, und die Möwen waren schon fort."
    with pytest.raises(BadInputError, match="English only"):
        encode_prompt(plain_tokenizer, german, "split", N_CTX)


def test_text_around_changes_nothing_in_a_rewrite(plain_tokenizer: Any) -> None:
    around = Wishes(before="Before. ", after=" After.", form="list_item")
    assert (
        encode_prompt(plain_tokenizer, TEXT, "split", N_CTX, around).token_ids
        == encode_prompt(plain_tokenizer, TEXT, "split", N_CTX).token_ids
    )


def test_piece_goes_on_from_the_rewrite_of_the_piece_before(plain_tokenizer: Any) -> None:
    overlap = Wishes(overlap=Overlap("The gull stood. ", "A gull was standing. "))
    prompt = encode_prompt(plain_tokenizer, "It looked.", "split", N_CTX, overlap)
    shown = plain_tokenizer.decode(prompt.token_ids)
    assert shown == ("<|bos|><|split|>The gull stood. It looked.<|target|>A gull was standing.")
    assert plain_tokenizer.decode(prompt.passage_ids) == " It looked."
    assert "".join(span.of("It looked.") for span in prompt.spans) == "Itlooked."
    assert prompt.spans[-1].end == len("It looked.")


def test_piece_before_gives_way_where_there_is_no_room(plain_tokenizer: Any) -> None:
    alone = encode_prompt(plain_tokenizer, TEXT, "split", N_CTX)
    tight = len(alone.token_ids) + alone.limit
    overlap = Wishes(overlap=Overlap(TEXT, TEXT))
    assert encode_prompt(plain_tokenizer, TEXT, "split", tight, overlap).token_ids == (
        alone.token_ids
    )


def test_passage_without_room_for_its_rewrite_is_refused(plain_tokenizer: Any) -> None:
    with pytest.raises(PromptTooLongError, match="too long"):
        encode_prompt(plain_tokenizer, TEXT * 10, "split", N_CTX)
