"""Blocks back to Markdown: untouched slices as their own characters, the rest by the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tinymorph.errors import TinymorphError
from tinymorph.text.document import Block, Document
from tinymorph.text.markdown.merge import merge
from tinymorph.text.markdown.origins import with_origins
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, parse, unified
from tinymorph.text.markdown.slices import Source, definitions_in, read_source
from tinymorph.text.markdown.style import DEFAULT, WritingStyle, style_of
from tinymorph.text.markdown.writer import normal_blocks, write_blocks

_LINE_END = re.compile(r"\r\n|\r|\n")
WIDE = "\n\n"
_ABOVE = "x\n\n"
"""Stands above lines from the middle of a document when they are read by themselves."""


class MismatchError(TinymorphError):
    """What would be written does not read as what the page shows."""


def compose(source: Source, blocks: Sequence[Block]) -> str:
    """Return the Markdown of `blocks`, of which many are still as they stood in `source`.

    Every slice whose blocks are all there, side by side and unchanged, keeps its characters.
    What was touched is written, and read again together with its neighbours; MismatchError if
    no manner of writing reads as `blocks`.
    """
    there = [block for block in blocks if not _is_nothing(block)]
    parts = _parts(source, with_origins(source.blocks, there))
    missing = _missing(source, parts)
    if missing:
        parts = [_unkept(part, source, missing) for part in parts]
    return _Composer(source, missing).whole(_fused(parts))


@dataclass(frozen=True, slots=True)
class _Part:
    """A slice that is kept, or blocks that have to be written."""

    blocks: tuple[Block, ...]
    base: int | None = None
    """The index of the slice that it is, or was before it was touched."""
    is_kept: bool = False


def _is_nothing(block: Block) -> bool:
    if block.kind not in {"paragraph", "source"} or block.text.strip():
        return False
    return not normal_blocks(Document((block,)))


def _parts(source: Source, blocks: Sequence[Block]) -> list[_Part]:
    """Tell the slices that are whole and unchanged from all else."""
    parts: list[_Part] = []
    at = 0
    while at < len(blocks):
        kept = _slice_at(source, blocks, at)
        if kept is None:
            parts.append(_Part((blocks[at],), _slice_of(source, blocks[at])))
            at += 1
        else:
            parts.append(_Part(source.slices[kept].blocks, kept, is_kept=True))
            at += len(source.slices[kept].blocks)
    return _grouped(parts)


def _grouped(parts: Sequence[_Part]) -> list[_Part]:
    """Put together what was touched of one slice; each slice is the base of one part only."""
    taken = {part.base for part in parts if part.is_kept}
    result: list[_Part] = []
    for part in parts:
        last = result[-1] if result else None
        if part.is_kept:
            result.append(part)
        elif last is not None and not last.is_kept and part.base in {last.base} - {None}:
            result[-1] = _Part(last.blocks + part.blocks, last.base)
        elif part.base in taken:
            result.append(_Part(part.blocks))
        else:
            taken.add(part.base)
            result.append(part)
        taken.discard(None)
    return result


def _slice_of(source: Source, block: Block) -> int | None:
    if block.origin is None or block.origin >= len(source.slice_of):
        return None
    return source.slice_of[block.origin]


def _slice_at(source: Source, blocks: Sequence[Block], at: int) -> int | None:
    origin = blocks[at].origin
    if origin is None or origin >= len(source.slice_of):
        return None
    index = source.slice_of[origin]
    own = source.slices[index].blocks
    if own[0].origin != origin or len(own) > len(blocks) - at:
        return None
    same = all(_is_same(mine, blocks[at + i]) for i, mine in enumerate(own))
    return index if same else None


def _is_same(old: Block, new: Block) -> bool:
    return old is new or (old.origin == new.origin and old == new)


def _missing(source: Source, parts: Sequence[_Part]) -> frozenset[str]:
    """Return the labels that some slice defined and that nothing defines any more."""
    if not source.references:
        return frozenset()
    kept = {part.base for part in parts if part.is_kept}
    if all("]:" not in piece.text for i, piece in enumerate(source.slices) if i not in kept):
        return frozenset()
    texts = (
        source.slices[part.base or 0].text if part.is_kept else _written(part.blocks, DEFAULT)
        for part in parts
    )
    return frozenset(source.references) - frozenset(definitions_in(unified(WIDE.join(texts))))


def _unkept(part: _Part, source: Source, missing: frozenset[str]) -> _Part:
    """Have a slice written anew if it leans on a label that is gone."""
    if not part.is_kept or part.base is None or "[" not in source.slices[part.base].text:
        return part
    text = unified(source.slices[part.base].text)
    read = _read(text, _without(source.references, missing))
    return part if _begun(read) == _begun(part.blocks) else _Part(part.blocks, part.base)


def _fused(parts: Sequence[_Part]) -> list[_Part]:
    """Make one part of what has become one list or one quote by an edit."""
    result: list[_Part] = []
    for part in parts:
        last = result[-1] if result else None
        if last is not None and _belong_together(last, part):
            base = last.base if last.base is not None else part.base
            result[-1] = _Part(last.blocks + part.blocks, base)
        else:
            result.append(part)
    return result


def _belong_together(first: _Part, second: _Part) -> bool:
    if first.is_kept and second.is_kept and _follows(first, second):
        return False
    last, block = first.blocks[-1], second.blocks[0]
    if last.quote_depth != block.quote_depth or block.apart:
        return False
    return (_is_of_list(last) and _is_of_list(block)) or block.quote_depth > 0


def _is_of_list(block: Block) -> bool:
    return block.kind == "list_item" or block.item_depth > 0


def _follows(first: _Part, second: _Part) -> bool:
    return first.base is not None and second.base == first.base + 1


class _Composer:
    """Write parts between slices that are kept, and read each seam before it is believed."""

    def __init__(self, source: Source, missing: frozenset[str]) -> None:
        self._source = source
        self._references = _without(source.references, missing)

    def whole(self, parts: list[_Part]) -> str:
        """Return the Markdown of all parts.

        A seam that no manner of writing gets right is made one part with its neighbours and
        tried again, with those beside it; MismatchError once nothing is left beside.
        """
        while True:
            written = [self._text_of(part) for part in parts]
            gaps = [self._gap(first, second) for first, second in pairwise(parts)]
            seams = self._seams(parts)
            broken = next((s for s in seams if not self._mend(parts, written, gaps, s)), None)
            if broken is None:
                pairs = zip(written, [*gaps, self._end(parts)], strict=False)
                return self._start(parts) + "".join(text + gap for text, gap in pairs)
            first, last = broken
            if first == last:
                raise MismatchError(
                    "The text could not be written so that it reads as it does on the page.",
                    hint="A copy of it is kept beside the file, which stays as it is.",
                )
            blocks = tuple(block for part in parts[first : last + 1] for block in part.blocks)
            parts = [*parts[:first], _Part(blocks, parts[first].base), *parts[last + 1 :]]

    def _seams(self, parts: Sequence[_Part]) -> Iterator[tuple[int, int]]:
        """Yield first and last index of what must be read again: changes with their neighbours."""
        at = 0
        while at < len(parts):
            is_joint = at > 0 and not _follows(parts[at - 1], parts[at])
            if parts[at].is_kept and not is_joint:
                at += 1
                continue
            first = max(at - 1, 0)
            while at < len(parts) and not parts[at].is_kept:
                at += 1
            yield first, min(at, len(parts) - 1)
            at += 1

    def _mend(
        self, parts: list[_Part], written: list[str], gaps: list[str], seam: tuple[int, int]
    ) -> bool:
        """Try ever plainer manners of writing until the seam reads as it should."""
        first, last = seam
        expected = self._expected(parts[first : last + 1])
        below = self._source.slices[parts[last].base or 0].gap if parts[last].is_kept else ""
        for texts, between in self._manners(parts, written, gaps, seam):
            joined = texts[0] + "".join(
                gap + text for gap, text in zip(between, texts[1:], strict=True)
            )
            if self._reads_as(joined + below, expected, is_start=first == 0):
                written[first : last + 1] = texts
                gaps[first:last] = between
                return True
        return False

    def _expected(self, parts: Sequence[_Part]) -> tuple[Block, ...]:
        """Return the blocks as they should read; source that was edited reads as it may."""
        blocks: list[Block] = []
        for part in parts:
            if part.is_kept or all(block.kind != "source" for block in part.blocks):
                blocks += part.blocks
                continue
            for block in part.blocks:
                is_source = block.kind == "source"
                blocks += _read_in_place(block, self._references) if is_source else (block,)
        return normal_blocks(Document(tuple(blocks)))

    def _manners(
        self, parts: list[_Part], written: list[str], gaps: list[str], seam: tuple[int, int]
    ) -> Iterator[tuple[list[str], list[str]]]:
        first, last = seam
        texts, between = written[first : last + 1], gaps[first:last]
        wide = [self._own(WIDE)] * len(between)
        yield texts, between
        yield texts, wide
        run = parts[first : last + 1]
        plain = [
            text if part.is_kept else self._own(self._plain(part.blocks, part.base))
            for text, part in zip(texts, run, strict=True)
        ]
        yield plain, between
        yield plain, wide

    def _reads_as(self, text: str, expected: tuple[Block, ...], *, is_start: bool) -> bool:
        text = unified(text)
        if is_start:
            return normal_blocks(Document(_read(text, self._references))) == expected
        read = _begun(_read(_ABOVE + text, self._references)[1:])
        return normal_blocks(Document(read)) == normal_blocks(Document(_begun(expected)))

    def _text_of(self, part: _Part) -> str:
        if part.base is None:
            return self._own(self._plain(part.blocks))
        base = self._source.slices[part.base]
        return base.text if part.is_kept else self._own(self._merged(part.base, part.blocks))

    def _plain(self, blocks: tuple[Block, ...], base: int | None = None) -> str:
        """Write blocks in the manner of the slice that they had, or of the whole source."""
        return _written(blocks, self._style(base), self._references)

    def _style(self, base: int | None) -> WritingStyle:
        if base is None:
            return self._source.style
        text = unified(self._source.slices[base].text)
        return style_of(_pieces(text, self._references), self._references, self._source.style)

    def _merged(self, index: int, blocks: tuple[Block, ...]) -> str:
        """Write blocks into the characters of the slice that they had, if that can be done."""
        known = self._source.written.get((index, blocks))
        if known is not None:
            return known
        style = self._style(index)
        before = _written(self._source.slices[index].blocks, style, self._references)
        after = _written(blocks, style, self._references)
        merged = merge(unified(self._source.slices[index].text), before, after)
        result = after if merged is None else merged
        self._source.written[index, blocks] = result
        return result

    def _gap(self, first: _Part, second: _Part) -> str:
        own = self._source.slices[first.base].gap if first.base is not None else ""
        is_blank_line = len(_LINE_END.findall(own)) > 1
        if own and (is_blank_line or _follows(first, second)):
            return own
        return self._own(WIDE)

    def _start(self, parts: Sequence[_Part]) -> str:
        slices = self._source.slices
        base = parts[0].base if parts else None
        if base and not slices[base - 1].blocks and not slices[base - 1].text:
            return slices[base - 1].gap  # where two sources are joined, each has its own lead
        is_lead = bool(slices) and not slices[0].blocks
        return slices[0].gap if is_lead and (parts or len(slices) == 1) else ""

    def _end(self, parts: Sequence[_Part]) -> str:
        """Return what follows the last block: as at the end of the source, or one line end."""
        slices = self._source.slices
        if not parts:
            return ""
        if (base := parts[-1].base) is not None and base + 1 < len(slices):
            after = slices[base + 1]
            if not (after.text or after.gap or after.blocks):
                return slices[base].gap  # where two sources are joined, one of them ends here
        had_words = bool(slices) and bool(slices[-1].blocks)
        return slices[-1].gap if had_words else self._own("\n")

    def _own(self, text: str) -> str:
        return text if self._source.newline == "\n" else text.replace("\n", self._source.newline)


def _without(references: References, missing: frozenset[str]) -> References:
    if not missing:
        return references
    return {label: target for label, target in references.items() if label not in missing}


def _read(text: str, references: References) -> tuple[Block, ...]:
    return read_source(text, references).blocks


def _pieces(text: str, references: References) -> tuple[Piece, ...]:
    try:
        return parse(text, references).pieces
    except TooDeepError:
        return ()


def _read_in_place(block: Block, references: References) -> tuple[Block, ...]:
    """Return what a source block reads as within the quotes and list items that it stands in."""
    lines = [f"{'  ' * depth}- x\n" for depth in range(block.item_depth)]
    lines += ["  " * block.item_depth + line for line in block.text.split("\n")]
    quote = "> " * block.quote_depth
    text = "\n".join(quote + line for line in "\n".join(lines).split("\n"))
    read = _read(text, references)[block.item_depth :]
    is_in_place = bool(read) and all(
        found.quote_depth >= block.quote_depth
        and (found.level if found.kind == "list_item" else found.item_depth) >= block.item_depth
        for found in read
    )
    return read if is_in_place else (block,)


def _begun(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks as if nothing stood above them."""
    return (replace(blocks[0], apart=False), *blocks[1:]) if blocks else blocks


def _written(
    blocks: tuple[Block, ...], style: WritingStyle, references: References | None = None
) -> str:
    return write_blocks(normal_blocks(Document(blocks)), style, references).removesuffix("\n")
