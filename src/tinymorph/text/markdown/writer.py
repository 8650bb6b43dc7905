"""Blocks to Markdown: one manner of writing, checked by reading it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.markdown.inline_writer import MANNERS, write_inlines
from tinymorph.text.markdown.inlines import normal_inlines
from tinymorph.text.markdown.parser import BLANK, References, TooDeepError, parse, unified
from tinymorph.text.markdown.block_reader import MAX_LIST_LEVEL, MAX_QUOTE_DEPTH, blocks_of, source_block

_SEPARATOR = "<!-- -->"
"""Keeps two lists apart that would run together; mdformat and others write the same."""
_NEEDS_CARE = re.compile(r"[\\`*_\[\]<>&~|\n#]|\A[^\w“‘„«(—–]|\A\d|\s\Z|\A\s")
_LIST_LIKE = re.compile(r"[ \t]|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|\n|\Z)")
_MAX_NUMBER = 999_999_999


def normal_blocks(document: Document) -> tuple[Block, ...]:
    """Return the blocks as Markdown can say them."""
    result: list[Block] = []
    for block in document.blocks:
        normal = _normal(block, result[-1] if result else None)
        if normal is not None:
            result.append(normal)
    return tuple(result)


def write_blocks(blocks: Sequence[Block]) -> str:
    """Return normal blocks as Markdown, ending with a newline unless there are none."""
    references = _references_in(blocks)
    lists = _Lists()
    output: list[str] = []
    previous: Block | None = None
    for block in blocks:
        marker = lists.marker_of(block, previous)
        lines = _lines(block, marker, references)
        prefix = "> " * block.quote_depth
        if previous is not None:
            output += _gap(previous, block, marker)
        output += [f"{prefix}{line}" if line else prefix.rstrip() for line in lines]
        previous = block
    return "\n".join(output) + "\n" if output else ""


@dataclass(frozen=True, slots=True)
class _Marker:
    """A list item's marker, its indentation, and whether a list begins with it."""

    text: str
    indent: int
    begins: bool


class _Lists:
    """Remember the open lists, to go on with them or begin others."""

    def __init__(self) -> None:
        self._open: list[tuple[Block, str, int]] = []

    def marker_of(self, block: Block, previous: Block | None) -> _Marker | None:
        if block.kind != "list_item":
            self._open.clear()
            return None
        if previous is None or previous.quote_depth != block.quote_depth:
            self._open.clear()
        indent = sum(width for _, _, width in self._open[: block.level])
        last = self._open[block.level] if block.level < len(self._open) else None
        goes_on = last is not None and _goes_on(last[0], block)
        delimiter = last[1] if last else "."
        if last is not None and last[0].ordered and block.ordered and not goes_on:
            delimiter = ")" if delimiter == "." else "."
        text = f"{block.number}{delimiter}" if block.ordered else "-"
        self._open[block.level :] = [(block, delimiter, len(text) + 1)]
        return _Marker(text, indent, not goes_on)


def _goes_on(last: Block, block: Block) -> bool:
    if last.ordered != block.ordered:
        return False
    return not block.ordered or block.number == last.number + 1


def _gap(previous: Block, block: Block, marker: _Marker | None) -> Iterator[str]:
    """Yield the lines between two blocks: one blank line, and none within a list."""
    if marker and previous.kind == "list_item" and previous.quote_depth == block.quote_depth:
        nested = block.level > previous.level
        interrupts = bool(block.inlines) and (not block.ordered or block.number == 1)
        if not marker.begins or (nested and (interrupts or not previous.inlines)):
            return
    blank = (">" + " >" * (min(previous.quote_depth, block.quote_depth) - 1)).strip()
    blank = blank if previous.quote_depth and block.quote_depth else ""
    yield blank
    if _run_together(previous, block):
        yield from (_SEPARATOR, blank)


def _run_together(previous: Block, block: Block) -> bool:
    """Say whether a list would swallow, or be swallowed by, a source block beside it."""
    if previous.kind == "list_item" and block.kind == "source":
        return _LIST_LIKE.match(block.text) is not None
    if previous.kind == "source" and block.kind == "list_item" and not block.quote_depth:
        return _LIST_LIKE.match(previous.text) is not None
    return False


def _lines(block: Block, marker: _Marker | None, references: References) -> list[str]:
    match block.kind:
        case "source":
            return block.text.split("\n")
        case "rule":
            return ["***"]
        case "code":
            return _code_lines(block)
        case "heading":
            return [f"{'#' * block.level} {_checked(block, references)}".rstrip()]
        case "paragraph" | "table":
            return _checked(block, references).split("\n")
        case "footnote":
            return [f"[^{block.info}]: {_checked(block, references)}"]
        case "list_item":
            first, *others = _checked(block, references).split("\n")
            indent = " " * (marker.indent if marker else 0)
            label = marker.text if marker else "-"
            deeper = indent + " " * (len(label) + 1)
            return [f"{indent}{label} {first}".rstrip(" "), *(deeper + line for line in others)]


def _code_lines(block: Block) -> list[str]:
    tick = "~" if "`" in block.info else "`"
    longest = max((len(run) for run in re.findall(f"{tick}+", block.text)), default=0)
    fence = tick * max(3, longest + 1)
    info = re.sub(r"([\\&])", r"\\\1", block.info)
    space = " " if info.startswith("~") else ""
    return [f"{fence}{space}{info}", *(block.text.split("\n") if block.inlines else ()), fence]


def _checked(block: Block, references: References) -> str:
    """Return the prettiest writing of a block's words that reads as them."""
    written = ""
    for inlines in _ever_plainer(block.inlines):
        for manner in MANNERS:
            written = _heading_safe(block, write_inlines(inlines, manner))
            if _is_harmless(inlines) or _reads_as(block, inlines, written, references):
                return written
    return written


def _heading_safe(block: Block, written: str) -> str:
    """Keep a heading's last `#`s from being taken for decoration."""
    if block.kind != "heading":
        return written
    return re.sub(r"(^|[ \t])(#+)\Z", lambda found: f"{found[1]}\\{found[2]}", written)


def _ever_plainer(inlines: tuple[Inline, ...]) -> Iterator[tuple[Inline, ...]]:
    """Yield the runs, then with fewer marks: a word weighs more than its emphasis."""
    yield inlines
    yield normal_inlines(replace(run, strike=False) for run in inlines)
    yield normal_inlines(replace(run, italic=False, strike=False) for run in inlines)
    yield normal_inlines(Inline(run.text, code=run.code, link=run.link) for run in inlines)
    yield normal_inlines(Inline(run.text) for run in inlines)


def _is_harmless(inlines: Sequence[Inline]) -> bool:
    """Say whether the words hold nothing that Markdown could take for syntax."""
    if not inlines:
        return True
    only = inlines[0]
    is_plain = len(inlines) == 1 and only == Inline(only.text)
    return is_plain and not _NEEDS_CARE.search(only.text)


def _reads_as(
    block: Block, inlines: tuple[Inline, ...], written: str, references: References
) -> bool:
    kind = "heading" if block.kind == "heading" else "paragraph"
    source = f"{'#' * block.level} {written}" if kind == "heading" else written
    try:
        parsed = parse(source, references)
    except TooDeepError:
        return False
    level = block.level if kind == "heading" else 0
    return [blocks_of(piece) for piece in parsed.pieces] == [(Block(kind, inlines, level),)]


def _references_in(blocks: Iterable[Block]) -> References:
    """Return the link targets that source blocks define, for they give brackets a meaning."""
    sources = "\n\n".join(block.text for block in blocks if block.kind == "source")
    if "]:" not in sources:
        return {}
    try:
        return parse(sources).references
    except TooDeepError:
        return {}


def _normal(block: Block, previous: Block | None) -> Block | None:
    quote_depth = max(0, min(block.quote_depth, MAX_QUOTE_DEPTH))
    inlines = tuple(_clean(run) for run in block.inlines)
    match block.kind:
        case "rule" if not block.text.strip():
            return Block("rule", quote_depth=quote_depth)
        case "source":
            text = unified(block.text).strip("\n")
            return source_block(text) if text.strip(BLANK) else None
        case "code":
            text = unified("".join(run.text for run in inlines))
            info = " ".join(block.info.replace("\0", "\ufffd").split())
            return Block(
                "code", (Inline(text),) if text else (), quote_depth=quote_depth, info=info
            )
        case "heading":
            words = (replace(run, text=run.text.replace("\n", " ")) for run in inlines)
            level = max(1, min(block.level, 6))
            return Block("heading", normal_inlines(words), level, quote_depth)
        case "paragraph" | "rule" | "table" | "footnote":
            words = normal_inlines(inlines)
            return Block("paragraph", words, quote_depth=quote_depth) if words else None
        case "list_item":
            above = -1
            if previous and previous.kind == "list_item" and previous.quote_depth == quote_depth:
                above = previous.level
            level = max(0, min(block.level, above + 1, MAX_LIST_LEVEL))
            number = max(0, min(block.number, _MAX_NUMBER)) if block.ordered else 1
            words = normal_inlines(inlines)
            return Block("list_item", words, level, quote_depth, block.ordered, number)


def _clean(run: Inline) -> Inline:
    """Replace what no Markdown file can hold."""
    text = unified(run.text).replace("\0", "\ufffd")
    if run.code:
        text = text.replace("\n", " ")
    link = run.link
    if link is not None:
        link = re.sub(r"[\r\n]", "", link).replace("\0", "\ufffd")
    return replace(run, text=text, link=link)
