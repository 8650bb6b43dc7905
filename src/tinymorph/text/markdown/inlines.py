"""Runs of marked characters in their one normal form, so that equal ones compare equal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal

from markdown_it.common.utils import MD_TRIM_CHARS

from tinymorph.text.document import PICTURE, Inline
from tinymorph.text.markdown.parser import is_kept_source

OUTER_SPACE = " \t\n"
"""What Markdown drops at the ends of a paragraph; wider spaces are kept."""

WHITE = "".join(character for character in MD_TRIM_CHARS if character not in "\u2028\u2029")
"""What Markdown takes for white space around marks; Python knows some more."""

_SPACE_AROUND_BREAK = re.compile(r"[ \t]*\n[ \t]*")

Mark = Literal["link", "bold", "italic", "strike"]
MARKS: tuple[Mark, ...] = ("link", "bold", "italic", "strike")

Bond = tuple[Mark, str, str]
"""A mark, and for links the target and title."""


def normal_inlines(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return the runs as Markdown can say them, with equal neighbours joined.

    Outer space goes; space between two words keeps only the marks that both words carry, for
    Markdown can neither begin nor end a mark at a space.
    """
    given = tuple(inlines)
    if _is_normal(given):
        return given
    cleaned = (_sound(run) for run in given)
    pieces = _trimmed(_joined_spaces(piece for run in cleaned for piece in split_spaces(run)))
    marked = list(_without_blank_links(list(_marked_like_neighbours(pieces))))
    return tuple(_joined(_nestable(marked)))


def is_words(run: Inline) -> bool:
    """Say whether a run is plain characters: no code, no picture, nothing kept as source."""
    return not (run.code or run.source or run.image)


def is_space(run: Inline) -> bool:
    """Say whether a run is whitespace that no code span protects."""
    return is_words(run) and bool(run.text) and not run.text.strip(WHITE)


def split_spaces(run: Inline) -> Iterator[Inline]:
    """Yield the whitespace before a run's words, the words, and the whitespace after them."""
    text = run.text
    if not text:
        return
    if not is_words(run) or _is_trim(run):
        yield run
        return
    core = text.strip(WHITE)
    start = len(text) - len(text.lstrip(WHITE))
    for part in (text[:start], core, text[start + len(core) :]):
        if part:
            yield with_text(run, _SPACE_AROUND_BREAK.sub("\n", part) if "\n" in part else part)


def _is_normal(runs: Sequence[Inline]) -> bool:
    """Say whether runs obviously are in their normal form, as most are."""
    before: Inline | None = None
    for run in runs:
        text = run.text
        if not text or "\n" in text or run.image or run.source:
            return False
        is_marked = run.bold or run.italic or run.strike or run.link is not None
        if (is_marked or run.link_title) and (text[0] in WHITE or text[-1] in WHITE):
            return False
        if before is not None and _all_but_text(before) == _all_but_text(run):
            return False
        before = run
    if not runs:
        return True
    starts_well = runs[0].code or runs[0].text[0] not in OUTER_SPACE
    return starts_well and (runs[-1].code or runs[-1].text[-1] not in OUTER_SPACE)


def with_text(run: Inline, text: str) -> Inline:
    """Return the run with other characters; many times faster than `dataclasses.replace`."""
    return Inline(
        text,
        run.bold,
        run.italic,
        run.code,
        run.strike,
        run.link,
        run.link_title,
        run.image,
        run.source,
    )


def _is_trim(run: Inline) -> bool:
    """Say whether words hold no line break, and no space at their ends."""
    text = run.text
    is_bare = bool(text) and is_words(run) and "\n" not in text
    return is_bare and not (text[0] in WHITE or text[-1] in WHITE)


def marks_of(run: Inline) -> list[Bond]:
    """Return the marks of a run."""
    marks: list[Bond] = []
    if run.link is not None:
        marks.append(("link", run.link, run.link_title))
    if run.bold:
        marks.append(("bold", "", ""))
    if run.italic:
        marks.append(("italic", "", ""))
    if run.strike:
        marks.append(("strike", "", ""))
    return marks


def nesting_of(
    runs: Sequence[Inline], order: Sequence[Mark] = MARKS
) -> Iterator[tuple[int, list[tuple[Bond, int]]]]:
    """Yield for each run how many marks close before it, and which open, with their lengths.

    What lasts longest is opened first; no mark opens or closes at a space.
    """
    opened: list[Bond] = []
    for index, run in enumerate(runs):
        kept = _surviving(runs, index, opened)
        if is_space(run) and index + 1 < len(runs):
            # What has to be closed at the next words is closed before the space, or it would not
            # be closed at all.
            survives = _surviving(runs, index + 1, opened[:kept])
            while kept > survives and opened[kept - 1][0] != "link":
                kept -= 1
        closed = len(opened) - kept
        del opened[kept:]
        wanted = marks_of(run)
        if is_space(run):
            wanted = [mark for mark in wanted if mark[0] == "link"]
        new = [(mark, _reach(runs, index, mark)) for mark in wanted if mark not in opened]
        new.sort(key=lambda pair: (-pair[1], order.index(pair[0][0])))
        opened += [mark for mark, _ in new]
        yield closed, new


def _surviving(runs: Sequence[Inline], index: int, opened: Sequence[Bond]) -> int:
    """Return how many of the open marks, from the outermost, can stay open at a run.

    A link that begins there must not be cut in two by the end of a mark around it.
    """
    wanted = marks_of(runs[index])
    kept = len(opened)
    while any(mark not in wanted for mark in opened[:kept]):
        kept -= 1
    if wanted and wanted[0][0] == "link" and wanted[0] not in opened[:kept]:
        length = _reach(runs, index, wanted[0])
        while any(_reach(runs, index, mark) < length for mark in opened[:kept]):
            kept -= 1
    return kept


def _reach(runs: Sequence[Inline], start: int, mark: Bond) -> int:
    """Return how many runs from `start` on bear the mark without a gap."""
    end = start
    while end < len(runs) and mark in marks_of(runs[end]):
        end += 1
    return end - start


def _nestable(pieces: list[Inline]) -> list[Inline]:
    """Take from spaces the marks that have to close before them, where marks overlap."""
    while any(is_space(piece) and marks_of(piece) for piece in pieces):
        opened: list[Bond] = []
        result: list[Inline] = []
        for piece, (closed, new) in zip(pieces, nesting_of(pieces), strict=True):
            del opened[len(opened) - closed :]
            opened += [mark for mark, _ in new]
            kinds = {mark[0] for mark in opened}
            result.append(_with_only(piece, kinds) if is_space(piece) else piece)
        if result == pieces:
            break
        pieces = result
    return pieces


def _with_only(run: Inline, kinds: Collection[str]) -> Inline:
    return replace(
        run,
        bold=run.bold and "bold" in kinds,
        italic=run.italic and "italic" in kinds,
        strike=run.strike and "strike" in kinds,
    )


def _sound(run: Inline) -> Inline:
    """Return the run without what contradicts itself."""
    if run.link is None and run.link_title:
        run = replace(run, link_title="")
    if run.image is not None:
        text = PICTURE * (run.text.count(PICTURE) or bool(run.text))
        return replace(run, text=text, code=False, source=False)
    if not run.source:
        return run
    if run.link is not None and "[" in run.text:  # as a link in a link, to the parser
        run = replace(run, link=None, link_title="")
    is_kept = is_kept_source(run.text)
    return replace(run, code=False, source=False) if run.code or not is_kept else run


def _joined_spaces(pieces: Iterable[Inline]) -> list[Inline]:
    """Make one piece of whitespace pieces that touch."""
    result: list[Inline] = []
    for piece in pieces:
        if result and is_space(piece) and is_space(result[-1]):
            last = result[-1]
            text = _SPACE_AROUND_BREAK.sub("\n", last.text + piece.text)
            is_same = target_of(piece) == target_of(last)
            link, title = target_of(piece) if is_same else (None, "")
            result[-1] = replace(last, text=text, link=link, link_title=title)
        else:
            result.append(piece)
    return result


def target_of(run: Inline) -> tuple[str | None, str]:
    """Return where a run leads, with the title of that."""
    return run.link, run.link_title


def _trimmed(pieces: list[Inline]) -> list[Inline]:
    """Drop outer space from both ends."""
    if pieces and is_space(pieces[0]):
        pieces[0] = with_text(pieces[0], pieces[0].text.lstrip(OUTER_SPACE))
    if pieces and is_space(pieces[-1]):
        pieces[-1] = with_text(pieces[-1], pieces[-1].text.rstrip(OUTER_SPACE))
    return [piece for piece in pieces if piece.text]


def _marked_like_neighbours(pieces: list[Inline]) -> Iterator[Inline]:
    nothing = Inline("")
    for index, piece in enumerate(pieces):
        if not is_space(piece):
            yield piece
            continue
        before = pieces[index - 1] if index else nothing
        after = pieces[index + 1] if index + 1 < len(pieces) else nothing
        goes_on = target_of(piece) == target_of(before) == target_of(after)
        link, title = target_of(piece) if goes_on else (None, "")
        yield Inline(
            piece.text,
            bold=piece.bold and before.bold and after.bold,
            italic=piece.italic and before.italic and after.italic,
            strike=piece.strike and before.strike and after.strike,
            link=link,
            link_title=title,
        )


def _without_blank_links(pieces: list[Inline]) -> Iterator[Inline]:
    """Take the target from links that show no character to click on."""
    for (link, _), group in groupby(pieces, key=target_of):
        linked = list(group)
        is_blank = link is not None and not "".join(piece.text for piece in linked).strip(WHITE)
        if is_blank:
            linked = [replace(piece, link=None, link_title="") for piece in linked]
        yield from linked


def _joined(pieces: Iterable[Inline]) -> Iterator[Inline]:
    for _, group in groupby(pieces, key=_all_but_text):
        same = list(group)
        yield same[0] if len(same) == 1 else with_text(same[0], "".join(run.text for run in same))


def _all_but_text(run: Inline) -> tuple[object, ...]:
    return (
        run.bold,
        run.italic,
        run.code,
        run.strike,
        run.link,
        run.link_title,
        run.image,
        run.source,
    )
