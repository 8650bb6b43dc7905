"""Keep the rewrite of an instruct model's reply and leave out what it says about it.

The rules are narrow on purpose: better a preamble that stays than a sentence that goes. None acts
on what the source has as well.
"""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"^\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_THOUGHT_END = "</think>"
_FENCE = re.compile(r"```[a-z]*\n(.*?)\n?```", re.DOTALL)

_MARK = r"(?:\*\*|#{1,6} +|__)?"
_YES = r"(?:(?:Sure|Certainly|Of course|Absolutely|Okay|OK)(?: thing)?[!,.:]? +)?"
_HERE = r"(?:Here(?:'s|\u2019s| +is)|This +is|Below +is) +(?:(?:a|an|the|your|my) +)?"
_WORKED_OVER = (
    r"(?i:re-?written|revised|paraphrased|rephrased|reworded|shortened|expanded|simplified"
    r"|modernized|corrected)"
)
_THING = r"(?i:version|passage|paragraph|text|sentence|heading|item|line)"
_REWRITE = rf"(?:{_WORKED_OVER} +{_THING}|(?i:paraphrase|rewrite|rewriting|rephrasing))"
_OF_WHAT = (
    r"(?: +of +(?:the|your|this|that)(?: +(?:original|given))? +(?:passage|text|paragraph|sentence))?"
    r"(?: +in +(?:other|simpler|plain|modern|archaic|different)(?: +(?:words|language|English))?)?"
)
_COLON = r" *(?::(?:\*\*|__)?|(?:\*\*|__):)"
_PREAMBLE = re.compile(rf"{_MARK}{_YES}(?:{_HERE})?{_REWRITE}{_OF_WHAT}{_COLON}\s*")
"""On the same line as the rewrite only words that a narrator hardly ever says."""
_PREAMBLE_LINE = re.compile(
    rf"{_MARK}{_YES}(?:{_HERE}[^\n]*|(?:Here +are|I(?:'ve|\u2019ve| +have)) [^\n]*"
    rf"|(?i:[a-z]+ +)?{_THING}{_OF_WHAT}){_COLON}[ \t]*\n\s*"
)
_AGREEMENT = re.compile(r"(?:Sure|Certainly|Of course|Absolutely)(?: thing)?[!,.:]? *\n\s*")
_NOTE = re.compile(
    r"\n\s*(?:[-*_]{3,}\s*(?:\n|\Z)|\(?(?:\*\*|\*|__|_)?(?:"
    r"Notes?|Explanation|Changes(?: +made)?|Key changes)(?:\*\*|\*|__|_)? *:"
    r"|(?:I(?:'ve|\u2019ve| +have) +(?:changed|kept|replaced|rewritten|used|made|tried|removed|added)"
    r"|Let me know +(?:if|whether)|I hope +(?:this|that) +helps|Feel free +to|Would you like +me"
    r"|This +(?:version|rewrite|paraphrase|revision) +(?:keeps|uses|maintains|retains|preserves"
    r"|changes|is)))"
)
_QUOTES = {'"': '"', "\u201c": "\u201d", "\u00ab": "\u00bb", "\u201e": "\u201c", "\u2018": "\u2019"}


def clean_reply(reply: str, source: str) -> str:
    """Return the rewrite itself, without the white space around it.

    Left out, in this order: thoughts, a fence around everything, preambles, notes that follow on a
    line of their own, quotes around everything. An ordinary sentence comes through unchanged.
    """
    text = _without_thoughts(reply) if "<think>" not in source else reply
    text = text.strip()
    fenced = _FENCE.fullmatch(text)
    if fenced and "```" not in source:
        text = fenced[1].strip()
    for rule in (_AGREEMENT, _PREAMBLE, _PREAMBLE_LINE):
        text = _without_start(text, source, rule)
    text = _without_note(text, source)
    return _without_quotes(text, source)


def _without_thoughts(text: str) -> str:
    """Drop what was thought aloud; one that was never ended leaves nothing."""
    text = _THOUGHT.sub("", text, count=1)
    return text.rpartition(_THOUGHT_END)[2]


def _without_start(text: str, source: str, rule: re.Pattern[str]) -> str:
    """Drop a preamble that the source does not begin with, unless nothing would be left."""
    match = rule.match(text)
    if match is None or rule.match(f"{source.strip()}\n") or not text[match.end() :].strip():
        return text
    return text[match.end() :]


def _without_note(text: str, source: str) -> str:
    match = _NOTE.search(text)
    return text if match is None or _NOTE.search(source) else text[: match.start()].rstrip()


def _without_quotes(text: str, source: str) -> str:
    """Drop one pair of quotes around everything, if it is one pair and the source begins without.

    '"Yes," he said. "No."' keeps its own: they do not belong together.
    """
    closing = _QUOTES.get(text[:1])
    if closing is None or not text.endswith(closing):
        return text
    inner = text[1:-1]
    are_one = not any(mark in inner for mark in (text[0], closing))
    is_sources = source.strip()[:1] in {*_QUOTES, "'"}
    return inner.strip() if are_one and inner.strip() and not is_sources else text
