"""Tables of foreign HTML: a grid of cells, or a page's furniture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml.html import HtmlElement

from tinymorph.text.document import Alignment, Cell
from tinymorph.text.formats.html_elements import alignment_of

MAX_SPAN = 100
"""Of columns or rows that one cell may take; some pages ask for 65534."""

_FURNITURE = "|".join(
    f".//{name}"
    for name in ("table", "h1", "h2", "h3", "ul", "ol", "blockquote", "pre", "hr", "form")
)


def is_for_layout(table: HtmlElement) -> bool:
    """Say whether a table only places things on a page, which text does without."""
    if table.get("role") in {"presentation", "none"} or table.xpath(_FURNITURE):
        return True
    rows = list(_rows(table))
    if not any(True for row in rows for _ in _cells(row)):
        return True
    return len(rows) == 1 and len(list(_cells(rows[0]))) == 1


def rows_of(
    table: HtmlElement, read: Callable[[HtmlElement], Cell]
) -> tuple[tuple[tuple[Cell, ...], ...], tuple[Alignment, ...]]:
    """Return a table's rows, the header first, all of one length, and its columns' alignments."""
    grid: list[list[Cell]] = []
    sides: dict[int, Alignment] = {}
    below: dict[int, int] = {}
    for row in _rows(table):
        cells: list[Cell] = []
        for cell in _cells(row):
            while below.get(len(cells), 0) > 0:
                below[len(cells)] -= 1
                cells.append(())
            side = alignment_of(cell)
            sides.setdefault(len(cells), side)
            if side and not sides[len(cells)]:
                sides[len(cells)] = side
            height = _span(cell.get("rowspan")) - 1
            for place in range(_span(cell.get("colspan"))):
                below[len(cells)] = height
                cells.append(read(cell) if place == 0 else ())
        grid.append(cells)
    width = max((len(cells) for cells in grid), default=0)
    rows = tuple(tuple(cells + [()] * (width - len(cells))) for cells in grid if cells)
    return rows, tuple(sides.get(column, "") for column in range(width))


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the rows: those of the head, then all others."""
    for group in ("./thead/tr", "./tr|./tbody/tr", "./tfoot/tr"):
        yield from table.xpath(group)


def _cells(row: HtmlElement) -> Iterator[HtmlElement]:
    return (cell for cell in row if cell.tag in {"td", "th"})


def _span(text: str | None) -> int:
    found = re.match(r"\s*(\d{1,5})", text or "")
    return max(1, min(int(found[1]), MAX_SPAN)) if found else 1
