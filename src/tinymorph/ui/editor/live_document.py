"""The page's blocks as values, kept in step: only what changed is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument

from tinymorph.text.document import Block, Document
from tinymorph.ui.editor.document_map import is_filler, read_block
from tinymorph.ui.editor.formats import filled
from tinymorph.ui.editor.numbering import PageNumbers, numbered
from tinymorph.ui.editor.tables import block_after, read_table, table_at

NO_BLOCK = Block("table")
"""Stands for a page block that is no block of the document: a table's cells but the first."""

PageBlocks = tuple[Block, ...]
"""One value for each block of the page; `document_of` makes a document of them."""


class LiveDocument(QObject):
    """Follow a page, so that its value can be had at any time without reading all of it.

    What was loaded stays the very blocks that were loaded until somebody touches them. Their
    `origin` is remembered here, not on the page: ten thousand formats that differ in nothing
    else would make Qt's layout slow.
    """

    def __init__(self, document: QTextDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._entries: list[Block | None] = []
        self._origins: list[int | None] = []
        """The origin of each entry; of one that was read again, that of what it came from."""
        self._loaded: dict[int, Block] = {}
        """What was put on the page, by origin: what is read as equal to it is that very block."""
        self._counts: list[int] = []
        """The words of each entry."""
        self._words = 0
        self._changed = (0, 0)
        """First index of what may have to be read again, and one past the last."""
        self._numbers = PageNumbers()
        self._read_all()
        document.documentLayout()  # a page without a layout tells nobody of its changes
        document.contentsChange.connect(self._note_change)

    def begin(self) -> None:
        """Forget everything: another document comes to the page."""
        self._numbers = PageNumbers()
        self._loaded.clear()
        self._read_all()

    def take_loaded(self, blocks: Sequence[Block], first: int) -> None:
        """Take the values of blocks that were just put on the page, from page block `first` on."""
        entries = list(self._numbers.each(blocks))
        if self._document.blockCount() - first != len(entries):
            entries = list(self._with_fillers(entries, first))
        origins = [block.origin for block in entries]
        self._loaded.update((b.origin, b) for b in entries if b.origin is not None)
        self._put(first, len(self._entries), entries, origins)
        if first and self._entries[first - 1] is None:
            self._read(first - 1)  # where it was put on: not all of them at the first snapshot
        self._changed = (0, len(self._entries))

    def snapshot(self) -> PageBlocks:
        """Return the page as it is at this moment."""
        index, end = self._changed
        while index < end:
            index = self._read(index) if self._entries[index] is None else index + 1
        self._changed = (0, 0)
        return tuple(self._entries)  # pyright: ignore[reportReturnType]  # all are read now

    def word_count(self) -> int:
        """Return how many words the page holds."""
        self.snapshot()
        return self._words

    def value(self) -> Document:
        """Return the page as a document."""
        return document_of(self.snapshot())

    def _read_all(self) -> None:
        self._entries = [None] * self._document.blockCount()
        self._origins = [None] * len(self._entries)
        self._counts, self._words = [0] * len(self._entries), 0
        self._changed = (0, len(self._entries))

    def _with_fillers(self, blocks: Sequence[Block], first: int) -> Iterator[Block]:
        """Yield an entry for each block of the page, from `first` on, where tables are among them."""
        page, coming = self._document.findBlockByNumber(first), iter(blocks)
        while page.isValid():
            table = table_at(page)
            if table is None:
                yield NO_BLOCK if is_filler(page) else next(coming)
                page = page.next()
                continue
            yield next(coming)
            after = block_after(table)
            end = after.blockNumber() if after.isValid() else self._document.blockCount()
            yield from [NO_BLOCK] * (end - page.blockNumber() - 1)
            page = after

    def _read(self, index: int) -> int:
        """Read the page's block at `index`, or the table that it is in; return what comes next."""
        block = self._document.findBlockByNumber(index)
        table = table_at(block)
        if table is None:
            read = NO_BLOCK if is_filler(block) else read_block(block)
            origin = self._origins[index] if read.origin is None else read.origin
            shown = read if read is NO_BLOCK else filled(read, read.inlines, origin)
            self._put(index, index + 1, [self._very(shown)], [origin])
            return index + 1
        first = self._document.findBlock(table.firstPosition()).blockNumber()
        last = self._document.findBlock(table.lastPosition()).blockNumber()
        read = read_table(table)
        known = (origin for origin in self._origins[first : last + 1] if origin is not None)
        origin = read.origin if read.origin is not None else next(known, None)
        rest = last - first
        entries = [self._very(replace(read, origin=origin)), *[NO_BLOCK] * rest]
        self._put(first, last + 1, entries, [origin, *[None] * rest])
        return last + 1

    def _very(self, read: Block) -> Block:
        """Return the block that was loaded, where one that was read again is no other."""
        known = None if read.origin is None else self._loaded.get(read.origin)
        return known if known is not None and known == read else read

    def _put(
        self,
        first: int,
        end: int,
        entries: Sequence[Block | None],
        origins: Sequence[int | None],
    ) -> None:
        counts = [0 if block is None else len(block.text.split()) for block in entries]
        self._words += sum(counts) - sum(self._counts[first:end])
        self._entries[first:end], self._counts[first:end] = entries, counts
        self._origins[first:end] = origins

    def _forget(self, first: int, end: int, count: int) -> None:
        """Have `count` entries read again in the place of some; they keep their origins in order."""
        origins = (self._origins[first:end] + [None] * count)[:count]
        self._put(first, end, [None] * count, origins)

    def _note_change(self, position: int, removed: int, added: int) -> None:
        del removed
        count = self._document.blockCount()
        first = self._document.findBlock(position).blockNumber()
        last_block = self._document.findBlock(position + added)
        last = last_block.blockNumber() if last_block.isValid() else count - 1
        known_end = last + 1 - (count - len(self._entries))
        if first < 0 or known_end < first:
            self._read_all()
            return
        self._forget(first, known_end, last + 1 - first)
        start, end = self._moved(first, known_end, last + 1)
        first, last = self._with_tables(first, last + 1)
        self._changed = (min(first, start), max(last, end))

    def _moved(self, first: int, old_end: int, new_end: int) -> tuple[int, int]:
        """Return where what was changed before stands now, after another change."""
        start, end = self._changed
        if start == end:
            return first, first
        if start >= old_end:
            start += new_end - old_end
        if end > first:
            end = max(end + new_end - old_end, first)
        return min(start, end), end

    def _with_tables(self, first: int, end: int) -> tuple[int, int]:
        """Have the tables that a change touches or borders on read again, whole."""
        while first > 0 and _is_of_table(self._entries[first - 1]):
            first -= 1
            is_head = self._entries[first] is not NO_BLOCK
            self._forget(first, first + 1, 1)
            if is_head:
                break
        while end < len(self._entries) and self._entries[end] is NO_BLOCK:
            self._forget(end, end + 1, 1)
            end += 1
        return first, end


def document_of(blocks: Sequence[Block]) -> Document:
    """Return the document of a page's blocks, with its lists numbered."""
    return Document(numbered(block for block in blocks if block is not NO_BLOCK))


def _is_of_table(block: Block | None) -> bool:
    return block is not None and block.kind == "table"
