"""Models that were taught tasks by a token each, such as the bundled one.

`bos TASK source [like STYLES] target`, as in `training/batches.py`. The style stands right before
the mark where writing begins, so that what is cached of the passage serves any style. A vocabulary
may hold tokens that its model was never taught (they are reserved); what was taught besides the
tasks is said in `tokenizer_config.json`: `"taught": {"styles": ["archaic", ...], "fill": true}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinymorph.engine.prompts.gaps import FILL, encode_gap, gap_tokens
from tinymorph.engine.prompts.language import is_foreign
from tinymorph.engine.prompts.text import TokenizedText, encode_text, token_ids_of
from tinymorph.engine.prompts.tokenized import (
    TokenizedPrompt,
    Wishes,
    checked_room,
    usual_limit,
)
from tinymorph.errors import BadInputError
from tinymorph.schema.span import Span

TARGET = "<|target|>"
LIKE = "<|like|>"
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


@dataclass(frozen=True, slots=True)
class Taught:
    """What a model was taught besides its tasks."""

    styles: tuple[str, ...] = ()
    can_fill: bool = False


def task_token(task: str) -> str:
    """Return the special token that asks for `task`."""
    return f"<|{task}|>"


def task_tokens_of(tokenizer: Any) -> tuple[str, ...]:
    """Return the rewriting tasks that the tokenizer has tokens for."""
    vocabulary = tokenizer.get_vocab()
    known = tuple(task for task in REWRITING_TASKS if task_token(task) in vocabulary)
    return known if TARGET in vocabulary else ()


def taught_to(tokenizer: Any) -> Taught:
    """Return what the model's folder says it was taught, as far as the tokens are there."""
    said: dict[str, Any] = tokenizer.init_kwargs.get("taught") or {}
    styles = tuple(said.get("styles", ())) if LIKE in tokenizer.get_vocab() else ()
    can_fill = bool(said.get("fill")) and gap_tokens(tokenizer, "taught") is not None
    return Taught(styles, can_fill)


def encode_taught(
    tokenizer: Any, source: str, task: str, n_ctx: int, wishes: Wishes
) -> TokenizedPrompt:
    """Return the prompt of a task token; of the text around, only `fill` makes use."""
    if wishes.instruction:
        raise BadInputError(
            "This model takes no instructions of your own.",
            hint="Choose one of its tasks, or a model with a chat template.",
        )
    style = _style(tokenizer, wishes.like)
    if is_foreign(source if source.strip() else f"{wishes.before} {wishes.after}"):
        raise BadInputError(
            "This model knows English only, and the passage seems to be in another language.",
            hint="Choose a model that was trained in that language.",
        )
    if task == FILL:
        marks = gap_tokens(tokenizer, "taught")
        if marks is None:
            raise BadInputError("The model was not taught to fill.")
        prompt = encode_gap(tokenizer, marks, source, wishes, n_ctx, kind="taught", style=style)
        return checked_room(prompt, n_ctx)
    prompt = _framed(tokenizer, source, task, wishes, style)
    if wishes.overlap is not None and len(prompt.token_ids) + prompt.limit > n_ctx:
        alone = Wishes(like=wishes.like, form=wishes.form)
        prompt = _framed(tokenizer, source, task, alone, style)
    return checked_room(prompt, n_ctx)


def _framed(
    tokenizer: Any, source: str, task: str, wishes: Wishes, style: tuple[int, ...]
) -> TokenizedPrompt:
    """Put the passage between its task and the mark where the rewrite begins.

    With an overlap the piece before the passage stands in front of it, and its rewrite after the
    mark, as if the model had just written that and went on.
    """
    bos = () if tokenizer.bos_token_id is None else (tokenizer.bos_token_id,)
    passage = encode_text(tokenizer, source.strip())
    earlier: tuple[int, ...] = ()
    written: tuple[int, ...] = ()
    if wishes.overlap is not None:
        earlier = encode_text(tokenizer, wishes.overlap.source.strip()).token_ids
        passage = _after_a_space(tokenizer, source.strip())
        written = encode_text(tokenizer, wishes.overlap.rewrite.strip()).token_ids
    ids = passage.token_ids
    start = len(bos) + 1 + len(earlier)
    task_id = tokenizer.convert_tokens_to_ids(task_token(task))
    target = tokenizer.convert_tokens_to_ids(TARGET)
    return TokenizedPrompt(
        token_ids=(*bos, task_id, *earlier, *ids, *style, target, *written),
        n_source=len(ids),
        steerable=(range(start, start + len(ids)),),
        spans=passage.within(source),
        limit=usual_limit(len(ids)),
        kind="taught",
        task=task,
        source=source,
        wishes=wishes,
    )


def _after_a_space(tokenizer: Any, text: str) -> TokenizedText:
    """Tokenize a passage that goes on after another one; the space is no part of its spans."""
    coded = encode_text(tokenizer, f" {text}")
    spans = (Span(start=max(0, span.start - 1), end=max(0, span.end - 1)) for span in coded.spans)
    return TokenizedText(coded.token_ids, tuple(spans))


def _style(tokenizer: Any, like: tuple[str, ...]) -> tuple[int, ...]:
    """Return `like` and the styles, each with its space, joined by commas."""
    if not like:
        return ()
    known = taught_to(tokenizer).styles
    if not known:
        raise BadInputError(
            "This model was not taught to write in a style named in words.",
            hint="Steer by a feature instead, or choose another model.",
        )
    unknown = [style for style in like if style not in known]
    if unknown:
        raise BadInputError(
            f"This model was not taught the style {unknown[0]!r}.",
            hint=f"It knows: {', '.join(known)}.",
        )
    comma = token_ids_of(tokenizer, ",")
    tokens = [tokenizer.convert_tokens_to_ids(LIKE), *token_ids_of(tokenizer, f" {like[0]}")]
    for style in like[1:]:
        tokens += [*comma, *token_ids_of(tokenizer, f" {style}")]
    return tuple(tokens)
