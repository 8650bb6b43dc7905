"""The versions that one paragraph went through, found again in the versions of its document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tinymorph.text.diff import split_words

V = TypeVar("V")

LEAST_SIMILARITY = 0.5
"""Share of common words below which a paragraph is held for another one."""

_BREAK = re.compile(r"\n(?:[ \t]*\n)+|\n(?=[ \t]*(?:[-+*]|\d{1,9}[.)]|#{1,6})[ \t])")


@dataclass(frozen=True, slots=True)
class ParagraphVersion(Generic[V]):
    """One wording of a paragraph, and the oldest version of the document that had it."""

    version: V
    text: str


def paragraphs_in(text: str) -> list[str]:
    """Return the paragraphs of a Markdown text: what blank lines set apart, and list items."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return [piece.strip(" \t\n") for piece in _BREAK.split(unified) if piece.strip()]


def versions_of_paragraph(
    paragraph: str, texts: Iterable[tuple[V, str]]
) -> Iterator[ParagraphVersion[V]]:
    """Yield the distinct wordings of a paragraph, newest first.

    `texts` are the document's versions, newest first. The paragraph is followed back from each
    to the next: as itself where it stands there unchanged, or else as the paragraph that has most
    of its words, if that one is not in the newer version too. The walk ends where it came in.
    """
    now = paragraph.strip()
    newer = {now}
    found: ParagraphVersion[V] | None = None
    for version, text in texts:
        paragraphs = paragraphs_in(text)
        here = set(paragraphs)
        match = now if now in here else _most_similar(now, here - newer)
        if match is None:
            break
        if found is not None and match != found.text:
            yield found
        found = ParagraphVersion(version, match)
        now, newer = match, here
    if found is not None:
        yield found


def similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return how many of their words two paragraphs share, from 0 to 1."""
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else 0.0


def words_in(paragraph: str) -> Counter[str]:
    """Count the words of a paragraph, whatever their case and the marks around them."""
    words = (word.of(paragraph).casefold() for word in split_words(paragraph))
    return Counter(word for word in words if word[:1].isalnum())


def _most_similar(paragraph: str, candidates: Iterable[str]) -> str | None:
    wanted = words_in(paragraph)
    scored = ((similarity(wanted, words_in(one)), one) for one in sorted(candidates))
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= LEAST_SIMILARITY else None
