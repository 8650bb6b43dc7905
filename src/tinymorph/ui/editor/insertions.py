"""Pictures and footnotes put where the caret is."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtGui import QTextCursor

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.ui.editor.commands import one_step
from tinymorph.ui.editor.document_map import insert_blocks
from tinymorph.ui.editor.formats import block_format, char_format, is_verbatim, structure_of
from tinymorph.ui.editor.runs import insert_inlines

_MARK = re.compile(r"\[\^([^\]\s]+)\]")


def put_picture(cursor: QTextCursor, image: Image) -> bool:
    """Put a picture in the place of the selection, as one undo step; False in code."""
    if is_verbatim(cursor.blockFormat()):
        return False
    structure = structure_of(cursor.blockFormat())
    with one_step(cursor):
        run = Inline(PICTURE, image=image)
        cursor.removeSelectedText()
        insert_inlines(cursor, Block(structure.kind, (run,), structure.level))
        if not cursor.currentTable():
            cursor.setBlockFormat(block_format(replace(structure, inlines=(run,))))
    return True


def put_footnote(cursor: QTextCursor, document: Document) -> bool:
    """Put a new footnote's mark at the caret and go to its text at the end; False in code."""
    if is_verbatim(cursor.blockFormat()):
        return False
    label = next_label(document)
    with one_step(cursor):
        cursor.setPosition(cursor.selectionEnd())
        mark = Inline(f"[^{label}]", source=True)
        cursor.insertText(mark.text, char_format(mark, structure_of(cursor.blockFormat())))
        cursor.movePosition(QTextCursor.MoveOperation.End)
        is_free = not cursor.block().text() and structure_of(cursor.blockFormat()) == Block(
            "paragraph"
        )
        insert_blocks(cursor, (Block("footnote", info=label),), is_first=is_free)
    return True


def next_label(document: Document) -> str:
    """Return the least number that no footnote and no mark of the document has."""
    taken = {block.info for block in document.blocks if block.kind == "footnote"}
    for block in document.blocks:
        for run in block.inlines:
            if run.source:
                taken.update(_MARK.findall(run.text))
    number = 1
    while str(number) in taken:
        number += 1
    return str(number)
