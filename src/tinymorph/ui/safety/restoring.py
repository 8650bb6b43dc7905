"""Another text on the page as one undo step, with its own characters for what nobody touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtGui import QTextCursor

from tinymorph.text.document import Block
from tinymorph.text.markdown.slices import Slice, Source
from tinymorph.ui.editor.commands import one_step
from tinymorph.ui.editor.document_map import insert_blocks
from tinymorph.ui.editor.page import Editor


def joined_sources(first: Source, second: Source) -> tuple[Source, tuple[Block, ...]]:
    """Return one source that knows the slices of both, and the blocks of the second in it.

    So whatever an undo or redo brings to the page, it is written as its own characters.
    """
    offset = len(first.blocks)
    slices: list[Slice] = []
    for piece in second.slices:
        blocks = tuple(replace(b, origin=offset + (b.origin or 0)) for b in piece.blocks)
        slices.append(replace(piece, blocks=blocks))
    references = first.references | second.references
    seam = Slice("", "", ())  # so that the first of the one never follows the last of the other
    joined = Source((*first.slices, seam, *slices), references)
    return joined, joined.blocks[offset:]


def replace_page(editor: Editor, blocks: Sequence[Block]) -> None:
    """Put other blocks in the place of all that is on the page; one undo takes it back."""
    place = editor.textCursor().position()
    cursor = QTextCursor(editor.document())
    with one_step(cursor):
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        insert_blocks(cursor, blocks or (Block("paragraph"),), is_first=True)
    here = editor.textCursor()
    here.setPosition(min(place, editor.document().characterCount() - 1))
    editor.setTextCursor(here)
    editor.ensureCursorVisible()
