"""suggest, inspect and features: what they print, and how they fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.tiny_bundle import TEXT, make_tiny_bundle
from tinymorph.cli.main import main
from tinymorph.schema.events import Finished
from tinymorph.schema.request import SuggestionRequest

SENTENCE = TEXT[:79]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_text(f"# Title\n\nFirst one.\n\n{SENTENCE}\n", encoding="utf-8")
    return path


@pytest.fixture
def run(tiny: Path, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--model", str(tiny)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def answer(run: Any, *arguments: str) -> Any:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_suggest_answers_in_the_documented_shape(run: Any, letter: Path) -> None:
    said = answer(
        run, "suggest", str(letter), "--paragraph", "2", "--feature", "1:7=2", "--twin", "--n", "2"
    )
    assert said["model"] == "tiny"
    assert said["paragraph"] == SENTENCE
    assert [found["seed"] % 100_003 for found in said["alternatives"]] == [0, 1]
    for found in said["alternatives"]:
        assert found["plan"] == [{"id": "1:7", "mode": "add", "coefficient": 2.0}]
        assert found["text"] != found["twin"]
        assert found["tokens_per_second"] > 0
        assert found["features"][0]["id"] == "1:7"
        assert set(found["features"][0]) == {"id", "label", "before", "after", "twin"}


def test_suggest_prints_each_alternative_and_its_twin(run: Any) -> None:
    code, out, _ = run("suggest", "--text", SENTENCE, "--feature", "1:7=2", "--twin", "--n", "2")
    assert code == 0
    assert "1  seed" in out
    assert "2  seed" in out
    assert out.count("unsteered twin:") == 2


def test_same_seed_gives_the_same_answer(run: Any) -> None:
    arguments = ("suggest", "--text", SENTENCE, "--seed", "4", "--feature", "0:3=1.5")
    texts = [[found["text"] for found in answer(run, *arguments)["alternatives"]] for _ in range(2)]
    assert texts[0] == texts[1]


def test_instruction_and_styles_reach_the_engine(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SuggestionRequest] = []

    def answer_to(request: SuggestionRequest, *_: object) -> Finished:
        asked.append(request)
        return Finished(request_id=request.request_id, suggestions=())

    monkeypatch.setattr("tinymorph.cli.suggest.answer_to", answer_to)
    run("suggest", "--text", SENTENCE, "--instruction", "Be brief.", "--like", "plain", "--like",
        "archaic")  # fmt: skip
    assert [(request.instruction, request.like) for request in asked] == [
        ("Be brief.", ("plain", "archaic"))
    ]


def test_inspect_answers_in_the_documented_shape(run: Any) -> None:
    said = answer(run, "inspect", "--text", SENTENCE, "--feature", "1:7", "--top", "5")
    assert len(said["features"]) == 5
    for found in said["features"]:
        assert set(found) == {"id", "label", "span", "activation"}
        start, end = found["span"]
        assert 0 <= start < end <= len(SENTENCE)
    assert [set(found) for found in said["asked"]] == [{"id", "mean", "max"}]
    assert said["asked"][0]["id"] == "1:7"


def test_own_books_give_windows_to_a_model_without_a_catalogue(run: Any, tmp_path: Path) -> None:
    books = tmp_path / "books"
    books.mkdir()
    (books / "one.txt").write_text(TEXT, encoding="utf-8")
    code, _, err = run("features")
    assert code == 2
    assert "tinymorph features --index FOLDER" in err
    code, _, err = run("features", "--index", str(books))
    assert code == 0, err
    said = answer(run, "features", "--sample", "4", "--seed", "77")
    assert len(said["features"]) == 4
    assert set(said["features"][0]) == {"id", "label", "density", "max_activation"}
    assert said == answer(run, "features", "--sample", "4", "--seed", "77")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["suggest"], "FILE or --text"),
        (["suggest", "--text", " "], "--text is empty"),
        (["suggest", "--text", "A.", "--paragraph", "1"], "--paragraph goes with a FILE"),
        (["suggest", "nowhere.md"], "nowhere.md"),
        (["suggest", "--text", "A gull.", *["--like", "plain"] * 4], "at most 3 styles"),
        (["suggest", "--text", "A gull.", "--instruction", "x" * 2001], "at most 2000 characters"),
        (["suggest", "--text", "A gull.", "--feature", "7"], "not ID=COEF"),
        (["suggest", "--text", "A gull.", "--feature", "7=1"], "not a feature"),
        (["suggest", "--text", "A gull.", "--feature", "1:7=nan"], "not ID=COEF"),
        (["suggest", "--text", "A gull.", "--feature", "8:7=1"], "no SAE '8'"),
        (["suggest", "--text", "A gull.", "--feature", "1:4096=1"], "no feature 1:4096"),
        (["suggest", "--text", "A gull.", "--task", "sing"], "not taught to sing"),
        (["suggest", "--text", "A gull.", "--n", "0"], "--n"),
        (["inspect", "--text", "A gull.", "--feature", "x"], "not a feature"),
        (["inspect", "--text", "A gull.", "--feature", "1:4096"], "no feature 1:4096"),
        (["features", "--index", "nowhere"], "no folder nowhere"),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(
    run: Any, arguments: list[str], sentence: str
) -> None:
    code, out, err = run(*arguments)
    assert code == 2, err
    assert sentence in err
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_paragraph_beyond_the_end_says_how_many_there_are(run: Any, letter: Path) -> None:
    code, _, err = run("suggest", str(letter), "--paragraph", "9")
    assert code == 2
    assert "no paragraph 9" in err
    assert "has 2" in err
