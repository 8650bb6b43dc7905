"""HTML pages as documents: words and structure stay, scripts, styles and hidden parts go.

Nothing is ever fetched: pictures stay where they are and are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape

import lxml.html
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - a compiled module
from lxml.html import HtmlElement

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table
from tinymorph.text.formats.addresses import safe_address
from tinymorph.text.formats.html_elements import (
    BLOCKS,
    DROPPED,
    KEPT_TAGS,
    classes_of,
    is_hidden,
    is_note_list,
    is_note_mark,
    is_way_back,
    language_of,
    marked,
    styles_of,
)
from tinymorph.text.formats.html_tables import is_for_layout, rows_of
from tinymorph.text.formats.runs import tidy

MAX_DEPTH = 150
"""Of elements in each other; what lies deeper is read as words alone."""

_SPACE = re.compile(r"[ \t\n\r\f]+")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(["ul", "ol", "menu", "dir"])
_PLAIN = Inline("")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_WORD_LEVEL = re.compile(r"\blevel(\d+)")


def read_html(source: str | bytes) -> Document:
    """Return the page as a document; no page is so broken that it could not be read."""
    text = _decoded(source)
    if not text.strip():
        return Document()
    parser = lxml.html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(text, parser=parser)
    except etree.ParserError:  # a page of comments alone, or less
        return Document()
    reader = _Reader(_note_labels(root))
    reader.read(root, _Context(), 0)
    reader.close_block(_Context())
    return Document((*reader.blocks, *reader.notes))


@dataclass(frozen=True, slots=True)
class _Context:
    """Where words stand."""

    quotes: int = 0
    items: int = 0
    marks: Inline = _PLAIN
    heading: int = 0
    lists: int = 0


@dataclass(slots=True)
class _Reader:
    """Walk over elements, closing a block wherever a line of its own begins or ends."""

    labels: dict[str, str]
    """The footnotes' labels, by the names of their places."""
    blocks: list[Block] = field(default_factory=list[Block])
    notes: list[Block] = field(default_factory=list[Block])
    runs: list[Inline] = field(default_factory=list[Inline])
    item: Block | None = None
    """The list item whose first words have not come yet."""
    ended: tuple[int, str] = (-1, "")
    """Where a list or a quote ended last, and which."""

    def read(self, element: HtmlElement, context: _Context, depth: int) -> None:
        """Take in one element with everything in it."""
        name = element.tag
        styles = styles_of(element)
        if not isinstance(name, str) or name in DROPPED or is_hidden(element, styles):
            return
        if depth > MAX_DEPTH:
            self._say(str(element.text_content()), context)
        elif is_note_mark(element) and self._note_mark(element, context):
            return
        elif is_note_list(element) and self.labels:
            self._read_notes(element, depth)
        elif name in _HEADINGS or name in BLOCKS or name in {"li", "blockquote"}:
            self._read_block(element, styles, context, depth)
        elif name in _LISTS:
            self._read_list(element, context, depth)
        elif name == "table":
            self._read_table(element, context, depth)
        elif name == "pre":
            self._read_code(element, context)
        else:
            self._read_inline(element, styles, context, depth)

    def close_block(self, context: _Context) -> None:
        """End the block whose words have come so far, if they make one."""
        runs = tidy(self.runs)
        self.runs.clear()
        if not runs and self.item is None:
            return
        if self.item is not None:
            self.blocks.append(replace(self.item, inlines=runs))
            self.item = None
        elif context.heading:
            plain = tuple(replace(run, bold=False) for run in runs)
            self._append(Block("heading", plain, context.heading), context)
        else:
            self._append(Block("paragraph", runs), context)

    def _append(self, block: Block, context: _Context) -> None:
        apart = self.ended == (len(self.blocks), f"quote {context.quotes}")
        placed = replace(block, quote_depth=context.quotes, item_depth=context.items, apart=apart)
        self.blocks.append(placed)

    def _children(self, element: HtmlElement, context: _Context, depth: int) -> None:
        self._say(element.text or "", context)
        for child in element:
            self.read(child, context, depth + 1)
            self._say(child.tail or "", context)

    def _say(self, text: str, context: _Context) -> None:
        words = _SPACE.sub(" ", text)
        if words:
            self.runs.append(replace(context.marks, text=words.replace(PICTURE, "")))

    def _read_block(
        self, element: HtmlElement, styles: dict[str, str], context: _Context, depth: int
    ) -> None:
        if self.runs:
            self.close_block(context)
        name = str(element.tag)
        inner = replace(context, marks=replace(marked(element, styles, context.marks), link=None))
        level = _WORD_LEVEL.search(styles.get("mso-list", ""))
        if name in _HEADINGS:
            inner = replace(inner, heading=_HEADINGS[name])
        elif name == "blockquote" and not context.items:
            inner = replace(inner, quotes=context.quotes + 1)
        elif name == "dt":
            inner = replace(inner, marks=replace(inner.marks, bold=True))
        elif level is not None:
            self._begin_word_item(element, int(level[1]) - 1, context)
        before = len(self.blocks)
        self._children(element, inner, depth)
        if self.runs or (self.item is not None and level is not None):
            self.close_block(inner)
        if name == "blockquote" and len(self.blocks) > before:
            self.ended = (len(self.blocks), f"quote {inner.quotes}")

    def _begin_word_item(self, element: HtmlElement, level: int, context: _Context) -> None:
        """Begin a list item that a word processor's HTML has as a paragraph with a sign."""
        signs = element.xpath(".//*[contains(translate(@style, 'IGNORE', 'ignore'), 'ignore')]")
        sign = "".join(str(each.text_content()) for each in signs).strip()
        number = re.match(r"\d+", sign)
        self.item = Block(
            "list_item", level=level, quote_depth=context.quotes,
            ordered=number is not None, number=int(number[0][:9]) if number else 1,
        )  # fmt: skip

    def _read_list(self, element: HtmlElement, context: _Context, depth: int) -> None:
        if self.runs or self.item is not None:
            self.close_block(context)
        is_ordered = element.tag == "ol"
        number = _number(element.get("start"), 1)
        items = [child for child in element if child.tag == "li"]
        is_loose = any(map(_begins_with_paragraph, items))
        apart = self.ended == (len(self.blocks), f"{element.tag} {context.lists}")
        for child in element:
            if child.tag != "li":  # a list in a list, without an item around it
                self.read(child, replace(context, lists=context.lists + 1), depth + 1)
                self._say(child.tail or "", context)
                continue
            number = _number(child.get("value"), number)
            self.item = Block(
                "list_item", level=context.lists, quote_depth=context.quotes, ordered=is_ordered,
                number=number if is_ordered else 1, checked=_is_checked(child), loose=is_loose,
                apart=apart and (not is_ordered or self._goes_on(number)),
            )  # fmt: skip
            inner = replace(context, items=context.lists + 1, lists=context.lists + 1, heading=0)
            self._children(child, inner, depth + 1)
            self.close_block(inner)
            number, apart = number + 1, False
        self.ended = (len(self.blocks), f"{element.tag} {context.lists}")

    def _goes_on(self, number: int) -> bool:
        last = self.blocks[-1] if self.blocks else Block("rule")
        return last.kind == "list_item" and last.number + 1 == number

    def _read_table(self, element: HtmlElement, context: _Context, depth: int) -> None:
        if self.runs or self.item is not None:
            self.close_block(context)
        if is_for_layout(element):
            self._children(element, context, depth)
            return
        for caption in element.iterchildren("caption"):
            self.read(caption, context, depth + 1)
        rows, alignments = rows_of(element, lambda cell: self._words_of(cell, context, depth))
        if rows:
            self._append(Block("table", table=Table(alignments, rows)), context)

    def _words_of(self, element: HtmlElement, context: _Context, depth: int) -> tuple[Inline, ...]:
        """Return an element's words as runs, whatever blocks it has in it."""
        reader = _Reader(self.labels)
        reader._children(element, _Context(marks=replace(context.marks, link=None)), depth)
        reader.close_block(_Context())
        runs: list[Inline] = []
        for block in reader.blocks:
            if runs:
                runs.append(Inline("\n"))
            runs += block.inlines
        return tidy(runs)

    def _read_code(self, element: HtmlElement, context: _Context) -> None:
        if self.runs or self.item is not None:
            self.close_block(context)
        for line_break in element.xpath(".//br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = str(element.text_content()).replace("\r\n", "\n").strip("\n")
        runs = (Inline(text),) if text else ()
        kind = "source" if "source" in classes_of(element) else "code"
        self._append(Block(kind, runs, info=language_of(element)), context)

    def _read_inline(
        self, element: HtmlElement, styles: dict[str, str], context: _Context, depth: int
    ) -> None:
        name = str(element.tag)
        inner = replace(context, marks=marked(element, styles, context.marks))
        if name == "br":
            self.runs.append(Inline("\n"))
        elif name == "hr":
            self.close_block(context)
            self._append(Block("rule"), context)
        elif name == "img":
            self._picture(element, context)
        elif name == "math" or "math" in classes_of(element):
            self._math(element, context)
        elif name == "q":
            self._say("\u201c", inner)
            self._children(element, inner, depth)
            self._say("\u201d", inner)
        elif name in KEPT_TAGS and not any(map(is_note_mark, element)):
            self._kept(element, inner, depth)
        else:
            self._children(element, inner, depth)

    def _kept(self, element: HtmlElement, context: _Context, depth: int) -> None:
        """Keep an inline element around its words, if there are any on this line."""
        name, title = str(element.tag), element.get("title")
        start, blocks = len(self.runs), len(self.blocks)
        self._children(element, context, depth)
        if len(self.blocks) == blocks and "".join(run.text for run in self.runs[start:]).strip():
            attribute = f' title="{escape(title)}"' if title else ""
            self.runs.insert(
                start, replace(context.marks, text=f"<{name}{attribute}>", source=True)
            )
            self.runs.append(replace(context.marks, text=f"</{name}>", source=True))

    def _picture(self, element: HtmlElement, context: _Context) -> None:
        alt = _SPACE.sub(" ", element.get("alt") or "").strip()
        address = safe_address(element.get("src"))
        if address is None:
            self._say(alt, context)
            return
        image = Image(address, alt, element.get("title") or "")
        self.runs.append(replace(context.marks, text=PICTURE, image=image))

    def _math(self, element: HtmlElement, context: _Context) -> None:
        """Keep math by its source, where the page tells it."""
        said = element.xpath("string(.//*[local-name()='annotation'][contains(@encoding, 'tex')])")
        text = str(said or element.get("alttext") or "").strip()
        if text:
            self.runs.append(replace(context.marks, text=f"${text}$", source=True))
            return
        words = _SPACE.sub(" ", str(element.text_content())).strip()
        is_source = words.startswith("$") and words.endswith("$") and len(words) > 2
        self.runs.append(replace(context.marks, text=words, source=is_source))

    def _note_mark(self, element: HtmlElement, context: _Context) -> bool:
        label = self.labels.get((element.get("href") or "").partition("#")[2])
        if label is not None:
            self.runs.append(replace(context.marks, text=f"[^{label}]", source=True, link=None))
        return label is not None

    def _read_notes(self, element: HtmlElement, depth: int) -> None:
        for item in _noted(element):
            label = self.labels[item.get("id", "")]
            words = self._words_of(item, _Context(), depth)
            self.notes.append(Block("footnote", words, info=label))


def _decoded(source: str | bytes) -> str | bytes:
    """Return text where the bytes are plainly UTF-8; else the page itself says what they are."""
    if isinstance(source, bytes):
        if source.startswith((b"\xff\xfe", b"\xfe\xff")):
            return source
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError:
            return source
    return _XML_DECLARATION.sub("", source.replace("\x00", "\ufffd"))


def _note_labels(root: HtmlElement) -> dict[str, str]:
    lists = [
        element for element in root.iter() if isinstance(element.tag, str) and is_note_list(element)
    ]
    items = [item for each in lists for item in _noted(each)]
    return {item.get("id", ""): str(number) for number, item in enumerate(items, start=1)}


def _noted(element: HtmlElement) -> Iterator[HtmlElement]:
    for item in element.iter("li"):
        if item.get("id"):
            for back in [each for each in item.iter("a") if is_way_back(each)]:
                back.drop_tree()
            yield item


def _is_checked(item: HtmlElement) -> bool | None:
    """Return whether an item's box is ticked; None if it has none of its own."""
    for box in item.xpath("./input | ./p/input | ./label/input | ./p/label/input"):
        if (box.get("type") or "").lower() == "checkbox":
            return box.get("checked") is not None
    return None


def _begins_with_paragraph(item: HtmlElement) -> bool:
    return len(item) > 0 and item[0].tag == "p" and not (item.text or "").strip()


def _number(text: str | None, default: int) -> int:
    found = re.match(r"\s*(\d{1,9})", text or "")
    return int(found[1]) if found else default
