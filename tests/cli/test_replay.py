"""A receipt's words come again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.tiny_bundle import TEXT, make_tiny_bundle
from tinymorph.cli.main import main
from tinymorph.engine.loader import load_engine
from tinymorph.schema.events import Finished
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.schema.suggestion import AcceptedEdit
from tinymorph.session.journal import Decision, DecisionJournal, receipt_name
from tinymorph.settings.paths import data_folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def decisions(tiny: Path) -> list[Decision]:
    engine = load_engine(tiny)
    made: list[Decision] = []
    for seed in range(3):
        text = TEXT[: 60 + seed]
        term = SteeringTerm(ref=FeatureRef(sae_id="1", feature_index=seed + 1))
        request = SuggestionRequest(
            request_id=f"suggest-{seed}",
            paragraph=ParagraphSnapshot(paragraph_id="p", revision=seed, text=text),
            span=Span(start=0, end=len(text)),
            plan=SteeringPlan(terms=(term,)),
            seed=seed,
            with_twin=seed == 1,
        )
        *_, finished = (event for event in engine.run(request) if event is not None)
        assert isinstance(finished, Finished)
        suggestion = finished.suggestions[seed]
        made.append(
            Decision(
                decided_at="2026-01-02T03:04:05+01:00",
                model_id=engine.info.model_id,
                model_sha256=engine.info.sha256,
                request=request,
                suggestion=suggestion,
                edit=AcceptedEdit(
                    paragraph_id="p",
                    base_revision=seed,
                    replacements=(),
                    receipt=receipt_name(request, suggestion),
                ),
            )
        )
    return made


@pytest.fixture
def journal(decisions: list[Decision]) -> DecisionJournal:
    journal = DecisionJournal(data_folder())
    for decision in decisions:
        journal.record(decision)
    return journal


def run(tiny: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["replay", *arguments, "--model", str(tiny)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_every_receipt_replays_to_the_same_words(
    tiny: Path, journal: DecisionJournal, capsys: pytest.CaptureFixture[str]
) -> None:
    for decision in journal.read():
        code, out, _ = run(tiny, capsys, decision.edit.receipt[:10], "--json")
        assert code == 0
        assert json.loads(out)["written"] == decision.suggestion.text


def test_a_receipt_in_a_file_replays_too(
    tiny: Path, decisions: list[Decision], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(decisions[0].model_dump_json(), encoding="utf-8")
    code, out, _ = run(tiny, capsys, str(path))
    assert (code, "These are the words that were accepted." in out) == (0, True)


def test_words_that_are_not_those_accepted_are_told_and_fail(
    tiny: Path, decisions: list[Decision], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = decisions[0]
    forged = first.model_copy(
        update={"suggestion": first.suggestion.model_copy(update={"text": "Other words."})}
    )
    path = tmp_path / "receipt.json"
    path.write_text(forged.model_dump_json(), encoding="utf-8")
    code, out, _ = run(tiny, capsys, str(path))
    assert (code, "not those that were accepted" in out) == (1, True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"model_sha256": "0", "model_id": "other"}, "This receipt is of other")],
)
def test_a_receipt_of_another_model_is_refused(
    tiny: Path,
    decisions: list[Decision],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    sentence: str,
) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(decisions[0].model_copy(update=change).model_dump_json(), encoding="utf-8")
    code, _, error = run(tiny, capsys, str(path))
    assert code != 0
    assert sentence in error


def test_an_unknown_or_unclear_name_is_refused(
    tiny: Path, journal: DecisionJournal, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "There is no receipt zzz" in run(tiny, capsys, "zzz")[2]
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert "holds no receipt" in run(tiny, capsys, str(broken))[2]
    assert "Which receipt is missing" in run(tiny, capsys)[2]


def test_all_receipts_are_listed(
    tiny: Path, journal: DecisionJournal, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(tiny, capsys, "--list", "--json")
    assert code == 0
    names = [line["receipt"] for line in json.loads(out)["receipts"]]
    assert names == [decision.edit.receipt for decision in journal.read()]
