"""What a source block is to a reader: text to show, HTML, a note, or nothing but for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.formats.html_reader import read_html
from tinymorph.text.formats.notes import runs_of
from tinymorph.text.markdown import read_markdown

_HTML = re.compile(r"<(?:!--|/?[A-Za-z])")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*((?:(?!^\[\^[^\]\s]+\]:).)*)", re.DOTALL | re.MULTILINE)
_DEFINITION = re.compile(r" {0,3}\[[^\]^][^\]]*\]:")
_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*\n.*?^(?:\1|\.\.\.)[ \t]*\Z", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(
    r"""^(title|author)\s*[:=]\s*["']?(.+?)["']?\s*$""", re.MULTILINE | re.IGNORECASE
)


def printed_of(document: Document) -> Document:
    """Return what is printed of a document, and how.

    Front matter, the targets of links, and comments are not. HTML is read as a browser would show
    it, without its scripts; a footnote too long for a block of its own kind becomes one.
    """
    blocks = document.blocks
    return Document(tuple(each for n, block in enumerate(blocks) for each in _printed(block, n)))


def _printed(block: Block, place: int) -> Iterator[Block]:
    text = block.text.strip() if block.kind == "source" else ""
    if block.kind != "source":
        yield block
    elif (place == 0 and _FRONT_MATTER.fullmatch(text)) or _leads_only(text):
        return
    elif note := _NOTE.fullmatch(text):
        yield _long_note(note[1], note[2])
    elif _HTML.match(text):
        for each in read_html(text).blocks:
            depth = each.item_depth + block.item_depth if each.kind != "list_item" else 0
            yield replace(each, quote_depth=block.quote_depth + each.quote_depth, item_depth=depth)
    else:
        yield block


def _leads_only(text: str) -> bool:
    """Say whether a text holds nothing but the targets of links, each on a line."""
    return all(_DEFINITION.match(line) for line in text.split("\n") if line.strip())


def _long_note(label: str, body: str) -> Block:
    """Return a note of several blocks as one, its blocks as lines."""
    words = re.sub(r"^(?: {4}|\t)", "", body, flags=re.MULTILINE)
    runs: list[Inline] = []
    for block in read_markdown(words).blocks:
        if runs:
            runs.append(Inline("\n"))
        runs += runs_of(block)
    return Block("footnote", tuple(runs), info=label)


def front_matter_of(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the title and the author that a document's front matter names, if it does."""
    if not blocks or blocks[0].kind != "source":
        return {}
    text = blocks[0].text.strip()
    if not _FRONT_MATTER.fullmatch(text):
        return {}
    return {name.lower(): value for name, value in _FIELD.findall(text)}
