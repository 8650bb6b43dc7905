"""A word diff as rich text: colour, and underline or strike for those who see no colour."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tinymorph.session.views import HunkState, HunkView
from tinymorph.text.diff import ParagraphDiff
from tinymorph.ui.theme import Theme

MARKS: dict[HunkState, str] = {
    HunkState.TAKEN: "\u2713",
    HunkState.REFUSED: "\u2715",
    HunkState.KEPT: "\u2298",
    HunkState.OUTDATED: "\u270e",
}
"""What stands behind a change that is not open: in the page, left out, must stay, overtaken."""
HERE = "\u25b8"
"""Before the change that the keys act on."""


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
        pieces.append(_exchanged(hunk.before_text, hunk.after_text, gone, come))
    return _paragraph("".join(pieces))


def hunks_html(
    hunks: Sequence[HunkView], theme: Theme, *, current: int | None = None, links: bool = True
) -> str:
    """Return a card's hunks as they stand now; each change is a link to `hunk:N`."""
    pieces: list[str] = []
    for hunk in hunks:
        if not hunk.is_change:
            pieces.append(_escape(hunk.words))
            continue
        body = _change(hunk, theme, is_current=hunk.index == current)
        href = f'<a href="hunk:{hunk.index}" style="text-decoration:none">{body}</a>'
        pieces.append(href if links else body)
    return _paragraph("".join(pieces))


def ghost_html(hunks: Sequence[HunkView], paragraph: str, theme: Theme) -> str:
    """Return a whole paragraph as it would be: new words ghosted and underlined, old ones gone."""
    c = theme.colours
    come = f"color:{c.insert_ink}; text-decoration:underline"
    gone = f"color:{c.delete_ink}; text-decoration:line-through"
    pieces = [_escape(paragraph[: hunks[0].span.start])]
    for hunk in hunks:
        if hunk.state is not HunkState.OPEN:
            pieces.append(_escape(hunk.words))
            continue
        pieces.append(_exchanged(hunk.before, hunk.after, gone, come))
    pieces.append(_escape(paragraph[hunks[-1].span.end :]))
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


def _change(hunk: HunkView, theme: Theme, *, is_current: bool) -> str:
    """Mark one change by its state, never by colour alone."""
    c = theme.colours
    here = f"color:{c.selection_ink}; background-color:{c.selection};"
    wash = (c.selection, c.selection) if is_current else (c.delete_wash, c.insert_wash)
    lead = _span(here, HERE) if is_current else ""
    if hunk.state is HunkState.OPEN:
        gone = f"color:{c.delete_ink}; background-color:{wash[0]}; text-decoration:line-through"
        come = f"color:{c.insert_ink}; background-color:{wash[1]}; text-decoration:underline"
        return lead + _exchanged(hunk.before, hunk.after, gone, come)
    ink = here if is_current else f"color:{c.ink}; text-decoration:none"
    words = _span(ink, hunk.words) if hunk.words else ""
    space = "" if not hunk.words or hunk.words[-1:].isspace() else "\u2009"
    mark = f'<span style="color:{c.soft}; text-decoration:none">{space}{MARKS[hunk.state]}</span>'
    tail = " " if not hunk.words else ""
    return f"{lead}{words}{mark}{tail}"


def _exchanged(before: str, after: str, gone: str, come: str) -> str:
    both = bool(before.strip() and after.strip())
    is_apart = before[-1:].isspace() or after[:1].isspace()
    pieces = [_span(gone, before)] if before else []
    pieces += [" "] * (both and not is_apart)
    pieces += [_span(come, after)] if after else []
    return "".join(pieces)


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
