"""Documents with everything that the model can hold, as a mischievous writer would make them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tinymorph.text.document import PICTURE, Alignment, Block, BlockKind, Document, Image, Inline
from tinymorph.text.document import Table as TableValue

_WORDS = [
    "word", "é", "😀", "“quoted”", "中文", "שלום", "e\u0301", "<b>", "&amp;", "</p>", "-->", "]]>",
    "<script>alert(1)</script>", "'", '"', " ", "  ", "\t", "\n", "\u00a0", "*", "_", "`", "|",
    "1.", "#", "{{", "$x$", "[^1]", "\x01", "\u200f", "\ufeff",
]  # fmt: skip
_SOURCES = [
    "<kbd>", "</kbd>", "<kbd>K</kbd>", "<sub>", "</sub>", "<blink>", "<br>", "<!-- c -->", "$a<b$",
    "[^1]", "[^2]", "[^none]", "</span>", "<span>", "<a href='javascript:x'>", "</a>", "<b>", "</b>",
    "<img src=x alt=y>", "<abbr title='\"x\"'>", "</abbr>",
]  # fmt: skip
_LINKS = [
    None,
    None,
    None,
    "https://x.example/a?b=1&c=2",
    "javascript:alert(1)",
    "a b",
    '"><x',
    "#word",
]
_KINDS: list[BlockKind] = [
    "paragraph", "heading", "list_item", "list_item", "list_item", "code", "rule", "table", "source",
    "footnote",
]  # fmt: skip
_ALIGNMENTS: list[Alignment] = ["", "left", "center", "right"]

words = st.lists(st.sampled_from(_WORDS), max_size=5).map("".join)
sources = st.sampled_from(_SOURCES).map(lambda text: Inline(text, source=True))
pictures = st.sampled_from(["https://x.example/p.png", "p.png", "../p.svg", ""]).map(
    lambda target: Inline(PICTURE, image=Image(target, "alt", '"t'))
)


@st.composite
def runs(draw: st.DrawFn) -> Inline:
    bold, italic, code, strike = (draw(st.booleans()) for _ in range(4))
    return Inline(draw(words), bold, italic, code, strike, draw(st.sampled_from(_LINKS)))


inlines = st.lists(runs() | runs() | sources | pictures, max_size=5).map(tuple)


@st.composite
def tables(draw: st.DrawFn) -> TableValue:
    columns = draw(st.integers(1, 3))
    rows = draw(st.lists(st.tuples(*[inlines] * columns), min_size=1, max_size=3))
    alignments = draw(st.tuples(*[st.sampled_from(_ALIGNMENTS)] * columns))
    return TableValue(alignments, tuple(rows))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(_KINDS))
    block = Block(
        kind,
        level=draw(st.integers(1, 6)) if kind == "heading" else draw(st.integers(0, 3)),
        quote_depth=draw(st.sampled_from([0, 0, 0, 1, 2])),
        ordered=draw(st.booleans()),
        number=draw(st.integers(0, 3)),
        info=draw(st.sampled_from(["1", "2", "python", ""])),
        checked=draw(st.sampled_from([None, None, True, False])) if kind == "list_item" else None,
        loose=draw(st.booleans()),
        item_depth=draw(st.sampled_from([0, 0, 1, 2])) if kind != "list_item" else 0,
        apart=draw(st.booleans()),
    )
    if kind == "table":
        return replace(block, table=draw(tables()))
    if kind in {"code", "source"}:
        return replace(block, inlines=(Inline(draw(words)),))
    return block if kind == "rule" else replace(block, inlines=draw(inlines))


documents = st.lists(blocks(), max_size=8).map(lambda made: Document(tuple(made)))
