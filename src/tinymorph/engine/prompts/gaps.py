"""Fill-in-the-middle: the text around a gap first, what fills it last.

`bos prefix BEFORE suffix AFTER [like STYLES] middle`, as in `training/batches.py`; models of code
and some base models spell the same three marks `<|fim_prefix|>` or `<fim_prefix>`. The middle
begins with the space before its first word, the suffix with a space or a mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tinymorph.engine.prompts.sentences import nearest
from tinymorph.engine.prompts.text import plain, token_ids_of
from tinymorph.engine.prompts.tokenized import Kind, TokenizedPrompt, Wishes, usual_limit
from tinymorph.errors import BadInputError

FILL = "fill"
"""The task of writing what belongs between the text before and the text after."""
_SPELLINGS = {
    "taught": ("<|{}|>",),
    "base": ("<|fim_{}|>", "<fim_{}>"),
}
_LONGEST_GAP = 64
"""Tokens of the longest middle that the bundled model is taught."""
_PARAGRAPH = re.compile(r"\s*\n\s*")
_WORD = re.compile(r"[\w\"'(\u2018\u201c]")


@dataclass(frozen=True, slots=True)
class GapTokens:
    """The three marks of a vocabulary."""

    prefix: int
    suffix: int
    middle: int


def gap_tokens(tokenizer: Any, kind: Kind) -> GapTokens | None:
    """Return the marks that the vocabulary has, or None."""
    vocabulary = tokenizer.get_vocab()
    for spelling in _SPELLINGS.get(kind, ()):
        names = [spelling.format(part) for part in ("prefix", "suffix", "middle")]
        if all(name in vocabulary for name in names):
            return GapTokens(*(vocabulary[name] for name in names))
    return None


def encode_gap(
    tokenizer: Any,
    marks: GapTokens,
    source: str,
    wishes: Wishes,
    n_ctx: int,
    *,
    kind: Kind,
    style: tuple[int, ...] = (),
) -> TokenizedPrompt:
    """Return the prompt that fills the place of `source`, which itself is not sent.

    As much of the text around goes along as the context holds, whole sentences, nearest first.
    """
    if not (wishes.before.strip() or wishes.after.strip()):
        raise BadInputError(
            "There is no text around the gap to go by.",
            hint="Select a part of a paragraph, not all of it.",
        )
    n_source = len(token_ids_of(tokenizer, source.strip()))
    limit = max(_LONGEST_GAP, usual_limit(n_source))
    bos = () if tokenizer.bos_token_id is None else (tokenizer.bos_token_id,)
    room = n_ctx - len(bos) - 3 - len(style) - limit

    def count(text: str) -> int:
        return len(token_ids_of(tokenizer, text)) + 1

    around = nearest(wishes.before.rstrip(), wishes.after.rstrip(), room, count)
    if not any(around):
        raise BadInputError(
            "The sentences around the gap are too long for this model.",
            hint="Select a shorter passage.",
        )
    before, after = (_as_taught(text) if kind == "taught" else text for text in around)
    after = f" {after}" if _WORD.match(after) else after
    head, tail = token_ids_of(tokenizer, before), token_ids_of(tokenizer, after)
    start = len(bos) + 1
    middle = start + len(head) + 1
    return TokenizedPrompt(
        token_ids=(*bos, marks.prefix, *head, marks.suffix, *tail, *style, marks.middle),
        n_source=n_source,
        steerable=(range(start, start + len(head)), range(middle, middle + len(tail))),
        spans=(),
        limit=limit,
        kind=kind,
        task=FILL,
        source=source,
        wishes=wishes,
    )


def fitted(text: str, before: str, after: str) -> str:
    """Give a middle the spaces that it needs between its neighbours."""
    words = _PARAGRAPH.sub(" ", text.strip())
    if not words:
        return ""
    begins_word = text[:1].isspace() or _WORD.match(words)
    head = " " if before and not before[-1].isspace() and begins_word else ""
    tail = " " if _WORD.match(after) else ""
    return f"{head}{words}{tail}"


def _as_taught(text: str) -> str:
    """Straighten quotes; paragraphs stand apart by one line feed."""
    return "\n".join(plain(paragraph) for paragraph in _PARAGRAPH.split(text))
