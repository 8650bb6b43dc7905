"""A source cut into its top-level pieces, and the words of these: all that we ask of the parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, text_join
from markdown_it.token import Token

from tinymorph.errors import TinymorphError
from tinymorph.text.markdown.limits import is_too_much
from tinymorph.text.markdown.rules import WIDE, add_rules, has_wide_space

References = dict[str, dict[str, object]]
"""Link targets by label, as the parser keeps them."""

MAX_NESTING = 100
"""The parser drops what lies deeper, so no piece that comes near is shown as rich text."""

BLANK = " \t\n"
"""What a blank line may hold."""

KEPT_SPANS = frozenset({"html_inline", "math_inline", "footnote_mark"})
"""What is shown among words as it is written."""

_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?:[A-Za-z_][^\n:]*:|#)[^\n]*\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?=\n|\Z)"
)


class TooDeepError(TinymorphError):
    """The source is nested deeper than the parser can follow, or larger than it could in time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level block: its tokens and its exact characters, without the blank lines around.

    The tokens are those of blocks alone; `spans` parses the words in them.
    """

    tokens: tuple[Token, ...]
    source: str
    start: int
    """Its first line."""
    end: int
    """One past its last line."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source, its pieces in order, and the link targets that it defines."""

    lines: tuple[str, ...]
    pieces: tuple[Piece, ...]
    references: References

    def between(self, first: Piece, last: Piece) -> str:
        """Return the exact characters from one piece to the end of another."""
        return "\n".join(self.lines[first.start : last.end])


def unified(source: str) -> str:
    """Return the source with `\\n` for every line end."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str, references: References | None = None) -> Parsed:
    """Cut a source into pieces; TooDeepError if it cannot be parsed for its nesting.

    `references` are link targets that are defined elsewhere.
    """
    environment: dict[str, object] = {
        "references": dict(references or {}),
        WIDE: has_wide_space(source),
    }
    lines = source.split("\n")
    front = _FRONT_MATTER.match(source)
    skipped = source.count("\n", 0, front.end()) + 1 if front else 0
    body = "\n" * skipped + "\n".join(lines[skipped:]) if skipped else source
    try:
        tokens = _parser().parse(body, environment)
    except RecursionError as error:
        raise TooDeepError("The text is nested too deeply.") from error
    pieces = [Piece((), "\n".join(lines[:skipped]), 0, skipped)] if skipped else []
    pieces += _pieces(lines, tokens, skipped)
    found = environment["references"]
    return Parsed(tuple(lines), tuple(pieces), found)  # pyright: ignore[reportArgumentType]  # a bag


def spans(content: str, references: References) -> tuple[Token, ...]:
    """Parse the words of a paragraph, heading or cell, which `parse` leaves as they are.

    TooDeepError if they are nested too deeply, or would take too long to parse.
    """
    if is_too_much(content):
        raise TooDeepError("The words would take too long to read.")
    parser = _parser()
    environment: dict[str, object] = {"references": references}
    try:
        found = parser.inline.parse(content, parser, environment, [])
    except RecursionError as error:
        raise TooDeepError("The words are nested too deeply.") from error
    whole = Token("inline", "", 0, children=found)
    text_join(StateCore("", parser, environment, [whole]))
    return tuple(whole.children or ())


@lru_cache(maxsize=1024)
def is_kept_source(text: str) -> bool:
    """Say whether characters among words would be kept as they are: raw HTML, math and such."""
    try:
        found = spans(text, {})
    except TooDeepError:
        return False
    return bool(found) and all(token.type in KEPT_SPANS for token in found)


def _pieces(lines: Sequence[str], tokens: Sequence[Token], line: int) -> Iterator[Piece]:
    """Tile the lines: one piece for each top-level block, and for lines that no block holds."""
    for group in _groups(tokens):
        start, end = _lines_of(group)
        start = max(start, line)
        yield from _leftover(lines, line, start)
        while end > start + 1 and not lines[end - 1].strip(BLANK):
            end -= 1
        yield Piece(tuple(group), "\n".join(lines[start:end]), start, end)
        line = end
    yield from _leftover(lines, line, len(lines))


def _leftover(lines: Sequence[str], start: int, end: int) -> Iterator[Piece]:
    while start < end and not lines[start].strip(BLANK):
        start += 1
    while end > start and not lines[end - 1].strip(BLANK):
        end -= 1
    if start < end:
        yield Piece((), "\n".join(lines[start:end]), start, end)


def _groups(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each top-level block; definitions that touch are one."""
    group: list[Token] = []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0 and group and not _touches(group[-1], token):
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _touches(last: Token, token: Token) -> bool:
    both = last.type == token.type == "definition"
    return both and bool(last.map and token.map and last.map[1] == token.map[0])


def _lines_of(group: Sequence[Token]) -> tuple[int, int]:
    maps = [token.map for token in group if token.map and token.level == 0]
    return min(m[0] for m in maps), max(m[1] for m in maps)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.core.ruler.disable(["inline", "text_join"])  # they come later: `spans`
    add_rules(parser)
    # Targets are kept as they were written; which of them may be followed is not decided here.
    parser.validateLink = lambda url: True  # noqa: ARG005
    parser.normalizeLink = lambda url: url
    parser.normalizeLinkText = lambda link: link
    return parser
