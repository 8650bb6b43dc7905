"""From a passage and a task to token ids, and back to the writer's own quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tinymorph.errors import BadInputError, PromptTooLongError
from tinymorph.schema.span import Span

TARGET = "<|target|>"
CONTINUE = "continue"
"""The task of a model that was taught none: go on writing."""

REWRITING_TASKS = (
    "paraphrase",
    "shorten",
    "expand",
    "split",
    "join",
    "simplify",
    "modernize",
    "archaize",
    "repair",
)
"""What a model can be taught to do with a passage; each has a token of its own."""
_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\n": " "}
)


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """A prompt, ready for the model."""

    token_ids: tuple[int, ...]
    """BOS, the task, the passage, the mark where the rewrite begins."""
    n_source: int
    """Tokens of the passage alone."""


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A passage with the characters of each token."""

    token_ids: tuple[int, ...]
    """Without BOS."""
    spans: tuple[Span, ...]
    """One per token, without the space it begins with; the pieces of a character that was split
    share its span."""


def task_token(task: str) -> str:
    """Return the special token that asks for `task`."""
    return f"<|{task}|>"


def tasks_of(tokenizer: Any) -> tuple[str, ...]:
    """Return the tasks that the tokenizer has tokens for, or only `continue`."""
    vocabulary = tokenizer.get_vocab()
    known = tuple(task for task in REWRITING_TASKS if task_token(task) in vocabulary)
    return known if known and TARGET in vocabulary else (CONTINUE,)


def plain(text: str) -> str:
    """Straighten quotes and line breaks, character for character, as the model was taught."""
    return text.translate(_PLAIN)


def in_the_manner_of(text: str, source: str) -> str:
    """Give `text` curly quotes if the source has them."""
    if not any(quote in source for quote in "\u2018\u2019\u201c\u201d"):
        return text
    text = re.sub(r'(^|[\s(\[\u2014-])"', "\\1\u201c", text).replace('"', "\u201d")
    return re.sub(r"(^|[\s(\[\u2014\u201c-])'", "\\1\u2018", text).replace("'", "\u2019")


def encode_text(tokenizer: Any, text: str) -> TokenizedText:
    """Tokenize a passage; what looks like a special token in it stays plain text."""
    coded = tokenizer(
        plain(text),
        add_special_tokens=False,
        return_offsets_mapping=True,
        split_special_tokens=True,
    )
    spans = tuple(_without_space(text, start, end) for start, end in coded["offset_mapping"])
    return TokenizedText(tuple(coded["input_ids"]), spans)


def _without_space(text: str, start: int, end: int) -> Span:
    """Leave out the space before a word, which belongs to its token but not to the word."""
    token = text[start:end]
    space = len(token) - len(token.lstrip())
    return Span(start=start + space if space < len(token) else start, end=end)


def encode_prompt(tokenizer: Any, text: str, task: str, n_ctx: int) -> TokenizedPrompt:
    """Return the prompt of a rewrite; errors name what does not fit.

    Raises BadInputError for an empty passage or an unknown task, PromptTooLongError when the
    passage leaves no room for a rewrite of its own length.
    """
    if not text.strip():
        raise BadInputError("There is nothing to rewrite: the passage is empty.")
    tasks = tasks_of(tokenizer)
    if task not in tasks:
        raise BadInputError(
            f"The model was not taught to {task}.", hint=f"It knows: {', '.join(tasks)}."
        )
    source = encode_text(tokenizer, text.strip()).token_ids
    ids = _framed(tokenizer, source, task)
    if len(ids) + len(source) > n_ctx:
        raise PromptTooLongError(
            f"The passage is too long for this model ({len(source)} tokens; with its rewrite "
            f"it must stay under {n_ctx}).",
            hint="Select a part of it and ask again.",
        )
    return TokenizedPrompt(tuple(ids), len(source))


def _framed(tokenizer: Any, source: tuple[int, ...], task: str) -> list[int]:
    bos = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    if task == CONTINUE:
        return [*bos, *source]
    task_id = tokenizer.convert_tokens_to_ids(task_token(task))
    return [*bos, task_id, *source, tokenizer.convert_tokens_to_ids(TARGET)]
