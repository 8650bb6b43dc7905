"""What can be counted of a rewrite: how many content words stayed, how long it is, how it reads."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+")
_SENTENCE_END = re.compile(r"[.!?\u2026]+(?=[\s\"'\u2019\u201d)\]]|$)")
_LONG = 7
"""Letters from which a word counts as long in LIX."""
_ENOUGH = 8
"""Words below which LIX says nothing."""
_EMPTY_WORDS = frozenset(
    """a about after again all am an and any are as at be because been before being but by can
    could did do does down for from had has have he her here hers him his how i if in into is it
    its just me more most my no nor not now of off on once only or our out over own same she should
    so some such than that the their them then there these they this those through to too under up
    very was we were what when where which while who whom why will with would you
    your""".split()  # noqa: SIM905 - a hundred quoted words cannot be read
)
"""Words that say little by themselves; English."""


@dataclass(frozen=True, slots=True)
class Measures:
    """A rewrite beside its source."""

    words_before: int
    words_after: int
    content_kept: float | None
    """Share of the source's content words that the rewrite has too, by their stems; not a measure
    of meaning, for a synonym counts as lost. None where there are no content words."""
    lix_before: float | None
    lix_after: float | None
    """Words a sentence plus the percentage of words of seven letters and more: about 25 is easy,
    55 hard, in any language of words and sentences. None for a few words alone."""


def measure(before: str, after: str) -> Measures:
    """Count what a rewrite kept and became."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    wanted, found = _content(old), _content(new)
    kept = (wanted & found).total() / wanted.total() if wanted else None
    return Measures(len(old), len(new), kept, _lix(before, old), _lix(after, new))


def _content(words: list[str]) -> Counter[str]:
    folded = (word.casefold().replace("\u2019", "'") for word in words)
    return Counter(_stem(word) for word in folded if word not in _EMPTY_WORDS)


def _stem(word: str) -> str:
    """Cut the commonest English endings, so that a verb's forms and a plural count as the same."""
    for ending in ("'s", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _lix(text: str, words: list[str]) -> float | None:
    if len(words) < _ENOUGH:
        return None
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    long = sum(1 for word in words if len(word) >= _LONG)
    return len(words) / sentences + 100 * long / len(words)
