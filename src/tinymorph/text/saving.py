"""A document's blocks back into its file, changing only what the writer changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import FileProblemError
from tinymorph.text.document import Block, Document
from tinymorph.text.files import OpenedText, has_changed_on_disk, save_atomically
from tinymorph.text.markdown import write_markdown
from tinymorph.text.markdown.compose import MismatchError, compose
from tinymorph.text.markdown.slices import Source

log = logging.getLogger(__name__)


class ChangedOnDiskError(FileProblemError):
    """Another program wrote the file since it was read; nothing was saved."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be saved: the blocks as they are now, and the source they came from."""

    source: Source
    blocks: Sequence[Block]

    def text(self) -> str:
        """Return the Markdown; MismatchError if it would not read as the blocks."""
        return compose(self.source, self.blocks)

    def text_at_any_price(self) -> str:
        """Return the Markdown, in our writer's manner throughout if it must be."""
        try:
            return self.text()
        except MismatchError:
            log.exception("a document could not be written back in its own manner")
            return write_markdown(Document(tuple(self.blocks)))


def save_draft(
    path: Path, draft: Draft, opened: OpenedText | None, *, may_replace: bool = False
) -> OpenedText:
    """Save a draft to its file; return what the file now is.

    ChangedOnDiskError if the file is no longer `opened`, unless it may be replaced. Where the
    words cannot be written so that they read as they should, they are saved beside the file
    and FileProblemError says where; the file stays as it is.
    """
    if opened is not None and not may_replace and has_changed_on_disk(path, opened):
        raise ChangedOnDiskError(f"Another program changed {path.name}; it was not saved.")
    try:
        text = draft.text()
    except MismatchError as error:
        copy = _beside(path)
        save_atomically(copy, draft.text_at_any_price(), like=opened)
        raise FileProblemError(
            f"{path.name} was not written: it would not have read as it does on the page.",
            hint=f"Your words are in {copy.name}, beside it. Please report this.",
            detail=str(error),
        ) from error
    return save_atomically(path, text, like=opened)


def _beside(path: Path) -> Path:
    """Return a name beside a file that nothing has yet."""
    stem = f"{path.stem} (saved {time.strftime('%Y-%m-%d %H.%M.%S')})"
    names = [f"{stem}{path.suffix}", *(f"{stem} {n}{path.suffix}" for n in range(2, 100))]
    return next(found for name in names if not (found := path.with_name(name)).exists())
