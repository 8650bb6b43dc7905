"""Base models go on writing or fill a gap, and refuse the rest by name."""

from __future__ import annotations

import pytest

from helpers.chat_tokenizers import TEXT, gemma3_tokenizer, qwen3_tokenizer
from tinymorph.engine.prompt import Wishes, encode_prompt, finished_reply, kind_of, tasks_of
from tinymorph.errors import BadInputError

GEMMA = gemma3_tokenizer(None)
FIM = qwen3_tokenizer(None, "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")


def test_base_model_goes_on_from_the_passage_and_what_stands_before() -> None:
    assert kind_of(GEMMA) == "base"
    assert tasks_of(GEMMA) == ("continue",)
    prompt = encode_prompt(GEMMA, f"{TEXT} ", "continue", 1024, Wishes(before="Once. "))
    assert GEMMA.decode(prompt.token_ids) == f"<bos>Once. {TEXT}"
    assert GEMMA.decode(prompt.passage_ids) == TEXT
    assert not any(prompt.steerable_mask[: -prompt.n_source])


def test_words_that_go_on_stand_after_the_passage() -> None:
    prompt = encode_prompt(GEMMA, "The gull ", "continue", 1024)
    assert finished_reply(prompt, " stood\non the wall.") == "The gull stood on the wall. "
    assert finished_reply(prompt, "s stood") == "The gulls stood "


def test_base_model_with_marks_fills_a_gap() -> None:
    assert tasks_of(FIM) == ("continue", "fill")
    wishes = Wishes(before="The “gull” ", after=" on the wall.")
    prompt = encode_prompt(FIM, "stood", "fill", 1024, wishes)
    assert FIM.decode(prompt.token_ids) == (
        "<|fim_prefix|>The “gull”<|fim_suffix|> on the wall.<|fim_middle|>"
    )


@pytest.mark.parametrize(
    ("task", "wishes", "said"),
    [
        ("paraphrase", Wishes(), "not taught to paraphrase"),
        ("fill", Wishes(before="The gull"), "not taught to fill"),
        ("continue", Wishes(instruction="Be brief."), "takes no instructions"),
        ("continue", Wishes(like=("archaic",)), "a style named in words"),
    ],
)
def test_base_model_refuses_what_it_cannot_do(task: str, wishes: Wishes, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        encode_prompt(GEMMA, TEXT, task, 1024, wishes)
