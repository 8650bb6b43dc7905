"""Runs of marked characters in their one normal form, so that equal ones compare equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from tinymorph.text.document import Inline

OUTER_SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85"
"""What Markdown drops at the ends of a paragraph; wider spaces are kept, as entities."""

_SPACE_AROUND_BREAK = re.compile(r"[ \t]*\n[ \t]*")


def normal_inlines(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return the runs as Markdown can say them, with equal neighbours joined.

    Outer space goes; space between two words carries the marks that both words carry, for
    Markdown can neither begin nor end a mark at a space.
    """
    pieces = _trimmed(_joined_spaces(piece for run in inlines for piece in split_spaces(run)))
    marked = list(_marked_like_neighbours(pieces))
    return tuple(_joined(_without_blank_links(marked)))


def is_space(run: Inline) -> bool:
    """Say whether a run is whitespace that no code span protects."""
    return not run.code and run.text.isspace()


def split_spaces(run: Inline) -> Iterator[Inline]:
    """Yield the whitespace before a run's words, the words, and the whitespace after them."""
    if run.code or not run.text:
        if run.text:
            yield run
        return
    core = run.text.strip()
    start = len(run.text) - len(run.text.lstrip())
    for text in (run.text[:start], core, run.text[start + len(core) :]):
        if text:
            yield replace(run, text=_SPACE_AROUND_BREAK.sub("\n", text))


def _joined_spaces(pieces: Iterable[Inline]) -> list[Inline]:
    """Make one piece of whitespace pieces that touch."""
    result: list[Inline] = []
    for piece in pieces:
        if result and is_space(piece) and is_space(result[-1]):
            text = _SPACE_AROUND_BREAK.sub("\n", result[-1].text + piece.text)
            link = piece.link if piece.link == result[-1].link else None
            result[-1] = replace(result[-1], text=text, link=link)
        else:
            result.append(piece)
    return result


def _trimmed(pieces: list[Inline]) -> list[Inline]:
    """Drop outer space from both ends."""
    if pieces and is_space(pieces[0]):
        pieces[0] = replace(pieces[0], text=pieces[0].text.lstrip(OUTER_SPACE))
    if pieces and is_space(pieces[-1]):
        pieces[-1] = replace(pieces[-1], text=pieces[-1].text.rstrip(OUTER_SPACE))
    return [piece for piece in pieces if piece.text]


def _marked_like_neighbours(pieces: list[Inline]) -> Iterator[Inline]:
    nothing = Inline("")
    for index, piece in enumerate(pieces):
        if not is_space(piece):
            yield piece
            continue
        before = pieces[index - 1] if index else nothing
        after = pieces[index + 1] if index + 1 < len(pieces) else nothing
        yield Inline(
            piece.text,
            bold=before.bold and after.bold,
            italic=before.italic and after.italic,
            strike=before.strike and after.strike,
            link=piece.link if piece.link == before.link == after.link else None,
        )


def _without_blank_links(pieces: list[Inline]) -> Iterator[Inline]:
    """Take the target from links that show no character to click on."""
    for link, group in groupby(pieces, key=lambda piece: piece.link):
        linked = list(group)
        is_blank = link is not None and not "".join(piece.text for piece in linked).strip()
        yield from (replace(piece, link=None) for piece in linked) if is_blank else linked


def _joined(pieces: Iterable[Inline]) -> Iterator[Inline]:
    run: Inline | None = None
    for piece in pieces:
        if run is not None and replace(piece, text="") == replace(run, text=""):
            run = replace(run, text=run.text + piece.text)
            continue
        if run is not None:
            yield run
        run = piece
    if run is not None:
        yield run
