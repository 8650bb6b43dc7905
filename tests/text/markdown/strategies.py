"""Documents and Markdown sources as a mischievous writer would make them."""

from __future__ import annotations

from hypothesis import strategies as st

from tinymorph.text.document import (
    PICTURE,
    Alignment,
    Block,
    BlockKind,
    Document,
    Image,
    Inline,
    Table,
)

_SYNTAX = [
    "*",
    "_",
    "`",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "#",
    "-",
    "+",
    "=",
    "~",
    "|",
    "\\",
    "!",
    "&",
]
_FRAGMENTS = [
    *_SYNTAX, "a", "b", "word", "é", "😀", "“", "”", ".", ":", "1.", "2)", " ", "  ", "\t", "\n",
    "\u00a0", "**", "~~", "```", "---", "&amp;", "[^1]", "http://x", "](y)", "\\\n", "\u0301", "中",
]  # fmt: skip
_STARTS = [
    "# ", "## ", "> ", ">", "- ", "* ", "+ ", "1. ", "3) ", "    ", "  ", "\t", "```", "~~~", "---",
    "===", "| a | b |\n|---|---|\n", "<div>", "<!--", "-->", "[a]: x", "[^1]: ", "", "", "", "-", "![",
]  # fmt: skip

_KINDS: list[BlockKind] = [
    "paragraph", "paragraph", "heading", "list_item", "list_item", "code", "rule", "table",
    "footnote",
]  # fmt: skip

words = st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join)
links = st.none() | st.sampled_from(["http://x", "a b", "", "x(y)", "<a>", "a\\b", "&amp;", "ü#1"])


_ALIGNMENTS: list[Alignment] = ["", "left", "center", "right"]
_SOURCES = ["<br>", "<b>", "</b>", "<!-- -->", "$x$", "[^1]"]


@st.composite
def inlines(draw: st.DrawFn) -> Inline:
    bold, italic, strike = (draw(st.booleans()) for _ in range(3))
    link = draw(links)
    title = draw(st.sampled_from(["", "", 'a "t"'])) if link else ""
    match draw(st.integers(0, 9)):
        case 0:
            return Inline(draw(words), bold, italic, True, strike, link, title)
        case 1:
            image = Image(draw(links) or "x", draw(words).replace("\n", " "), title)
            return Inline(PICTURE, bold, italic, False, strike, link, title, image)
        case 2:
            text = draw(st.sampled_from(_SOURCES))
            return Inline(text, bold, italic, False, strike, link, title, source=True)
        case _:
            return Inline(draw(words), bold, italic, False, strike, link, title)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.integers(1, 3))
    cells = st.lists(inlines(), max_size=2).map(tuple)
    rows = st.lists(cells, min_size=columns, max_size=columns).map(tuple)
    alignments = draw(st.permutations(_ALIGNMENTS))
    return Table(tuple(alignments[:columns]), tuple(draw(st.lists(rows, min_size=1, max_size=3))))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(_KINDS))
    runs = tuple(draw(st.lists(inlines(), max_size=5)))
    infos = {"code": ["", "py", "a `b`", "~x", "&lt; \\*"], "footnote": ["1", "note", "a b"]}
    return Block(
        kind,
        runs,
        level=draw(st.integers(0, 7)),
        quote_depth=draw(st.sampled_from([0, 0, 0, 1, 2])),
        ordered=draw(st.booleans()),
        number=draw(st.sampled_from([0, 1, 1, 2, 3, 4, 10])),
        info=draw(st.sampled_from(infos.get(kind, [""]))),
        checked=draw(st.sampled_from([None, None, False, True])),
        loose=draw(st.booleans()),
        item_depth=draw(st.sampled_from([0, 0, 1, 2])),
        apart=draw(st.sampled_from([False, False, True])),
        table=draw(tables()) if kind == "table" else None,
    )


def documents() -> st.SearchStrategy[Document]:
    return st.lists(blocks(), max_size=6).map(lambda found: Document(tuple(found)))


def markdown_texts() -> st.SearchStrategy[str]:
    line = st.tuples(st.lists(st.sampled_from(_STARTS), max_size=3).map("".join), words).map(
        "".join
    )
    return st.lists(line, max_size=8).map("\n".join)
