"""Words so ordinary that they can be written and read again without looking."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinymorph.text.document import Inline

_SYNTAX = re.compile(r"[\\`*_\[\]<>&~|$\n#^]")
_START = re.compile(r"(?!\d)[\w“‘„«(—–]")
_SIMPLE_CODE = re.compile(r"[^`\s|\\](?:[^`|\n\\]*[^`\s|\\])?")
_SIMPLE_TARGET = re.compile(r"[\w/#.:?=%@+,;!-]+")


def is_plain(inlines: Sequence[Inline]) -> bool:
    """Say whether words hold nothing that Markdown could take for syntax."""
    if not inlines:
        return True
    only = inlines[0]
    return len(inlines) == 1 and only == Inline(only.text) and _is_plain_text(only.text)


def begins_ordinarily(inlines: Sequence[Inline]) -> bool:
    """Say whether the first words could not be taken for a block of another kind."""
    if not inlines:
        return True
    first = inlines[0]
    is_marked = first != Inline(first.text)
    return is_marked or _START.match(first.text) is not None


def is_ordinary(inlines: Sequence[Inline]) -> bool:
    """Say whether marked words can be written in one obvious way.

    They hold no character of Markdown's syntax, and have one mark at a time, which begins and
    ends at a letter or digit, between characters that are neither.
    """
    for index, run in enumerate(inlines):
        marks = run.bold + run.italic + run.strike + (run.link is not None) + run.code
        if marks > 1 or run.source or run.image or run.link_title:
            return False
        if not (_SIMPLE_CODE.fullmatch(run.text) if run.code else _has_no_syntax(run.text)):
            return False
        if marks and not _stands_alone(inlines, index):
            return False
    return not inlines or not (inlines[0].text[:1].isspace() or inlines[-1].text[-1:].isspace())


def _is_plain_text(text: str) -> bool:
    if not _START.match(text) or _SYNTAX.search(text):
        return False
    return not text[-1].isspace()


def _has_no_syntax(text: str) -> bool:
    return _SYNTAX.search(text) is None


def _stands_alone(inlines: Sequence[Inline], index: int) -> bool:
    run = inlines[index]
    before = inlines[index - 1].text[-1:] if index else ""
    after = inlines[index + 1].text[:1] if index + 1 < len(inlines) else ""
    if before.isalnum() or after.isalnum() or before == "!":
        return False
    if run.link is not None and not _SIMPLE_TARGET.fullmatch(run.link):
        return False
    return run.code or (run.text[:1].isalnum() and run.text[-1:].isalnum())
