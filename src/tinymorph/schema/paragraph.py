"""A paragraph as it was at one moment."""

from __future__ import annotations

from tinymorph.schema.base import Frozen


class ParagraphSnapshot(Frozen):
    """The words of a paragraph at one revision."""

    paragraph_id: str
    revision: int
    """Goes up by one on every edit of this paragraph; a reply for an older one is stale."""
    text: str
