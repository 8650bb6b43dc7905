"""What the elements and the styles of foreign HTML say about the words in them."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.html import HtmlElement

from tinymorph.text.document import Alignment, Inline
from tinymorph.text.formats.addresses import safe_address

DROPPED = frozenset(
    [
        "applet", "area", "audio", "base", "button", "canvas", "colgroup", "datalist", "embed",
        "frame", "frameset", "head", "iframe", "input", "link", "map", "meta", "noscript", "object",
        "optgroup", "option", "param", "progress", "script", "select", "source", "style", "svg",
        "template", "textarea", "title", "track", "video",
    ]
)  # fmt: skip
"""Elements of which nothing is words, or nothing is wanted."""

BLOCKS = frozenset(
    [
        "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "dir",
        "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup",
        "html", "legend", "main", "nav", "p", "section", "summary", "tbody", "td", "tfoot", "th",
        "thead", "tr",
    ]
)  # fmt: skip
"""Elements that stand on lines of their own and say nothing else about their words."""

KEPT_TAGS = frozenset(["abbr", "ins", "kbd", "mark", "samp", "small", "sub", "sup", "u"])
"""Inline elements that Markdown keeps as the HTML they are."""

_BOLD, _ITALIC = {"b", "strong"}, {"cite", "dfn", "em", "i", "var"}
_STRIKE, _CODE = {"del", "s", "strike"}, {"code", "tt"}
_STYLE = re.compile(r"([\w-]+)\s*:\s*([^;]+)")
_HEAVY = 600
"""Of font weights, the least that is bold."""


def styles_of(element: HtmlElement) -> dict[str, str]:
    """Return what an element's own style says."""
    found = _STYLE.findall(element.get("style") or "")
    return {name.lower(): value.strip().lower() for name, value in found}


def is_hidden(element: HtmlElement, styles: dict[str, str]) -> bool:
    """Say whether a reader of the page would not see the element."""
    is_list_sign = "ignore" in styles.get("mso-list", "")
    return (
        element.get("hidden") is not None
        or styles.get("display", "").startswith("none")
        or styles.get("visibility", "") == "hidden"
        or styles.get("mso-hide", "") == "all"
        or is_list_sign
    )


def marked(element: HtmlElement, styles: dict[str, str], marks: Inline) -> Inline:
    """Return the marks of the words in an element; `marks` are those around it."""
    name = str(element.tag)
    marks = replace(
        marks,
        bold=marks.bold or name in _BOLD,
        italic=marks.italic or name in _ITALIC,
        strike=marks.strike or name in _STRIKE,
        code=marks.code or name in _CODE,
    )
    if name == "a":
        address = safe_address(element.get("href"))
        if address is not None:
            marks = replace(marks, link=address, link_title=element.get("title") or "")
    return _styled(styles, marks)


def alignment_of(element: HtmlElement) -> Alignment:
    """Return which way a table's cell is aligned."""
    said = styles_of(element).get("text-align") or (element.get("align") or "").lower()
    match said:
        case "left" | "center" | "right":
            return said
        case "end":
            return "right"
        case _:
            return ""


def classes_of(element: HtmlElement) -> list[str]:
    """Return the names of an element's classes."""
    return str(element.get("class") or "").split()


def language_of(element: HtmlElement) -> str:
    """Return the language that a block of code names."""
    for each in (element, *element.iterdescendants("code")):
        for name in classes_of(each):
            if name.startswith(("language-", "lang-")):
                return name.split("-", 1)[1]
    return ""


def is_note_mark(element: HtmlElement) -> bool:
    """Say whether an element is a link to a footnote, as we and others write them."""
    return element.tag == "a" and (
        element.get("role") == "doc-noteref"
        or element.get("data-footnote-ref") is not None
        or not {"footnote-ref", "footnoteRef"}.isdisjoint(classes_of(element))
    )


def is_note_list(element: HtmlElement) -> bool:
    """Say whether an element holds the footnotes of its page."""
    return element.tag in {"section", "div", "aside"} and (
        element.get("role") == "doc-endnotes"
        or element.get("data-footnotes") is not None
        or "footnotes" in classes_of(element)
    )


def is_way_back(element: HtmlElement) -> bool:
    """Say whether an element leads from a footnote back to its mark."""
    return element.tag == "a" and (
        element.get("role") == "doc-backlink"
        or element.get("data-footnote-backref") is not None
        or not {"footnote-back", "footnote-backref"}.isdisjoint(classes_of(element))
    )


def _styled(styles: dict[str, str], marks: Inline) -> Inline:
    if weight := styles.get("font-weight"):
        is_heavy = weight.startswith("bold") or (weight.isdigit() and int(weight) >= _HEAVY)
        marks = replace(marks, bold=is_heavy)
    if slant := styles.get("font-style"):
        marks = replace(marks, italic=slant in {"italic", "oblique"})
    lines = styles.get("text-decoration", "") + styles.get("text-decoration-line", "")
    if "line-through" in lines:
        marks = replace(marks, strike=True)
    return marks
