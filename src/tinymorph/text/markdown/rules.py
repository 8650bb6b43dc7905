"""What our parser knows beyond the library's: rules that keep a piece's own characters."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import MD_TRIM_CHARS, mdTrim, normalizeReference
from markdown_it.rules_block import StateBlock, heading, lheading, paragraph, reference
from markdown_it.rules_block.blockquote import blockquote
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath.index import math_block_dollar, math_inline_dollar

SOURCE = "source"
"""In a token's `meta`: its exact characters, without the markers of what it stands in."""
WIDE = "wide"
"""In the environment: whether the source holds spaces that the library takes for outer ones."""
MAX_KEPT_LEVEL = 40
"""Below it a quote's characters are not kept by themselves; more is not shown as rich text."""
OVERFULL = "overfull"
"""In a table's `meta`: it has cells that no column shows, or space that the parser drops."""

_FOOTNOTE = re.compile(r"\[\^([^\[\]\s\\]+)\]:")
_FOOTNOTE_MARK = re.compile(r"\[\^[^\[\]\s\\]+\](?!\()(?:(?=\[([^\[\]]{1,999})\]))?")
_WIDE = "".join(character for character in MD_TRIM_CHARS if character not in " \t\r\n")
_WIDE_SPACE = re.compile(f"[{re.escape(_WIDE)}]")
_WIDE_AT_EDGE = re.compile(
    rf"(?:\A|(?<!\\)\|)[ \t]*[{re.escape(_WIDE)}]|[{re.escape(_WIDE)}][ \t]*(?:\||\Z)"
)
_HEADING_WORDS = re.compile(r"#{1,6}[ \t]*(.*?)(?:(?:\A|[ \t]+)#+)?[ \t]*\Z", re.DOTALL)

_ENDED = ["paragraph", "reference", "blockquote"]
"""What most blocks end when they begin below it."""


def add_rules(parser: MarkdownIt) -> None:
    """Teach a CommonMark parser what we know: footnotes, math, definitions, wide spaces."""
    parser.enable(["strikethrough", "table"])
    block = parser.block.ruler
    block.at("reference", _definition)
    block.at("paragraph", _paragraph)
    block.at("heading", _heading, {"alt": _ENDED})
    block.at("lheading", _lheading)
    block.at("table", _table, {"alt": ["paragraph", "reference"]})
    block.at("blockquote", _blockquote, {"alt": [*_ENDED, "list"]})
    block.before("fence", "math_block", _math_block)
    block.before("reference", "footnote_definition", _footnote_definition, {"alt": _ENDED})
    inline = parser.inline.ruler
    inline.before("escape", "math_inline", math_inline_dollar(False, False))
    inline.before("link", "footnote_mark", _footnote_mark)


def has_wide_space(source: str) -> bool:
    """Say whether a source holds spaces that the library takes for outer ones."""
    return _WIDE_SPACE.search(source) is not None


def _definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Let a link reference definition leave a token, so that it is not lost from the text."""
    if not reference(state, start_line, end_line, silent):
        return False
    if not silent:
        token = state.push("definition", "", 0)
        token.map = [start_line, state.line]
        token.content = _lines(state, start_line)
    return True


def _paragraph(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    paragraph(state, start_line, end_line, silent)
    if state.env.get(WIDE):
        _keep_wide_space(state, _lines(state, start_line).strip(" \t\n"))
    return True


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if not heading(state, start_line, end_line, silent):
        return False
    if not silent and state.env.get(WIDE):
        words = _HEADING_WORDS.match(getLine(state, start_line))
        _keep_wide_space(state, words[1] if words else "")
    return True


def _lheading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if not lheading(state, start_line, end_line, silent):
        return False
    if state.env.get(WIDE):
        words = state.getLines(start_line, state.line - 1, state.blkIndent, keepLastLF=False)
        _keep_wide_space(state, words.strip(" \t\n"))
    return True


def _keep_wide_space(state: StateBlock, words: str) -> None:
    """Give the words just parsed back the wide spaces at their ends, which are no markup."""
    token = state.tokens[-2]
    if token.content != words and token.content == mdTrim(words):
        token.content = words


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    first = len(state.tokens)
    if not table(state, start_line, end_line, silent):
        return False
    if not silent:
        lines = [getLine(state, line) for line in range(start_line, state.line)]
        columns = _width(lines[0])
        hides = any(_width(line) > columns for line in lines[2:])
        hides |= bool(state.env.get(WIDE)) and any(map(_WIDE_AT_EDGE.search, lines))
        state.tokens[first].meta = {SOURCE: _lines(state, start_line), OVERFULL: hides}
    return True


def _width(line: str) -> int:
    """Return the number of cells in a table's row, as the parser counts them."""
    columns = escapedSplit(mdTrim(line))
    return len(columns) - (not columns[0]) - (len(columns) > 1 and not columns[-1])


def _blockquote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Keep the characters of a quote in a list item or quote, which may be shown as source."""
    first, level = len(state.tokens), state.level
    is_in_list = state.listIndent >= 0
    keeps = not silent and 0 < level <= MAX_KEPT_LEVEL and not state.env.get("keeps_quote")
    if keeps and is_in_list:
        state.env["keeps_quote"] = True  # those within are kept with it
    try:
        found = blockquote(state, start_line, end_line, silent)
    finally:
        if keeps and is_in_list:
            state.env["keeps_quote"] = False
    if found and keeps:
        state.tokens[first].meta = {SOURCE: _lines(state, start_line)}
    return found


_find_math = math_block_dollar(allow_labels=True, allow_blank_lines=False)


def _math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if silent or not _find_math(state, start_line, end_line, silent):
        return False
    state.tokens[-1].meta = {SOURCE: _lines(state, start_line)}
    return True


def _footnote_definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Take a footnote's text as one token, with the indented paragraphs below it."""
    if state.is_code_block(start_line) or not _footnote_at(state, start_line):
        return False
    if silent:
        return True
    line, last = start_line + 1, start_line + 1
    after_blank = False
    while line < end_line:
        if state.isEmpty(line):
            after_blank = True
        elif state.sCount[line] - state.blkIndent < 4 and (after_blank or _ends(state, line)):
            break
        else:
            last = line + 1
        line += 1
    state.line = last
    token = state.push("footnote_definition", "", 0)
    token.map = [start_line, last]
    token.content = _lines(state, start_line)
    return True


def _ends(state: StateBlock, line: int) -> bool:
    """Say whether a line ends the paragraph above it."""
    if state.sCount[line] < state.blkIndent:
        return True
    parent, state.parentType = state.parentType, "paragraph"
    rules = state.md.block.ruler.getRules("paragraph")
    ends = any(rule(state, line, state.lineMax, True) for rule in rules)
    state.parentType = parent
    return ends


def _footnote_at(state: StateBlock, line: int) -> re.Match[str] | None:
    start = state.bMarks[line] + state.tShift[line]
    return _FOOTNOTE.match(state.src, start, state.eMarks[line])


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    """Take `[^label]` as one token, unless it is the text of a link."""
    if state.src[state.pos] != "[":
        return False
    found = _FOOTNOTE_MARK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if found[1] and normalizeReference(found[1]) in state.env.get("references", {}):
        return False  # the text of a link to what stands in the second brackets
    if not silent:
        state.push("footnote_mark", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _lines(state: StateBlock, start_line: int) -> str:
    """Return the characters of the lines just parsed, without what they are nested in."""
    text = state.getLines(start_line, state.line, state.blkIndent, keepLastLF=False)
    end = text.find("\n", len(text.rstrip(" \t\n")))
    return text if end < 0 else text[:end]
