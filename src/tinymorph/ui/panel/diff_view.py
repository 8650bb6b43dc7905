"""A word diff as rich text: colour, and underline or strike for those who see no colour."""

from __future__ import annotations

import html

from tinymorph.text.diff import ParagraphDiff
from tinymorph.ui.theme import Theme


def diff_html(diff: ParagraphDiff, theme: Theme) -> str:
    """Return the rewrite with what went struck through and what came underlined."""
    c = theme.colours
    gone = f"color:{c.delete_ink}; background-color:{c.delete_wash}; text-decoration:line-through"
    come = f"color:{c.insert_ink}; background-color:{c.insert_wash}; text-decoration:underline"
    pieces: list[str] = []
    for hunk in diff.hunks:
        if hunk.kind == "equal":
            pieces.append(_escape(hunk.after_text))
            continue
        both = bool(hunk.before_text.strip() and hunk.after_text.strip())
        if hunk.before_text:
            pieces.append(_span(gone, hunk.before_text))
        if both and not hunk.before_text[-1:].isspace() and not hunk.after_text[:1].isspace():
            pieces.append(" ")
        if hunk.after_text:
            pieces.append(_span(come, hunk.after_text))
    return _paragraph("".join(pieces))


def plain_html(text: str) -> str:
    """Return words without marks, at the line height of a diff."""
    return _paragraph(_escape(text))


def spoken_diff(diff: ParagraphDiff) -> str:
    """Return the diff in words, for those who hear it."""
    said = {"insert": "insert", "delete": "delete"}
    pieces: list[str] = []
    for hunk in diff.hunks:
        if hunk.kind == "equal":
            continue
        if hunk.kind == "replace":
            pieces.append(f"{hunk.before_text.strip()} becomes {hunk.after_text.strip()}")
        else:
            words = hunk.after_text or hunk.before_text
            pieces.append(f"{said[hunk.kind]} {words.strip()}")
    return "; ".join(pieces)


def _paragraph(body: str) -> str:
    return f'<p style="line-height:138%; margin:0">{body}</p>'


def _span(style: str, text: str) -> str:
    """Mark the words; the spaces around them stay unmarked so that no bar hangs over."""
    core = text.strip()
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if not core:
        return f'<span style="{style}">{_escape(text)}</span>'
    return f'{_escape(lead)}<span style="{style}">{_escape(core)}</span>{_escape(tail)}'


def _escape(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
