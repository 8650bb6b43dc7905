"""Describe a passage in plain words, computed from the passage alone: the words of `like`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tinymorph.training.cleaning import sentences
from tinymorph.training.words import (
    ARCHAIC,
    CHEER,
    CONTRACTED,
    DOUBT,
    FIRST,
    GLOOM,
    PAST,
    PRESENT,
    SENSES,
    THIRD,
)

STYLES = (
    "first person",
    "third person",
    "past tense",
    "present tense",
    "dialogue",
    "narration",
    "short sentences",
    "long sentences",
    "archaic",
    "modern",
    "formal",
    "informal",
    "plain",
    "sensory",
    "doubtful",
    "gloomy",
    "cheerful",
    "questions",
    "exclamations",
)
"""What a model can be asked for; a row's styles are a bit mask in this order."""

_MODERN_FROM = 1940
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_SPEECH = re.compile(r'"[^"]*"')
_CONTRACTION = re.compile(
    r"\w(?:n't|'ll|'re|'ve|'m|'d)\b|\b(?:it|that|he|she|there|let)'s\b", re.IGNORECASE
)
_PAST_ENDING = re.compile(r"^[a-z]{3,}ed$")
_SHORTEST = 8
"""Words below which only what is plain to see is said."""


def styles_of(text: str, year: int | None = None) -> tuple[str, ...]:
    """Return the styles that hold for a cleaned passage, in the order of `STYLES`."""
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < _SHORTEST:
        return ()
    told = [word.lower() for word in _WORD.findall(_SPEECH.sub(" ", text))]
    found = {
        *_person_and_tense(told or words),
        *_form(text, words),
        *_register(text, words, year),
        *_colour(words),
    }
    return tuple(style for style in STYLES if style in found)


def mask_of(styles: Iterable[str]) -> int:
    """Return the bit mask of styles."""
    return sum(1 << STYLES.index(style) for style in set(styles))


def styles_in(mask: int) -> tuple[str, ...]:
    """Return the styles of a bit mask."""
    return tuple(style for place, style in enumerate(STYLES) if mask >> place & 1)


def _person_and_tense(told: Sequence[str]) -> set[str]:
    first, third = _share(told, FIRST), _share(told, THIRD)
    past = sum(word in PAST or bool(_PAST_ENDING.match(word)) for word in told)
    present = sum(word in PRESENT for word in told)
    rules = {
        "first person": first > 0.03,
        "third person": first < 0.005 and third > 0.03,
        "past tense": past >= 2 and past > 4 * present,
        "present tense": present >= 2 and present > 2 * past,
    }
    return _true(rules)


def _form(text: str, words: Sequence[str]) -> set[str]:
    spoken = sum(map(len, _SPEECH.findall(text))) / len(text)
    parts = sentences(text)
    mean = len(words) / len(parts)
    rules = {
        "dialogue": spoken > 0.3,
        "narration": spoken == 0 and len(words) > 30,
        "short sentences": mean < 10 and len(parts) > 1,
        "long sentences": mean > 27,
        "questions": text.count("?") >= max(1, len(parts) / 3),
        "exclamations": text.count("!") >= max(1, len(parts) / 3),
    }
    return _true(rules)


def _register(text: str, words: Sequence[str], year: int | None) -> set[str]:
    letters = sum(map(len, words)) / len(words)
    contracted = len(_CONTRACTION.findall(text)) / len(words)
    whole = sum(form in text for form in CONTRACTED)
    archaic = _share(words, ARCHAIC)
    rules = {
        "archaic": archaic > 0.025,
        "modern": archaic == 0 and year is not None and year >= _MODERN_FROM,
        "formal": contracted == 0 and (letters > 4.7 or whole >= 2),
        "informal": contracted > 0.02,
        "plain": letters < 3.95 and archaic < 0.01,
    }
    return _true(rules)


def _colour(words: Sequence[str]) -> set[str]:
    rules = {
        "sensory": _share(words, SENSES) > 0.035,
        "doubtful": _share(words, DOUBT) > 0.02,
        "gloomy": _share(words, GLOOM) > 0.03,
        "cheerful": _share(words, CHEER) > 0.03,
    }
    return _true(rules)


def _share(words: Sequence[str], wanted: frozenset[str]) -> float:
    return sum(word in wanted for word in words) / max(1, len(words))


def _true(rules: dict[str, bool]) -> set[str]:
    return {style for style, holds in rules.items() if holds}
