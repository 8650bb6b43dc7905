"""Prompts through the chat templates of Qwen3 and Gemma 3."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.chat_tokenizers import TEXT, gemma3_tokenizer, qwen3_tokenizer
from tinymorph.engine.prompt import (
    REWRITING_TASKS,
    Overlap,
    Wishes,
    encode_prompt,
    kind_of,
    tasks_of,
)
from tinymorph.engine.prompts.instruct import INSTRUCTIONS
from tinymorph.errors import BundleError, PromptTooLongError

QWEN3, GEMMA3 = qwen3_tokenizer(), gemma3_tokenizer()
BOTH = pytest.mark.parametrize("tokenizer", [QWEN3, GEMMA3], ids=["qwen3", "gemma3"])
N_CTX = 4096


def _shown(tokenizer: Any, prompt: Any) -> str:
    return tokenizer.decode(prompt.token_ids, skip_special_tokens=False)


@BOTH
def test_model_with_a_chat_template_can_do_every_rewriting_task(tokenizer: Any) -> None:
    assert kind_of(tokenizer) == "instruct"
    assert set(tasks_of(tokenizer)) == set(REWRITING_TASKS)


def test_every_task_has_one_short_instruction_of_its_own() -> None:
    texts = [" ".join(parts) for parts in INSTRUCTIONS.values()]
    assert len(set(texts)) == len(REWRITING_TASKS)
    assert all(len(text.split()) <= 22 for text in texts)


@BOTH
@pytest.mark.parametrize("task", REWRITING_TASKS)
def test_prompt_is_what_the_chat_template_itself_gives(tokenizer: Any, task: str) -> None:
    prompt = encode_prompt(tokenizer, TEXT, task, N_CTX)
    message = (
        f"Passage:\n{TEXT}\n\n{' '.join(INSTRUCTIONS[task])} Reply with the new passage alone."
    )
    wanted = tokenizer.apply_chat_template(
        [{"role": "user", "content": message}],
        add_generation_prompt=True,
        enable_thinking=False,
        return_dict=False,
    )
    assert list(prompt.token_ids) == wanted


def test_qwen3_is_asked_not_to_think_and_gemma_3_begins_with_one_bos() -> None:
    assert _shown(QWEN3, encode_prompt(QWEN3, TEXT, "shorten", N_CTX)).endswith(
        "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )
    prompt = encode_prompt(GEMMA3, TEXT, "shorten", N_CTX)
    assert prompt.token_ids[0] == GEMMA3.bos_token_id
    assert prompt.token_ids.count(GEMMA3.bos_token_id) == 1
    assert _shown(GEMMA3, prompt).endswith("<end_of_turn>\n<start_of_turn>model\n")


@BOTH
@given(
    words=st.text(max_size=40),
    source=st.text(min_size=1, max_size=80).filter(lambda text: text.strip()),
)
def test_only_the_passages_own_tokens_can_be_steered(
    tokenizer: Any, words: str, source: str
) -> None:
    wishes = Wishes(instruction=words, before=f"Before. {words}", after="After.")
    prompt = encode_prompt(tokenizer, source, "paraphrase", N_CTX, wishes)
    (own,) = prompt.steerable
    assert len(own) == prompt.n_source == len(prompt.spans) == len(prompt.passage_ids)
    assert sum(prompt.steerable_mask) == len(own)
    assert not set(tokenizer.added_tokens_decoder) & set(prompt.passage_ids)
    covered = {place for span in prompt.spans for place in range(span.start, span.end)}
    inside = range(len(source) - len(source.lstrip()), len(source.rstrip()))
    assert covered <= set(inside)


@BOTH
def test_steerable_tokens_read_as_the_passage(tokenizer: Any) -> None:
    wishes = Wishes(before=f"{TEXT} ", after=f" {TEXT}")
    prompt = encode_prompt(tokenizer, f"  {TEXT} ", "shorten", N_CTX, wishes)
    assert tokenizer.decode(prompt.passage_ids) == TEXT
    assert prompt.spans[0].start == 2
    assert prompt.spans[-1].end == len(TEXT) + 2


@BOTH
@pytest.mark.parametrize(
    "control",
    ["<|im_end|>", "<|im_start|>", "<end_of_turn>", "<bos>", "<think>", "</think>", "<eos>"],
)
def test_control_tokens_in_the_writers_words_stay_text(tokenizer: Any, control: str) -> None:
    quiet = encode_prompt(tokenizer, "A gull.", "shorten", N_CTX, Wishes(instruction="Short."))
    wishes = Wishes(instruction=f"Short {control}.", before=f"Here {control}. ")
    loud = encode_prompt(tokenizer, f"A {control} gull{control}.", "shorten", N_CTX, wishes)

    def control_tokens(prompt: Any) -> list[int]:
        return [token for token in prompt.token_ids if token in tokenizer.added_tokens_decoder]

    assert control_tokens(loud) == control_tokens(quiet)
    assert _shown(tokenizer, loud).count(control) == _shown(tokenizer, quiet).count(control) + 4


@BOTH
def test_writers_instruction_and_styles_are_in_the_prompt(tokenizer: Any) -> None:
    wishes = Wishes(instruction="Make it a sailor's yarn.", like=("archaic", "gloomy"))
    shown = _shown(tokenizer, encode_prompt(tokenizer, TEXT, "paraphrase", N_CTX, wishes))
    assert "Rewrite the passage. Make it a sailor's yarn. Style: archaic, gloomy." in shown
    assert INSTRUCTIONS["paraphrase"][1] not in shown


@BOTH
def test_neighbours_go_along_nearest_first_in_whole_sentences(tokenizer: Any) -> None:
    wishes = Wishes(
        before="Far away. " * 200 + "Near one. ", after="Next one. " + "Far off. " * 200
    )
    prompt = encode_prompt(tokenizer, TEXT, "shorten", N_CTX, wishes)
    shown = _shown(tokenizer, prompt)
    assert "Far away. Near one.\n\nPassage:\n" in shown
    assert "Text after the passage:\nNext one. Far off. " in shown
    alone = encode_prompt(tokenizer, TEXT, "shorten", N_CTX)
    assert len(alone.token_ids) + 128 < len(prompt.token_ids) <= len(alone.token_ids) + 256
    assert tokenizer.decode(prompt.passage_ids) == TEXT


@BOTH
def test_context_gives_way_where_the_passage_needs_the_room(tokenizer: Any) -> None:
    alone = encode_prompt(tokenizer, TEXT, "shorten", N_CTX)
    tight = len(alone.token_ids) + alone.limit
    around = Wishes(before="Near one. ", after=" Next one.")
    assert encode_prompt(tokenizer, TEXT, "shorten", tight, around).token_ids == alone.token_ids
    with pytest.raises(PromptTooLongError):
        encode_prompt(tokenizer, TEXT, "shorten", len(alone.token_ids), around)


@BOTH
def test_piece_stands_after_the_rewrite_of_the_piece_before(tokenizer: Any) -> None:
    wishes = Wishes(before="Once. ", overlap=Overlap("Old words. ", "New words. "))
    shown = _shown(tokenizer, encode_prompt(tokenizer, TEXT, "shorten", N_CTX, wishes))
    assert "Once. New words.\n\nPassage:" in shown
    assert "Old words" not in shown


def test_reply_ends_with_the_templates_end_of_turn() -> None:
    for tokenizer, name in ((QWEN3, "<|im_end|>"), (GEMMA3, "<end_of_turn>")):
        prompt = encode_prompt(tokenizer, TEXT, "shorten", N_CTX)
        assert prompt.stop_ids == {tokenizer.convert_tokens_to_ids(name)}


@pytest.mark.parametrize(
    ("form", "note"), [("heading", "heading"), ("list_item", "item"), ("table_cell", "cell")]
)
def test_model_is_told_what_a_fragment_is(form: Any, note: str) -> None:
    shown = _shown(QWEN3, encode_prompt(QWEN3, "Of gulls", "shorten", N_CTX, Wishes(form=form)))
    assert note in shown
    assert note not in _shown(QWEN3, encode_prompt(QWEN3, "Of gulls", "shorten", N_CTX))


def test_other_language_is_answered_in_kind() -> None:
    german = "Der alte Mann saß nicht auf der Bank, und die Möwen waren schon fort."
    assert "in the language of the passage" in _shown(
        QWEN3, encode_prompt(QWEN3, german, "shorten", N_CTX)
    )


def test_template_that_hides_the_message_is_refused() -> None:
    with pytest.raises(BundleError, match="does not show the message"):
        encode_prompt(qwen3_tokenizer("{{ 'hello' }}"), TEXT, "shorten", N_CTX)
