"""A stretch of text."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tinymorph.schema.base import Frozen


class Span(Frozen):
    """Characters `start` to `end` (exclusive) of a text."""

    start: int = Field(ge=0)
    """First character, as a Python string index (never a Qt position)."""
    end: int
    """One past the last character."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            msg = f"span ends before it starts: {self.start}..{self.end}"
            raise ValueError(msg)
        return self

    def touches(self, other: Span) -> bool:
        """Say whether the two have a character in common."""
        return self.start < other.end and other.start < self.end

    def of(self, text: str) -> str:
        """Return the characters of `text` that lie in this span."""
        return text[self.start : self.end]
