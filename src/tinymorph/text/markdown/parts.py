"""What a page still has of its source and what was touched, told apart without a look at each block."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tinymorph.text.document import Block, Document
from tinymorph.text.markdown.origins import very_same
from tinymorph.text.markdown.slices import Source
from tinymorph.text.markdown.writer import normal_blocks


@dataclass(frozen=True, slots=True)
class Part:
    """Slices that are kept, or blocks that have to be written."""

    blocks: tuple[Block, ...]
    """Of a kept run of several slices they are not named here: `exposed` parts those it needs."""
    base: int | None = None
    """The index of the slice that it is, or was before it was touched; of a run, the first."""
    is_kept: bool = False
    count: int = 1
    """Of how many slices in a row it is all."""

    @property
    def last(self) -> int | None:
        """Return the index of its last slice."""
        return None if self.base is None else self.base + self.count - 1


def shown(source: Source, blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks but for those that Markdown has nothing for, such as empty paragraphs."""
    known = source.blocks
    result: list[Block] = []
    at = 0
    while at < len(blocks):
        count = very_same(known, blocks, at)
        if count:
            result += blocks[at : at + count]
        elif not _is_nothing(blocks[at]):
            result.append(blocks[at])
        at += count or 1
    return result


def parts_of(source: Source, blocks: Sequence[Block]) -> list[Part]:
    """Tell the slices that are whole and unchanged from all else; those in a row are one part."""
    parts: list[Part] = []
    at = 0
    while at < len(blocks):
        run = _run_at(source, blocks, at)
        if run is None:
            parts.append(Part((blocks[at],), _slice_of(source, blocks[at])))
            at += 1
        else:
            parts.append(run)
            at += source.starts[(run.base or 0) + run.count] - source.starts[run.base or 0]
    return _grouped(source, parts)


def split(source: Source, run: Part, count: int) -> tuple[Part, Part]:
    """Part the first slices of a kept run from the rest."""
    base = run.base or 0
    return kept(source, base, count), kept(source, base + count, run.count - count)


def kept(source: Source, base: int, count: int) -> Part:
    """Return the part that keeps some slices in a row."""
    return Part(source.slices[base].blocks if count == 1 else (), base, is_kept=True, count=count)


def follows(first: Part, second: Part) -> bool:
    """Say whether a part stood right below another in the source."""
    return first.last is not None and second.base == first.last + 1


def exposed(source: Source, parts: Iterable[Part]) -> list[Part]:
    """Part from each kept run the slices at its ends that stand beside something else there."""
    coming = list(parts)
    result: list[Part] = []
    for index, part in enumerate(coming):
        rest = part
        if rest.count > 1 and index and not _goes_on(coming[index - 1], rest):
            first, rest = split(source, rest, 1)
            result.append(first)
        is_end = index + 1 == len(coming)
        if rest.count > 1 and not is_end and not _goes_on(rest, coming[index + 1]):
            rest, last = split(source, rest, rest.count - 1)
            result += [rest, last]
        else:
            result.append(rest)
    return result


def fused(source: Source, parts: Iterable[Part]) -> list[Part]:
    """Make one part of what has become one list or one quote by an edit."""
    result: list[Part] = []
    coming = deque(parts)
    while coming:
        part = coming.popleft()
        last = result[-1] if result else None
        if last is None or _goes_on(last, part):
            result.append(part)
            continue
        if part.count > 1:
            part, rest = split(source, part, 1)
            coming.appendleft(rest)
        if last.count > 1:
            result[-1], last = split(source, last, last.count - 1)
            result.append(last)
        if _belong_together(last.blocks[-1], part.blocks[0]):
            base = last.base if last.base is not None else part.base
            result[-1] = Part(last.blocks + part.blocks, base)
        else:
            result.append(part)
    return result


def flags_of_kept(source: Source, parts: Iterable[Part]) -> bytearray:
    """Return a one for each slice that some part keeps."""
    flags = bytearray(len(source.slices))
    for part in parts:
        if part.is_kept and part.base is not None:
            flags[part.base : part.base + part.count] = b"\x01" * part.count
    return flags


def cut_at(source: Source, part: Part, slices: Sequence[int]) -> Iterator[Part]:
    """Part a kept run so that each of the slices named, in order, is a part of its own."""
    base = part.base or 0
    end = base + part.count
    for index in slices[bisect_left(slices, base) : bisect_left(slices, end)]:
        if base < index:
            yield kept(source, base, index - base)
        yield kept(source, index, 1)
        base = index + 1
    if base < end:
        yield kept(source, base, end - base)


def _goes_on(first: Part, second: Part) -> bool:
    return first.is_kept and second.is_kept and follows(first, second)


def _is_nothing(block: Block) -> bool:
    if block.kind not in {"paragraph", "source"} or block.text.strip():
        return False
    return not normal_blocks(Document((block,)))


def _slice_of(source: Source, block: Block) -> int | None:
    if block.origin is None or block.origin >= len(source.slice_of):
        return None
    return source.slice_of[block.origin]


def _run_at(source: Source, blocks: Sequence[Block], at: int) -> Part | None:
    """Return the slices, as many as there are in a row, that begin at a block and are unchanged."""
    index = _slice_of(source, blocks[at])
    if index is None or source.starts[index] != blocks[at].origin:
        return None
    reached = source.starts[index] + very_same(source.blocks, blocks, at)
    end = bisect_right(source.starts, reached) - 1
    end = min(end, _next_break(source, index))
    if end > index:
        return kept(source, index, end - index)
    own = source.slices[index].blocks
    there = blocks[at : at + len(own)]
    same = len(there) == len(own) and all(map(_is_same, own, there))
    return kept(source, index, 1) if same else None


def _next_break(source: Source, index: int) -> int:
    """Return where the slices end that stand in a row from `index` on."""
    at = bisect_right(source.breaks, index)
    return source.breaks[at] if at < len(source.breaks) else len(source.slices)


def _is_same(old: Block, new: Block) -> bool:
    return old is new or (old.origin == new.origin and old == new)


def _grouped(source: Source, parts: Sequence[Part]) -> list[Part]:
    """Put together what was touched of one slice; each slice is the base of one part only."""
    flags = flags_of_kept(source, parts)
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else None
        if part.is_kept:
            result.append(part)
        elif last is not None and not last.is_kept and part.base in {last.base} - {None}:
            result[-1] = Part(last.blocks + part.blocks, last.base)
        elif part.base is None or flags[part.base]:
            result.append(Part(part.blocks))
        else:
            flags[part.base] = 1
            result.append(part)
    return result


def _belong_together(last: Block, block: Block) -> bool:
    if last.quote_depth != block.quote_depth or block.apart:
        return False
    return (_is_of_list(last) and _is_of_list(block)) or block.quote_depth > 0


def _is_of_list(block: Block) -> bool:
    return block.kind == "list_item" or block.item_depth > 0
