"""Why a change is not offered: it would take away what must stay."""

from __future__ import annotations

from collections.abc import Sequence

from tinymorph.schema.request import Protected, ProtectedKind
from tinymorph.schema.span import Span
from tinymorph.text.diff import Hunk

_LONGEST_QUOTED = 40
_SENTENCES: dict[ProtectedKind, str] = {
    "name": "It would change the name {}.",
    "number": "It would change the number {}.",
    "quotation": "It would change words within quotation marks.",
    "chosen": "You protected \u201c{}\u201d.",
    "footnote": "It would take away the mark of a footnote.",
    "picture": "It would take away a picture.",
    "link": "It would break the link \u201c{}\u201d.",
    "code": "It would change the code \u201c{}\u201d.",
    "markup": "It would change Markdown that is kept as it was written.",
}


def reason_to_keep(hunk: Hunk, start: int, text: str, protected: Sequence[Protected]) -> str:
    """Return one sentence why a change must not be made; empty if it may.

    The hunk's passage begins at `start` of `text`, the paragraph that was asked for.
    """
    if hunk.kind == "equal":
        return ""
    span = Span(start=hunk.before.start + start, end=hunk.before.end + start)
    for part in protected:
        if _takes_away(hunk, span, part):
            return _sentence(part, text)
    return ""


def _takes_away(hunk: Hunk, span: Span, part: Protected) -> bool:
    is_inserted = part.span.start < span.start == span.end < part.span.end
    if not (is_inserted or span.touches(part.span)):
        return False
    is_within = part.span.start <= span.start and span.end <= part.span.end
    if part.kind != "link":
        return True
    is_all = span == part.span
    return not is_within or (is_all and not hunk.after_text.strip())


def _sentence(part: Protected, text: str) -> str:
    words = part.span.of(text)
    if len(words) > _LONGEST_QUOTED:
        words = f"{words[:_LONGEST_QUOTED].rstrip()}\u2026"
    return _SENTENCES[part.kind].format(words)
