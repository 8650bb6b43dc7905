"""Runs as they come out of foreign files, made one block's tidy runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tinymorph.text.document import Inline

_BREAK = re.compile(r"[ \t]*\n[ \t]*")


def joined(runs: Iterable[Inline]) -> list[Inline]:
    """Make one run of neighbours that look the same."""
    result: list[Inline] = []
    for run in runs:
        if result and not run.source and _marks(result[-1]) == _marks(run):
            result[-1] = replace(run, text=result[-1].text + run.text)
        elif run.text:
            result.append(run)
    return result


def tidy(runs: Iterable[Inline]) -> tuple[Inline, ...]:
    """Join equal neighbours, and let only one space stand between words and none at the ends."""
    spaced = _single_spaces(joined(runs))
    while spaced and not spaced[0].source and not spaced[0].text.lstrip(" \n"):
        del spaced[0]
    while spaced and not spaced[-1].source and not spaced[-1].text.rstrip(" \n"):
        del spaced[-1]
    if spaced and not spaced[0].source:
        spaced[0] = replace(spaced[0], text=spaced[0].text.lstrip(" \n"))
    if spaced and not spaced[-1].source:
        spaced[-1] = replace(spaced[-1], text=spaced[-1].text.rstrip(" \n"))
    return tuple(spaced)


def _single_spaces(runs: list[Inline]) -> list[Inline]:
    result: list[Inline] = []
    ends_blank = True
    for run in runs:
        if run.source:
            result.append(run)
            ends_blank = ends_blank and run.text.startswith("<")
            continue
        text = _BREAK.sub("\n", re.sub(" {2,}", " ", run.text))
        if ends_blank:
            text = text.lstrip(" ")
        if text.startswith("\n") and result and not result[-1].source:
            result[-1] = replace(result[-1], text=result[-1].text.rstrip(" "))
        if text:
            result.append(replace(run, text=text))
            ends_blank = text[-1] in " \n"
    return [run for run in result if run.text]


def _marks(run: Inline) -> Inline:
    return replace(run, text="")
