"""Bring a book's paragraphs into the one form in which the model reads and writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinymorph.engine.prompt import plain

_SPACES = re.compile(r"\s+")
_OLD_SPELLINGS = (
    (re.compile(r"\b([Tt])o-(day|night|morrow)\b"), r"\1o\2"),
    (re.compile(r"\b([Ss])hew(s|n|ed|ing)?\b"), r"\1how\2"),
    (re.compile(r"\b([Ss])ome one\b"), r"\1omeone"),
    (re.compile(r"\b([Aa])ny one\b(?! of)"), r"\1nyone"),
    (re.compile(r"\b([Ee])very one\b(?! of)"), r"\1veryone"),
    (re.compile(r"\b([Cc])onnexion"), r"\1onnection"),
    (re.compile(r"\b([Gg])rey"), r"\1ray"),
    (re.compile(r"\b([Cc])an not\b"), r"\1annot"),
    (re.compile(r"\b([Gg])ood-by(e?)\b"), r"\1oodbye"),
    (re.compile(r"(?<=\w)([?!.,;])?\s?--+\s?"), r"\1—"),
    (re.compile(r"\s?\. \. \.( \.)?"), "..."),
    (re.compile(r"…"), "..."),
    (re.compile(r"(?<!\w)_(?=\w)|(?<=[\w.,!?])_(?!\w)"), ""),
    (re.compile(r"([,;:])—"), "—"),
)
_SPEAKER = re.compile(r"^(?:[A-Z][A-Z'.]+(?: [A-Z][A-Z'.]+)*[.:]|[A-Z][a-z]+\. [\[(])")
_REFERENCE = re.compile(
    r"https?://|www\.|\bdoi\b|\bpp?\. ?\d|\bVol\. ?\d|University Press|Accessed|et al\.|\bISBN\b"
    r"|\(\d{4}\)\.|Project Gutenberg|Transcriber|\[FN|\bFigure \d|\bibid\b|©"
)
_MARKUP = re.compile(r"[\[\]{}|<>*#=_~^\\]")
_NOT_LETTERS = re.compile(r"[^A-Za-zÀ-ÿ ]")
_OPENING = re.compile(r"(^|[\s(\[\"—-])'(?=[A-Z\w])")
_CLOSING = re.compile(r"(?<=[.,!?;:—)-])'(?=$|[\s)\]\"—,;.-])")
_ELISIONS = re.compile(
    r"'(?=(?:t(?:is|was|will|were|would)|em|im|er|ere|ow|ave|ad|as|im|tain|cause|bout|gainst|un"
    r"|twixt|neath|round|way|pon|Tis|Twas|Twould|Tain|ll|d|s|re|ve|nuff|stead|prentice|bus)\b)",
    re.IGNORECASE,
)
_ELISION_MARK = "\x00"


def clean(text: str) -> str:
    """Straighten quotes and collapse white space."""
    return _SPACES.sub(" ", plain(text)).strip()


def modern_spelling(text: str) -> str:
    """Replace spellings that only date a text (`to-morrow`, `shew`), and typewriters' dashes."""
    for pattern, spelling in _OLD_SPELLINGS:
        text = pattern.sub(spelling, text)
    return _SPACES.sub(" ", text).strip()


def is_prose(text: str) -> bool:
    """Say whether a cleaned paragraph is running prose: no play, no reference, no markup."""
    others = len(_NOT_LETTERS.findall(text))
    if text[-1] not in ".!?\"'" or others >= 0.1 * len(text):
        return False
    return not (_MARKUP.search(text) or _SPEAKER.match(text) or _REFERENCE.search(text))


def is_play(paragraphs: Sequence[str]) -> bool:
    """Say whether a tenth of a work's paragraphs begin with the name of a speaker."""
    speakers = sum(bool(_SPEAKER.match(paragraph)) for paragraph in paragraphs)
    return speakers > 0.1 * len(paragraphs)


def uses_single_quotes(paragraphs: Sequence[str]) -> bool:
    """Say whether a work's speech stands in single quotes, as in British print."""
    single = sum(paragraph.startswith("'") for paragraph in paragraphs)
    double = sum(paragraph.startswith('"') for paragraph in paragraphs)
    return single > 20 and single > 3 * double


def with_double_quotes(text: str) -> str | None:
    """Turn speech in single quotes into speech in double quotes; None where it is not clear."""
    marked = _ELISIONS.sub(_ELISION_MARK, text)
    opening, closing = len(_OPENING.findall(marked)), len(_CLOSING.findall(marked))
    if opening == closing == 0:
        return text
    if opening not in {closing, closing + 1}:
        return None
    inner = marked.replace('"', "\x01")
    inner = _CLOSING.sub('"', _OPENING.sub(r'\1"', inner))
    return inner.replace("\x01", "'").replace(_ELISION_MARK, "'")


def sentences(text: str) -> list[str]:
    """Cut a paragraph where a sentence ends; titles and initials do not end one."""
    parts: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[start : match.start(1)]):
            continue
        parts.append(text[start : match.end(1)])
        start = match.end()
    if start < len(text):
        parts.append(text[start:])
    return parts


_SENTENCE_END = re.compile(r"([.!?][\"')]*) (?=[\"'(]?[A-Z])")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sir|Capt|Col|Gen|Rev|Hon|No|vs|etc)|\b[A-Z])$")
