"""The styles of exported Word documents: all that is said about looks is said here."""

from __future__ import annotations

from collections.abc import Iterable

from docx.document import Document as WordDocument
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml

INDENT = 360
"""Twentieths of a point, for each list and each quote."""
MAX_LEVELS = 9
"""As many as Word's lists have; deeper items stand on the last."""

TABLE_STYLE = "DocumentTable"
_MONO = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>'
_SANS = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Calibri"/>'
_SERIF = (
    '<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:eastAsia="Cambria" w:cs="Times New Roman"/>'
)
_SHADE = '<w:shd w:val="clear" w:color="auto" w:fill="F4F4F6"/>'
_HEADING_SIZES = (36, 28, 24, 22, 21, 21)
"""In half points, level by level."""


def add_styles(document: WordDocument, used: Iterable[str]) -> None:
    """Give a document our styles in place of those of the same names, as far as they are used."""
    styles = document.styles.element
    for definition in (*_fixed(), *(_by_depth(style_id) for style_id in sorted(set(used)))):
        if not definition:
            continue
        element = parse_xml(definition.replace("<w:style ", f"<w:style {nsdecls('w')} ", 1))
        for old in styles.findall(qn("w:style")):
            if old.get(qn("w:styleId")) == element.get(qn("w:styleId")):
                styles.remove(old)
        styles.append(element)


def quote_style(depth: int) -> str:
    """Return the style of a paragraph in quotes."""
    return "Quote" if depth == 1 else f"Quote{depth}"


def continuing_style(depth: int) -> str:
    """Return the style of a paragraph below the first words of a list item."""
    return "ListContinue" if depth == 1 else f"ListContinue{depth}"


def code_style(depth: int) -> str:
    """Return the style of code, `depth` list items deep."""
    return f"CodeinList{depth}" if depth else "Code"


def _paragraph(
    style_id: str, name: str, form: str, marks: str = "", based_on: str = "Normal"
) -> str:
    based = f'<w:basedOn w:val="{based_on}"/>' if based_on != style_id else ""
    default = ' w:default="1"' if style_id == "Normal" else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{style_id}"><w:name w:val="{name}"/>{based}'
        f"<w:qFormat/><w:pPr>{form}</w:pPr><w:rPr>{marks}</w:rPr></w:style>"
    )


def _character(style_id: str, name: str, marks: str) -> str:
    return (
        f'<w:style w:type="character" w:styleId="{style_id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr>{marks}</w:rPr></w:style>'
    )


def _fixed() -> Iterable[str]:
    normal = '<w:spacing w:before="0" w:after="140" w:line="288" w:lineRule="auto"/>'
    yield _paragraph("Normal", "Normal", normal, f'{_SERIF}<w:sz w:val="22"/><w:szCs w:val="22"/>')
    yield from map(_heading, range(1, 7))
    for style_id, name in (("ListBullet", "List Bullet"), ("ListNumber", "List Number")):
        yield _paragraph(style_id, name, "<w:contextualSpacing/>")
    rule = '<w:bottom w:val="single" w:sz="6" w:space="1" w:color="BBBBC2"/>'
    yield _paragraph(
        "HorizontalRule",
        "Horizontal Rule",
        f'<w:pBdr>{rule}</w:pBdr><w:spacing w:before="120" w:after="260" w:line="120"'
        ' w:lineRule="exact"/>',
    )
    yield _paragraph(
        "Code", "Code", _code_form(0), f'{_MONO}<w:sz w:val="19"/><w:szCs w:val="19"/>'
    )
    border = "".join(
        f'<w:{side} w:val="dashed" w:sz="4" w:space="4" w:color="BBBBC2"/>'
        for side in ("top", "left", "bottom", "right")
    )
    form = (
        f'<w:pBdr>{border}</w:pBdr><w:spacing w:before="60" w:after="200" w:line="252"'
        ' w:lineRule="auto"/><w:ind w:left="120" w:right="120"/>'
    )
    yield _paragraph("Source", "Source", form, f'{_MONO}<w:sz w:val="19"/><w:szCs w:val="19"/>')
    yield from _table_styles()
    yield _paragraph(
        "FootnoteText", "footnote text", '<w:spacing w:after="40"/>', '<w:sz w:val="18"/>'
    )
    yield _character("Hyperlink", "Hyperlink", '<w:color w:val="1A5FB4"/><w:u w:val="single"/>')
    yield _character("CodeCharacter", "Code Character", f'{_MONO}<w:sz w:val="20"/>{_SHADE}')
    yield _character("MathSource", "Math Source", f'{_MONO}<w:sz w:val="20"/>')
    yield _character("Keyboard", "Keyboard", f'{_MONO}<w:sz w:val="19"/>'
                     '<w:bdr w:val="single" w:sz="4" w:space="0" w:color="BBBBC2"/>')  # fmt: skip
    yield _character(
        "FootnoteReference", "footnote reference", '<w:vertAlign w:val="superscript"/>'
    )


def _heading(level: int) -> str:
    size = _HEADING_SIZES[level - 1]
    form = (
        f'<w:keepNext/><w:keepLines/><w:spacing w:before="{480 if level < 3 else 320}" w:after="120"'
        f' w:line="252" w:lineRule="auto"/><w:outlineLvl w:val="{level - 1}"/>'
    )
    colour = '<w:color w:val="5C5C66"/>' if level > 4 else ""
    marks = f'{_SANS}<w:b/><w:bCs/>{colour}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return _paragraph(f"Heading{level}", f"heading {level}", form, marks).replace(
        "<w:qFormat/>", '<w:next w:val="Normal"/><w:qFormat/>'
    )


def _table_styles() -> Iterable[str]:
    plain = '<w:spacing w:before="40" w:after="40" w:line="252" w:lineRule="auto"/>'
    yield _paragraph("TableText", "Table Text", plain)
    yield _paragraph(
        "TableHeading", "Table Heading", "<w:keepNext/>", "<w:b/><w:bCs/>", "TableText"
    )
    for base, name in (("TableText", "Table Text"), ("TableHeading", "Table Heading")):
        for side in ("left", "center", "right"):
            form = f'<w:jc w:val="{side}"/>'
            yield _paragraph(f"{base}{side.title()}", f"{name} {side.title()}", form, "", base)
    yield _paragraph(
        "TableGap", "Table Gap", '<w:spacing w:after="0" w:line="140" w:lineRule="exact"/>'
    )
    line = 'w:val="single" w:sz="4" w:space="0" w:color="BBBBC2"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "bottom", "insideH"))
    yield (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE}">'
        '<w:name w:val="Document Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr>"
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr></w:tblStylePr></w:style>'
    )


def _by_depth(style_id: str) -> str:
    """Return the definition of a style that is only there when something is so deep."""
    name = style_id.rstrip("0123456789")
    depth = int(style_id[len(name) :] or 1)
    match name:
        case "Quote":
            bar = '<w:left w:val="single" w:sz="18" w:space="10" w:color="D8D8DE"/>'
            form = f'<w:pBdr>{bar}</w:pBdr><w:ind w:left="{INDENT * depth}"/>'
            shown = "Quote" if depth == 1 else f"Quote {depth}"
            return _paragraph(style_id, shown, form, '<w:color w:val="5C5C66"/>')
        case "ListContinue":
            shown = "List Continue" if depth == 1 else f"List Continue {depth}"
            return _paragraph(style_id, shown, f'<w:ind w:left="{INDENT * depth}"/>')
        case "CodeinList":
            return _paragraph(style_id, f"Code in List {depth}", _code_form(depth), "", "Code")
        case _:
            return ""


def _code_form(depth: int) -> str:
    """Return the form of code: a shade, and a border of its colour that gives it air."""
    sides = ("top", "left", "bottom", "right")
    line = 'w:val="single" w:sz="4" w:space="5" w:color="F4F4F6"'
    borders = "".join(f"<w:{side} {line}/>" for side in sides)
    return (
        f'<w:pBdr>{borders}</w:pBdr>{_SHADE}<w:spacing w:before="60" w:after="200" w:line="252"'
        f' w:lineRule="auto"/><w:ind w:left="{120 + INDENT * depth}" w:right="120"/>'
    )
