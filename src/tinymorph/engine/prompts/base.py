"""Base models: no tasks, no chat template; they go on writing, or fill a gap."""

from __future__ import annotations

from typing import Any

from tinymorph.engine.prompts.gaps import FILL, encode_gap, gap_tokens
from tinymorph.engine.prompts.sentences import nearest
from tinymorph.engine.prompts.text import encode_text, token_ids_of
from tinymorph.engine.prompts.tokenized import (
    TokenizedPrompt,
    Wishes,
    checked_room,
    usual_limit,
)
from tinymorph.errors import BadInputError

CONTINUE = "continue"
"""Go on writing where the passage ends."""
MOST_CONTEXT = 256
"""Tokens of the text around that go along with a passage."""


def encode_base(
    tokenizer: Any, source: str, task: str, n_ctx: int, wishes: Wishes
) -> TokenizedPrompt:
    """Return the passage with what stands before it, or the text around a gap."""
    if wishes.instruction or wishes.like:
        what = "instructions of your own" if wishes.instruction else "a style named in words"
        raise BadInputError(
            f"This model only goes on writing and takes no {what}."
            if wishes.instruction
            else f"This model only goes on writing and cannot be asked for {what}.",
            hint="Choose a model with a chat template.",
        )
    marks = gap_tokens(tokenizer, "base")
    if task == FILL and marks is not None:
        prompt = encode_gap(tokenizer, marks, source, wishes, n_ctx, kind="base")
        return checked_room(prompt, n_ctx)
    bos = () if tokenizer.bos_token_id is None else (tokenizer.bos_token_id,)
    passage = encode_text(tokenizer, source.strip(), is_plain=False)
    ids = passage.token_ids
    limit = usual_limit(len(ids))
    room = min(MOST_CONTEXT, n_ctx - len(bos) - len(ids) - limit)

    def count(text: str) -> int:
        return len(token_ids_of(tokenizer, text))

    before, _ = nearest(wishes.before, "", room, count)
    context = token_ids_of(tokenizer, before)
    start = len(bos) + len(context)
    prompt = TokenizedPrompt(
        token_ids=(*bos, *context, *ids),
        n_source=len(ids),
        steerable=(range(start, start + len(ids)),),
        spans=passage.within(source),
        limit=limit,
        kind="base",
        task=CONTINUE,
        source=source,
        wishes=wishes,
    )
    return checked_room(prompt, n_ctx)
