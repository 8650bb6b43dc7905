"""One block to its lines, without the markers of the lists and quotes that it stands in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.common.utils import MD_TRIM_CHARS

from tinymorph.text.document import Block, Cell, Inline, Table
from tinymorph.text.markdown.block_reader import TASK, blocks_of
from tinymorph.text.markdown.inline_reader import Runs, runs_of
from tinymorph.text.markdown.inline_writer import manners, write_inlines
from tinymorph.text.markdown.inlines import normal_inlines
from tinymorph.text.markdown.ordinary import begins_ordinarily, is_ordinary, is_plain
from tinymorph.text.markdown.parser import References, TooDeepError, parse
from tinymorph.text.markdown.style import DEFAULT, WritingStyle

MAX_PADDED_WIDTH = 100
"""Tables that would be wider are written without padding."""

_SIMPLE_INFO = re.compile(r"[\w+.-]*")
_SHORTEST_RULE = {"left": ":--", "center": ":-:", "right": "--:", "": "---"}


def leaf_lines(
    block: Block, style: WritingStyle, references: References, marker: str = "-"
) -> list[str]:
    """Return the lines of a block; for a list item those after `marker`."""
    match block.kind:
        case "source":
            return block.text.split("\n")
        case "rule":
            return [style.rule]
        case "code":
            return _code_lines(block, style)
        case "table":
            return _table_lines(block.table, style, references) if block.table else []
        case _:
            return _words(block, style, references, marker)[0].split("\n")


def is_ordinary_block(block: Block) -> bool:
    """Say whether a block can be written in one obvious way."""
    match block.kind:
        case "table" if block.table is not None:
            return all(is_ordinary(cell) for row in block.table.rows for cell in row)
        case "code":
            return bool(block.inlines) and _SIMPLE_INFO.fullmatch(block.info) is not None
        case "rule":
            return True
        case "source":
            return False
        case _:
            return begins_ordinarily(block.inlines) and is_ordinary(block.inlines)


def can_be_written(block: Block, references: References) -> bool:
    """Say whether the words of a block can be written so that they read as they are."""
    if block.table is not None:
        cells = (cell for row in block.table.rows for cell in row)
        return all(
            is_ordinary(cell) or _cell(cell, DEFAULT, references)[1] == cell for cell in cells
        )
    if block.kind == "code":
        return _reads_as(
            block, block.inlines, "\n".join(_code_lines(block, DEFAULT)), references, "-"
        )
    return _words(block, DEFAULT, references, "-")[1] == block.inlines


def _code_lines(block: Block, style: WritingStyle) -> list[str]:
    lines = block.text.split("\n") if block.inlines else []
    if style.indented_code and _can_be_indented(block, lines):
        return [f"    {line}" if line else "" for line in lines]
    tick = "~" if "`" in block.info else style.fence
    longest = max((len(run) for run in re.findall(f"{tick}+", block.text)), default=0)
    fence = tick * max(3, longest + 1)
    info = re.sub(r"([\\&])", r"\\\1", block.info)
    space = " " if info.startswith("~") else ""
    return [f"{fence}{space}{info}", *lines, fence]


def _can_be_indented(block: Block, lines: Sequence[str]) -> bool:
    is_bare = not (block.info or block.item_depth)
    return is_bare and bool(lines) and bool(lines[0].strip() and lines[-1].strip())


def _words(
    block: Block, style: WritingStyle, references: References, marker: str
) -> tuple[str, Runs | None]:
    """Return the prettiest writing of a block's words that reads as them, and what it reads as."""
    if is_plain(block.inlines):
        return _framed(block, block.text, style), block.inlines
    written = ""
    for inlines in _ever_plainer(block.inlines):
        for manner in manners(style):
            written = _framed(block, write_inlines(inlines, manner), manner.style)
            if _reads_as(block, inlines, written, references, marker):
                return written, inlines
    return written, None


def _framed(block: Block, written: str, style: WritingStyle) -> str:
    """Give words what makes them a heading, a footnote or a task."""
    match block.kind:
        case "heading" if "\n" in written or _is_underlined(block, written, style):
            width = style.underline_length or max(3, *map(_width, written.split("\n")))
            return f"{written}\n{'=-'[block.level - 1] * width}" if written else "#" * block.level
        case "heading":
            # Its last `#`s could be taken for decoration.
            safe = re.sub(r"(^|[ \t])(#+)\Z", r"\1\\\2", written)
            return f"{'#' * block.level} {safe}".rstrip(" ")
        case "footnote":
            return f"[^{block.info}]: " + written.replace("\n", "\n    ")
        case "list_item" if block.checked is not None:
            return f"[{'x' if block.checked else ' '}] {written}".rstrip(" ")
        case "list_item" if TASK.match(written):
            return f"\\{written}"
        case _:
            return written


def _is_underlined(block: Block, written: str, style: WritingStyle) -> bool:
    """Say whether a heading is underlined; with a bar in it, that would make it a table."""
    return style.underlines_headings and block.level < 3 and "|" not in written


def _ever_plainer(inlines: tuple[Inline, ...]) -> Iterator[tuple[Inline, ...]]:
    """Yield the runs, then with fewer marks: a word weighs more than its emphasis."""
    yield inlines
    yield normal_inlines(replace(run, strike=False) for run in inlines)
    yield normal_inlines(replace(run, italic=False, strike=False) for run in inlines)
    yield normal_inlines(_without_emphasis(run) for run in inlines)
    yield normal_inlines(Inline(run.text, image=run.image) for run in inlines)


def _without_emphasis(run: Inline) -> Inline:
    return replace(run, bold=False, italic=False, strike=False)


def _reads_as(
    block: Block,
    inlines: tuple[Inline, ...],
    written: str,
    references: References,
    marker: str,
) -> bool:
    expected = replace(
        block, inlines=inlines, quote_depth=0, item_depth=0, apart=False, loose=False
    )
    if block.kind == "list_item":
        label = "1." if block.ordered else marker  # the number itself does not matter
        room = " " * (len(label) + 1)
        written = f"{label} " + written.replace("\n", f"\n{room}")
        expected = replace(expected, level=0, number=1)
    try:
        pieces = parse(written, references).pieces
    except TooDeepError:
        return False
    return [blocks_of(piece, references) for piece in pieces] == [(expected,)]


def _table_lines(table: Table, style: WritingStyle, references: References) -> list[str]:
    cells = [[_cell(cell, style, references)[0] for cell in row] for row in table.rows]
    rules = [_SHORTEST_RULE[alignment] for alignment in table.alignments]
    widths = [0] * len(rules)
    if style.padded_tables:
        wanted = [max(map(_width, column)) for column in zip(rules, *cells, strict=True)]
        widths = wanted if sum(wanted) <= MAX_PADDED_WIDTH else widths
    header, *rows = (_row(row, widths, table) for row in cells)
    rule = [_stretched(text, width) for text, width in zip(rules, widths, strict=True)]
    return [header, f"| {' | '.join(rule)} |", *rows]


def _row(cells: Sequence[str], widths: Sequence[int], table: Table) -> str:
    padded = [
        " " * missing + cell if alignment == "right" else cell + " " * missing
        for cell, width, alignment in zip(cells, widths, table.alignments, strict=True)
        for missing in [max(0, width - _width(cell))]
    ]
    return f"| {' | '.join(padded)} |"


def _stretched(rule: str, width: int) -> str:
    return rule[0] + "-" * max(1, width - 2) + rule[-1]


def _cell(cell: Cell, style: WritingStyle, references: References) -> tuple[str, Runs | None]:
    """Return the prettiest writing of a cell's words that reads as them, and what it reads as."""
    written = ""
    for inlines in _ever_plainer(cell):
        for manner in manners(style):
            written = _with_kept_edges(write_inlines(inlines, manner))
            try:
                reads = "\n" not in written and runs_of(written, references) == inlines
            except TooDeepError:
                reads = False
            if reads:
                return _with_escaped_bars(written), inlines
    return _with_escaped_bars(written), None


def _with_kept_edges(written: str) -> str:
    """Write wide space at the edges of a cell as entities, for the parser would drop it."""
    if written and written[0] in MD_TRIM_CHARS:
        written = f"&#{ord(written[0])};{written[1:]}"
    if written and written[-1] in MD_TRIM_CHARS:
        written = f"{written[:-1]}&#{ord(written[-1])};"
    return written


def _with_escaped_bars(written: str) -> str:
    """Keep bars from ending the cell; the parser takes the backslash away before all else."""
    return written.replace("|", "\\|")


def _width(text: str) -> int:
    """Return how many columns a text takes where every letter is as wide, or twice as wide."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - marks
