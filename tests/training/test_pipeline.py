"""The whole pipeline on a little made-up text: stages stop, go on, and fit together."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tinymorph.engine.loader import load_engine
from tinymorph.errors import BadInputError
from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.events import Finished
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.training.assemble import assemble_bundle
from tinymorph.training.catalogue import build_catalogue
from tinymorph.training.corpus import build_corpus
from tinymorph.training.evaluate import evaluate
from tinymorph.training.language_model import decay, train_language_model, train_stable
from tinymorph.training.pairs import stored_pairs
from tinymorph.training.prose import is_heldout, stored_prose
from tinymorph.training.recipe import Recipe
from tinymorph.training.repair import damage
from tinymorph.training.run import Stage, TrainingRun
from tinymorph.training.shards import build_shards
from tinymorph.training.stages import report_of
from tinymorph.training.style import STYLES
from tinymorph.training.tokenizer import build_tokenizer

RECIPE = Path(__file__).parents[1] / "data" / "tiny_recipe.toml"
WORDS = [
    "gull",
    "tide",
    "harbour",
    "lamp",
    "garden",
    "winter",
    "letter",
    "door",
    "window",
    "boat",
    "rain",
    "fire",
    "stone",
    "path",
]
VERBS = ["sees", "finds", "leaves", "keeps", "carries", "watches"]


def sentence(rng: random.Random) -> str:
    first, second, third = rng.sample(WORDS, 3)
    return f"The {first} {rng.choice(VERBS)} the {second}, and the {third} stays as it is."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write books and pairs made of a few words, none of them anyone's."""
    folder = tmp_path_factory.mktemp("data")
    rng = random.Random(1)
    (folder / "prose").mkdir()
    (folder / "pairs").mkdir()
    for number in range(12):
        paragraphs = [" ".join(sentence(rng) for _ in range(4)) for _ in range(12)]
        path = folder / "prose" / f"book-{number}.txt"
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    rows = []
    for _ in range(200):
        text = sentence(rng)
        halves = text.replace(", and the", ". The")
        rows.append({"task": "split", "source": text, "target": halves, "from": "made"})
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "pairs" / "split.made.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Recipe.read(RECIPE)


@pytest.fixture(scope="module")
def work(data: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every stage once."""
    from tinymorph.training.sparse_autoencoder import train_saes  # noqa: PLC0415 - sae-lens: slow

    work = tmp_path_factory.mktemp("work")
    build_corpus(recipe, data, work / "corpus")
    build_tokenizer(recipe, work / "corpus", work / "tokenizer")
    build_shards(recipe, work / "corpus", work / "tokenizer", work / "shards")
    train_language_model(recipe, work / "tokenizer", work / "shards", work / "language_model")
    model = work / "language_model" / "model"
    train_saes(recipe, model, work / "shards", work / "saes")
    build_catalogue(recipe, model, work / "saes", work / "shards", work / "catalogue")
    evaluate(recipe, model, work / "corpus", work / "evaluation")
    assemble_bundle(recipe, work, work / "bundle")
    return work


pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]


def test_bundle_that_comes_out_steers(work: Path) -> None:
    engine = load_engine(work / "bundle")
    catalogue = FeatureCatalogue.open(work / "bundle" / "catalogue.sqlite")
    cards = [card for card in catalogue.search("", limit=500) if card.max_activation > 0]
    catalogue.close()
    assert cards
    text = "The gull sees the lamp, and the rain stays as it is."
    term = SteeringTerm(ref=cards[0].ref, coefficient=2)
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=text),
        span=Span(start=0, end=len(text)),
        task="split",
        plan=SteeringPlan(terms=(term,)),
        sampling=Sampling(max_new_tokens=16),
    )
    *_, finished = engine.run(request)
    assert isinstance(finished, Finished)


def test_bundle_says_what_it_was_taught_and_takes_styles_and_gaps(
    work: Path, recipe: Recipe
) -> None:
    assert recipe.training.like_share > 0
    assert recipe.training.infill_share > 0
    engine = load_engine(work / "bundle")
    assert "fill" in engine.info.tasks
    text = "The gull sees the lamp, and the rain stays as it is."
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=text),
        span=Span(start=0, end=len(text)),
        like=(STYLES[0],),
        sampling=Sampling(max_new_tokens=4),
    )
    *_, finished = engine.run(request)
    assert isinstance(finished, Finished)
    with pytest.raises(BadInputError, match="not taught the style"):
        list(engine.run(request.model_copy(update={"like": ("like a pirate",)})))


def test_catalogue_shows_windows_with_an_activation_for_each_token(work: Path) -> None:
    catalogue = FeatureCatalogue.open(work / "bundle" / "catalogue.sqlite")
    cards = catalogue.search("", limit=500)
    assert any(card.examples for card in cards)
    for card in cards:
        assert card.label
        assert len(card.examples) <= 8
        strongest = [max(example.activations) for example in card.examples]
        assert strongest == sorted(strongest, reverse=True)
        for example in card.examples:
            assert len(example.tokens) == len(example.activations) <= 24
    catalogue.close()


def test_card_says_what_was_measured(work: Path) -> None:
    card = (work / "bundle" / "README.md").read_text(encoding="utf-8")
    assert "bits per byte" in card
    assert "| split.made |" in card
    assert "blocks.1.hook_resid_post" in card
    report = report_of(work / "saes" / "1")
    assert {"l0", "dead_share", "explained_variance", "loss", "spliced_loss"} <= set(report)


def test_sae_loads_with_sae_lens_and_its_rows_are_unit_vectors(work: Path) -> None:
    from sae_lens import SAE  # noqa: PLC0415 - slow

    sae = SAE.load_from_disk(str(work / "bundle" / "saes" / "1"))
    assert sae.cfg.architecture() == "jumprelu"
    assert torch.allclose(sae.W_dec.norm(dim=-1), torch.ones(sae.cfg.d_sae), atol=1e-4)


def test_model_and_tokenizer_load_with_transformers(work: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(work / "bundle" / "model")
    tokenizer = AutoTokenizer.from_pretrained(work / "bundle" / "model")
    text = "The harbour keeps the letter: naïve, 日本 🙂"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert model.config.model_type == "llama"
    assert model.dtype is torch.bfloat16


def test_finished_stage_is_not_done_again(work: Path, recipe: Recipe) -> None:
    model = work / "language_model" / "model" / "model.safetensors"
    before = model.stat().st_mtime_ns
    train_language_model(recipe, work / "tokenizer", work / "shards", work / "language_model")
    assert model.stat().st_mtime_ns == before


def test_training_goes_on_from_its_checkpoint_as_if_never_stopped(
    work: Path, recipe: Recipe, tmp_path: Path
) -> None:
    stage = Stage("stable", 0, 10_000, is_decay=False)
    whole = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path / "whole")
    losses = [whole.step(stage) for _ in range(6)]
    first = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path / "parts")
    parts = [first.step(stage) for _ in range(3)]
    first.save()
    second = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path / "parts")
    second.resume()
    assert second.at.step == 3
    parts += [second.step(stage) for _ in range(3)]
    for kind in ("loss_prose", "loss_pairs"):
        assert [row[kind] for row in parts] == pytest.approx(
            [row[kind] for row in losses], abs=1e-3
        )


def test_training_asked_to_end_saves_first(
    work: Path, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path)
    step = run.step

    def step_and_be_asked(stage: Stage) -> dict[str, float]:
        losses = step(stage)
        if run.at.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return losses

    monkeypatch.setattr(run, "step", step_and_be_asked)
    with pytest.raises(SystemExit, match="saved"):
        run.train(Stage("stable", 0, 1_000_000, is_decay=False))
    again = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path)
    assert again.resume()
    assert again.at.step == 2


def test_decay_leaves_the_stable_stage_where_it_can_go_on(
    work: Path, recipe: Recipe, tmp_path: Path
) -> None:
    shutil.copy(work / "language_model" / "stable.pt", tmp_path / "stable.pt")
    before = torch.load(tmp_path / "stable.pt", weights_only=True)["at"]
    decay(recipe, work / "tokenizer", work / "shards", tmp_path)
    assert torch.load(tmp_path / "stable.pt", weights_only=True)["at"] == before
    assert (tmp_path / "model" / "model.safetensors").exists()
    longer = recipe.training.model_copy(update={"stable_tokens": before[1] + 300})
    prolonged = recipe.model_copy(update={"training": longer})
    train_stable(prolonged, work / "tokenizer", work / "shards", tmp_path)
    assert torch.load(tmp_path / "stable.pt", weights_only=True)["at"][1] > before[1]


def test_checkpoint_of_another_shape_is_not_taken(
    work: Path, recipe: Recipe, tmp_path: Path
) -> None:
    shutil.copy(work / "language_model" / "stable.pt", tmp_path / "stable.pt")
    wider = recipe.model.model_copy(update={"d_mlp": 96})
    other = recipe.model_copy(update={"model": wider})
    run = TrainingRun(other, work / "tokenizer", work / "shards", tmp_path)
    with pytest.raises(ValueError, match="another"):
        run.resume()


def test_checkpoint_of_another_tokenizer_is_not_taken(
    work: Path, recipe: Recipe, tmp_path: Path
) -> None:
    run = TrainingRun(recipe, work / "tokenizer", work / "shards", tmp_path)
    run.save()
    shutil.copytree(work / "tokenizer", tmp_path / "tokenizer")
    with (tmp_path / "tokenizer" / "tokenizer.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    other = TrainingRun(recipe, tmp_path / "tokenizer", work / "shards", tmp_path)
    with pytest.raises(ValueError, match="tokenizer"):
        other.resume()


def test_sae_training_goes_on_from_its_checkpoint(
    work: Path, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinymorph.training import sparse_autoencoder  # noqa: PLC0415 - slow

    monkeypatch.setattr(sparse_autoencoder, "_CHECKPOINT_SECONDS", -1)
    save, saved = sparse_autoencoder._save, []

    def save_and_stop(*arguments) -> None:
        save(*arguments)
        saved.append(arguments[0].n_training_samples)
        if len(saved) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(sparse_autoencoder, "_save", save_and_stop)
    model = work / "language_model" / "model"
    with pytest.raises(KeyboardInterrupt):
        sparse_autoencoder.train_saes(recipe, model, work / "shards", tmp_path)
    sparse_autoencoder.train_saes(recipe, model, work / "shards", tmp_path)
    assert saved[3] > saved[2], "it began again from nothing"
    assert (tmp_path / "1" / "sae_weights.safetensors").exists()


def test_works_are_held_out_whole(work: Path) -> None:
    heldout = {item.text for item in stored_prose(work / "corpus" / "prose.heldout.tsv")}
    train = {item.text for item in stored_prose(work / "corpus" / "prose.train.tsv")}
    assert len(heldout) > 1
    assert not heldout & train


def test_reversed_tasks_turn_pairs_around(work: Path) -> None:
    pairs = list(stored_pairs(work / "corpus" / "pairs.train.jsonl"))
    split = {(pair.source, pair.target) for pair in pairs if pair.task == "split"}
    joined = [(pair.target, pair.source) for pair in pairs if pair.task == "join"]
    assert joined
    assert set(joined) <= split


def test_share_of_works_held_out_is_about_what_was_asked() -> None:
    share = sum(is_heldout(f"work {number}", 0.1) for number in range(5000)) / 5000
    assert 0.08 < share < 0.12


@pytest.mark.parametrize("seed", range(20))
def test_damage_changes_a_sentence_and_leaves_most_of_it(seed: int) -> None:
    text = sentence(random.Random(seed))
    hurt = damage(text, random.Random(seed))
    assert hurt != text
    assert len(set(hurt.split()) & set(text.split())) > len(set(text.split())) / 2


def test_recipe_with_an_unknown_key_names_it(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    shutil.copy(RECIPE, path)
    path.write_text(path.read_text().replace("n_heads", "n_haeds"), encoding="utf-8")
    with pytest.raises(ValueError, match="n_haeds"):
        Recipe.read(path)
