"""Blocks back to Markdown: untouched slices as their own characters, the rest by the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tinymorph.errors import TinymorphError
from tinymorph.text.document import Block, Document
from tinymorph.text.markdown.merge import merge
from tinymorph.text.markdown.origins import with_origins
from tinymorph.text.markdown.parser import Piece, References, TooDeepError, parse, unified
from tinymorph.text.markdown.parts import (
    Part,
    cut_at,
    exposed,
    flags_of_kept,
    follows,
    fused,
    parts_of,
    shown,
)
from tinymorph.text.markdown.slices import Seam, Source, definitions_in, read_source
from tinymorph.text.markdown.style import DEFAULT, WritingStyle, style_of
from tinymorph.text.markdown.writer import normal_blocks, write_blocks

_LINE_END = re.compile(r"\r\n|\r|\n")
WIDE = "\n\n"
_WORDS = "x"
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
    parts = parts_of(source, with_origins(source.blocks, shown(source, blocks)))
    missing = _missing(source, parts)
    if missing:
        parts = [one for part in parts for one in _unkept(part, source, missing)]
    return _Composer(source, missing).whole(fused(source, parts))


def _missing(source: Source, parts: Sequence[Part]) -> frozenset[str]:
    """Return the labels that some slice defined and that nothing defines any more."""
    if not source.references:
        return frozenset()
    defining = [i for i in source.with_brackets if "]:" in source.slices[i].text]
    is_kept = flags_of_kept(source, parts)
    if all(is_kept[i] for i in defining):
        return frozenset()
    texts: list[str] = []
    for part in parts:
        if part.is_kept:
            cut = cut_at(source, part, defining)
            texts += (_may_define(source, one) for one in cut)
        else:
            texts.append(_written(part.blocks, DEFAULT))
    return frozenset(source.references) - frozenset(definitions_in(unified(WIDE.join(texts))))


def _may_define(source: Source, part: Part) -> str:
    """Return a slice that may define something; words stand for those that do not."""
    text = source.slices[part.base or 0].text if part.count == 1 else ""
    return text if "]:" in text else _WORDS


def _unkept(part: Part, source: Source, missing: frozenset[str]) -> Iterator[Part]:
    """Have the slices of a kept part written anew that lean on a label that is gone."""
    if not part.is_kept:
        yield part
        return
    for one in cut_at(source, part, source.with_brackets):
        leans = one.count == 1 and _leans(source, one.base or 0, missing)
        yield Part(one.blocks, one.base) if leans else one


def _leans(source: Source, index: int, missing: frozenset[str]) -> bool:
    """Say whether a slice reads otherwise without some labels."""
    piece = source.slices[index]
    if "[" not in piece.text:
        return False
    known = source.memory.leaning.get((index, missing))
    if known is None:
        read = _read(unified(piece.text), _without(source.references, missing))
        known = _begun(read) != _begun(piece.blocks)
        source.memory.leaning[index, missing] = known
    return known


class _Composer:
    """Write parts between slices that are kept, and read each seam before it is believed."""

    def __init__(self, source: Source, missing: frozenset[str]) -> None:
        self._source = source
        self._missing = missing
        self._references = _without(source.references, missing)
        self._written: dict[object, str] = {}
        self._mended: dict[object, Seam | None] = {}
        """What was needed; the source remembers it for the next time."""

    def whole(self, given: Sequence[Part]) -> str:
        """Return the Markdown of all parts.

        A seam that no manner of writing gets right is made one part with its neighbours and
        tried again, with those beside it; MismatchError once nothing is left beside.
        """
        parts = list(given)
        while True:
            parts = exposed(self._source, parts)
            written = [self._text_of(part) for part in parts]
            gaps = [self._gap(first, second) for first, second in pairwise(parts)]
            seams = self._seams(parts)
            broken = next((s for s in seams if not self._mend(parts, written, gaps, s)), None)
            if broken is None:
                self._source.memory.keep_only(self._written, self._mended)
                pairs = zip(written, [*gaps, self._end(parts)], strict=False)
                return self._start(parts) + "".join([text + gap for text, gap in pairs])
            first, last = broken
            if first == last:
                raise MismatchError(
                    "The text could not be written so that it reads as it does on the page.",
                    hint="A copy of it is kept beside the file, which stays as it is.",
                )
            blocks = tuple(block for part in parts[first : last + 1] for block in part.blocks)
            parts = [*parts[:first], Part(blocks, parts[first].base), *parts[last + 1 :]]

    def _seams(self, parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
        """Yield first and last index of what must be read again: changes with their neighbours."""
        at = 0
        while at < len(parts):
            is_joint = at > 0 and not follows(parts[at - 1], parts[at])
            if parts[at].is_kept and not is_joint:
                at += 1
                continue
            first = max(at - 1, 0)
            while at < len(parts) and not parts[at].is_kept:
                at += 1
            yield first, min(at, len(parts) - 1)
            at += 1

    def _mend(
        self, parts: list[Part], written: list[str], gaps: list[str], seam: tuple[int, int]
    ) -> bool:
        """Write a seam so that it reads as it should; say whether that can be done."""
        first, last = seam
        run = tuple(parts[first : last + 1])
        texts, between = tuple(written[first : last + 1]), tuple(gaps[first:last])
        key = (run, texts, between, first == 0, self._missing)
        known = self._source.memory.mended.get(key)
        if known is None:
            known = self._mended_seam(run, texts, between, is_start=first == 0)
        self._mended[key] = known
        if known is None:
            return False
        written[first : last + 1], gaps[first:last] = known
        return True

    def _mended_seam(
        self,
        run: Sequence[Part],
        texts: tuple[str, ...],
        between: tuple[str, ...],
        *,
        is_start: bool,
    ) -> Seam | None:
        """Try ever plainer manners of writing until the seam reads as it should."""
        expected = self._expected(run)
        below = self._source.slices[run[-1].base or 0].gap if run[-1].is_kept else ""
        for tried, apart in self._manners(run, texts, between):
            rest = (gap + text for gap, text in zip(apart, tried[1:], strict=True))
            if self._reads_as(tried[0] + "".join(rest) + below, expected, is_start=is_start):
                return tried, apart
        return None

    def _expected(self, parts: Sequence[Part]) -> tuple[Block, ...]:
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
        self, run: Sequence[Part], texts: tuple[str, ...], between: tuple[str, ...]
    ) -> Iterator[Seam]:
        wide = (self._own(WIDE),) * len(between)
        yield texts, between
        yield texts, wide
        plain = tuple(
            text if part.is_kept else self._own(self._plain(part.blocks, part.base))
            for text, part in zip(texts, run, strict=True)
        )
        yield plain, between
        yield plain, wide

    def _reads_as(self, text: str, expected: tuple[Block, ...], *, is_start: bool) -> bool:
        text = unified(text)
        if is_start:
            return normal_blocks(Document(_read(text, self._references))) == expected
        read = _begun(_read(_ABOVE + text, self._references)[1:])
        return normal_blocks(Document(read)) == normal_blocks(Document(_begun(expected)))

    def _text_of(self, part: Part) -> str:
        if part.base is None or part.last is None:
            return self._own(self._plain(part.blocks))
        if not part.is_kept:
            return self._own(self._merged(part.base, part.blocks))
        slices, places = self._source.slices, self._source.places
        return self._source.text[
            places[part.base] : places[part.last + 1] - len(slices[part.last].gap)
        ]

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
        known = self._source.memory.written.get((index, blocks))
        if known is None:
            known = self._merged_anew(index, blocks)
        self._written[index, blocks] = known
        return known

    def _merged_anew(self, index: int, blocks: tuple[Block, ...]) -> str:
        style = self._style(index)
        before = _written(self._source.slices[index].blocks, style, self._references)
        after = _written(blocks, style, self._references)
        merged = merge(unified(self._source.slices[index].text), before, after)
        return after if merged is None else merged

    def _gap(self, first: Part, second: Part) -> str:
        own = self._source.slices[first.last].gap if first.last is not None else ""
        is_blank_line = len(_LINE_END.findall(own)) > 1
        if own and (is_blank_line or follows(first, second)):
            return own
        return self._own(WIDE)

    def _start(self, parts: Sequence[Part]) -> str:
        slices = self._source.slices
        base = parts[0].base if parts else None
        if base and not slices[base - 1].blocks and not slices[base - 1].text:
            return slices[base - 1].gap  # where two sources are joined, each has its own lead
        is_lead = bool(slices) and not slices[0].blocks
        return slices[0].gap if is_lead and (parts or len(slices) == 1) else ""

    def _end(self, parts: Sequence[Part]) -> str:
        """Return what follows the last block: as at the end of the source, or one line end."""
        slices = self._source.slices
        if not parts:
            return ""
        if (base := parts[-1].last) is not None and base + 1 < len(slices):
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
