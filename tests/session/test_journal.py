"""Promises of the receipts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.fake_rewriter import FakeRewriter
from tinymorph.errors import FileProblemError
from tinymorph.schema.events import Finished
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import AcceptedEdit
from tinymorph.session.journal import Decision, DecisionJournal


def decision(number: int) -> Decision:
    request = SuggestionRequest(
        request_id=str(number),
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=number, text="one\ntwo 😀"),
        span=Span(start=0, end=9),
    )
    *_, finished = FakeRewriter().run(request)
    assert isinstance(finished, Finished)
    return Decision(
        decided_at="2026-01-02T03:04:05+01:00",
        model_id="m",
        model_sha256="0",
        request=request,
        suggestion=finished.suggestions[0],
        edit=AcceptedEdit(paragraph_id="p", base_revision=number, replacements=()),
    )


def test_decisions_come_back_in_their_order(tmp_path: Path) -> None:
    journal = DecisionJournal(tmp_path / "new" / "folder")
    assert journal.read() == ()
    journal.record(decision(1))
    journal.record(decision(2))
    assert DecisionJournal(tmp_path / "new" / "folder").read() == (decision(1), decision(2))


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_torn_last_line_costs_only_itself(tmp_path: Path, kept: int) -> None:
    journal = DecisionJournal(tmp_path)
    journal.record(decision(1))
    whole = journal.path.read_bytes()
    journal.record(decision(2))
    journal.path.write_bytes(whole + journal.path.read_bytes()[len(whole) :][:kept])
    expected = (decision(1),) if kept != -1 else (decision(1), decision(2))
    assert journal.read() == expected
    journal.record(decision(3))
    assert journal.read() == (*expected, decision(3))


@pytest.mark.skipif(os.name == "nt", reason="who may read a file is said otherwise there")
def test_only_the_writer_may_read_the_receipts(tmp_path: Path) -> None:
    journal = DecisionJournal(tmp_path)
    journal.record(decision(1))
    assert journal.path.stat().st_mode & 0o077 == 0


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileProblemError, match="receipt"):
        DecisionJournal(tmp_path / "file").record(decision(1))
