"""Foreign text becomes blocks of our own: words, marks and structure stay, everything else goes.

Nothing is fetched, run or kept that could be: no script, no style, no picture. Of a picture its
description stays, as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QMimeData

from tinymorph.text.document import Block, Inline, Table
from tinymorph.text.formats.html_reader import read_html
from tinymorph.ui.editor.links import is_address
from tinymorph.ui.editor.runs import joined

_SPACES_OF_PROGRAMS = re.compile(
    r"""<span\s[^>]*(?:Apple-converted-space|mso-spacerun:\s*yes)[^>]*>([^<]*)</span>""",
    re.IGNORECASE,
)
"""How browsers and word processors write a plain space that stands beside another."""
_LOOKS_ALONE = re.compile(r"</?(?:abbr|ins|samp|small|u)(?: title=\"[^\"]*\")?>")
"""Tags that say how words look on the page they come from."""


def blocks_from_mime(source: QMimeData) -> tuple[Block, ...]:
    """Return the clipboard's words as blocks; empty if it holds none."""
    if source.hasHtml():
        blocks = blocks_from_html(source.html())
        if blocks:
            return _with_outer_spaces(blocks, source.text())
    return blocks_from_text(source.text()) if source.hasText() else ()


def blocks_from_text(text: str) -> tuple[Block, ...]:
    """Return plain text as paragraphs, parted at blank lines or, without any, at every line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n")
    parts = re.split(r"\n[ \t]*\n\s*", text) if re.search(r"\n[ \t]*\n", text) else text.split("\n")
    return tuple(Block("paragraph", (Inline(part),) if part else ()) for part in parts)


def blocks_from_html(html: str) -> tuple[Block, ...]:
    """Return the words of an HTML fragment with the marks and structure that we support."""
    plain_spaces = _SPACES_OF_PROGRAMS.sub(lambda found: _plain_spaces(found[1]), html)
    made = [_clean(block) for block in read_html(plain_spaces).blocks]
    kept = [block for block in made if block.kind == "rule" or block.text.strip()]
    if any(block.item_depth for block in kept):
        return tuple(kept)
    # Word processors put a paragraph into every item; that alone gives their lists no air.
    return tuple(replace(block, loose=False) for block in kept)


def _plain_spaces(text: str) -> str:
    return text.replace("&nbsp;", " ").replace("\u00a0", " ")


def _clean(block: Block) -> Block:
    if block.table is not None:
        rows = tuple(tuple(_clean_runs(cell) for cell in row) for row in block.table.rows)
        if all(run.bold for cell in rows[0] for run in cell):  # the header is bold by itself
            header = (tuple(replace(run, bold=False) for run in cell) for cell in rows[0])
            rows = (tuple(header), *rows[1:])
        return replace(block, table=Table(block.table.alignments, rows))
    return replace(block, inlines=_clean_runs(block.inlines))


def _clean_runs(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    return joined(_cleaned(inlines))


def _cleaned(inlines: tuple[Inline, ...]) -> Iterator[Inline]:
    for run in inlines:
        if run.link is not None and not is_address(run.link):
            run = replace(run, link=None, link_title="")  # noqa: PLW2901 - the run, mended
        if run.image is not None:
            yield replace(run, text=run.image.alt, image=None)
        elif not (run.source and _LOOKS_ALONE.fullmatch(run.text)):
            yield run


def _with_outer_spaces(blocks: tuple[Block, ...], text: str) -> tuple[Block, ...]:
    """Give a phrase the spaces around it that HTML loses and the plain text has."""
    if len(blocks) != 1 or blocks[0].kind != "paragraph" or "\n" in text.strip("\n"):
        return blocks
    runs = list(blocks[0].inlines)
    if text.startswith(" "):
        runs[0] = replace(runs[0], text=" " + runs[0].text)
    if text.endswith(" "):
        runs[-1] = replace(runs[-1], text=runs[-1].text + " ")
    return (replace(blocks[0], inlines=tuple(runs)),)
