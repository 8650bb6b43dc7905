"""Documents of every kind for property tests of the page, and the form they come back in."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table

HARD_TEXTS = (
    "\U0001f98a\U0001f469\u200d\U0001f680 fox",
    "e\u0301a\u0308 combining",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\u2003wide edges\u3000",
    "5\u00a0km",
    "a\u2028b\u2029c\x0bd\x0ce\x00f\rg",
    "\ufdd0\ufdd1\ufffe\uffff",
    "\U0010ff00\U0010ff01 stand-ins of our own",
    "hard\nbreak\n",
    "\t tab ",
    "\ufffc alone",
)

texts = st.one_of(
    st.sampled_from(HARD_TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
)
targets = st.one_of(
    st.none(), st.sampled_from(["https://example.org/a?b=c#d", "x y", "\x00\u2029"])
)
images = st.builds(Image, target=st.sampled_from(["a.png", "https://x/y"]), alt=texts, title=texts)


@st.composite
def inlines(draw):
    link = draw(targets)
    made = Inline(
        draw(texts),
        bold=draw(st.booleans()),
        italic=draw(st.booleans()),
        code=draw(st.booleans()),
        strike=draw(st.booleans()),
        link=link,
        link_title=draw(texts) if link is not None and draw(st.booleans()) else "",
        source=draw(st.booleans()),
    )
    if draw(st.integers(0, 5)) == 0:
        return replace(made, text=PICTURE * draw(st.integers(1, 2)), image=draw(images))
    return made


rows_of_inlines = st.lists(inlines(), max_size=4).map(tuple)
depths = st.integers(0, 3)


@st.composite
def tables(draw):
    columns = draw(st.integers(1, 3))
    alignments = st.sampled_from(["", "left", "center", "right"])
    cells = st.lists(rows_of_inlines, min_size=columns, max_size=columns).map(tuple)
    return Table(
        tuple(draw(st.lists(alignments, min_size=columns, max_size=columns))),
        tuple(draw(st.lists(cells, min_size=1, max_size=3))),
    )


@st.composite
def blocks(draw):
    kinds = ["paragraph", "heading", "list_item", "code", "table", "footnote", "rule", "source"]
    kind = draw(st.sampled_from(kinds))
    block = Block(kind, quote_depth=draw(depths), apart=draw(st.booleans()))
    block = replace(block, origin=draw(st.one_of(st.none(), st.integers(0, 99))))
    if kind == "table":
        return replace(block, table=draw(tables()), item_depth=draw(depths))
    if kind != "rule":
        block = replace(block, inlines=draw(rows_of_inlines))
    if kind == "list_item":
        ordered = draw(st.booleans())
        return replace(
            block,
            level=draw(depths),
            ordered=ordered,
            number=draw(st.integers(0, 4)) if ordered else 1,
            checked=draw(st.sampled_from([None, True, False])),
            loose=draw(st.booleans()),
        )
    block = replace(block, item_depth=draw(depths))
    if kind in {"code", "footnote"}:
        return replace(block, info=draw(st.one_of(st.just(""), texts)))
    return replace(block, level=draw(st.integers(1, 6))) if kind == "heading" else block


documents = st.lists(blocks(), max_size=8).map(lambda made: Document(tuple(made)))


def normal(document: Document) -> Document:
    """Return a document as the page can hold it: runs joined, code and source without marks."""
    return Document(tuple(_normal(block) for block in document.blocks) or (Block("paragraph"),))


def _normal(block: Block) -> Block:
    if block.table is not None:
        rows = tuple(tuple(_joined(cell) for cell in row) for row in block.table.rows)
        return replace(block, table=replace(block.table, rows=rows))
    if block.kind in {"code", "source"}:
        return replace(block, inlines=(Inline(block.text),) if block.text else ())
    return replace(block, inlines=_joined(block.inlines))


def _joined(runs: tuple[Inline, ...]) -> tuple[Inline, ...]:
    result: list[Inline] = []
    for run in runs:
        if result and replace(result[-1], text="") == replace(run, text=""):
            result[-1] = replace(run, text=result[-1].text + run.text)
        else:
            result.append(run)
    return tuple(result)
