"""Names, numbers and quotations in a text: what a rewrite should leave as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from tinymorph.schema.request import Protected, ProtectedKind
from tinymorph.schema.span import Span

_QUOTATION = re.compile('\u201c[^\u201c\u201d]+\u201d|\u00ab[^\u00ab\u00bb]+\u00bb|"[^"\n]+"')
_NUMBER = re.compile(r"[$\u20ac\u00a3]?\d(?:[\d.,:/\u2013-]*\d)?(?:\s?%|[a-z]{1,2}\b)?")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?\u2026:]['\"\u2019\u201d)\]]*\s+|[\n\"\u201c\u00ab\u2018(\[])\s*$")
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Capt|Mme|Mlle|[A-Z])\.\s+$")
_NO_NAMES = frozenset({"I", "I'm", "I'd", "I'll", "I've"})
_Finder = Callable[[str, Span], Iterable[Span]]
_JOINS = re.compile(r"(?:[ -]|(?<=\b(?:Mr|Ms|Dr|St))\. |(?<=\b[A-Z])\. |(?<=\b(?:Mrs|Mme))\. )")
"""What may stand between two words of one name."""


def find_protected(
    text: str, kinds: AbstractSet[ProtectedKind], within: Span
) -> tuple[Protected, ...]:
    """Return the parts of these kinds that lie in or across a stretch; parts never overlap.

    What looks like a name is a capital where no sentence begins, or a word that has one elsewhere.
    Quotations are not protected where there is nothing else.
    """
    found: list[Protected] = []
    finders: tuple[tuple[ProtectedKind, _Finder], ...] = (
        ("quotation", _quotations),
        ("number", _numbers),
        ("name", _names),
    )
    for kind, find in finders:
        if kind in kinds:
            taken = [part.span for part in found]
            found += [
                Protected(span=span, kind=kind)
                for span in find(text, within)
                if span.touches(within) and not any(map(span.touches, taken))
            ]
    return tuple(sorted(found, key=lambda part: part.span.start))


def _quotations(text: str, within: Span) -> list[Span]:
    spans = [Span(start=found.start(), end=found.end()) for found in _QUOTATION.finditer(text)]
    words = (Span(start=found.start(), end=found.end()) for found in _WORD.finditer(text))
    is_all = all(any(map(word.touches, spans)) for word in words if word.touches(within))
    return [] if is_all else spans


def _numbers(text: str, within: Span) -> Iterator[Span]:
    del within
    for found in _NUMBER.finditer(text):
        yield Span(start=found.start(), end=found.end())


def _names(text: str, within: Span) -> Iterator[Span]:
    del within
    words = [found for found in _WORD.finditer(text) if found.group()[0].isupper()]
    words = [found for found in words if found.group().replace("\u2019", "'") not in _NO_NAMES]
    certain = {found.group() for found in words if not _begins_sentence(text, found.start())}
    start = end = -1
    for found in words:
        if found.group() not in certain:
            continue
        if start >= 0 and _JOINS.fullmatch(text, end, found.start()):
            end = found.end()
            continue
        if start >= 0:
            yield Span(start=start, end=end)
        start, end = found.start(), found.end()
    if start >= 0:
        yield Span(start=start, end=end)


def _begins_sentence(text: str, place: int) -> bool:
    before = text[:place]
    return bool(_BEGINS.search(before)) and not _TITLE.search(before)
