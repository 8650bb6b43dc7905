"""Receipts on the page: each character that was accepted knows the edit that brought it.

The receipt is a property of the character's format, so Qt's undo, redo and moves take it along.
What is typed, pasted from elsewhere or put in by a rule carries none: it is the writer's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextFormat

from tinymorph.text.authorship import SignedRun, SignedText, found_again, runs_of
from tinymorph.text.offsets import Utf16Map
from tinymorph.ui.editor.document_map import blocks_of, is_filler
from tinymorph.ui.editor.snapshot import cursor_over, words_of

RECEIPT = QTextFormat.Property.UserProperty.value + 4
RECEIPTS_MIME_TYPE = "application/x-tinymorph-receipts"


def receipt_of(fmt: QTextFormat) -> str | None:
    """Return the receipt of characters with this format; None for the writer's own."""
    found = fmt.property(RECEIPT)
    return None if found is None else str(found)


def signed(fmt: QTextCharFormat, receipt: str | None) -> QTextCharFormat:
    """Return the format for characters that came with a receipt, or with none."""
    result = QTextCharFormat(fmt)
    if receipt:
        result.setProperty(RECEIPT, receipt)
    else:
        result.clearProperty(RECEIPT)
    return result


def leave_receipt(cursor: QTextCursor) -> bool:
    """Let what is typed next be the writer's own; say if need was."""
    form = cursor.charFormat()
    if not form.hasProperty(RECEIPT) or cursor.hasSelection():
        return False
    cursor.setCharFormat(signed(form, None))
    return True


def signed_text(block: QTextBlock) -> SignedText:
    """Return a block's words with whose they are."""
    text, page = words_of(block), block.text()
    runs = [(run.start, run.length, receipt_of(run.format)) for run in block.textFormats()]
    if all(receipt is None for _, _, receipt in runs):
        return SignedText(text)
    units = Utf16Map(page)
    receipts: list[str | None] = [None] * len(text)
    for start, length, receipt in runs:
        first, last = units.from_utf16(start), units.from_utf16(min(start + length, units.length))
        receipts[first:last] = [receipt] * (last - first)
    return SignedText(text, runs_of(receipts))


def signed_texts(document: QTextDocument) -> Iterator[SignedText]:
    """Yield the words of every block of the page."""
    return (signed_text(block) for block in blocks_of(document) if not is_filler(block))


def has_receipts(block: QTextBlock) -> bool:
    """Say whether any character of a block came with a receipt."""
    return any(run.format.hasProperty(RECEIPT) for run in block.textFormats())


def sign(block: QTextBlock, runs: Sequence[SignedRun]) -> None:
    """Give characters of a block their receipts."""
    for run in runs:
        _sign(cursor_over(block, run.span), run.receipt)


def sign_again(document: QTextDocument, known: Sequence[SignedText]) -> None:
    """Give their receipts back to words that come from a file, or from an earlier version."""
    if not known:
        return
    blocks = [block for block in blocks_of(document) if not is_filler(block)]
    found = found_again(known, [words_of(block) for block in blocks])
    was_modified = document.isModified()
    whole = QTextCursor(document)
    whole.beginEditBlock()
    for place, runs in found.items():
        sign(blocks[place], runs)
    whole.endEditBlock()
    document.setModified(was_modified)


def receipts_of_selection(cursor: QTextCursor) -> bytes:
    """Return the selected words with their receipts, for the clipboard; empty if there are none."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    runs: list[tuple[int, int, str]] = []
    block = cursor.document().findBlock(start)
    while block.isValid() and block.position() < end:
        for run in block.textFormats():
            first = max(block.position() + run.start, start)
            last = min(block.position() + run.start + run.length, end)
            receipt = receipt_of(run.format)
            if receipt is not None and first < last:
                runs.append((first - start, last - start, receipt))
        block = block.next()
    if not runs:
        return b""
    return json.dumps({"text": cursor.selectedText(), "runs": runs}).encode("ascii")


def sign_pasted(cursor: QTextCursor, start: int, data: bytes) -> None:
    """Give receipts to what was pasted between `start` and the cursor, if it is what was copied."""
    pasted = QTextCursor(cursor)
    pasted.setPosition(start)
    pasted.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
    try:
        copied = json.loads(data)
        runs = [(int(first), int(last), str(receipt)) for first, last, receipt in copied["runs"]]
    except (KeyError, TypeError, ValueError):
        return
    if copied.get("text") != pasted.selectedText():
        return
    for first, last, receipt in runs:
        pasted.setPosition(start + first)
        pasted.setPosition(start + last, QTextCursor.MoveMode.KeepAnchor)
        _sign(pasted, receipt)


def _sign(cursor: QTextCursor, receipt: str) -> None:
    fmt = QTextCharFormat()
    fmt.setProperty(RECEIPT, receipt)
    cursor.mergeCharFormat(fmt)
