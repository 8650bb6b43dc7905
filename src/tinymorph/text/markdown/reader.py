"""A top-level piece of Markdown to the blocks that stand for it; this is where others come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tinymorph.text.document import Block
from tinymorph.text.markdown.block_reader import blocks_of, source_block
from tinymorph.text.markdown.leaf_writer import can_be_written, is_ordinary_block
from tinymorph.text.markdown.limits import (
    MAX_CAREFUL,
    MAX_PIECE_SPECIALS,
    MAX_TOKENS,
    specials_in,
)
from tinymorph.text.markdown.meaning import meaning_of
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, parse
from tinymorph.text.markdown.writer import write_blocks

_COST_OF_CARE = 5
"""Of writing and reading a block by itself, in characters of syntax."""

__all__ = ["beside_each_other", "read_piece", "source_block", "stands_apart"]


def read_piece(piece: Piece, references: References) -> tuple[Block, ...]:
    """Return the rich blocks of a piece, or one `source` block if they cannot hold what it says.

    They stand for the piece alone: whether its first list or quote stands apart from what is
    above (`Block.apart`) is for the caller to say. `references` are those of the whole document.
    """
    if not _takes_too_long(piece):
        blocks = blocks_of(piece, references)
        if blocks is not None and _are_sound(blocks, piece, references):
            return blocks
    return (source_block(piece.source),)


def beside_each_other(parts: Iterable[tuple[Block, ...]]) -> tuple[Block, ...]:
    """Return the blocks of pieces that follow one another, lists and quotes marked as apart."""
    blocks: list[Block] = []
    for part in parts:
        first = part[0]
        if blocks and stands_apart(blocks[-1], first):
            first = replace(first, apart=True)
        blocks += [first, *part[1:]]
    return tuple(blocks)


def stands_apart(last: Block, first: Block) -> bool:
    """Say whether a list or quote begins in a piece although the one above could have gone on."""
    if last.quote_depth or first.quote_depth:
        return last.quote_depth > 0 and first.quote_depth > 0
    return first.kind == "list_item" and (last.kind == "list_item" or last.item_depth > 0)


def _takes_too_long(piece: Piece) -> bool:
    count = len(piece.tokens)  # one for code, whatever it holds
    return count > MAX_TOKENS or (count > 1 and specials_in(piece.source) > MAX_PIECE_SPECIALS)


def _are_sound(blocks: tuple[Block, ...], piece: Piece, references: References) -> bool:
    """Say whether the blocks say what the piece says, and can be written so that they do."""
    if all(_is_simple(block) for block in blocks):
        odd = [block for block in blocks if not is_ordinary_block(block)]
        cost = sum(_COST_OF_CARE + specials_in(block.text) for block in odd)
        return cost <= MAX_CAREFUL and all(can_be_written(block, references) for block in odd)
    cost = max(len(piece.tokens), specials_in(piece.source))
    return cost <= MAX_CAREFUL and _holds(blocks, piece, references)


def _is_simple(block: Block) -> bool:
    """Say whether nothing can go wrong around the words of a block."""
    is_leaf = block.kind not in {"list_item", "source"} or bool(block.inlines)
    return is_leaf and not block.item_depth and not block.apart and block.kind != "source"


def _holds(blocks: tuple[Block, ...], piece: Piece, references: References) -> bool:
    """Say whether the blocks, written and read again, say what the piece says."""
    try:
        again = parse(write_blocks(blocks, references=references), references).pieces
    except TooDeepError:
        return False
    return (
        len(again) == 1
        and meaning_of(again[0], references) == meaning_of(piece, references)
        and blocks_of(again[0], references) == blocks
    )
