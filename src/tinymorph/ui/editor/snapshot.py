"""A block as a value: the only place where Qt's positions become Python's indexes."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from PySide6.QtGui import QTextBlock, QTextBlockUserData, QTextCursor, QTextDocument

from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import PassageForm, Surroundings
from tinymorph.schema.span import Span
from tinymorph.text.offsets import from_utf16, to_utf16
from tinymorph.ui.editor.characters import from_page
from tinymorph.ui.editor.document_map import blocks_of
from tinymorph.ui.editor.formats import kind_of, page_kind_of
from tinymorph.ui.editor.kept_parts import kept_parts

CHARACTERS_AROUND = 1500
"""On each side; a model takes as much of it as it has room for."""


class ParagraphIdentity(QTextBlockUserData):
    """Who a block is, and how many times its words have changed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.paragraph_id = uuid.uuid4().hex
        self.revision = 0
        self.text = text


def take_snapshot(block: QTextBlock) -> ParagraphSnapshot:
    """Return the block's words at this moment; the first look gives the block its identity."""
    identity = identity_of(block)
    if identity is None:
        identity = ParagraphIdentity(words_of(block))
        block.setUserData(identity)
    return ParagraphSnapshot(
        paragraph_id=identity.paragraph_id, revision=identity.revision, text=identity.text
    )


def surroundings(block: QTextBlock) -> Surroundings:
    """Return what a block is and holds, and the words around it, as much as a model may use."""
    form: PassageForm = "paragraph"
    protected = kept_parts(block)
    if page_kind_of(block.blockFormat()) == "cell":
        return Surroundings(form="table_cell", protected=protected)
    if kind_of(block.blockFormat()) == "list_item":
        form = "list_item"
    above = _words_beside(block, QTextBlock.previous)
    below = _words_beside(block, QTextBlock.next)
    before, after = "\n\n".join(reversed(above)), "\n\n".join(below)
    return Surroundings(form=form, before=before, after=after, protected=protected)


def identity_of(block: QTextBlock) -> ParagraphIdentity | None:
    """Return the identity of a block that was looked at before."""
    data = block.userData()
    return data if isinstance(data, ParagraphIdentity) else None


def note_edit(document: QTextDocument, position: int, added: int) -> list[ParagraphSnapshot]:
    """Count one edit for each known block whose words changed; return those, as they are now.

    A change of formats alone is no edit: the words that a suggestion was made for still stand.
    """
    changed: list[ParagraphSnapshot] = []
    block, end = document.findBlock(position), position + added
    while block.isValid() and block.position() <= end:
        identity = identity_of(block)
        if identity is not None:
            words = words_of(block)
            if words != identity.text:
                identity.text = words
                identity.revision += 1
                changed.append(take_snapshot(block))
        block = block.next()
    return changed


def find_block(document: QTextDocument, paragraph_id: str) -> QTextBlock | None:
    """Return the block with this identity, or None if it is gone."""
    for block in blocks_of(document):
        identity = identity_of(block)
        if identity is not None and identity.paragraph_id == paragraph_id:
            return block
    return None


def words_of(block: QTextBlock) -> str:
    """Return the block's characters as Python sees them."""
    return from_page(block.text())


def selected_span(cursor: QTextCursor) -> Span:
    """Return the part of the cursor's own block that is selected; all of it if nothing is."""
    block = cursor.block()
    text = block.text()  # of the page: a stand-in may take more UTF-16 units than its character
    if not cursor.hasSelection():
        return Span(start=0, end=len(text))
    first = max(cursor.selectionStart() - block.position(), 0)
    last = min(cursor.selectionEnd() - block.position(), block.length() - 1)
    if last <= first:
        return Span(start=0, end=len(text))
    return Span(start=from_utf16(text, first), end=from_utf16(text, last))


def cursor_over(block: QTextBlock, span: Span) -> QTextCursor:
    """Return a cursor that selects `span` of the block."""
    text = block.text()
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + to_utf16(text, span.start))
    cursor.setPosition(block.position() + to_utf16(text, span.end), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _words_beside(block: QTextBlock, step: Callable[[QTextBlock], QTextBlock]) -> list[str]:
    """Return the words of the blocks on one side, nearest first."""
    found: list[str] = []
    block = step(block)
    while block.isValid() and sum(map(len, found)) < CHARACTERS_AROUND:
        if words := words_of(block).strip():
            found.append(words)
        block = step(block)
    return found
