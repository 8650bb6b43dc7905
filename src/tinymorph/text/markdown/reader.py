"""A top-level piece of Markdown to the blocks that stand for it; this is where others come in."""

from __future__ import annotations

from tinymorph.text.document import Block
from tinymorph.text.markdown.block_reader import blocks_of, meaning_of, source_block
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, parse
from tinymorph.text.markdown.writer import write_blocks

__all__ = ["read_piece", "source_block"]


def read_piece(piece: Piece, references: References) -> tuple[Block, ...]:
    """Return the rich blocks of a piece, or one `source` block if they cannot hold what it says.

    They stand for the piece alone: whether its first list or quote stands apart from what is
    above (`Block.apart`) is for the caller to say. `references` are those of the whole document.
    """
    blocks = blocks_of(piece)
    if blocks is not None and _holds(blocks, piece, references):
        return blocks
    return (source_block(piece.source),)


def _holds(blocks: tuple[Block, ...], piece: Piece, references: References) -> bool:
    """Say whether the blocks, written and read again, say what the piece says."""
    try:
        again = parse(write_blocks(blocks), references).pieces
    except TooDeepError:
        return False
    return (
        len(again) == 1
        and meaning_of(again[0]) == meaning_of(piece)
        and blocks_of(again[0]) == blocks
    )
