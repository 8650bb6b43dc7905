"""What the inspector reads: a word, a passage, or everything; and which words of the page that is."""

from __future__ import annotations

import re
from enum import Enum

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from tinymorph.schema.span import Span
from tinymorph.session.passage_reader import Part
from tinymorph.text.offsets import from_utf16
from tinymorph.ui.editor.document_map import blocks_of
from tinymorph.ui.editor.formats import kind_of, page_kind_of
from tinymorph.ui.editor.snapshot import take_snapshot, words_of

_READ = frozenset({"paragraph", "list_item", "heading"})
"""Kinds of blocks that hold the writer's language; code and kept Markdown hold none."""
_WORD = re.compile(r"\w[\w'\u2019-]*")


class Scope(Enum):
    """How much is read at once."""

    PASSAGE = "Selection or paragraph"
    WORD = "Word at the cursor"
    DOCUMENT = "Whole document"

    @property
    def words(self) -> str:
        """Return what the writer chooses it by."""
        return self.value


SCOPES = tuple(Scope)


def is_read(block: QTextBlock) -> bool:
    """Say whether a block holds words that the model can read."""
    kind = page_kind_of(block.blockFormat())
    return kind == "cell" or (kind != "filler" and kind_of(block.blockFormat()) in _READ)


def all_parts(document: QTextDocument) -> tuple[Part, ...]:
    """Return every paragraph with words, first to last."""
    return tuple(
        Part(snapshot := take_snapshot(block), Span(start=0, end=len(snapshot.text)))
        for block in blocks_of(document)
        if is_read(block) and block.text().strip()
    )


def selected_parts(cursor: QTextCursor) -> tuple[Part, ...]:
    """Return what is selected, paragraph by paragraph; without a selection, the paragraph."""
    document, parts = cursor.document(), list[Part]()
    first, last = cursor.selectionStart(), cursor.selectionEnd()
    block = document.findBlock(first)
    while block.isValid() and block.position() <= last:
        if is_read(block) and block.text().strip():
            text, start = block.text(), block.position()
            snapshot = take_snapshot(block)
            whole = Span(start=0, end=len(snapshot.text))
            if cursor.hasSelection():
                left = from_utf16(text, min(max(first - start, 0), len_utf16(block)))
                right = from_utf16(text, min(max(last - start, 0), len_utf16(block)))
                whole = Span(start=left, end=right)
            if whole.of(snapshot.text).strip():
                parts.append(Part(snapshot, whole))
        block = block.next()
    return tuple(parts)


def word_at(cursor: QTextCursor) -> Part | None:
    """Return the word that the cursor is in or at the end of; else the character beside it."""
    block = cursor.block()
    text = words_of(block)
    if not is_read(block) or not text.strip():
        return None
    at = from_utf16(block.text(), cursor.position() - block.position())
    for found in _WORD.finditer(text):
        if found.start() <= at <= found.end():
            return Part(take_snapshot(block), Span(start=found.start(), end=found.end()))
    marks = [place for place in (at, at - 1) if 0 <= place < len(text) and text[place].strip()]
    if not marks:
        return None
    return Part(take_snapshot(block), Span(start=marks[0], end=marks[0] + 1))


def len_utf16(block: QTextBlock) -> int:
    """Return how many of Qt's positions a block's words take."""
    return block.length() - 1
