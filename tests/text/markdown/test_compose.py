"""Promises of writing back: what was not touched keeps every byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from text.markdown.strategies import documents, markdown_texts
from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.markdown.compose import MismatchError, compose
from tinymorph.text.markdown.slices import Source, read_source
from tinymorph.text.markdown.writer import normal_blocks
from tinymorph.ui.safety.restoring import joined_sources

STYLES = """Title
=====

A paragraph that is *wrapped* at some
width, with __two__ markers and an \\_escape\\_.
Another line.


* one
* two,
  wrapped
* three

7) seven
8) eight

***

> quoted
lazily

[words][ref] and ![a picture](p.png "t").

| a | b |
|---|:-:|
| 1 | 2 |

[ref]: https://example.org 'Title'
"""


def typed_in(source: Source, index: int, words: str = " new") -> list[Block]:
    """Return the blocks with words typed at the end of one; a picture or rule gets a run."""
    block = source.blocks[index]
    last = block.inlines[-1] if block.inlines else None
    if last is None or last.image:
        changed = replace(block, inlines=(*block.inlines, Inline(words.strip())))
    else:
        changed = replace(
            block, inlines=(*block.inlines[:-1], replace(last, text=last.text + words))
        )
    if block.kind == "rule":
        changed = replace(changed, kind="paragraph")
    return [*source.blocks[:index], changed, *source.blocks[index + 1 :]]


def around(source: Source, index: int) -> tuple[str, str]:
    """Return the characters before and after the slice of a block."""
    own = source.slice_of[index]
    before = "".join(piece.text + piece.gap for piece in source.slices[:own])
    after = "".join(piece.text + piece.gap for piece in source.slices[own + 1 :])
    return before, source.slices[own].gap + after


@given(markdown_texts())
@settings(deadline=None)
@example(STYLES)
@example("a\r\n\r\n\r\n*b*\n\rc  \n")
def test_an_untouched_document_keeps_every_byte(text: str) -> None:
    source = read_source(text)
    assert compose(source, source.blocks) == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_in_one_block_changes_no_byte_of_another(newline: str) -> None:
    text = STYLES.replace("\n", newline)
    source = read_source(text)
    for index, block in enumerate(source.blocks):
        if block.table is not None or block.text.startswith("[ref]:"):
            continue  # a broken definition is another promise
        written = compose(source, typed_in(source, index))
        before, after = around(source, index)
        assert written.startswith(before)
        assert written.endswith(after)
        assert written != text


@given(st.lists(markdown_texts(), max_size=3), st.data())
@settings(deadline=None)
def test_an_edit_in_one_block_of_any_document_leaves_the_others(
    parts: list[str], data: st.DataObject
) -> None:
    source = read_source("\n\n".join(parts))
    prose = [i for i, b in enumerate(source.blocks) if b.kind in {"paragraph", "heading"}]
    if not prose:
        return
    index = data.draw(st.sampled_from(prose))
    written = compose(source, typed_in(source, index))
    before, _ = around(source, index)
    assert written.startswith(before)
    assert written.count("new") == "\n\n".join(parts).count("new") + 1


@pytest.mark.parametrize(
    ("words", "index", "expected"),
    [
        ("one\ntwo *three*\nfour\n", 0, "one\ntwo *three*\nfour new\n"),
        ("* a\n* b\n\n- c\n", 0, "* a new\n* b\n\n- c\n"),
        ("1) a\n1) b\n", 0, "1) a new\n1) b\n"),
        ("Title\n=====\n", 0, "Title new\n=========\n"),
        ("__bold__ and [a][b] c\n\n[b]: /u\n", 0, "__bold__ and [a][b] c new\n\n[b]: /u\n"),
        ("> a\n> b\n", 0, "> a\n> b new\n"),
        ("*   wide\n*   list\n", 1, "*   wide\n*   list new\n"),
        ("a &amp; b\n", 0, "a &amp; b new\n"),
    ],
)
def test_a_touched_block_keeps_its_own_manner(words: str, index: int, expected: str) -> None:
    source = read_source(words)
    assert compose(source, typed_in(source, index)) == expected


@given(st.lists(markdown_texts(), max_size=3), documents(), st.data())
@settings(deadline=None)
def test_whatever_replaces_some_blocks_is_read_as_it_stood_or_is_not_written(
    parts: list[str], new: Document, data: st.DataObject
) -> None:
    source = read_source("\n\n".join(parts))
    start = data.draw(st.integers(0, len(source.blocks)))
    end = data.draw(st.integers(start, len(source.blocks)))
    blocks = (*source.blocks[:start], *new.blocks, *source.blocks[end:])
    if any(block.kind == "source" for block in blocks):
        return
    try:
        written = compose(source, blocks)
    except MismatchError:
        return  # of one in some hundred such mischiefs a mark cannot be written; it is refused
    assert read_source(written).blocks == normal_blocks(Document(blocks))


def test_deleting_a_paragraph_between_two_lists_makes_them_one() -> None:
    source = read_source("* a\n\nwords\n\n* b\n")
    written = compose(source, [source.blocks[0], source.blocks[2]])
    assert [block.text for block in read_source(written).blocks] == ["a", "b"]
    assert not any(block.apart for block in read_source(written).blocks)


def test_deleting_what_defines_a_link_target_keeps_the_links() -> None:
    source = read_source("See [here][r].\n\n[r]: https://example.org\n")
    written = compose(source, source.blocks[:1])
    assert written == "See [here](https://example.org).\n"


def test_new_words_at_the_end_get_the_files_own_line_end() -> None:
    source = read_source("a\r\n\r\nb\r\n")
    blocks = [*source.blocks, Block("paragraph", (Inline("c"),))]
    assert compose(source, blocks) == "a\r\n\r\nb\r\n\r\nc\r\n"


def test_a_file_without_a_last_line_end_stays_so() -> None:
    source = read_source("a\n\nb")
    assert compose(source, typed_in(source, 0)) == "a new\n\nb"


def test_a_paragraph_parted_in_two_keeps_the_words_around_it() -> None:
    source = read_source("x *y*\n\n\n_b_ c\n\n\n__z__\n")
    first, second = (replace(source.blocks[1], inlines=(Inline(t),)) for t in ("b", "c"))
    blocks = [source.blocks[0], first, second, source.blocks[2]]
    assert compose(source, blocks) == "x *y*\n\n\nb\n\nc\n\n\n__z__\n"


def test_a_block_that_was_never_closed_is_closed_before_new_words() -> None:
    source = read_source("words\n\n```\ncode\n")
    blocks = [*source.blocks, Block("paragraph", (Inline("after"),))]
    assert [b.text for b in read_source(compose(source, blocks)).blocks] == [
        "words",
        "code",
        "after",
    ]


@given(
    st.lists(markdown_texts(), min_size=1, max_size=5),
    st.lists(st.one_of(st.none(), documents()), min_size=1, max_size=12),
)
@settings(deadline=None)
def test_many_changes_at_once_are_read_as_they_stood_or_are_not_written(
    parts: list[str], changes: list[Document | None]
) -> None:
    source = read_source("\n\n".join(parts))
    blocks: list[Block] = []
    for index, block in enumerate(source.blocks):
        change = changes[index % len(changes)]
        blocks += [block] if change is None else [*change.blocks, block][index % 2 :]
    if any(block.kind == "source" for block in blocks):
        return
    try:
        written = compose(source, blocks)
    except MismatchError:
        return  # as above
    assert normal_blocks(read_source(written).document) == normal_blocks(Document(tuple(blocks)))


def test_source_that_swallows_what_follows_is_not_written() -> None:
    source = read_source("<b>\nx\n\nwords\n")
    swallowing = replace(source.blocks[0], inlines=(Inline("<!-- open"),))
    with pytest.raises(MismatchError):
        compose(source, [swallowing, *source.blocks[1:]])


PIECES = st.one_of(
    markdown_texts(),
    st.sampled_from(
        [
            "plain words", "", "# h", "* a\n* b", "1. a\n2. b", "> q\n> r", "- x\n\n  y", "```\nc",
            "[a]: x", "[b][a] and [c]", "[c]: /y 'z'", "[^1]: note [a]", "---\nt: a\n---", "    code",
        ]
    ),
)  # fmt: skip


@st.composite
def edited(draw: st.DrawFn) -> tuple[Source, list[Block]]:
    """Return a source, or two that were joined, and its page after some edits."""
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = "\n\n".join(draw(st.lists(PIECES, max_size=9))) + draw(st.sampled_from(["", "\n"]))
    source = read_source(text.replace("\r\n", "\n").replace("\n", newline))
    blocks = list(source.blocks)
    if draw(st.integers(0, 3)) == 0:
        second = read_source("\n\n".join(draw(st.lists(PIECES, max_size=5))))
        source, shown = joined_sources(source, second)
        blocks = [*(blocks if draw(st.booleans()) else []), *shown]
    for _ in range(draw(st.integers(0, 4))):
        index = draw(st.integers(0, max(len(blocks) - 1, 0)))
        match draw(st.integers(0, 5)):
            case 0:
                del blocks[index : index + draw(st.integers(1, 3))]
            case 1:
                blocks[index:index] = draw(documents()).blocks
            case 2 if blocks:
                more = (*blocks[index].inlines, Inline(" new"))
                blocks[index] = replace(blocks[index], inlines=more)
            case 3 if blocks:
                blocks.insert(draw(st.integers(0, len(blocks))), blocks[index])
            case 4 if blocks:
                guess = draw(st.sampled_from([None, 0, 1]))
                blocks[index] = replace(blocks[index], origin=guess)
            case _:
                blocks.insert(index, Block("paragraph"))
    return source, blocks


def composed(source: Source, blocks: list[Block]) -> str | None:
    """Return what is written; None for what is refused."""
    try:
        return compose(source, blocks)
    except MismatchError:
        return None


@given(edited())
@settings(deadline=None)
def test_what_is_taken_over_in_a_row_is_written_as_if_looked_at_one_by_one(
    case: tuple[Source, list[Block]],
) -> None:
    source, blocks = case
    once, again = composed(source, blocks), composed(source, blocks)
    equal_but_not_the_same = [replace(block) for block in blocks]
    afresh = Source(source.slices, source.references)
    assert once == again == composed(afresh, equal_but_not_the_same)


def test_a_page_of_many_blocks_is_not_looked_at_one_by_one(monkeypatch) -> None:
    source = read_source("\n\n".join(f"Paragraph *{i}*." for i in range(2_000)))
    looks: list[Block] = []
    equal = Block.__eq__

    def noted(self: Block, other: object) -> bool:
        looks.append(self)
        return equal(self, other)

    blocks = typed_in(source, 1_000)
    monkeypatch.setattr(Block, "__eq__", noted)
    written = compose(source, blocks)
    assert written.count("new") == 1
    assert len(looks) < 100


def test_what_was_written_before_is_remembered_only_while_it_is_needed() -> None:
    source = read_source("one\n\ntwo\n\nthree\n")
    for words in ("a", "b", "c"):
        compose(source, typed_in(source, 1, words))
    assert len(source.memory.written) == len(source.memory.mended) == 1
