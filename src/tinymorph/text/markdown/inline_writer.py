"""Runs of marked characters to Markdown, in several ways, from the prettiest to the safest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it.common.utils import isPunctChar

from tinymorph.text.document import Image, Inline
from tinymorph.text.markdown.inlines import WHITE, Bond, nesting_of, split_spaces
from tinymorph.text.markdown.style import WritingStyle

_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
_LIGHT = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)|[`*]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?]|\Z)"
    r"|&(?=#?[A-Za-z0-9]+;|\Z)|~(?=~|\Z)|(?<=~)~|\A~|!(?=\[)|\](?=[(\[:])|\[(?=\^)"
    r"|\$(?=[^$]*[^\s$]\$(?!\d))"
)
_HEAVY = re.compile(r"[\\`*_\[\]<>&~|#$]")
_LINE_START = re.compile(r"#{1,6}(?=\s|\Z)|[>]|[-+](?=\s|\Z)|[-=]+\s*\Z|~|\$\$")
_LATER_LINE_START = re.compile(r"[-=|:+]")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[!#-;=?-\[\]_a-z~%]+")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_SIMPLE_TARGET = re.compile(r"(?:[^\s<>()\\\x00-\x20\x7f]|\([^\s<>()\\\x00-\x20\x7f]*\))+")
_MARKUP = re.compile(r"[\\`*_\[\]<>&~$]")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to write: each next one is uglier and harder to misread."""

    style: WritingStyle
    escapes: Literal["none", "some", "all"] = "some"
    """What is escaped: nothing within a line, what may mean something, or what ever could."""
    guards_marks: bool = False
    """Write italics with `_`, and letters beside a mark as entities."""


def manners(style: WritingStyle) -> tuple[Manner, ...]:
    """Return the manners of writing in the order to try them."""
    plain = replace(style, emphasis="*", strong="**", hard_break="\\", underlines_headings=False)
    return (
        Manner(style, "none"),
        Manner(style),
        *((Manner(plain),) if plain != style else ()),
        Manner(plain, "all"),
        Manner(replace(plain, emphasis="_"), "all", guards_marks=True),
    )


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
            is_later=bool(output),
        )
        words = _words(part, manner, place)
        if following.startswith("[") and words.endswith("!") and not words.endswith("\\!"):
            words = f"{words[:-1]}\\!"  # or the link would be an image
        output += words
    return output


def _parts(inlines: Sequence[Inline], manner: Manner) -> Iterator[_Part]:
    """Yield what opens and closes marks, and what stands between."""
    runs = [piece for run in inlines for piece in split_spaces(run)]
    closings: list[str] = []
    for index, (closed, new) in enumerate(nesting_of(runs, manner.style.mark_order)):
        run = runs[index]
        for _ in range(closed):
            yield _Part("close", closings.pop())
        is_link = any(mark[0] == "link" for mark, _ in new)
        if is_link and _is_autolink(runs, index, manner):
            closings.append("")
            yield _Part("code", f"<{run.text}>")
            continue
        for mark, reach in new:
            opening, closing = _delimiters(mark, runs, index, index + reach, manner)
            closings.append(closing)
            yield _Part("open", opening)
        yield _part_of(run)
    while closings:
        yield _Part("close", closings.pop())


def _part_of(run: Inline) -> _Part:
    if run.image is not None:
        return _Part("code", _picture(run.image) * len(run.text))
    if run.source:
        return _Part("code", run.text)
    if run.code:
        return _Part("code", _code(run.text))
    return _Part("words", run.text, in_link=run.link is not None)


def _is_autolink(runs: Sequence[Inline], index: int, manner: Manner) -> bool:
    """Say whether the run is a bare link that shows its own target."""
    run = runs[index]
    is_alone = replace(run, text="", link=None) == Inline("")
    following = runs[index + 1].link if index + 1 < len(runs) else None
    if not is_alone or following is not None or manner.escapes == "all":
        return False
    if run.text == run.link:
        return _AUTOLINK.fullmatch(run.text) is not None
    return run.link == f"mailto:{run.text}" and _MAIL.fullmatch(run.text) is not None


def _delimiters(
    mark: Bond, runs: Sequence[Inline], start: int, end: int, manner: Manner
) -> tuple[str, str]:
    """Return what opens and closes a mark over some runs."""
    match mark[0]:
        case "link":
            return "[", f"]({_target(mark[1], mark[2])})"
        case "strike":
            return "~~", "~~"
        case "bold":
            written = manner.style.strong
        case "italic":
            written = manner.style.emphasis
    before = runs[start - 1].text[-1] if start else " "
    after = runs[end].text[0] if end < len(runs) else " "
    if "_" in written and not manner.guards_marks and (before.isalnum() or after.isalnum()):
        written = written.replace("_", "*")
    return written, written


def _picture(image: Image) -> str:
    alt = _MARKUP.sub(lambda found: f"\\{found[0]}", image.alt)
    return f"![{alt}]({_target(image.target, image.title)})"


def _target(link: str, title: str) -> str:
    text = _ENTITY.sub("&amp;", link)
    if not _SIMPLE_TARGET.fullmatch(text) and (text or title):
        text = "<" + re.sub(r"([<>\\])", r"\\\1", text) + ">"
    if not title:
        return text
    quoted = re.sub(r'(["\\])', r"\\\1", _ENTITY.sub("&amp;", title))
    return f'{text} "{quoted}"'


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
    if not delimiters or character in WHITE or isPunctChar(character):
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
            is_later=number > 0 or place.is_later,
        )
        written.append(_line(line, part, manner, here))
    return first + f"{manner.style.hard_break}\n".join(written) + last


def _line(line: str, part: _Part, manner: Manner, place: _Place) -> str:
    escaped = line
    if manner.escapes != "none":
        pattern = _HEAVY if manner.escapes == "all" else _LIGHT
        escaped = pattern.sub(lambda found: f"\\{found[0]}", line)
    if part.in_link and manner.escapes == "some":
        escaped = re.sub(r"(?<!\\)([\[\]])", r"\\\1", escaped)
    if place.starts_line:
        if number := _NUMBER.match(line):
            escaped = f"{number[1]}\\{escaped[len(number[1]) :]}"
        elif _LINE_START.match(line) or (place.is_later and _LATER_LINE_START.match(line)):
            escaped = escaped if escaped.startswith("\\") else f"\\{escaped}"
    return escaped
