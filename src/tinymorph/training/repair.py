"""Damage sentences, so that a model can learn to mend them."""

from __future__ import annotations

import random

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "with",
        "and",
        "but",
        "as",
        "is",
        "was",
        "were",
        "had",
        "has",
        "that",
    ]
)
"""Words that a sentence can lose and a reader can put back."""
_SWAPPED = {
    "the": "a",
    "a": "the",
    "is": "are",
    "was": "were",
    "were": "was",
    "has": "have",
    "have": "has",
    "his": "her",
    "in": "on",
    "on": "in",
    "to": "at",
    "of": "for",
    "their": "there",
    "that": "which",
}

_DROPPED_CONTENT = 0.2
"""Share of other words, once chosen, that are dropped: they have to be guessed."""


def damage(text: str, rng: random.Random, share: float = 0.12) -> str:
    """Drop, swap, repeat and misspell about `share` of the words; always at least one."""
    words = text.split(" ")
    hurt = {index for index in range(len(words)) if rng.random() < share}
    hurt = hurt or {rng.randrange(len(words))}
    out: list[str] = []
    for index, word in enumerate(words):
        out += _hurt(word, rng) if index in hurt else [word]
    return " ".join(out) if out else text


def _hurt(word: str, rng: random.Random) -> list[str]:
    kind = rng.choice(["drop", "drop", "swap", "swap", "repeat", "misspell", "misspell", "marks"])
    if kind == "drop" and (word.lower() in _SMALL or rng.random() < _DROPPED_CONTENT):
        return []
    if kind == "marks" and (bare := _without_marks(word)) != word:
        return [bare]
    if kind == "repeat":
        return [word, word]
    if kind == "swap" and word in _SWAPPED:
        return [_SWAPPED[word]]
    return [_misspell(word, rng)]


def _without_marks(word: str) -> str:
    """Forget the capital and the marks around a word."""
    return word.strip(',.;:!?"').lower() or word


def _misspell(word: str, rng: random.Random) -> str:
    if len(word) < 4:
        return word + word[-1:]
    at = rng.randrange(1, len(word) - 2)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
