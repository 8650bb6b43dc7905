"""Runs of marked characters to Markdown, in several ways, from the prettiest to the safest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it.common.utils import isPunctChar

from tinymorph.text.document import Inline
from tinymorph.text.markdown.inlines import OUTER_SPACE, is_space, split_spaces

Mark = Literal["link", "bold", "italic", "strike"]

_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
_LIGHT = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)|[`*]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?]|\Z)"
    r"|&(?=#?[A-Za-z0-9]+;|\Z)|~(?=~|\Z)|(?<=~)~|\A~|!(?=\[)|\](?=[(\[:])"
)
_HEAVY = re.compile(r"[\\`*_\[\]<>&~!|#]")
_LINE_START = re.compile(r"#{1,6}(?=\s|\Z)|[>]|[-+](?=\s|\Z)|[-=]+\s*\Z|~")
_LATER_LINE_START = re.compile(r"[-=|:+]")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[!#-;=?-\[\]_a-z~%]+")
_SIMPLE_TARGET = re.compile(r"[^\s<>()\\\x00-\x20\x7f][^\s<>()\\\x00-\x20\x7f]*")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to write: each next one is uglier and harder to misread."""

    escapes_all: bool = False
    """Escape every character that could ever mean something, not only where it does."""
    guards_marks: bool = False
    """Write italics with `_`, and letters beside a mark as entities."""


MANNERS = (Manner(), Manner(escapes_all=True), Manner(escapes_all=True, guards_marks=True))


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of output: words to escape, or a finished piece of syntax."""

    kind: Literal["words", "code", "open", "close"]
    text: str
    in_link: bool = False
    guard_first: bool = False
    guard_last: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where words stand on their line, which decides what could be taken for a block."""

    starts_line: bool
    ends_line: bool
    is_later: bool
    """Something of the same paragraph stands before."""


def write_inlines(inlines: Sequence[Inline], manner: Manner) -> str:
    """Return normal runs as Markdown; a hard break is a backslash at the end of a line."""
    parts = _guarded(list(_parts(inlines, manner)), manner)
    output = ""
    for index, part in enumerate(parts):
        if part.kind != "words":
            output += part.text
            continue
        following = parts[index + 1].text if index + 1 < len(parts) else ""
        place = _Place(
            starts_line=not output or output.endswith("\n"),
            ends_line=index == len(parts) - 1,
            is_later=bool(output),
        )
        words = _words(part, manner, place)
        if following.startswith("[") and words.endswith("!"):
            words = f"{words[:-1]}\\!"  # or the link would be an image
        output += words
    return output


def _parts(inlines: Sequence[Inline], manner: Manner) -> Iterator[_Part]:
    """Open and close marks so that they nest: what lasts longest is opened first."""
    runs = [piece for run in inlines for piece in split_spaces(run)]
    opened: list[tuple[Mark, str]] = []
    for index, run in enumerate(runs):
        wanted = _marks_of(run)
        while any(mark not in wanted for mark in opened):
            yield _Part("close", _closing(opened.pop(), manner))
        if is_space(run):
            wanted = [mark for mark in wanted if mark[0] == "link"]
            following = _marks_of(runs[index + 1]) if index + 1 < len(runs) else []
            # What has to be closed at the next words is closed before the space, or it would not
            # be closed at all.
            while any(mark not in following for mark in opened) and opened[-1][0] != "link":
                yield _Part("close", _closing(opened.pop(), manner))
        new = [mark for mark in wanted if mark not in opened]
        new.sort(key=lambda mark: -_reach(runs, index, mark))
        if any(mark[0] == "link" for mark in new) and _is_autolink(runs, index, manner):
            yield _Part("code", f"<{run.text}>")
            continue
        for mark in new:
            opened.append(mark)
            yield _Part("open", _opening(mark, manner))
        if run.code:
            yield _Part("code", _code(run.text))
        else:
            yield _Part("words", run.text, in_link=run.link is not None)
    while opened:
        yield _Part("close", _closing(opened.pop(), manner))


def _marks_of(run: Inline) -> list[tuple[Mark, str]]:
    marks: list[tuple[Mark, str]] = []
    if run.link is not None:
        marks.append(("link", run.link))
    if run.bold:
        marks.append(("bold", ""))
    if run.italic:
        marks.append(("italic", ""))
    if run.strike:
        marks.append(("strike", ""))
    return marks


def _reach(runs: Sequence[Inline], start: int, mark: tuple[Mark, str]) -> int:
    """Return how many runs from `start` on bear the mark without a gap."""
    count = 0
    for run in runs[start:]:
        if mark not in _marks_of(run):
            break
        count += 1
    return count


def _is_autolink(runs: Sequence[Inline], index: int, manner: Manner) -> bool:
    """Say whether the run is a bare link that shows its own target."""
    run = runs[index]
    is_alone = replace(run, text="", link=None) == Inline("") and run.text == run.link
    following = runs[index + 1].link if index + 1 < len(runs) else None
    return (
        is_alone
        and not manner.escapes_all
        and following is None
        and _AUTOLINK.fullmatch(run.text) is not None
    )


def _opening(mark: tuple[Mark, str], manner: Manner) -> str:
    italic = "_" if manner.guards_marks else "*"
    return {"link": "[", "bold": "**", "italic": italic, "strike": "~~"}[mark[0]]


def _closing(mark: tuple[Mark, str], manner: Manner) -> str:
    return f"]({_target(mark[1])})" if mark[0] == "link" else _opening(mark, manner)


def _target(link: str) -> str:
    text = _ENTITY.sub("&amp;", link)
    if _SIMPLE_TARGET.fullmatch(text):
        return text
    escaped = re.sub(r"([<>\\])", r"\\\1", text)
    return f"<{escaped}>"


def _code(text: str) -> str:
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    needs_room = text.startswith("`") or text.endswith("`")
    needs_room |= text.startswith(" ") and text.endswith(" ") and not text.isspace()
    return f"{fence} {text} {fence}" if needs_room else f"{fence}{text}{fence}"


def _guarded(parts: list[_Part], manner: Manner) -> list[_Part]:
    """Mark the letters that would keep a delimiter beside them from opening or closing."""
    for index, part in enumerate(parts):
        if part.kind != "words":
            continue
        before = _side(parts, index, -1)
        after = _side(parts, index, 1)
        parts[index] = replace(
            part,
            guard_first=_needs_guard(before, "close", -1, part.text[0], manner),
            guard_last=_needs_guard(after, "open", 1, part.text[-1], manner),
        )
    return parts


def _side(parts: Sequence[_Part], index: int, step: int) -> list[_Part]:
    """Return the delimiters beside a part, nearest first, and the part beyond them."""
    found: list[_Part] = []
    index += step
    while 0 <= index < len(parts):
        found.append(parts[index])
        if parts[index].kind in {"words", "code"}:
            break
        index += step
    return found


def _needs_guard(
    side: Sequence[_Part], kind: str, step: int, character: str, manner: Manner
) -> bool:
    """Say whether a letter must be an entity for the delimiters beside it to work.

    A delimiter between a letter outside and punctuation inside is none; an entity ends and
    begins with punctuation, which mends it.
    """
    delimiters = [part for part in side if part.kind in {"open", "close"}]
    if not delimiters or character.isspace() or isPunctChar(character):
        return False
    if manner.guards_marks:
        return True
    run = delimiters[0].text
    length = 0
    while length < len(delimiters) and set(delimiters[length].text) == set(run):
        length += 1
    if all(part.kind != kind for part in delimiters[:length]):
        return False
    if length < len(side):
        beyond = side[length]
        inner = beyond.text[0 if step > 0 else -1]
        return beyond.kind != "words" or isPunctChar(inner)
    return False


def _words(part: _Part, manner: Manner, place: _Place) -> str:
    """Escape words; lines after the first can end a table or underline a heading too."""
    text, first, last = part.text, "", ""
    if part.guard_first:
        first, text = f"&#{ord(text[0])};", text[1:]
    if part.guard_last and text:
        last, text = f"&#{ord(text[-1])};", text[:-1]
    lines = text.split("\n")
    written: list[str] = []
    for number, line in enumerate(lines):
        here = _Place(
            starts_line=(number > 0 or place.starts_line) and not first,
            ends_line=number < len(lines) - 1 or place.ends_line,
            is_later=number > 0 or place.is_later,
        )
        written.append(_line(line, part, manner, here))
    return first + "\\\n".join(written) + last


def _line(line: str, part: _Part, manner: Manner, place: _Place) -> str:
    pattern = _HEAVY if manner.escapes_all else _LIGHT
    escaped = pattern.sub(lambda found: f"\\{found[0]}", line)
    if part.in_link and not manner.escapes_all:
        escaped = re.sub(r"(?<!\\)([\[\]])", r"\\\1", escaped)
    if place.starts_line:
        if number := _NUMBER.match(line):
            escaped = f"{number[1]}\\{escaped[len(number[1]) :]}"
        elif _LINE_START.match(line) or (place.is_later and _LATER_LINE_START.match(line)):
            escaped = escaped if escaped.startswith("\\") else f"\\{escaped}"
        escaped = _kept_space(escaped[:1]) + escaped[1:]
    if place.ends_line and escaped:
        escaped = escaped[:-1] + _kept_space(escaped[-1])
    return escaped


def _kept_space(character: str) -> str:
    """Write wide space at a line's end as an entity, where the parser would drop it."""
    if character.isspace() and character not in OUTER_SPACE:
        return f"&#{ord(character)};"
    return character
