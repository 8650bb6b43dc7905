"""The runs of a block as every writer needs them: words, breaks, pictures, notes and math.

Inline source is read here: harmless HTML tags become marks, comments go, a footnote's mark and
math are told apart, and whatever is none of these is shown as the characters it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Literal

from tinymorph.text.document import PICTURE, Image, Inline

SpanKind = Literal["words", "break", "picture", "note", "math"]

HARMLESS_TAGS = frozenset(
    [
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
    ]
)
"""Inline HTML whose words can be shown marked; of its attributes only a title is kept."""

MAX_NESTING = 20
"""Elements that stand deeper in each other are shown as the characters they are."""

_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)-->"
    r"|<(?P<close>/?)(?P<tag>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:\s[^<>]*)?)/?>"
    r"|\[\^(?P<note>[^\]\s]+)\]"
    r"|(?P<math>\$\$[^$]+\$\$|\$[^$]+\$)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BOLD, _ITALIC, _STRIKE = {"b", "strong"}, {"em", "i"}, {"del", "s", "strike"}
_CODE = {"code", "tt"}
_SPENT = _BOLD | _ITALIC | _STRIKE | _CODE | {"a", "span", "font", "time"}
"""What is said by a mark, or says nothing without its attributes."""


@dataclass(frozen=True, slots=True)
class Tag:
    """An inline HTML element around words; two elements of one name differ by their place."""

    name: str
    title: str
    place: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one block that is shown in one way."""

    kind: SpanKind
    text: str
    """The words; a note's label; math with its dollars; a picture's alternative text."""
    run: Inline
    """Its marks, and its picture."""
    tags: tuple[Tag, ...] = ()

    def has_tag(self, *names: str) -> bool:
        """Say whether the span stands in an element of one of these names."""
        return any(tag.name in names for tag in self.tags)


def spans_of(inlines: Iterable[Inline]) -> tuple[Span, ...]:
    """Return a block's runs as spans; without empty ones, with equal neighbours joined."""
    atoms = [atom for run in inlines for atom in _atoms(run)]
    return tuple(_joined(_Elements(atoms).spans()))


def plain_text(inlines: Iterable[Inline]) -> str:
    """Return the words without marks: pictures by their alternative text, notes left out."""
    kinds = {"words", "math", "picture"}
    spans = spans_of(inlines)
    return "".join(
        " " if span.kind == "break" else span.text
        for span in spans
        if span.kind in kinds | {"break"}
    )


@dataclass(frozen=True, slots=True)
class _Atom:
    """A span, or an HTML tag before it is known whether it has a partner."""

    span: Span
    tag: str = ""
    is_closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict[str, str])


def _atoms(run: Inline) -> Iterator[_Atom]:
    if not run.source:
        for piece in re.split(f"(\n|{PICTURE})", run.text) if not run.code else [run.text]:
            if piece:
                yield _Atom(_plain_span(piece, run))
        return
    marks = replace(run, source=False)
    end = 0
    for found in _TOKEN.finditer(run.text):
        if found.start() > end:
            yield from _atoms(replace(marks, text=run.text[end : found.start()]))
        yield from _source_atoms(found, marks)
        end = found.end()
    if end < len(run.text):
        yield from _atoms(replace(marks, text=run.text[end:]))


def _plain_span(piece: str, run: Inline) -> Span:
    if piece == "\n" and not run.code:
        return Span("break", "", run)
    if piece == PICTURE and run.image is not None:
        return Span("picture", run.image.alt, run)
    return Span("words", piece, run)


def _source_atoms(found: re.Match[str], marks: Inline) -> Iterator[_Atom]:
    raw = Span("words", found[0], marks)
    match found.lastgroup:
        case "note":
            yield _Atom(Span("note", found["note"], marks))
        case "math":
            yield _Atom(Span("math", found[0], marks))
        case "comment":
            return
        case _:
            yield _tag_atom(found, raw, marks)


def _tag_atom(found: re.Match[str], raw: Span, marks: Inline) -> _Atom:
    name = found["tag"].lower()
    pairs = _ATTRIBUTE.finditer(found["attributes"])
    attributes = {p[1].lower(): unescape(p[2] or p[3] or p[4] or "") for p in pairs}
    if name == "br":
        return _Atom(Span("break", "", marks))
    if name == "img" and attributes.get("src"):
        image = Image(attributes["src"], attributes.get("alt", ""), attributes.get("title", ""))
        return _Atom(Span("picture", image.alt, replace(marks, image=image)))
    if name == "a" or name in HARMLESS_TAGS:
        return _Atom(raw, name, bool(found["close"]), attributes)
    return _Atom(raw)


class _Elements:
    """Find each tag's partner; a tag without one is shown as the characters it is."""

    def __init__(self, atoms: list[_Atom]) -> None:
        self._atoms = atoms
        self._partners: dict[int, int] = {}
        opened: list[int] = []
        last: dict[str, int] = {}
        for place, atom in enumerate(atoms):
            if atom.tag and not atom.is_closing:
                if len(opened) >= MAX_NESTING:
                    continue
                last[atom.tag] = last.get(atom.tag, 0) + 1
                opened.append(place)
            elif atom.tag and last.get(atom.tag):
                while atoms[opened[-1]].tag != atom.tag:
                    last[atoms[opened.pop()].tag] -= 1
                last[atom.tag] -= 1
                self._partners[opened[-1]] = place
                self._partners[place] = opened.pop()

    def spans(self) -> Iterator[Span]:
        """Yield the spans with the elements they stand in."""
        tags: list[tuple[Tag, dict[str, str]]] = []
        for place, atom in enumerate(self._atoms):
            if place in self._partners and atom.is_closing:
                tags.pop()
            elif place in self._partners:
                tags.append(
                    (Tag(atom.tag, atom.attributes.get("title", ""), place), atom.attributes)
                )
            else:
                yield _marked(atom.span, tags)


def _marked(span: Span, tags: list[tuple[Tag, dict[str, str]]]) -> Span:
    """Turn elements that are marks into marks, and keep the others."""
    if not tags:
        return span
    names = {tag.name for tag, _ in tags}
    run = span.run
    run = replace(
        run,
        bold=run.bold or not names.isdisjoint(_BOLD),
        italic=run.italic or not names.isdisjoint(_ITALIC),
        strike=run.strike or not names.isdisjoint(_STRIKE),
        code=run.code or not names.isdisjoint(_CODE),
    )
    for tag, attributes in tags:
        if tag.name == "a" and attributes.get("href") and run.link is None:
            run = replace(run, link=attributes["href"], link_title=tag.title)
    return replace(span, run=run, tags=tuple(tag for tag, _ in tags if tag.name not in _SPENT))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    pending: Span | None = None
    for span in spans:
        joins = pending is not None and pending.kind == span.kind == "words"
        if joins and pending is not None and _looks(pending) == _looks(span):
            pending = replace(pending, text=pending.text + span.text)
            continue
        if pending is not None:
            yield pending
        pending = span
    if pending is not None:
        yield pending


def _looks(span: Span) -> tuple[Inline, tuple[Tag, ...]]:
    return replace(span.run, text="", image=None), span.tags
