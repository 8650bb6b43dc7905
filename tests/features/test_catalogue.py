"""The catalogue file: what is written comes back, and words find features."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tinymorph.errors import BundleError
from tinymorph.features.catalogue import FeatureCatalogue, write_catalogue
from tinymorph.features.labels import automatic_label, with_automatic_label
from tinymorph.schema.feature import (
    FeatureCard,
    FeatureExample,
    FeatureRef,
    Neighbour,
    SteeringBand,
)


def card(index: int, label: str, *, density: float = 0.01, sae_id: str = "2") -> FeatureCard:
    return FeatureCard(
        ref=FeatureRef(sae_id=sae_id, feature_index=index),
        label=label,
        activation_density=density,
        max_activation=3.5,
        top_logits=(" harbour", " boats"),
        bottom_logits=(" desert",),
        examples=(FeatureExample(tokens=("the", " gulls"), activations=(0.0, 3.5)),),
    )


@pytest.fixture
def catalogue(tmp_path: Path):
    path = tmp_path / "catalogue.sqlite"
    cards = [card(index, f"number {index}", density=index / 100) for index in range(20)]
    write_catalogue(path, [*cards, card(77, "weather at sea"), card(78, "walking indoors")])
    opened = FeatureCatalogue.open(path)
    yield opened
    opened.close()


def test_card_comes_back_as_it_was_written(catalogue: FeatureCatalogue) -> None:
    ref = FeatureRef(sae_id="2", feature_index=77)
    assert catalogue.card(ref) == card(77, "weather at sea")
    assert catalogue.label(ref) == "weather at sea"


def test_what_was_measured_comes_back_and_what_was_not_is_unknown(tmp_path: Path) -> None:
    measured = card(1, "weather at sea").model_copy(
        update={
            "group": "imagery",
            "confidence": 0.8,
            "blind_test": 0.9,
            "histogram": (0.7, 0.2, 0.1),
            "band": SteeringBand(first_effect=0.5, collapse=2.25),
            "writes": True,
            "output_score": 1.5,
            "neighbours": (Neighbour(ref=FeatureRef(sae_id="2", feature_index=9), cosine=0.7),),
        }
    )
    path = tmp_path / "catalogue.sqlite"
    write_catalogue(path, [measured, card(2, "plain")])
    opened = FeatureCatalogue.open(path)
    assert tuple(opened.cards()) == (measured, card(2, "plain"))
    assert opened.density(measured.ref) == 0.01
    assert opened.density(FeatureRef(sae_id="9", feature_index=9)) == 0
    opened.close()


def test_catalogue_of_the_first_version_is_read_with_everything_else_unknown(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalogue.sqlite"
    write_catalogue(path, [card(1, "weather at sea")])
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE feature DROP COLUMN measured")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    opened = FeatureCatalogue.open(path)
    found = opened.card(FeatureRef(sae_id="2", feature_index=1))
    assert found == card(1, "weather at sea")
    assert opened.search("weather") == (found,)
    opened.close()


def test_unknown_feature_has_no_card_and_is_labelled_by_its_id(
    catalogue: FeatureCatalogue,
) -> None:
    ref = FeatureRef(sae_id="9", feature_index=1)
    assert catalogue.card(ref) is None
    assert catalogue.label(ref) == "9:1"


@pytest.mark.parametrize("words", ["weather", "WEATHER sea", "weath", "weathers"])
def test_search_finds_labels_by_word_beginning_and_stem(
    catalogue: FeatureCatalogue, words: str
) -> None:
    assert [found.ref.feature_index for found in catalogue.search(words)] == [77]


def test_search_finds_features_by_the_words_they_call_for(catalogue: FeatureCatalogue) -> None:
    assert len(catalogue.search("harbour", limit=100)) == 22


@pytest.mark.parametrize("words", ['"', "(", "a AND", "*", "NEAR(", "label:", "weather'"])
def test_search_takes_any_characters_as_words(catalogue: FeatureCatalogue, words: str) -> None:
    assert isinstance(catalogue.search(words), tuple)


def test_sample_is_decided_by_its_seed_and_keeps_to_the_density(
    catalogue: FeatureCatalogue,
) -> None:
    drawn = catalogue.sample(5, seed=77)
    assert drawn == catalogue.sample(5, seed=77)
    assert drawn != catalogue.sample(5, seed=78)
    assert all(1e-4 <= found.activation_density <= 0.1 for found in catalogue.sample(99, seed=1))
    assert len(catalogue.sample(99, seed=1)) == 12


def test_file_that_is_no_catalogue_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("a letter", encoding="utf-8")
    with pytest.raises(BundleError, match=r"notes\.sqlite cannot be read"):
        FeatureCatalogue.open(path)
    with pytest.raises(BundleError, match="cannot be read"):
        FeatureCatalogue.open(tmp_path / "missing.sqlite")


def test_automatic_label_names_what_a_feature_fires_on_and_calls_for() -> None:
    labelled = with_automatic_label(card(1, ""))
    assert labelled.label == "on gulls; calls for harbour, boats"
    assert labelled.label_source == "automatic"


def test_feature_without_windows_is_labelled_by_its_logits_alone() -> None:
    bare = card(1, "").model_copy(update={"examples": ()})
    assert automatic_label(bare) == "calls for harbour, boats"


def test_search_leaves_out_dead_features(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    dead = card(1, "weather").model_copy(update={"max_activation": 0.0})
    write_catalogue(path, [dead, card(2, "weather")])
    opened = FeatureCatalogue.open(path)
    assert [found.ref.feature_index for found in opened.search("weather")] == [2]
    assert [found.ref.feature_index for found in opened.search("")] == [2]
    opened.close()
