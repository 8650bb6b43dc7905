"""The styles of exported OpenDocument text: all that is said about looks is said here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from tinymorph.text.formats.xml_text import MARGIN_MM, PAPER_MM, Paper

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"),
        ("draw", "drawing"), ("svg", "svg-compatible"), ("fo", "xsl-fo-compatible"),
    )
) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip

MAX_LEVELS = 10
"""As many as lists are given here; deeper ones look like the last."""
MAX_QUOTES = 6
INDENT_CM = 0.64
ListKind = Literal["Bullets", "Numbers", "Tasks"]

_SERIF, _SANS, _MONO = "Liberation Serif", "Liberation Sans", "Liberation Mono"
_HEADING_SIZES = (18, 14, 12, 11, 10.5, 10.5)
_BULLETS = "\u2022\u25e6\u25aa"
_SHADE = 'fo:background-color="#f4f4f6" fo:padding="0.2cm" fo:border="none"'


def styles_part(paper: Paper, lists: Iterable[tuple[ListKind, int]]) -> str:
    """Return the part that holds the named styles, those of the lists given, and the page."""
    width, height = PAPER_MM[paper]
    margin = f'fo:margin="{MARGIN_MM}mm"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-styles {SPACES}'
        f' office:version="1.3"><office:font-face-decls>{"".join(_faces())}</office:font-face-decls>'
        f"<office:styles>{''.join(_named())}{''.join(_lists(lists))}</office:styles><office:automatic-styles>"
        f'<style:page-layout style:name="Page"><style:page-layout-properties'
        f' fo:page-width="{width}mm" fo:page-height="{height}mm" {margin}/></style:page-layout>'
        '</office:automatic-styles><office:master-styles><style:master-page style:name="Standard"'
        ' style:page-layout-name="Page"/></office:master-styles></office:document-styles>'
    )


def automatic_styles(right_to_left: set[str]) -> str:
    """Return the styles that the format keeps beside the text: of cells and of directions."""
    line = 'fo:border-bottom="0.5pt solid #bbbbc2" fo:padding="0.1cm" fo:padding-left="0.2cm" fo:padding-right="0.2cm"'
    cells = (
        '<style:style style:name="Table" style:family="table"><style:table-properties'
        ' table:align="margins" fo:margin-bottom="0.3cm"/></style:style>'
        f'<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties {line}/>'
        '</style:style><style:style style:name="HeadingCell" style:family="table-cell">'
        f'<style:table-cell-properties fo:border-top="0.5pt solid #bbbbc2" {line}/></style:style>'
        '<style:style style:name="Picture" style:family="graphic"><style:graphic-properties'
        ' style:vertical-pos="top" style:vertical-rel="baseline"/></style:style>'
    )
    directed = (
        f'<style:style style:name="{name}_rtl" style:family="paragraph" style:parent-style-name="{name}">'
        '<style:paragraph-properties style:writing-mode="rl-tb" fo:text-align="right"/></style:style>'
        for name in sorted(right_to_left)
    )
    return f"<office:automatic-styles>{cells}{''.join(directed)}</office:automatic-styles>"


def _faces() -> Iterator[str]:
    for name, family in ((_SERIF, "roman"), (_SANS, "swiss"), (_MONO, "modern")):
        yield (
            f'<style:font-face style:name="{name}" svg:font-family="\'{name}\'"'
            f' style:font-family-generic="{family}"/>'
        )


def _named() -> Iterator[str]:
    yield (
        '<style:default-style style:family="paragraph"><style:paragraph-properties'
        ' style:writing-mode="page"/><style:text-properties'
        f" {_font(_SERIF, 11)}/></style:default-style>"
    )
    yield _paragraph("Standard", "", "")
    yield _paragraph("Text_20_body", 'fo:margin-bottom="0.25cm" fo:line-height="125%"', "")
    yield from map(_heading, range(1, 7))
    tight = 'fo:margin-bottom="0.25cm" fo:line-height="125%" style:contextual-spacing="true"'
    yield _paragraph("List_20_Contents", tight, "")
    yield _paragraph("List_20_Continue", 'fo:margin-bottom="0.25cm" fo:line-height="125%"', "")
    yield from _quotations()
    code = f'{_SHADE} fo:margin="0.1cm" fo:margin-bottom="0.35cm"'
    yield _paragraph("Preformatted_20_Text", code, _font(_MONO, 9.5))
    source = 'fo:border="0.5pt dashed #bbbbc2" fo:padding="0.2cm" fo:margin="0.1cm" fo:margin-bottom="0.35cm"'
    yield _paragraph("Source", source, _font(_MONO, 9.5))
    rule = 'fo:border-bottom="0.75pt solid #bbbbc2" fo:margin-top="0.1cm" fo:margin-bottom="0.4cm"'
    yield _paragraph("Horizontal_20_Line", rule, 'fo:font-size="6pt"')
    hanging = 'fo:margin-left="0.5cm" fo:text-indent="-0.5cm"'
    yield _paragraph("Footnote", f'{hanging} fo:margin-bottom="0.05cm"', 'fo:font-size="9pt"')
    for name, marks in (("Table_20_Contents", ""), ("Table_20_Heading", 'fo:font-weight="bold"')):
        yield _paragraph(name, "", marks)
        for side, alignment in (("left", "left"), ("center", "center"), ("right", "end")):
            yield _paragraph(f"{name}_20_{side.title()}", f'fo:text-align="{alignment}"', marks)
    yield from _characters()
    yield (
        '<text:notes-configuration text:note-class="footnote" text:citation-style-name='
        '"Footnote_20_Symbol" text:citation-body-style-name="Footnote_20_anchor"'
        ' text:default-style-name="Footnote" style:num-format="1" text:start-value="0"'
        ' text:footnotes-position="page" text:start-numbering-at="document"/>'
    )


def _quotations() -> Iterator[str]:
    grey = 'fo:color="#5c5c66"'
    bar = 'fo:border-left="2pt solid #d8d8de" fo:padding-left="0.35cm" fo:line-height="125%"'
    for depth in range(1, MAX_QUOTES + 1):
        shift = f'fo:margin-left="{INDENT_CM * (depth - 1):.2f}cm" fo:margin-bottom="0.25cm"'
        yield _paragraph(quotation_style(depth), f"{bar} {shift}", grey)
    yield _paragraph("Quotations_20_List", f'{bar} fo:margin-bottom="0.25cm"', grey)


def quotation_style(depth: int) -> str:
    """Return the style of a paragraph in quotes; the deepest look like each other."""
    return "Quotations" if depth == 1 else f"Quotations_20_{min(depth, MAX_QUOTES)}"


def list_style(kind: ListKind, quotes: int) -> str:
    """Return the style of a list in so many quotes."""
    return f"{kind}_20_in_20_Quote_20_{quotes}" if quotes else kind


def _characters() -> Iterator[str]:
    raised = 'style:text-position="super 58%"'
    for name, properties in (
        ("Strong_20_Emphasis", 'fo:font-weight="bold" style:font-weight-complex="bold"'),
        ("Emphasis", 'fo:font-style="italic" style:font-style-complex="italic"'),
        ("Strikethrough", 'style:text-line-through-style="solid"'),
        ("Source_20_Text", f'{_font(_MONO, 10)} fo:background-color="#f4f4f6"'),
        ("Math_20_Source", _font(_MONO, 10)),
        (
            "User_20_Entry",
            f'{_font(_MONO, 9.5)} fo:border="0.5pt solid #bbbbc2" fo:padding="0.02cm"',
        ),
        ("Marked", 'fo:background-color="#fff1a8"'),
        ("Underlined", 'style:text-underline-style="solid"'),
        ("Subscript", 'style:text-position="sub 58%"'),
        ("Superscript", raised),
        ("Internet_20_link", 'fo:color="#1a5fb4" style:text-underline-style="solid"'),
        ("Footnote_20_Symbol", ""),
        ("Footnote_20_anchor", raised),
    ):
        yield (
            f'<style:style style:name="{name}" style:display-name="{name.replace("_20_", " ")}"'
            f' style:family="text"><style:text-properties {properties}/></style:style>'
        )


def _heading(level: int) -> str:
    above = 0.85 if level < 3 else 0.6
    form = f'fo:margin-top="{above}cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"'
    colour = ' fo:color="#5c5c66"' if level > 4 else ""
    marks = f'{_font(_SANS, _HEADING_SIZES[level - 1])} fo:font-weight="bold"{colour}'
    return _paragraph(f"Heading_20_{level}", form, marks).replace(
        " style:class=", f' style:default-outline-level="{level}" style:class='
    )


def _paragraph(name: str, form: str, marks: str) -> str:
    parent = ' style:parent-style-name="Standard"' if name != "Standard" else ""
    return (
        f'<style:style style:name="{name}" style:display-name="{name.replace("_20_", " ")}"'
        f' style:family="paragraph"{parent} style:class="text"><style:paragraph-properties {form}/>'
        f"<style:text-properties {marks}/></style:style>"
    )


def _lists(lists: Iterable[tuple[ListKind, int]]) -> Iterator[str]:
    for kind, quotes in sorted(set(lists)):
        levels = "".join(_level(kind, level, quotes) for level in range(1, MAX_LEVELS + 1))
        name = list_style(kind, quotes)
        shown = name.replace("_20_", " ")
        yield (
            f'<text:list-style style:name="{name}" style:display-name="{shown}">{levels}'
            "</text:list-style>"
        )


def _level(kind: ListKind, level: int, quotes: int) -> str:
    """Return how a list looks on a level; the tasks' boxes are their marks."""
    follow = "nothing" if kind == "Tasks" else "space" if quotes else "listtab"
    left = f"{INDENT_CM * (level + quotes):.2f}cm"
    place = (
        '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        f'<style:list-level-label-alignment text:label-followed-by="{follow}"'
        f' fo:text-indent="-{INDENT_CM}cm" fo:margin-left="{left}"'
        f' text:list-tab-stop-position="{left}"/></style:list-level-properties>'
    )
    if kind == "Bullets":
        bullet = _BULLETS[(level - 1) % len(_BULLETS)]
        look = f'text:level="{level}" text:bullet-char="{bullet}"'
        return f"<text:list-level-style-bullet {look}>{place}</text:list-level-style-bullet>"
    form = (
        'style:num-format="1" style:num-suffix="."' if kind == "Numbers" else 'style:num-format=""'
    )
    return (
        f'<text:list-level-style-number text:level="{level}" {form}>{place}'
        "</text:list-level-style-number>"
    )


def _font(name: str, points: float) -> str:
    size = f'fo:font-size="{points}pt" style:font-size-complex="{points}pt"'
    return f'style:font-name="{name}" style:font-name-complex="{name}" {size}'
