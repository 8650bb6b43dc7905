"""Is a rewrite fit to be shown? Empty, echoed, looping and cut texts are named as such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tinymorph.schema.request import ProtectedKind, SuggestionRequest
from tinymorph.schema.suggestion import Flaw

_WORD = re.compile(r"\w+")
_WORDS_OF_THE_WRITER: frozenset[ProtectedKind] = frozenset(
    {"name", "number", "quotation", "chosen", "code"}
)
_ENOUGH = 10
"""Words below which shares say nothing."""
_REPEATED = 1 / 3
_ONE_WORD = 0.2
_VARIETY = 0.5
_STUTTER = re.compile(r"(\w)\1{3,}|([^\w\s])(?:\s*\2){3,}")
"""One letter four times running, or one mark."""


def lost_words(text: str, request: SuggestionRequest) -> tuple[str, ...]:
    """Return the protected words that a rewrite has not, or has fewer times than its source.

    Where pictures, links and notes stand is the page's business: they are no words.
    """
    wanted: Counter[str] = Counter()
    for part in request.protected:
        start = max(part.span.start, request.span.start)
        end = min(part.span.end, request.span.end)
        if part.kind in _WORDS_OF_THE_WRITER and start < end:
            wanted[request.paragraph.text[start:end]] += 1
    return tuple(words for words, count in wanted.items() if _occurrences(words, text) < count)


def find_flaw(text: str, source: str, *, is_cut: bool) -> Flaw | None:
    """Return the first flaw of a rewrite, or None."""
    words, source_words = _words(text), _words(source)
    if not words:
        return Flaw.EMPTY
    if words == source_words:
        return Flaw.ECHO
    if is_looping(words, source_words) or (_STUTTER.search(text) and not _STUTTER.search(source)):
        return Flaw.LOOP
    return Flaw.CUT if is_cut else None


def is_looping(words: Sequence[str], source_words: Sequence[str] = ()) -> bool:
    """Say whether the words go round in circles, and more so than the source does.

    Four signs: one word three times running; in a longer text, less than half as many different
    words as words; a third of all bigrams repeated; a word that the source lacks making up a fifth
    of ten words or more.
    """
    if _is_stuck(words) and not _is_stuck(source_words):
        return True
    if len(words) >= 2 * _ENOUGH and _variety(words) < min(_VARIETY, _variety(source_words)):
        return True
    if len(words) < _ENOUGH:
        return False
    if _repeated(words) > max(_REPEATED, _repeated(source_words)):
        return True
    word, count = Counter(words).most_common(1)[0]
    return word not in source_words and count / len(words) > _ONE_WORD


def _occurrences(words: str, text: str) -> int:
    left = r"(?<!\w)" if words[:1].isalnum() else ""
    right = r"(?!\w)" if words[-1:].isalnum() else ""
    return len(re.findall(f"{left}{re.escape(words)}{right}", text))


def _is_stuck(words: Sequence[str]) -> bool:
    return any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False))


def _variety(words: Sequence[str]) -> float:
    """Return the share of words that are different ones."""
    return len(set(words)) / len(words) if words else 1.0


def _repeated(words: Sequence[str]) -> float:
    """Return the share of bigrams that occurred before."""
    pairs = list(pairwise(words))
    return 1 - len(set(pairs)) / len(pairs) if pairs else 0.0


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
