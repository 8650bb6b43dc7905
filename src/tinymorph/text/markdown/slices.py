"""A source cut into slices: each top-level block with its exact characters and what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

from tinymorph.text.document import Block, Document
from tinymorph.text.markdown.extent import Extent, extent_of
from tinymorph.text.markdown.limits import MAX_PIECE_SPECIALS, specials_in
from tinymorph.text.markdown.parser import (
    BLANK,
    Piece,
    References,
    TooDeepError,
    parse,
    unified,
)
from tinymorph.text.markdown.reader import read_piece, stands_apart
from tinymorph.text.markdown.style import DEFAULT, WritingStyle, style_of

CHUNK_LINES = 240
"""Read at a time; about a hundredth of a second's work."""

STYLE_SLICES = 200
"""What shows a writer's manner; more would say the same."""

Seam = tuple[tuple[str, ...], tuple[str, ...]]
"""The characters of some parts, and those between them."""

_LINE_END = re.compile(r"(\r\n|\r|\n)")
_DEFINITION = re.compile(r"^[ \t>*+\d.)-]*\[[^\]]+\]:", re.MULTILINE)
_INSIDE = "x\n\n"
"""Stands before lines from the middle of a source, where no front matter can begin."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A top-level block of a source, as it is written and as it is shown."""

    text: str
    """Its exact characters, without the line end after its last line."""
    gap: str
    """The line ends and blank lines between it and the next slice, or the end."""
    blocks: tuple[Block, ...]
    """What the page shows of it; their `origin` counts through the whole source."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How touched slices of a source were written the last time: most stay as they are."""

    written: dict[object, str] = field(default_factory=dict[object, str])
    """What became of a slice, by its index and its blocks."""
    mended: dict[object, Seam | None] = field(default_factory=dict[object, "Seam | None"])
    """What became of touched parts and their neighbours; None if they did not read as they should."""
    leaning: dict[tuple[int, frozenset[str]], bool] = field(
        default_factory=dict[tuple[int, frozenset[str]], bool]
    )
    """Whether a slice reads otherwise without some labels."""

    def keep_only(self, written: dict[object, str], mended: dict[object, Seam | None]) -> None:
        """Forget what was not needed this time; another thread only has to find it again."""
        self.written.clear()
        self.written.update(written)
        self.mended.clear()
        self.mended.update(mended)


@dataclass(frozen=True)
class Source:
    """A whole source: its slices tile it exactly."""

    slices: tuple[Slice, ...] = ()
    references: References = field(default_factory=dict[str, dict[str, object]])
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @cached_property
    def text(self) -> str:
        """Return every character, as it was read."""
        return "".join([part for piece in self.slices for part in (piece.text, piece.gap)])

    @property
    def document(self) -> Document:
        """Return what the page shows."""
        return Document(self.blocks)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of all slices; each stands at the index that is its `origin`."""
        return tuple(block for piece in self.slices for block in piece.blocks)

    @cached_property
    def slice_of(self) -> tuple[int, ...]:
        """Return, for each origin, the index of its slice."""
        return tuple(i for i, piece in enumerate(self.slices) for _ in piece.blocks)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Return, for each slice, the origin of its first block; at last, how many there are."""
        counts = [len(piece.blocks) for piece in self.slices]
        return tuple(accumulate(counts, initial=0))

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Return, for each slice, where it begins in the text; at last, how long that is."""
        lengths = [len(piece.text) + len(piece.gap) for piece in self.slices]
        return tuple(accumulate(lengths, initial=0))

    @cached_property
    def breaks(self) -> tuple[int, ...]:
        """Return where slices in a row end: before one that shows nothing, and without a line end."""
        ends: list[int] = []
        for index, piece in enumerate(self.slices):
            if not piece.blocks:
                ends.append(index)
            if not piece.gap:
                ends.append(index + 1)
        return tuple(ends)

    @cached_property
    def with_brackets(self) -> tuple[int, ...]:
        """Return the slices that may lean on the target of a link, or define one."""
        return tuple(i for i, piece in enumerate(self.slices) if "[" in piece.text)

    @cached_property
    def style(self) -> WritingStyle:
        """Return the manner that the beginning of the source is written in."""
        text = "\n\n".join(unified(piece.text) for piece in self.slices[:STYLE_SLICES])
        try:
            return style_of(parse(text, self.references).pieces, self.references)
        except TooDeepError:
            return DEFAULT

    @cached_property
    def newline(self) -> str:
        """Return the line end that the source uses most."""
        windows = self.text.count("\r\n")
        unix, mac = self.text.count("\n") - windows, self.text.count("\r") - windows
        counts = {"\n": unix, "\r\n": windows, "\r": mac}
        return max(counts, key=counts.__getitem__)


def prepare(source: Source) -> None:
    """Find out at leisure what writing back will ask a source for; on any thread."""
    for name in ("blocks", "slice_of", "starts", "places", "breaks", "newline", "style"):
        getattr(source, name)


def read_source(text: str, references: References | None = None) -> Source:
    """Read a whole source, with its own line ends; never fails, whatever it holds.

    `references` are link targets that are defined elsewhere.
    """
    reader = SliceReader(text, references)
    return Source(tuple(reader.slices()), reader.references)


class SliceReader:
    """Read a source slice by slice, so that its first page can be shown before its last."""

    def __init__(
        self, text: str, references: References | None = None, lines_at_once: int = CHUNK_LINES
    ) -> None:
        self._lines_at_once = lines_at_once
        pieces = _LINE_END.split(text)
        self._lines = pieces[::2]
        self._ends = [*pieces[1::2], ""]
        self._is_short = len(self._lines) <= lines_at_once
        self.references: References = dict(references or {})
        if not self._is_short:
            self.references = definitions_in("\n".join(self._lines)) | self.references

    def slices(self) -> Iterator[Slice]:
        """Yield the slices in order; the first may be the blank lines before the first block."""
        origin = 0
        last: Block | None = None
        for piece, end in self._followed(self._pieces()):
            blocks: tuple[Block, ...] = ()
            if piece is not None:
                blocks = read_piece(piece, self.references)
                if last is not None and stands_apart(last, blocks[0]):
                    blocks = (replace(blocks[0], apart=True), *blocks[1:])
                blocks = tuple(replace(b, origin=origin + i) for i, b in enumerate(blocks))
                last = blocks[-1]
                origin += len(blocks)
            yield self._slice(piece, end, blocks)

    def _slice(self, piece: Piece | None, end: int, blocks: tuple[Block, ...]) -> Slice:
        if piece is None:
            return Slice("", self._characters(0, end), ())
        text = self._characters(piece.start, piece.end - 1) + self._lines[piece.end - 1]
        gap = self._ends[piece.end - 1] + self._characters(piece.end, end)
        return Slice(text, gap, blocks)

    def _characters(self, start: int, end: int) -> str:
        """Return the exact characters of some lines, with their ends."""
        both = zip(self._lines[start:end], self._ends[start:end], strict=True)
        return "".join(part for line in both for part in line)

    def _followed(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece | None, int]]:
        """Yield each piece with the line where the next begins; before all, the blank lines."""
        before: Piece | None = None
        for piece in pieces:
            if before is not None or piece.start > 0:
                yield before, piece.start
            before = piece
        yield before, len(self._lines)

    def _pieces(self) -> Iterator[Piece]:
        """Parse some lines at a time; what the last block of them is only shows further on."""
        start, count = 0, self._lines_at_once
        while start < len(self._lines):
            end = min(start + count, len(self._lines))
            pieces = self._parsed(start, end)
            is_last = end == len(self._lines)
            if len(pieces) > 1 or is_last:
                yield from pieces if is_last else pieces[:-1]
                start = end if is_last else pieces[-1].start
                count = self._lines_at_once
                continue
            found = self._extent(pieces[0], end) if pieces else None
            if found is None:
                count *= 2
                continue
            yield from self._all_of(pieces[0].start, found)
            start = found.end

    def _extent(self, piece: Piece, line: int) -> Extent | None:
        """Return how far a piece goes that is not finished at a line, if that can be used."""
        kind = piece.tokens[0].type if piece.tokens else ""
        found = extent_of(kind, self._lines, piece.start)
        if found is None or found.end < line:
            return None
        return found if found.is_all or self._is_too_long(piece.start, found.end) else None

    def _all_of(self, start: int, found: Extent) -> Iterator[Piece]:
        """Read a long piece in one go; what is too long to be rich is not parsed at all.

        The parser could take seconds, and the page would stand still.
        """
        last = found.end
        while not self._lines[last - 1].strip(BLANK):
            last -= 1
        if self._is_too_long(start, last):
            yield Piece((), "\n".join(self._lines[start:last]), start, last)
        else:
            yield from self._parsed(start, found.end)

    def _is_too_long(self, start: int, end: int) -> bool:
        return specials_in("\n".join(self._lines[start:end])) > MAX_PIECE_SPECIALS

    def _parsed(self, start: int, end: int) -> list[Piece]:
        text = "\n".join(self._lines[start:end])
        try:
            if start == 0:
                parsed = parse(text, self.references)
                if self._is_short:
                    self.references = parsed.references
                return list(parsed.pieces)
            pieces = parse(_INSIDE + text, self.references).pieces
        except TooDeepError:
            first = start + len(text) - len(text.lstrip("\n"))
            words = text.strip("\n")
            return [Piece((), words, first, first + words.count("\n") + 1)]
        by = start - _INSIDE.count("\n")
        return [replace(piece, start=piece.start + by, end=piece.end + by) for piece in pieces[1:]]


def definitions_in(text: str) -> References:
    """Return the link targets that a text defines."""
    if not _DEFINITION.search(text):
        return {}
    try:
        return parse(text).references
    except TooDeepError:
        return {}
