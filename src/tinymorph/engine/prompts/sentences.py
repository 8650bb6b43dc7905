"""Cut text into sentences that join to it exactly, and keep those nearest to a passage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_CLOSING = "\"'\u2019\u201d\u00bb)\\]"
_END = re.compile(rf"(?:[.!?\u2026]+[{_CLOSING}]*\s+|[\u3002\uff01\uff1f]+[{_CLOSING}\u300d]*\s*)")
_BREAK = re.compile(r"\s*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sir|Capt|Col|Gen|Rev|Hon|Prof|Jr|Sr|No|vs|etc|e\.g|i\.e)|\b[A-Z])\.$"
)
_GOES_ON = re.compile(r"[a-z,;:]")
"""A sentence does not begin like this, so the mark before it ended none."""
_LONGEST_TOKEN = 16
"""Characters beyond so many times the budget are not even looked at."""


def cut_sentences(text: str) -> list[str]:
    """Return the sentences, each with the white space after it; joined they are `text`.

    A line break ends a sentence; an abbreviation or an initial does not, nor does a mark before a
    small letter ('"Where?" he asked.').
    """
    parts: list[str] = []
    start = 0
    for end in _ends(text):
        if text[start:end].strip():
            parts.append(text[start:end])
            start = end
    if not text[start:].strip() and parts:
        parts[-1] += text[start:]
    elif text[start:]:
        parts.append(text[start:])
    return parts


def nearest(before: str, after: str, budget: int, count: Callable[[str], int]) -> tuple[str, str]:
    """Return whole sentences from both sides of a passage, nearest first, within `budget` tokens.

    The sides take turns; a side ends with the first sentence that does not fit.
    """
    reach = max(0, budget) * _LONGEST_TOKEN
    far, near = cut_sentences(before[-reach - 1 :]), cut_sentences(after[: reach + 1])
    waiting = {
        "before": (far[1:] if len(before) > reach + 1 else far)[::-1],
        "after": near[:-1] if len(after) > reach + 1 else near,
    }
    kept: dict[str, list[str]] = {"before": [], "after": []}
    while any(waiting.values()):
        for side, sentences in waiting.items():
            if not sentences:
                continue
            cost = count(sentences[0])
            if cost > budget:
                sentences.clear()
                continue
            budget -= cost
            kept[side].append(sentences.pop(0))
    return "".join(kept["before"][::-1]), "".join(kept["after"])


def _ends(text: str) -> Iterator[int]:
    """Yield where sentences end, in order."""
    found = {match.end() for match in _BREAK.finditer(text)}
    for match in _END.finditer(text):
        head = text[: match.end()].rstrip()
        is_abbreviated = _ABBREVIATION.search(head[-8:]) is not None
        if not is_abbreviated and not _GOES_ON.match(text, match.end()):
            found.add(match.end())
    yield from sorted(found)
