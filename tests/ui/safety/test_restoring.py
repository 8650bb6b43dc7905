"""Promises about another text on the page: its characters, the undo, and what stays in place."""

from __future__ import annotations

import itertools
import random

import pytest

PIECES = (
    "# Title",
    "Title\n=====",
    "A *paragraph*   with  two spaces.",
    "Another_one_ __bold__ here,\nwrapped by hand.",
    "* one\n* two\n  * nested",
    "1) first\n2) second",
    "> a quote\n> goes on",
    "```python\nprint( 1 )\n```",
    "| a | b |\n|---|:-:|\n| 1 | 2 |",
    "***",
    "<div>\nraw\n</div>",
    "A line with a [link](http://x.y  'title').",
)


def a_document(chance: random.Random) -> str:
    newline = chance.choice(["\n", "\r\n"])
    pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 9))]
    gaps = [chance.choice(["\n\n", "\n\n\n"]) for _ in pieces[1:]]
    body = "".join(itertools.chain(*itertools.zip_longest(pieces, gaps, fillvalue="")))
    return (body + chance.choice(["", "\n", "\n\n"])).replace("\n", newline)


def edited(text: str, chance: random.Random) -> str:
    """Change, remove or add a piece or two, as writers do between two versions."""
    newline = "\r\n" if "\r\n" in text else "\n"
    pieces = text.split(newline * 2)
    for _ in range(chance.randrange(1, 3)):
        at = chance.randrange(len(pieces))
        what = chance.randrange(3)
        if what == 0 and len(pieces) > 1:
            pieces.pop(at)
        elif what == 1:
            pieces.insert(at, chance.choice(PIECES).replace("\n", newline))
        else:
            pieces[at] = chance.choice(PIECES).replace("\n", newline)
    return (newline * 2).join(pieces)


@pytest.fixture
def desk(workplace):
    return workplace.window.desk


def text_of(desk) -> str:
    return desk.draft()().text()


@pytest.mark.parametrize("seed", range(40))
def test_any_other_text_is_on_the_page_exactly_and_undo_and_redo_are_exact(
    workplace, desk, seed
) -> None:
    chance = random.Random(seed)
    first = a_document(chance)
    second = edited(first, chance) if chance.random() < 0.7 else a_document(chance)
    editor = workplace.window.editor
    desk.show_text(first)
    assert text_of(desk) == first
    desk.replace_text(second)
    assert text_of(desk) == second
    editor.undo()
    assert text_of(desk) == first
    editor.redo()
    assert text_of(desk) == second
