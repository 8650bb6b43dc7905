"""A whole Markdown source to a document and back, checked by reading it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinymorph.text.document import Block, Document
from tinymorph.text.markdown.parser import BLANK, Parsed, Piece, TooDeepError, parse, unified
from tinymorph.text.markdown.block_reader import Meaning, blocks_of, meaning_of, source_block
from tinymorph.text.markdown.writer import normal_blocks, write_blocks

_JOINING_KINDS = {"list_item", "source"}


def read_markdown(source: str) -> Document:
    """Return the document; whatever it cannot hold becomes a `source` block, unchanged.

    What was read is written and read again before it is believed, so a document that is saved
    untouched says what its file said. `source` has no byte order mark (`files.open_text`).
    """
    source = unified(source)
    try:
        parsed = parse(source)
    except TooDeepError:
        return _whole(source)
    parts = [_Part.of((piece,), piece.source) for piece in parsed.pieces]
    if _holds(parts, parsed):
        return _document(parts)
    parts = [_alone(part, parsed) for part in parts]
    if not _holds(parts, parsed):
        parts = _joined(parts, parsed)
    return _document(parts) if _holds(parts, parsed) else _whole(source)


def write_markdown(document: Document) -> str:
    """Return Markdown that reads as `normalised(document)`; ends with a newline unless empty."""
    return write_blocks(normal_blocks(document))


def same_meaning(a: str, b: str) -> bool:
    """Say whether two Markdown sources say the same: words, marks, structure and targets.

    How it is written does not count: markers, line wrapping, escapes, space between items,
    inline or by reference. What is kept as source must be the same but for outer space.
    """
    try:
        return _meaning(parse(unified(a)).pieces) == _meaning(parse(unified(b)).pieces)
    except TooDeepError:
        return unified(a).strip("\n") == unified(b).strip("\n")


def normalised(document: Document) -> Document:
    """Return the document as Markdown can say it.

    Without empty paragraphs and outer spaces, with neighbours of equal marks joined, and no
    list item more than one level below the one before.
    """
    return Document(normal_blocks(document))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some pieces of a source and the blocks that shall stand for them."""

    pieces: tuple[Piece, ...]
    source: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, pieces: tuple[Piece, ...], source: str) -> _Part:
        found = blocks_of(pieces[0]) if len(pieces) == 1 else None
        return cls(pieces, source, found or (source_block(source),))

    @property
    def is_source(self) -> bool:
        return self.blocks[0].kind == "source"

    def kept(self) -> _Part:
        """Return the part with its characters as they are."""
        return _Part(self.pieces, self.source, (source_block(self.source),))


def _document(parts: Sequence[_Part]) -> Document:
    return Document(tuple(block for part in parts for block in part.blocks))


def _whole(source: str) -> Document:
    text = source.strip("\n")
    return Document((source_block(text),)) if text.strip(BLANK) else Document()


def _meaning(pieces: Sequence[Piece]) -> Meaning:
    return tuple(said for piece in pieces for said in meaning_of(piece))


def _holds(parts: Sequence[_Part], parsed: Parsed) -> bool:
    """Say whether the blocks, written and read again, say what the pieces of the source said."""
    blocks = _document(parts).blocks
    try:
        again = parse(write_blocks(blocks), parsed.references)
    except TooDeepError:
        return False
    if _meaning(again.pieces) != _meaning([piece for part in parts for piece in part.pieces]):
        return False
    if any(len(part.pieces) > 1 for part in parts):
        return True  # what is kept as one block reads as several; its meaning was compared
    read = [_Part.of((piece,), piece.source) for piece in again.pieces]
    return _document(read).blocks == blocks


def _alone(part: _Part, parsed: Parsed) -> _Part:
    """Keep a part as source if its blocks would not even do by themselves."""
    return part if part.is_source or _holds([part], parsed) else part.kept()


def _joined(parts: Sequence[_Part], parsed: Parsed) -> list[_Part]:
    """Keep as source, together if need be, parts that only fail beside each other."""
    result: list[_Part] = []
    for part in parts:
        result.append(part)
        while len(result) > 1 and not _fit(result[-2], result[-1], parsed):
            last, before = result.pop(), result.pop()
            if not last.is_source and _fit(before, last.kept(), parsed):
                result += [before, last.kept()]
                break
            source = parsed.between(before.pieces[0], last.pieces[-1])
            pieces = before.pieces + last.pieces
            result.append(_Part(pieces, source, (source_block(source),)))
    return result


def _fit(first: _Part, second: _Part, parsed: Parsed) -> bool:
    """Say whether two neighbours can be written one after the other; most obviously can."""
    last, block = first.blocks[-1], second.blocks[0]
    joins = last.kind in _JOINING_KINDS or block.kind in _JOINING_KINDS
    quotes = last.quote_depth > 0 and block.quote_depth > 0
    return not (joins or quotes) or _holds([first, second], parsed)
