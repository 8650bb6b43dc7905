"""HTML in one form, as the CommonMark test suite brings it there before it compares two."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
_BLOCK_NAMES = """article header aside hgroup blockquote hr iframe body li map button object canvas ol
caption output col p colgroup pre dd progress div section dl table td dt tbody embed textarea
fieldset tfoot figcaption th figure thead footer tr form ul h1 h2 h3 h4 h5 h6 video script
style"""
_BLOCK = frozenset(_BLOCK_NAMES.split())
_SPACE = re.compile(r"\s+")


def normal_html(html: str) -> str:
    """Return HTML with its attributes sorted and the white space gone that does not show."""
    parser = _Normalizer()
    parser.feed(html)
    parser.close()
    return parser.output


class _Normalizer(HTMLParser):
    """Write out what is read, in one form."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.output = ""
        self._last = "starttag"
        self._last_tag = ""
        self._in_pre = False

    def handle_data(self, data: str) -> None:
        """Write text, with one space for many."""
        is_after_tag = self._last in {"starttag", "endtag"}
        if is_after_tag and self._last_tag == "br":
            data = data.lstrip("\n")
        if not self._in_pre:
            data = _SPACE.sub(" ", data)
        if is_after_tag and self._last_tag in _BLOCK and not self._in_pre:
            data = data.lstrip() if self._last == "starttag" else data.strip()
        self.output += data
        self._last = "data"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag with its attributes in order."""
        if tag == "pre":
            self._in_pre = True
        if tag in _BLOCK:
            self.output = self.output.rstrip()
        self.output += f"<{tag}"
        for name, value in sorted(attrs, key=lambda pair: pair[0]):
            self.output += f" {name}"
            if value is not None:
                self.output += f'="{escape(value, quote=True)}"'
        self.output += ">"
        self._last_tag = tag
        self._last = "starttag"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an empty tag as one that opens."""
        self.handle_starttag(tag, attrs)
        self._last_tag = tag
        self._last = "endtag"

    def handle_endtag(self, tag: str) -> None:
        """Close a tag."""
        if tag == "pre":
            self._in_pre = False
        elif tag in _BLOCK:
            self.output = self.output.rstrip()
        self.output += f"</{tag}>"
        self._last_tag = tag
        self._last = "endtag"

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.output += f"<!--{data}-->"
        self._last = "comment"

    def handle_decl(self, decl: str) -> None:
        """Keep a declaration."""
        self.output += f"<!{decl}>"
        self._last = "decl"

    def unknown_decl(self, data: str) -> None:
        """Keep what looks like a declaration."""
        self.output += f"<![{data}]]>"
        self._last = "decl"

    def handle_pi(self, data: str) -> None:
        """Keep an instruction."""
        self.output += f"<?{data}>"
        self._last = "pi"

    def handle_entityref(self, name: str) -> None:
        """Keep an entity as the renderer wrote it."""
        self.output += f"&{name};"
        self._last = "ref"

    def handle_charref(self, name: str) -> None:
        """Keep a character's number as the renderer wrote it."""
        self.output += f"&#{name};"
        self._last = "ref"
