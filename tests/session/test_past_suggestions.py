"""Promises of what is kept of earlier suggestions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinymorph.errors import FileProblemError
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.session.past_suggestions import MOST_KEPT, PastAsking, PastSuggestions


def asking(number: int = 0) -> PastAsking:
    paragraph = ParagraphSnapshot(paragraph_id="p", revision=0, text="Some \U0001f98a words.")
    return PastAsking(
        asked_at="2026-01-02T03:04:05+01:00",
        model_id="m",
        model_sha256="0",
        request=SuggestionRequest(
            request_id="r", paragraph=paragraph, span=Span(start=0, end=4), seed=number
        ),
        suggestions=(),
    )


def seeds(past: PastSuggestions) -> list[int]:
    return [one.request.seed for one in past.newest_first]


def test_what_was_suggested_comes_back_with_its_document(tmp_path: Path) -> None:
    letter, other = tmp_path / "letter.md", tmp_path / "other.md"
    past = PastSuggestions(tmp_path / "kept")
    past.open(letter)
    past.add(asking(1))
    past.add(asking(2))
    past.open(other)
    assert seeds(past) == []
    past.open(letter)
    assert seeds(past) == [2, 1]
    assert seeds_of(tmp_path, letter) == [2, 1]


def seeds_of(tmp_path: Path, document: Path) -> list[int]:
    past = PastSuggestions(tmp_path / "kept")
    past.open(document)
    return seeds(past)


def test_those_of_a_new_document_are_kept_when_it_gets_a_file(tmp_path: Path) -> None:
    past = PastSuggestions(tmp_path / "kept")
    past.open(None)
    past.add(asking(7))
    assert not (tmp_path / "kept").exists()
    past.saved_as(tmp_path / "new.md")
    assert seeds_of(tmp_path, tmp_path / "new.md") == [7]


def test_only_so_many_are_kept_and_a_damaged_line_costs_itself_alone(tmp_path: Path) -> None:
    past = PastSuggestions(tmp_path / "kept")
    past.open(tmp_path / "a.md")
    for number in range(MOST_KEPT + 3):
        past.add(asking(number))
    (file,) = (tmp_path / "kept").iterdir()
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0][:20], *lines[1:]]))
    assert seeds_of(tmp_path, tmp_path / "a.md") == list(range(MOST_KEPT + 2, 3, -1))


def test_where_nothing_can_be_written_it_is_said_and_kept_for_now(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file", encoding="utf-8")
    past = PastSuggestions(tmp_path / "kept")
    past.open(tmp_path / "a.md")
    with pytest.raises(FileProblemError, match="kept for later"):
        past.add(asking(1))
    assert seeds(past) == [1]
