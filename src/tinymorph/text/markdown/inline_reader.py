"""The parsed words of a paragraph, heading or cell to marked runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from tinymorph.text.document import PICTURE, Image, Inline
from tinymorph.text.markdown.inlines import WHITE, normal_inlines
from tinymorph.text.markdown.parser import References, spans

Runs = tuple[Inline, ...]

_UNSHOWABLE = "\x00"
"""Begins a run for something that a run cannot hold; no parsed text has this character."""

_SPACED = re.compile(r"</?(?:pre|textarea)\b", re.IGNORECASE)
"""Tags between which line ends count, which no run can hold."""


def runs_of(content: str, references: References) -> Runs:
    """Return the normal runs that some words say; TooDeepError if they cannot be parsed."""
    walk = _Walk()
    for token in spans(content, references):
        walk.take(token)
    walk.end_words()
    return normal_inlines(walk.runs)


def are_showable(runs: Iterable[Inline]) -> bool:
    """Say whether the runs hold all that the words say."""
    return all(_UNSHOWABLE not in run.text for run in runs)


@dataclass(slots=True)
class _Walk:
    """Turn inline tokens into runs, remembering only the marks that are open."""

    runs: list[Inline] = field(default_factory=list[Inline])
    depth: dict[str, int] = field(default_factory=lambda: {"strong": 0, "em": 0, "s": 0})
    link: tuple[str | None, str] = (None, "")
    link_start: int = 0
    last_link: tuple[str | None, str, int] = (None, "", -1)
    """The link before, and where it ended."""

    words: list[str] = field(default_factory=list[str])
    """Characters that go on with each other and are no run yet."""

    def take(self, token: Token) -> None:
        """Take one token."""
        match token.type:
            case "text":
                self.words.append(token.content.replace("\n", " "))  # an entity is no line's end
                return
            case "softbreak" | "hardbreak":
                self.words.append(" " if token.type == "softbreak" else "\n")
                return
            case _:
                self.end_words()
        match token.type:
            case "code_inline":
                self._add(token.content, code=True)
            case "link_open" | "link_close":
                self._take_link(token)
            case "image":
                target, title = str(token.attrGet("src") or ""), str(token.attrGet("title") or "")
                self._add(PICTURE, image=Image(target, _alt_of(token.children or ()), title))
            case "math_inline":
                self._add(f"${token.content}$", source=True)
            case "html_inline" | "footnote_mark" if not _SPACED.match(token.content):
                self._add(token.content, source=True)
            case _ if token.tag in self.depth and token.nesting:
                self._take_mark(token)
            case _:
                self._add_unshowable(f"{token.type} {token.content}")

    def end_words(self) -> None:
        """Make a run of the characters so far."""
        if self.words:
            self._add("".join(self.words))
            self.words.clear()

    def _take_mark(self, token: Token) -> None:
        self.depth[token.tag] += token.nesting
        if token.nesting > 0 and self.depth[token.tag] > 1:
            self._add_unshowable("a mark in itself")

    def _take_link(self, token: Token) -> None:
        if token.nesting > 0:
            target, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
            self.link, self.link_start = (target, title), len(self.runs)
            if self.last_link == (target, title, len(self.runs)):
                self._add_unshowable("a second link to the same place")
            return
        if not "".join(run.text for run in self.runs[self.link_start :]).strip(WHITE):
            self._add_unshowable(f"a link to {self.link} without words")
        self.last_link = (*self.link, len(self.runs))
        self.link = (None, "")

    def _add_unshowable(self, what: str) -> None:
        self._add(_UNSHOWABLE + what, code=True)

    def _add(
        self, text: str, *, code: bool = False, image: Image | None = None, source: bool = False
    ) -> None:
        if not text:
            return
        marks = (self.depth["strong"] > 0, self.depth["em"] > 0, code, self.depth["s"] > 0)
        self.runs.append(Inline(text, *marks, *self.link, image, source))


def _alt_of(children: Sequence[Token]) -> str:
    """Return what a picture's description reads as, without its marks."""
    parts: list[str] = []
    for token in children:
        match token.type:
            case "image":
                parts.append(_alt_of(token.children or ()))
            case "softbreak" | "hardbreak":
                parts.append(" ")
            case "math_inline":
                parts.append(f"${token.content}$")
            case _:
                parts.append(token.content)
    return "".join(parts).replace("\n", " ")
