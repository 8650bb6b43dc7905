"""Is a rewrite fit to be shown? Empty, echoed, looping and cut texts are named as such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tinymorph.schema.suggestion import Flaw

_WORD = re.compile(r"\w+")


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
    """Say whether the words go round in circles, more than the source itself does.

    Three tests: one word three times running; a third of all bigrams are repetitions; one word
    of those that the source lacks makes up a fifth of a text of ten words or more.
    """
    if any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False)):
        return True
    if len(words) < 10:
        return False
    pairs = list(pairwise(words))
    if 1 - len(set(pairs)) / len(pairs) > 1 / 3:
        return True
    known = set(source_words)
    word, count = Counter(words).most_common(1)[0]
    return word not in known and count / len(words) > 0.2


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
