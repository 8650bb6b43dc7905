"""Footnotes: which mark belongs to which note, and in what order readers meet them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tinymorph.text.document import Block, Document, Inline

NOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote, with the number that readers see."""

    number: int
    block: Block


def notes_of(document: Document) -> Mapping[str, Note]:
    """Return the notes by label, in the order of their first marks, then those without one.

    A mark inside a note counts from where that note is first met; of two notes with one label
    the first counts, as it does in Markdown, and the other goes by its place.
    """
    blocks: dict[str, Block] = {}
    for place, block in enumerate(document.blocks):
        if block.kind == "footnote":
            blocks[block.info if block.info not in blocks else f"{block.info} {place}"] = block
    order: dict[str, None] = {}
    pending = [block for block in document.blocks if block.kind != "footnote"]
    while pending:
        found = [label for block in pending for label in _labels_in(block)]
        new = list(
            dict.fromkeys(label for label in found if label in blocks and label not in order)
        )
        order.update(dict.fromkeys(new))
        pending = [blocks[label] for label in new]
    order.update(dict.fromkeys(blocks))
    return {label: Note(number, blocks[label]) for number, label in enumerate(order, start=1)}


def runs_of(block: Block) -> Iterator[Inline]:
    """Yield a block's runs, those of a table cell by cell."""
    yield from block.inlines
    if block.table is not None:
        for row in block.table.rows:
            for cell in row:
                yield from cell


def _labels_in(block: Block) -> Iterator[str]:
    if block.kind in {"source", "code"}:
        return
    for run in runs_of(block):
        if run.source:
            yield from NOTE_MARK.findall(run.text)
