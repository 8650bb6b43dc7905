"""Rewriting pairs that a rule can make from a sentence without spoiling it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tinymorph.training.words import CONTRACTED, MODERN, PLAINER

Made = tuple[str, str, str]
"""A task, a source and a target."""

_CLAUSE_FIRST = re.compile(
    r"^(When|If|As|Because|Although|Though|After|Before|Since|While|Until|Unless) "
    r"([^,;:\"—?!]{8,90}), ((?:he|she|it|they|we|you|I|the|his|her|their|my|our|a|an|there)\b"
    r"[^;:\"—?!]{8,160})\.$"
)
_SAID = "said|replied|cried|asked|answered|exclaimed|whispered|returned|murmured|muttered"
_WHO = r"(?:[A-Z][a-z]+|(?:Mr|Mrs|Miss|Dr|Lady|Lord|Sir)\.? [A-Z][a-z]+|he|she|I|they)"
_SAID_LAST = re.compile(rf'^"([^"]{{8,240}})(,|\?|!)" (?:({_WHO}) ({_SAID})|({_SAID}) ({_WHO}))\.$')
_YONDER = re.compile(r"\byonder\b(?! ?[,.;!?])")
_WHOLE = re.compile(
    rf"\b({'|'.join(sorted(CONTRACTED, key=len, reverse=True))})\b"
    r"(?! (?:I|he|she|we|you|they|it)\b)",
    re.IGNORECASE,
)
_CAPITALS = ("I", "I'm", "I'll", "I've", "I'd")


def rule_pairs(sentence: str, rng: random.Random) -> list[Made]:
    """Return what the rules make of one sentence or short passage; often nothing."""
    makers: tuple[Callable[[str, random.Random], list[Made]], ...] = (
        _reordered,
        _attributed,
        _plainer,
        _modernized,
        _contracted,
    )
    return [made for maker in makers for made in maker(sentence, rng)]


def _reordered(sentence: str, rng: random.Random) -> list[Made]:
    """`When it rained, he read.` and `He read when it rained.` say the same."""
    match = _CLAUSE_FIRST.match(sentence)
    if match is None:
        return []
    word, clause, main = match.groups()
    if word == "As" and clause.startswith(("to ", "for ")):
        return []
    turned = f"{main[0].upper()}{main[1:]} {word.lower()} {clause}."
    pair = (sentence, turned) if rng.random() < 0.5 else (turned, sentence)
    return [("paraphrase", *pair)]


def _attributed(sentence: str, rng: random.Random) -> list[Made]:
    """Move who speaks to the front, and put who before said."""
    match = _SAID_LAST.match(sentence)
    if match is None:
        return []
    speech, mark, who, verb, verb_first, who_last = match.groups()
    name, said = who or who_last, verb or verb_first
    ending = "." if mark == "," else mark
    front = f'{name[0].upper()}{name[1:]} {said}, "{speech}{ending}"'
    pair = (sentence, front) if rng.random() < 0.5 else (front, sentence)
    made: list[Made] = [("paraphrase", *pair)]
    if who_last:
        made.append(("modernize", sentence, f'"{speech}{mark}" {name} {said}.'))
    return made


def _plainer(sentence: str, _rng: random.Random) -> list[Made]:
    plain, count = _replaced(sentence, PLAINER)
    return [("simplify", sentence, plain)] if count and count >= len(sentence) / 220 else []


def _modernized(sentence: str, rng: random.Random) -> list[Made]:
    if re.search(r"\b[Tt]hou\b|\bOnce upon\b|\b[Uu]pon my\b", sentence) or _YONDER.search(sentence):
        return []
    modern, count = _replaced(sentence, MODERN)
    if not count:
        return []
    made: list[Made] = [("modernize", sentence, modern)]
    return [*made, ("archaize", modern, sentence)] if rng.random() < 0.7 else made


def _contracted(sentence: str, rng: random.Random) -> list[Made]:
    """Formal and informal are told apart by the style that goes with the pair."""
    short = _WHOLE.sub(_shortened, sentence)
    if short == sentence:
        return []
    pair = (sentence, short) if rng.random() < 0.5 else (short, sentence)
    return [("paraphrase", *pair)]


def _shortened(match: re.Match[str]) -> str:
    whole = match[1]
    short = CONTRACTED.get(whole) or CONTRACTED.get(whole[0].lower() + whole[1:])
    if short is None:
        return whole
    return short[0].upper() + short[1:] if whole[0].isupper() else short


def _replaced(sentence: str, table: dict[str, str]) -> tuple[str, int]:
    """Return the sentence with the table's words replaced, and how many were."""
    words = sentence.split(" ")
    count = 0
    for index, word in enumerate(words):
        core = word.strip('"(),.;:!?—')
        new = table.get(core) or table.get(core.lower())
        if not core or new is None or core.isupper():
            continue
        before = words[index - 1].lower() if index else ""
        if before in {"a", "an"} and (core[0].lower() in "aeiou") != (new[0] in "aeiou"):
            continue
        if core[0].isupper() and new not in _CAPITALS:
            new = new[0].upper() + new[1:]
        words[index] = word.replace(core, new, 1)
        count += 1
    return " ".join(words), count
