"""Cut a passage that the context cannot hold, and verse, into pieces that are rewritten in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tinymorph.engine.prompts.forms import is_verse
from tinymorph.engine.prompts.sentences import cut_sentences
from tinymorph.engine.prompts.tokenized import Overlap, Wishes

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CLAUSE = re.compile(r".*?(?:[,;:\u2014\u3001\uff0c]+\s*|\Z)", re.DOTALL)
_WORD = re.compile(r"\S*\s+|\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage that is rewritten by itself."""

    text: str
    """With the white space after it; the pieces joined are the passage."""
    before: str
    """The piece before it: the sentences that it follows on."""
    after: str
    """The rest of the passage."""

    @property
    def is_line(self) -> bool:
        """Say whether it is a line of a passage in lines."""
        return self.text.endswith("\n") or self.before.endswith("\n")


def cut_passage(text: str, budget: int, count: Callable[[str], int]) -> tuple[Piece, ...]:
    """Return the pieces of a passage, each of at most `budget` tokens as `count` counts them.

    Lines of verse are pieces each, so that every line break stays. Other passages are cut between
    sentences into as few pieces as will do, of about one length. A sentence that is too long by
    itself is cut between clauses, else words, else characters.

    Each piece is rewritten with `wishes_for(piece, wishes, written)`, where `written` holds the
    rewrites of the pieces before it, and all rewrites joined are the rewrite of the passage:

        written: list[str] = []
        for piece in pieces:
            prompt = encode_prompt(tokenizer, piece.text, task, n_ctx, wishes_for(...))
            written.append(finished_reply(prompt, "".join(the_tokens_that_came)))
    """
    lines = _LINE.findall(text) if is_verse(text) else [text]
    parts = [part for line in _with_words(lines) for part in _parts(line, budget, count)]
    whole = _with_words(parts)
    rests = ["".join(whole[place + 1 :]) for place in range(len(whole))]
    return tuple(
        Piece(part, before, rest)
        for (before, part), rest in zip(pairwise(["", *whole]), rests, strict=True)
    )


def wishes_for(piece: Piece, wishes: Wishes, written: Sequence[str]) -> Wishes:
    """Return the wishes for a piece, which stands between what is rewritten and what is not yet."""
    if piece.is_line and wishes.form == "paragraph":
        wishes = replace(wishes, form="verse")
    if not written:
        return replace(wishes, after=piece.after + wishes.after)
    return replace(
        wishes,
        before=wishes.before + "".join(written[:-1]),
        after=piece.after + wishes.after,
        overlap=Overlap(piece.before, written[-1]),
    )


def _parts(text: str, budget: int, count: Callable[[str], int]) -> list[str]:
    if count(text) <= budget:
        return [text]
    return _packed([text], budget, count, (cut_sentences, _clauses, _words, list))


def _packed(
    texts: list[str],
    budget: int,
    count: Callable[[str], int],
    ways: Sequence[Callable[[str], list[str]]],
) -> list[str]:
    """Cut texts the first way, those still too long the next way, and join short neighbours."""
    small: list[str] = []
    for text in texts:
        for part in ways[0](text) if ways else [text]:
            is_small = count(part) <= budget or len(ways) <= 1
            small += [part] if is_small else _packed([part], budget, count, ways[1:])
    n_pieces = -(-count("".join(small)) // budget)
    target = min(budget, -(-count("".join(small)) // n_pieces))
    packed: list[str] = []
    for part in small:
        fits = bool(packed) and count(packed[-1] + part) <= budget
        if fits and count(packed[-1]) < target:
            packed[-1] += part
        else:
            packed.append(part)
    return packed


def _clauses(text: str) -> list[str]:
    return [part for part in _CLAUSE.findall(text) if part]


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _with_words(parts: Sequence[str]) -> list[str]:
    """Join white space that stands alone to its neighbour."""
    kept: list[str] = []
    for part in parts:
        if kept and not (part.strip() and kept[-1].strip()):
            kept[-1] += part
        else:
            kept.append(part)
    return kept
