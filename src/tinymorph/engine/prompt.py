"""From a passage and a task to a prompt, and from a reply to a rewrite, for any kind of model.

A *taught* model has a token for each task (`prompts/taught.py`), an *instruct* model a chat
template (`prompts/instruct.py`), a *base* model neither (`prompts/base.py`).
"""

from __future__ import annotations

from typing import Any

from tinymorph.engine.prompts.base import CONTINUE, encode_base
from tinymorph.engine.prompts.forms import is_verse, keep_form, one_line
from tinymorph.engine.prompts.gaps import FILL, fitted, gap_tokens
from tinymorph.engine.prompts.instruct import INSTRUCTIONS, encode_instruct, has_template
from tinymorph.engine.prompts.pieces import Piece, cut_passage, wishes_for
from tinymorph.engine.prompts.replies import clean_reply
from tinymorph.engine.prompts.taught import (
    REWRITING_TASKS,
    TARGET,
    encode_taught,
    task_token,
    task_tokens_of,
    taught_to,
)
from tinymorph.engine.prompts.text import (
    TokenizedText,
    encode_text,
    in_the_manner_of,
    plain,
    token_ids_of,
)
from tinymorph.engine.prompts.tokenized import (
    Kind,
    Overlap,
    TokenizedPrompt,
    Wishes,
    usual_limit,
    wishes_of,
)
from tinymorph.errors import BadInputError, PromptTooLongError

__all__ = [
    "CONTINUE",
    "FILL",
    "REWRITING_TASKS",
    "TARGET",
    "Kind",
    "Overlap",
    "Piece",
    "TokenizedPrompt",
    "TokenizedText",
    "Wishes",
    "encode_prompt",
    "encode_text",
    "finished_reply",
    "in_the_manner_of",
    "kind_of",
    "pieces_of",
    "plain",
    "task_token",
    "tasks_of",
    "taught_to",
    "wishes_for",
    "wishes_of",
]

_ENCODERS = {"taught": encode_taught, "instruct": encode_instruct, "base": encode_base}
_NO_WISHES = Wishes()
_REWRITE_SHARE = 5
"""A piece, its rewrite of one and a half times its length, and the same of the piece before it."""


def kind_of(tokenizer: Any) -> Kind:
    """Return the kind of model that a tokenizer belongs to."""
    if task_tokens_of(tokenizer):
        return "taught"
    return "instruct" if has_template(tokenizer) else "base"


def tasks_of(tokenizer: Any) -> tuple[str, ...]:
    """Return what the tokenizer's model can be asked to do."""
    match kind_of(tokenizer):
        case "taught":
            fill = (FILL,) if taught_to(tokenizer).can_fill else ()
            return (*task_tokens_of(tokenizer), *fill)
        case "instruct":
            return tuple(INSTRUCTIONS)
        case "base":
            return (CONTINUE, FILL) if gap_tokens(tokenizer, "base") else (CONTINUE,)


def encode_prompt(
    tokenizer: Any, text: str, task: str, n_ctx: int, wishes: Wishes = _NO_WISHES
) -> TokenizedPrompt:
    """Return the prompt of a rewrite; errors name what does not fit.

    Raises BadInputError for an empty passage, an unknown task or a wish that the model cannot
    honour, PromptTooLongError when the passage leaves no room for a rewrite of its own length.
    """
    tasks = tasks_of(tokenizer)
    if task not in tasks:
        raise BadInputError(
            f"The model was not taught to {task}.", hint=f"It knows: {', '.join(tasks)}."
        )
    if task != FILL and not text.strip():
        raise BadInputError("There is nothing to rewrite: the passage is empty.")
    return _ENCODERS[kind_of(tokenizer)](tokenizer, text, task, n_ctx, wishes)


def pieces_of(
    tokenizer: Any, text: str, task: str, n_ctx: int, wishes: Wishes = _NO_WISHES
) -> tuple[Piece, ...]:
    """Return the pieces in which a passage is rewritten: mostly one, the passage itself.

    Verse comes in lines; a passage that does not fit with its rewrite comes in stretches of
    sentences, each with room for the one before it. `cut_passage` says how they are used.
    """
    if task in {CONTINUE, FILL}:
        return (Piece(text, "", ""),)

    def count(part: str) -> int:
        return len(token_ids_of(tokenizer, part))

    n_source = count(text)
    empty = encode_prompt(tokenizer, ".", task, n_ctx, _alone(wishes))
    overhead = len(empty.token_ids) + empty.limit - usual_limit(1)
    if n_source + usual_limit(n_source) + overhead <= n_ctx and not is_verse(text):
        return (Piece(text, "", ""),)
    budget = (n_ctx - overhead - 2 * usual_limit(0)) // _REWRITE_SHARE
    if budget < 1:
        raise PromptTooLongError(
            "What goes along with the passage leaves no room for it in this model.",
            hint="Give a shorter instruction.",
        )
    return cut_passage(text, budget, count)


def finished_reply(prompt: TokenizedPrompt, reply: str) -> str:
    """Return what takes the place of the prompt's source: cleaned, and in the source's manner."""
    source, wishes = prompt.source, prompt.wishes
    if prompt.kind == "instruct":
        reply = clean_reply(reply, source)
    if prompt.task == FILL:
        around = f"{wishes.before} {source} {wishes.after}"
        return fitted(in_the_manner_of(reply, around), wishes.before, wishes.after)
    text = in_the_manner_of(reply, source)
    if prompt.task == CONTINUE:
        tail = source[len(source.rstrip()) :]
        return f"{source.rstrip()}{one_line(text.rstrip())}{tail}"
    may_end = prompt.task == "repair" and wishes.form in {"paragraph", "verse"}
    return keep_form(text, source, may_end=may_end)


def _alone(wishes: Wishes) -> Wishes:
    """Return the wishes that are part of every piece's prompt."""
    return Wishes(instruction=wishes.instruction, like=wishes.like, form=wishes.form)
