"""Instruct models: one user turn of the tokenizer's own chat template.

The passage comes first and what to do with it last, so that what is cached of the passage serves
any task. There is no system turn, since not every template has one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tinymorph.engine.prompts.base import MOST_CONTEXT
from tinymorph.engine.prompts.forms import FORM_NOTES
from tinymorph.engine.prompts.language import is_foreign
from tinymorph.engine.prompts.sentences import nearest
from tinymorph.engine.prompts.text import TokenizedText, encode_with_control, token_ids_of
from tinymorph.engine.prompts.tokenized import (
    TokenizedPrompt,
    Wishes,
    checked_room,
    usual_limit,
)
from tinymorph.errors import BundleError
from tinymorph.schema.span import Span

INSTRUCTIONS: dict[str, tuple[str, str]] = {
    "paraphrase": (
        "Rewrite the passage.",
        "Say the same in other words, in the same tone and at about the same length.",
    ),
    "shorten": ("Shorten the passage.", "Keep what matters and keep its tone."),
    "expand": ("Expand the passage.", "Add fitting detail, but nothing new happens."),
    "split": ("Rewrite the passage in shorter sentences.", "Keep its words where you can."),
    "join": ("Rewrite the passage in fewer, longer sentences.", "Keep its words where you can."),
    "simplify": ("Rewrite the passage in simpler words.", "Keep its meaning."),
    "modernize": ("Rewrite the passage in today's language.", "Keep its meaning."),
    "archaize": ("Rewrite the passage in old-fashioned language.", "Keep its meaning."),
    "repair": ("Correct spelling, grammar and punctuation.", "Change nothing else."),
}
"""By task: what to do, and how; the writer's own instruction stands in place of the how."""

_LAST = "Reply with the new passage alone."
_SAME_LANGUAGE = "Write in the language of the passage."
_MESSAGE = "\ue000message\ue001"
"""Stands for a message while a template is rendered, so that the template cannot change it."""
_PREAMBLE = 32
"""Tokens for what a reply may say before the rewrite."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A rendered prompt, and where the writer's passage stands in it."""

    text: str
    head: int
    """Where the message begins."""
    message: str
    passage: Span
    """In `text`."""


def encode_instruct(
    tokenizer: Any, source: str, task: str, n_ctx: int, wishes: Wishes
) -> TokenizedPrompt:
    """Return the prompt with as much of the text around as there is room for."""
    alone = _encoded(tokenizer, source, task, replace(wishes, before="", after="", overlap=None))
    room = min(MOST_CONTEXT, n_ctx - len(alone.token_ids) - alone.limit)
    before = wishes.before
    if wishes.overlap is not None:
        before = f"{before}{wishes.overlap.rewrite}"

    def count(text: str) -> int:
        return len(token_ids_of(tokenizer, text))

    labels = count(_context("Text before the passage:", "...")) * 2
    kept = nearest(before, wishes.after, room - labels, count)
    around = replace(wishes, before=kept[0], after=kept[1])
    prompt = _encoded(tokenizer, source, task, around) if any(kept) else alone
    return checked_room(replace(prompt, wishes=wishes), n_ctx)


def has_template(tokenizer: Any) -> bool:
    """Say whether the tokenizer has a chat template."""
    return bool(tokenizer.chat_template)


def instruction_of(task: str, source: str, wishes: Wishes) -> str:
    """Return what the model is told to do with the passage."""
    what, how = INSTRUCTIONS[task]
    parts = [what, wishes.instruction or how]
    if wishes.like:
        parts.append(f"Style: {', '.join(wishes.like)}.")
    parts.append(FORM_NOTES[wishes.form])
    if is_foreign(source) and not wishes.instruction:
        parts.append(_SAME_LANGUAGE)
    return " ".join(filter(None, [*parts, _LAST]))


def _encoded(tokenizer: Any, source: str, task: str, wishes: Wishes) -> TokenizedPrompt:
    """Tokenize the turn; the passage's own tokens are those that lie wholly inside it."""
    turn = _rendered(tokenizer, source.strip(), instruction_of(task, source, wishes), wishes)
    ids: list[int] = []
    spans: dict[int, Span] = {}
    for start, text in _pieces(tokenizer, turn):
        coded = encode_with_control(tokenizer, text)
        for token, span in zip(coded.token_ids, coded.spans, strict=True):
            begin, end = span.start + start, span.end + start
            if turn.passage.start <= begin < end <= turn.passage.end:
                spans[len(ids)] = Span(start=begin, end=end)
            ids.append(token)
    own = TokenizedText((), tuple(spans.values())).moved(-turn.passage.start)
    limit = usual_limit(len(spans)) * (2 if task == "expand" or wishes.instruction else 1)
    return TokenizedPrompt(
        token_ids=tuple(ids),
        n_source=len(spans),
        steerable=(range(min(spans, default=0), max(spans, default=-1) + 1),),
        spans=own.within(source),
        limit=limit + _PREAMBLE,
        kind="instruct",
        task=task,
        source=source,
        wishes=wishes,
        stop_ids=_end_of_turn(tokenizer),
    )


def _rendered(tokenizer: Any, passage: str, instruction: str, wishes: Wishes) -> _Turn:
    """Put the message into the template after that is rendered."""
    before = _context("Text before the passage:", wishes.before.strip())
    after = _context("Text after the passage:", wishes.after.strip())
    start = f"{before}Passage:\n"
    message = f"{start}{passage}\n\n{after}{instruction}"
    head, tail = _around(tokenizer, [{"role": "user", "content": _MESSAGE}], is_asking=True)
    begin = len(head) + len(start)
    span = Span(start=begin, end=begin + len(passage))
    return _Turn(f"{head}{message}{tail}", len(head), message, span)


def _context(label: str, text: str) -> str:
    return f"{label}\n{text}\n\n" if text else ""


def _around(tokenizer: Any, messages: list[dict[str, str]], *, is_asking: bool) -> tuple[str, str]:
    """Return what the template writes before and after the last message."""
    options = {"enable_thinking": False} if "enable_thinking" in _template(tokenizer) else {}
    rendered = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=is_asking, **options
    )
    head, mark, tail = rendered.rpartition(_MESSAGE)
    if not mark or _MESSAGE in head:
        raise BundleError(
            "The model's chat template does not show the message that it is given.",
            hint="Choose another model, or mend its chat_template.jinja.",
        )
    return head, tail


def _template(tokenizer: Any) -> str:
    return str(tokenizer.get_chat_template())


def _pieces(tokenizer: Any, turn: _Turn) -> list[tuple[int, str]]:
    """Cut the turn inside every control token that the message holds, so that it stays text.

    Control tokens are the special ones and those that the template writes itself, such as
    `<think>`. Without any the turn is one piece, and its tokens are the template's own.
    """
    template = _template(tokenizer)
    names = [
        token.content
        for token in tokenizer.added_tokens_decoder.values()
        if len(token.content.strip()) > 1 and (token.special or token.content in template)
    ]
    cuts = {0}
    for name in names:
        at = turn.message.find(name)
        while at >= 0:
            cuts.add(turn.head + at + 1)
            at = turn.message.find(name, at + 1)
    starts = sorted(cuts)
    ends = [*starts[1:], len(turn.text)]
    return [(start, turn.text[start:end]) for start, end in zip(starts, ends, strict=True)]


def _end_of_turn(tokenizer: Any) -> frozenset[int]:
    """Return the special token that the template writes after a reply, if it writes one."""
    talk = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _MESSAGE}]
    _, tail = _around(tokenizer, talk, is_asking=False)
    first = tokenizer(tail.lstrip(), add_special_tokens=False)["input_ids"][:1]
    return frozenset(
        token for token in first if getattr(tokenizer.added_tokens_decoder.get(token), "special", 0)
    )
