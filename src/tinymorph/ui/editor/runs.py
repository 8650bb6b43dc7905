"""The marked words of one block, to the page and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCursor

from tinymorph.text.document import Block, Inline
from tinymorph.text.offsets import Utf16Map
from tinymorph.ui.editor.characters import (
    OBJECT_CHARACTER,
    from_page,
    is_same_on_page,
    literal_line_ends,
    split_literals,
    to_page,
)
from tinymorph.ui.editor.formats import (
    VERBATIM,
    char_format,
    have_same_marks,
    is_literal,
    marks_of,
    plain,
)

_LAST_OF_THE_PLANE = "\uffff"


def insert_inlines(cursor: QTextCursor, block: Block) -> None:
    """Insert the marked words of `block` where the cursor stands."""
    if block.kind in VERBATIM:
        _insert_words(cursor, Inline("".join(inline.text for inline in block.inlines)), block)
        return
    for inline in block.inlines:
        if inline.image is None:
            _insert_words(cursor, inline, block)
            continue
        words = replace(inline, image=None)
        for number, text in enumerate(inline.text.split(OBJECT_CHARACTER)):
            if number:
                cursor.insertText(OBJECT_CHARACTER, char_format(inline, block))
            _insert_words(cursor, plain(words, text), block)


def inlines_of(block: QTextBlock, first: int = 0, last: int | None = None) -> tuple[Inline, ...]:
    """Return the marked words of one block; neighbours with the same marks are one run.

    With `first` and `last`, Qt's positions in the block, only those between.
    """
    text = block.text()
    is_wide = not text.isascii() and max(text) > _LAST_OF_THE_PLANE
    index_of = _clamped(Utf16Map(text)) if is_wide else int
    end = block.length() - 1 if last is None else last
    result: list[Inline] = []
    for run in block.textFormats():
        fmt, start = run.format, run.start
        words = text[index_of(max(start, first)) : index_of(max(min(start + run.length, end), 0))]
        if not words:
            continue
        marks = marks_of(fmt)
        decode = literal_line_ends if is_literal(fmt) else from_page
        if marks.image is None:
            _add(result, marks, decode(words))
            continue
        beside = replace(marks, image=None)  # what somebody typed by the picture is words
        for number, part in enumerate(words.split(OBJECT_CHARACTER)):
            if number:
                _add(result, marks, OBJECT_CHARACTER)
            _add(result, beside, decode(part))
    return tuple(result)


def _clamped(units: Utf16Map) -> Callable[[int], int]:
    """Return what makes Python's indexes of Qt's positions.

    PySide leaves half a character out of a text, so Qt's may lie beyond it.
    """
    return lambda position: units.from_utf16(min(position, units.length))


def joined(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return the runs without empty ones; neighbours with the same marks are one run."""
    result: list[Inline] = []
    for inline in inlines:
        _add(result, plain(inline, ""), inline.text)
    return tuple(result)


def _insert_words(cursor: QTextCursor, inline: Inline, block: Block) -> None:
    if not inline.text:
        return
    if is_same_on_page(inline.text):
        cursor.insertText(inline.text, char_format(inline, block))
        return
    for text, has_stand_ins in split_literals(inline.text):
        fmt = char_format(inline, block, is_literal=has_stand_ins)
        cursor.insertText(text if has_stand_ins else to_page(text), fmt)


def _add(result: list[Inline], marks: Inline, words: str) -> None:
    if not words:
        return
    if result and have_same_marks(result[-1], marks):
        words = result.pop().text + words
    result.append(plain(marks, words))
