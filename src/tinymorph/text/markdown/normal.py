"""Blocks in their one normal form: as Markdown can say them, and as they are read again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tinymorph.text.document import Block, Cell, Document, Image, Inline, Table
from tinymorph.text.markdown.block_reader import MAX_LIST_LEVEL, MAX_QUOTE_DEPTH, source_block
from tinymorph.text.markdown.inline_writer import Manner, write_inlines
from tinymorph.text.markdown.inlines import OUTER_SPACE, normal_inlines, with_text
from tinymorph.text.markdown.parser import BLANK, TooDeepError, parse, unified
from tinymorph.text.markdown.structure import OpenList, Outline, has_words, interrupts
from tinymorph.text.markdown.style import DEFAULT

_MAX_NUMBER = 999_999_999
_MANNER = Manner(DEFAULT)
_LABEL = re.compile(r"[^\[\]\s\\]+")


def normal_blocks(document: Document) -> tuple[Block, ...]:
    """Return the blocks as Markdown can say them."""
    result: list[Block] = []
    for clean in (clean for block in document.blocks for clean in _clean_blocks(block)):
        normal = _in_reach(clean, result[-1] if result else None)
        if _is_first_paragraph(normal, result):
            result[-1] = replace(result[-1], inlines=normal.inlines)
        else:
            result.append(normal)
    return tuple(_settled(result))


def _is_first_paragraph(block: Block, before: Sequence[Block]) -> bool:
    """Say whether a paragraph stands where its list item has its words."""
    last = before[-1] if before else None
    return (
        last is not None
        and block.kind == "paragraph"
        and last.kind == "list_item"
        and block.item_depth == last.level + 1
        and not has_words(last)
    )


def _in_reach(block: Block, last: Block | None) -> Block:
    """Return the block no more than one level below the one before."""
    reach = 0
    if last and last.quote_depth == block.quote_depth and not (block.apart and block.quote_depth):
        reach = last.level + 1 if last.kind == "list_item" else last.item_depth
    if block.kind == "list_item":
        return replace(block, level=max(0, min(block.level, reach, MAX_LIST_LEVEL)))
    return replace(block, item_depth=max(0, min(block.item_depth, reach)))


@dataclass(slots=True)
class _ListSoFar:
    """What decides whether a list has air between its items."""

    items: list[int] = field(default_factory=list[int])
    wishes: bool = False
    has_paragraph: bool = False
    has_room: bool = False
    """There are two things in it with a blank line between."""


def _settled(blocks: list[Block]) -> list[Block]:
    """Set what depends on the blocks around: where lists begin apart, and which are loose."""
    outline = Outline()
    lists: dict[int, _ListSoFar] = {}
    kept: list[OpenList] = []  # or a list that is closed could lend its id to another
    for index, block in enumerate(blocks):
        place = outline.place(block)
        if block.quote_depth:
            apart = block.apart and index > 0 and blocks[index - 1].quote_depth > 0
        else:
            apart = place.begins_list and place.beside is not None
        blocks[index] = replace(block, apart=apart)
        if place.parent is not None:
            parent = lists[id(place.parent)]
            parent.has_room |= not place.is_first
            parent.has_paragraph |= block.kind == "paragraph"
            parent.wishes |= place.needs_blank
        if block.kind == "list_item":
            mine = outline.lists[-1]
            kept.append(mine)
            own = lists.setdefault(id(mine), _ListSoFar())
            own.has_room |= bool(own.items)
            own.has_paragraph |= has_words(block)
            own.wishes |= block.loose
            own.items.append(index)
    for found in lists.values():
        loose = found.wishes and found.has_paragraph and found.has_room
        for at in found.items:
            blocks[at] = replace(blocks[at], loose=loose)
    return blocks


def _clean_blocks(block: Block) -> Iterator[Block]:
    """Yield the block as its kind can be; words that would be raw HTML become source."""
    clean = _clean_block(block)
    if clean is None:
        return
    begins_block = clean.kind in {"paragraph", "footnote"} or (
        clean.kind == "list_item" and clean.checked is None
    )
    if begins_block and _begins_html(clean.inlines):
        text = write_inlines(clean.inlines, _MANNER)
        depth = clean.item_depth
        if clean.kind == "footnote":
            text = f"[^{clean.info}]: {text}"
        if clean.kind == "list_item":
            depth = clean.level + 1
            yield replace(clean, inlines=(), checked=None)
        source = source_block(text, quote_depth=clean.quote_depth, item_depth=depth)
        yield replace(source, origin=clean.origin, apart=clean.apart and clean.kind != "list_item")
    else:
        yield clean


def _begins_html(inlines: Sequence[Inline]) -> bool:
    """Say whether words begin with a tag that makes all of them a block of raw HTML."""
    first = inlines[0] if inlines else Inline("")
    if first != Inline(first.text, source=True) or not first.text.startswith("<"):
        return False
    try:
        pieces = parse(write_inlines(inlines, _MANNER)).pieces
    except TooDeepError:
        return False
    return bool(pieces) and [token.type for token in pieces[0].tokens[:1]] == ["html_block"]


def _clean_words(inlines: Sequence[Inline]) -> Cell:
    """Return the runs in their normal form, with no tag that would begin a block on a new line."""
    runs = list(normal_inlines(inlines))
    for index, run in enumerate(runs[1:]):
        is_tag = run.source and run.text.startswith("<") and runs[index].text.endswith("\n")
        if is_tag and interrupts(run.text):
            runs[index] = with_text(runs[index], f"{runs[index].text.rstrip(OUTER_SPACE)} ")
    return normal_inlines(runs)


def _clean_block(block: Block) -> Block | None:
    """Return the block by itself, without what its kind does not have; None if it says nothing."""
    bare = Block(
        block.kind,
        quote_depth=max(0, min(block.quote_depth, MAX_QUOTE_DEPTH)),
        item_depth=max(0, min(block.item_depth, MAX_LIST_LEVEL + 1)),
        apart=block.apart,
        origin=block.origin,
    )
    inlines = tuple(_clean(run) for run in block.inlines)
    match block.kind:
        case "rule" if not block.text.strip():
            return bare
        case "source":
            text = unified(block.text).replace("\0", "\ufffd").strip("\n")
            return replace(bare, inlines=(Inline(text),)) if text.strip(BLANK) else None
        case "code":
            text = unified("".join(run.text for run in inlines))
            info = " ".join(block.info.replace("\0", "\ufffd").split())
            return replace(bare, inlines=(Inline(text),) if text else (), info=info)
        case "heading":
            level = max(1, min(block.level, 6))
            # Only an underlined heading has several lines, and with bars it would be a table.
            has_lines = level < 3 and "|" not in block.text
            words = _clean_words(inlines) if has_lines else _in_one_line(inlines)
            return replace(bare, inlines=words, level=level)
        case "list_item":
            return _clean_item(block, replace(bare, item_depth=0), inlines)
        case "table" if block.table is not None and (table := _clean_table(block.table)):
            return replace(bare, table=table)
        case "footnote" if _LABEL.fullmatch(block.info) and (words := _clean_words(inlines)):
            return replace(bare, inlines=words, info=block.info)
        case "paragraph" | "rule" | "table" | "footnote":
            words = _clean_words(inlines)
            return replace(bare, kind="paragraph", inlines=words) if words else None


def _clean_item(block: Block, bare: Block, inlines: Sequence[Inline]) -> Block:
    return replace(
        bare,
        inlines=_clean_words(inlines),
        level=max(0, block.level),
        ordered=block.ordered,
        number=max(0, min(block.number, _MAX_NUMBER)) if block.ordered else 1,
        checked=block.checked,
        loose=block.loose,
    )


def _clean_table(table: Table) -> Table | None:
    """Return the table with as many cells in every row; None if it has none at all."""
    columns = max((len(row) for row in table.rows), default=0)
    if not columns or not table.rows:
        return None
    alignments = (*table.alignments, *[""] * columns)[:columns]
    rows = tuple(
        tuple(_clean_cell(row[at]) if at < len(row) else () for at in range(columns))
        for row in table.rows
    )
    return Table(tuple(alignments), rows)  # pyright: ignore[reportArgumentType]  # "" is one


def _clean_cell(cell: Cell) -> Cell:
    return _in_one_line(_clean(run) for run in cell)


def _in_one_line(inlines: Iterable[Inline]) -> Cell:
    return normal_inlines(_flat(run) for run in inlines)


def _flat(run: Inline) -> Inline:
    image = run.image
    if image is not None:
        image = replace(image, title=image.title.replace("\n", " "))
    title = run.link_title.replace("\n", " ")
    return replace(run, text=run.text.replace("\n", " "), link_title=title, image=image)


def _clean(run: Inline) -> Inline:
    """Replace what no Markdown file can hold."""
    text = unified(run.text).replace("\0", "\ufffd")
    if run.code:
        text = text.replace("\n", " ")
    link = None if run.link is None else _clean_target(run.link)
    image = None if run.image is None else _clean_image(run.image)
    title = _clean_lines(run.link_title)
    return replace(run, text=text, link=link, link_title=title, image=image)


def _clean_image(image: Image) -> Image:
    alt = unified(image.alt).replace("\0", "\ufffd").replace("\n", " ")
    return Image(_clean_target(image.target), alt, _clean_lines(image.title))


def _clean_target(target: str) -> str:
    return re.sub(r"[\r\n]", "", target).replace("\0", "\ufffd")


def _clean_lines(text: str) -> str:
    """Return text without blank lines, which would end the paragraph it stands in."""
    return re.sub(r"\n[ \t]*(?=\n)", "", unified(text).replace("\0", "\ufffd"))
