"""Which paragraphs of a Word file are list items, on which level, and with which number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

_MAX_PARENTS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list item stands: how deep, and as which one."""

    level: int
    ordered: bool
    number: int
    begins: bool
    """A list begins here that was told to begin, whatever stands before it."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a level of a list is like; lists of one shape count on from each other."""

    shape: str = ""
    ordered: bool = False
    start: int = 1
    restart: int | None = None


@dataclass(slots=True)
class Numbering:
    """Count the items of every list of a file, from its beginning to its end."""

    word: WordDocument
    _forms: dict[tuple[int, int], _Form] = field(default_factory=dict[tuple[int, int], "_Form"])
    _counts: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])
    _begun: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def place_of(self, paragraph: BaseOxmlElement, style_id: str) -> Place | None:
        """Return where a paragraph stands as a list item; None if it is none."""
        said = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        list_id, level = _said(said)
        if list_id is None:
            list_id, style_level = self._of_style(style_id)
            level = level if level is not None else style_level
        if not list_id:
            return None
        level = max(0, min(level or 0, 8))
        form = self._form(list_id, level)
        counts = self._counts.setdefault(form.shape, {})
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        begins = form.restart is not None and (list_id, level) not in self._begun
        self._begun.add((list_id, level))
        if begins and form.restart is not None:
            counts[level] = form.restart - 1
        counts[level] = counts.get(level, form.start - 1) + 1
        return Place(level, form.ordered, max(0, counts[level]), begins)

    def _of_style(self, style_id: str) -> tuple[int | None, int | None]:
        for _ in range(_MAX_PARENTS):
            style = style_element(self.word, style_id)
            if style is None:
                return None, None
            list_id, level = _said(style.find(f"{qn('w:pPr')}/{qn('w:numPr')}"))
            if list_id is not None:
                named = re.search(r"(\d)$", style_id)
                return list_id, level if level is not None else int(named[1]) - 1 if named else 0
            based = style.find(qn("w:basedOn"))
            style_id = str(based.get(qn("w:val"))) if based is not None else ""
        return None, None

    def _form(self, list_id: int, level: int) -> _Form:
        if (list_id, level) not in self._forms:
            self._forms[list_id, level] = self._read_form(list_id, level)
        return self._forms[list_id, level]

    def _read_form(self, list_id: int, level: int) -> _Form:
        numbering = _numbering_of(self.word)
        number = _named(numbering, "num", "numId", list_id)
        if number is None:
            return _Form(f"none {list_id}")
        shape = _value(number, "abstractNumId")
        override = _named(number, "lvlOverride", "ilvl", level)
        own = override.find(qn("w:lvl")) if override is not None else None
        abstract = _named(numbering, "abstractNum", "abstractNumId", shape)
        form = own if own is not None else _named(abstract, "lvl", "ilvl", level)
        again = _value(override, "startOverride")
        restart = int(again) if again.isdigit() else None
        start = _value(form, "start")
        is_ordered = _value(form, "numFmt") not in {"bullet", "none", ""}
        return _Form(shape, is_ordered, int(start) if start.isdigit() else 1, restart)


def _named(
    parent: BaseOxmlElement | None, name: str, attribute: str, value: object
) -> BaseOxmlElement | None:
    """Return the child of a name that bears a number."""
    if parent is None:
        return None
    for child in parent.iterchildren(qn(f"w:{name}")):
        if child.get(qn(f"w:{attribute}")) == str(value):
            return child
    return None


def _value(parent: BaseOxmlElement | None, name: str) -> str:
    child = parent.find(qn(f"w:{name}")) if parent is not None else None
    return str(child.get(qn("w:val")) or "") if child is not None else ""


def style_element(word: WordDocument, style_id: str) -> BaseOxmlElement | None:
    """Return a style's definition."""
    if not style_id:
        return None
    for style in word.styles.element.iterchildren(qn("w:style")):
        if style.get(qn("w:styleId")) == style_id:
            return style
    return None


def _numbering_of(word: WordDocument) -> BaseOxmlElement | None:
    """Return the part that says how lists look; python-docx would make one where there is none."""
    for relation in word.part.rels.values():
        if relation.reltype.endswith("/numbering") and not relation.is_external:
            return getattr(relation.target_part, "element", None)
    return None


def _said(properties: BaseOxmlElement | None) -> tuple[int | None, int | None]:
    if properties is None:
        return None, None
    values = [properties.find(qn(f"w:{name}")) for name in ("numId", "ilvl")]
    texts = [str(value.get(qn("w:val"))) if value is not None else "" for value in values]
    list_id, level = (int(text) if text.isdigit() else None for text in texts)
    return list_id, level
