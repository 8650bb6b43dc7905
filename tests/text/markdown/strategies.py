"""Documents and Markdown sources as a mischievous writer would make them."""

from __future__ import annotations

from hypothesis import strategies as st

from tinymorph.text.document import Block, BlockKind, Document, Inline

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
    "paragraph", "paragraph", "heading", "list_item", "list_item", "code", "rule",
]  # fmt: skip

words = st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join)
links = st.none() | st.sampled_from(["http://x", "a b", "", "x(y)", "<a>", "a\\b", "&amp;", "ü#1"])


@st.composite
def inlines(draw: st.DrawFn) -> Inline:
    flags = [draw(st.booleans()) for _ in range(3)]
    is_code = draw(st.integers(0, 5)) == 0
    return Inline(draw(words), flags[0], flags[1], is_code, flags[2], draw(links))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(_KINDS))
    runs = tuple(draw(st.lists(inlines(), max_size=5)))
    return Block(
        kind,
        runs,
        level=draw(st.integers(0, 7)),
        quote_depth=draw(st.sampled_from([0, 0, 0, 1, 2])),
        ordered=draw(st.booleans()),
        number=draw(st.sampled_from([0, 1, 1, 2, 3, 4, 10])),
        info=draw(st.sampled_from(["", "py", "a `b`", "~x", "&lt; \\*"])) if kind == "code" else "",
    )


def documents() -> st.SearchStrategy[Document]:
    return st.lists(blocks(), max_size=6).map(lambda found: Document(tuple(found)))


def markdown_texts() -> st.SearchStrategy[str]:
    line = st.tuples(st.lists(st.sampled_from(_STARTS), max_size=3).map("".join), words).map(
        "".join
    )
    return st.lists(line, max_size=8).map("\n".join)
