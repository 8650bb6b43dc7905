"""The words of a Word paragraph with their marks, links, notes and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from tinymorph.text.document import PICTURE, Image, Inline
from tinymorph.text.formats.addresses import safe_address

MONOSPACED = frozenset(
    ["consolas", "courier", "courier new", "dejavu sans mono", "liberation mono", "menlo", "monaco"]
)
_CODE_STYLES = frozenset(["code character", "verbatim char", "html code", "source text", "code"])
_KEY_STYLES = frozenset(["keyboard", "html keyboard", "user entry"])
_HYPERLINK = re.compile(r'^\s*HYPERLINK\s+(?:(\\l)\s+)?"([^"]*)"(?:\s+\\l\s+"([^"]*)")?')
_DROPPED = frozenset(
    qn(f"w:{name}")
    for name in (
        "del",
        "moveFrom",
        "pPr",
        "rPr",
        "sdtPr",
        "delText",
        "delInstrText",
        "annotationRef",
    )
)
_TAGS = ("kbd", "sub", "sup", "mark", "u")
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """What a character style says."""

    name: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    align: str = ""
    font: str = ""


@dataclass(slots=True)
class RunReader:
    """Read the paragraphs of one part."""

    part: Part
    styles: Mapping[str, MarkStyle]
    pictures: dict[str, bytes]
    """Filled with the pictures met, by the names they are to have."""
    folder: str
    """Where the pictures will lie, for the document; empty if they are not wanted."""
    has_tracked_changes: bool = False
    left_out_pictures: int = 0
    boxes: list[BaseOxmlElement] = field(default_factory=list[BaseOxmlElement])
    """The text boxes met, which stand beside the paragraph."""
    checked: bool | None = None
    """The state of the last box to tick that was met."""
    _fields: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    """The fields that are open: what they do, and whether their result has begun."""

    def read(self, element: BaseOxmlElement, link: str | None = None) -> Iterator[Inline]:
        """Yield the runs in an element."""
        for child in element:
            tag = child.tag
            if tag in {qn("w:ins"), qn("w:del"), qn("w:moveFrom"), qn("w:moveTo")}:
                self.has_tracked_changes = True
            if tag in _DROPPED or tag == _MC_FALLBACK:
                continue
            if tag == qn("w:r"):
                yield from self._run(child, link)
            elif tag == qn("w:hyperlink"):
                yield from self.read(child, self._target(child))
            elif tag == qn("w:fldSimple"):
                found = _HYPERLINK.match(str(child.get(qn("w:instr")) or ""))
                yield from self.read(child, _field_target(found) or link)
            elif tag == qn("w:sdt"):
                self._note_checkbox(child)
                yield from self.read(child, link)
            elif tag == _MATH:
                yield Inline("".join(each.text or "" for each in child.iter(_MATH_TEXT)))
            elif isinstance(tag, str):
                yield from self.read(child, link)

    def _run(self, run: BaseOxmlElement, link: str | None) -> Iterator[Inline]:
        properties = run.find(qn("w:rPr"))
        if properties is not None and _is_on(properties, "vanish"):
            return
        for kind, target in self._fields:
            link = target_of(kind) or link if target else link
        marks, tags = self._marks(properties, link)
        words = list(self._contents(run, marks))
        if not any(piece.text.strip() for piece in words) or words[0].source:
            tags = []
        for name in tags:
            yield replace(marks, text=f"<{name}>", source=True)
        yield from words
        for name in reversed(tags):
            yield replace(marks, text=f"</{name}>", source=True)

    def _contents(self, run: BaseOxmlElement, marks: Inline) -> Iterator[Inline]:
        for child in run:
            name = str(child.tag).rpartition("}")[2]
            is_hidden = any(not begun for _, begun in self._fields)
            match name:
                case "t" if not is_hidden:
                    yield replace(marks, text=child.text or "")
                case "br" | "cr" if child.get(qn("w:type")) not in {"page", "column"}:
                    yield replace(marks, text="\n")
                case "tab" | "ptab":
                    yield replace(marks, text="\t" if marks.code else " ")
                case "noBreakHyphen":
                    yield replace(marks, text="\u2011")
                case "sym":
                    yield replace(marks, text=_symbol(child))
                case "footnoteReference" | "endnoteReference":
                    sign = "" if name == "footnoteReference" else "e"
                    yield Inline(f"[^{sign}{child.get(qn('w:id'))}]", source=True)
                case "fldChar" | "instrText":
                    self._follow_field(child, name)
                case "drawing" | "pict" | "object" | "AlternateContent":
                    yield from self._drawn(child, marks)
                case _:
                    pass

    def _follow_field(self, element: BaseOxmlElement, name: str) -> None:
        if name == "instrText":
            if self._fields:
                kind, begun = self._fields[-1]
                self._fields[-1] = (kind + (element.text or ""), begun)
            return
        match element.get(qn("w:fldCharType")):
            case "begin":
                self._fields.append(("", False))
            case "separate" if self._fields:
                self._fields[-1] = (self._fields[-1][0], True)
            case "end" if self._fields:
                self._fields.pop()
            case _:
                pass

    def _drawn(self, element: BaseOxmlElement, marks: Inline) -> Iterator[Inline]:
        """Yield the pictures of a drawing; its text boxes are kept for after the paragraph."""
        for each in _without_fallback(element):
            name = str(each.tag).rpartition("}")[2]
            if name == "txbxContent":
                self.boxes.append(each)
            elif name in {"blip", "imagedata"}:
                relation = each.get(qn("r:embed")) or each.get(qn("r:id"))
                described = element.xpath("string((.//*[local-name()='docPr'])[1]/@descr)")
                yield from self._picture(str(relation or ""), str(described or ""), marks)

    def _picture(self, relation_id: str, words: str, marks: Inline) -> Iterator[Inline]:
        relation = self.part.rels.get(relation_id)
        if relation is None or relation.is_external:
            yield replace(marks, text=words)
            return
        data = relation.target_part.blob
        name = str(relation.target_part.partname).rpartition("/")[2]
        if not self.folder:
            self.left_out_pictures += 1
            yield replace(marks, text=words)
            return
        self.pictures[name] = data
        yield replace(marks, text=PICTURE, image=Image(f"{self.folder}/{name}", words))

    def _target(self, element: BaseOxmlElement) -> str | None:
        anchor, relation_id = element.get(qn("w:anchor")), element.get(qn("r:id"))
        relation = self.part.rels.get(str(relation_id)) if relation_id else None
        if relation is not None and relation.is_external:
            target = relation.target_ref + (f"#{anchor}" if anchor else "")
            return safe_address(target)
        return f"#{anchor}" if anchor else None

    def _note_checkbox(self, element: BaseOxmlElement) -> None:
        for each in element.xpath(
            "./*[local-name()='sdtPr']/*[local-name()='checkbox']/*[local-name()='checked']"
        ):
            self.checked = next(iter(each.attrib.values()), "0") in {"1", "true", "on"}

    def _marks(
        self, properties: BaseOxmlElement | None, link: str | None
    ) -> tuple[Inline, list[str]]:
        """Return a run's marks, and the names of the elements that say the rest."""
        if properties is None:
            return Inline("", link=link), []
        style = properties.find(qn("w:rStyle"))
        said = self.styles.get(
            str(style.get(qn("w:val"))) if style is not None else "", MarkStyle("")
        )
        name = said.name.lower()
        fonts = properties.find(qn("w:rFonts"))
        font = str(fonts.get(qn("w:ascii")) or "").lower() if fonts is not None else said.font
        marks = Inline(
            "",
            bold=_is_on(properties, "b", default=said.bold),
            italic=_is_on(properties, "i", default=said.italic),
            code=name in _CODE_STYLES or (font in MONOSPACED and name not in _KEY_STYLES),
            strike=_is_on(properties, "strike", default=said.strike)
            or _is_on(properties, "dstrike"),
            link=link,
        )
        align = _value(properties, "vertAlign") or said.align
        underline = _value(properties, "u")
        tags = {
            "kbd": name in _KEY_STYLES,
            "sub": align == "subscript",
            "sup": align == "superscript",
            "mark": _value(properties, "highlight") not in {"", "none"},
            "u": underline not in {"", "none"} and link is None,
        }
        if name == "math source":
            return replace(marks, source=True, code=False), []
        return marks, [tag for tag in _TAGS if tags[tag] and not marks.code]


def target_of(instruction: str) -> str | None:
    """Return where a field leads; None if it is no link."""
    return _field_target(_HYPERLINK.match(instruction))


def _field_target(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    if found[1]:
        return f"#{found[2]}"
    return safe_address(found[2] + (f"#{found[3]}" if found[3] else ""))


def _without_fallback(element: BaseOxmlElement) -> Iterator[BaseOxmlElement]:
    """Yield what is in an element, without what stands there for older programs, or in boxes."""
    for child in element:
        if child.tag == _MC_FALLBACK or not isinstance(child.tag, str):
            continue
        yield child
        if not child.tag.endswith("}txbxContent"):
            yield from _without_fallback(child)


def _is_on(properties: BaseOxmlElement, name: str, *, default: bool = False) -> bool:
    element = properties.find(qn(f"w:{name}"))
    if element is None:
        return default
    return element.get(qn("w:val")) not in {"0", "false", "off", "none"}


def _value(properties: BaseOxmlElement, name: str) -> str:
    element = properties.find(qn(f"w:{name}"))
    return str(element.get(qn("w:val")) or "") if element is not None else ""


def _symbol(element: BaseOxmlElement) -> str:
    """Return a character of a symbol font, where it means the same in every font."""
    try:
        code = int(str(element.get(qn("w:char"))), 16)
    except ValueError:
        return ""
    return "\u2022" if 0xF000 <= code <= 0xF0FF else chr(code)
