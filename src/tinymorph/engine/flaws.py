"""Is a rewrite fit to be shown? Empty, echoed, looping and cut texts are named as such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tinymorph.schema.suggestion import Flaw

_WORD = re.compile(r"\w+")
_ENOUGH = 10
"""Words below which shares say nothing."""
_REPEATED = 1 / 3
_ONE_WORD = 0.2


def find_flaw(text: str, source: str, *, is_cut: bool) -> Flaw | None:
    """Return the first flaw of a rewrite, or None."""
    words, source_words = _words(text), _words(source)
    if not words:
        return Flaw.EMPTY
    if words == source_words:
        return Flaw.ECHO
    if is_looping(words, source_words):
        return Flaw.LOOP
    return Flaw.CUT if is_cut else None


def is_looping(words: Sequence[str], source_words: Sequence[str] = ()) -> bool:
    """Say whether the words go round in circles, and more so than the source does.

    Three signs: one word three times running; a third of all bigrams repeated; a word that the
    source lacks making up a fifth of ten words or more.
    """
    if _is_stuck(words) and not _is_stuck(source_words):
        return True
    if len(words) < _ENOUGH:
        return False
    if _repeated(words) > max(_REPEATED, _repeated(source_words)):
        return True
    word, count = Counter(words).most_common(1)[0]
    return word not in source_words and count / len(words) > _ONE_WORD


def _is_stuck(words: Sequence[str]) -> bool:
    return any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False))


def _repeated(words: Sequence[str]) -> float:
    """Return the share of bigrams that occurred before."""
    pairs = list(pairwise(words))
    return 1 - len(set(pairs)) / len(pairs) if pairs else 0.0


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
