"""What of a block is more than its words: links, pictures, notes and code that a rewrite keeps."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock

from tinymorph.schema.request import Protected, ProtectedKind
from tinymorph.schema.span import Span
from tinymorph.text.document import Inline
from tinymorph.ui.editor.runs import inlines_of


def kept_parts(block: QTextBlock) -> tuple[Protected, ...]:
    """Return what must stay as it is in a block, as spans of its words, in order.

    A link is one part though some of its words are marked.
    """
    found: list[tuple[Inline, ProtectedKind, int, int]] = []
    end = 0
    for inline in inlines_of(block):
        start, end = end, end + len(inline.text)
        kind = _kind(inline)
        if kind is None:
            continue
        if found and kind == "link" == found[-1][1] and found[-1][3] == start:
            last = found[-1]
            if (last[0].link, last[0].link_title) == (inline.link, inline.link_title):
                found[-1] = (inline, kind, last[2], end)
                continue
        found.append((inline, kind, start, end))
    return tuple(
        Protected(span=Span(start=start, end=end), kind=kind) for _, kind, start, end in found
    )


def _kind(inline: Inline) -> ProtectedKind | None:
    if inline.image is not None:
        return "picture"
    if inline.source:
        return "footnote" if inline.text.startswith("[^") else "markup"
    if inline.link is not None:
        return "link"
    return "code" if inline.code else None
