"""The paragraphs of a document that can be rewritten, as the command line numbers them."""

from __future__ import annotations

from tinymorph.errors import BadInputError
from tinymorph.text.document import Block, Document


def is_rewritable(block: Block) -> bool:
    """Say whether a block holds running text: a paragraph or list item, quoted or not."""
    return block.kind in {"paragraph", "list_item"} and bool(block.text.strip())


def paragraphs_of(document: Document) -> tuple[str, ...]:
    """Return the texts that can be rewritten, in order.

    These are paragraphs and list items, also those in quotes, that hold any words. Headings,
    code, rules and source blocks do not count, so a writer counts what reads as a paragraph.
    """
    return tuple(block.text for block in document.blocks if is_rewritable(block))


def paragraph_at(document: Document, number: int) -> str:
    """Return paragraph `number`, counted from 1; BadInputError if there is none."""
    paragraphs = paragraphs_of(document)
    if 1 <= number <= len(paragraphs):
        return paragraphs[number - 1]
    if not paragraphs:
        raise BadInputError("The file holds no paragraph that could be rewritten.")
    raise BadInputError(
        f"There is no paragraph {number}.",
        hint=f"The file has {len(paragraphs)}, counted from 1 without headings and code.",
    )
