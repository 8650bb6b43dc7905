"""What the writer says of features lies over what the catalogue says, and words find both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinymorph.errors import FileProblemError
from tinymorph.features.catalogue import FeatureCatalogue, write_catalogue
from tinymorph.features.library import WriterLibrary
from tinymorph.features.marks import FAVOURITES, FeatureMark, FeatureMarks
from tinymorph.features.search import SearchIndex, build_index, index_path, matches
from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef

SEA, INDOORS = (FeatureRef(sae_id="2", feature_index=number) for number in (7, 8))
GULLS = FeatureExample(tokens=("the", " gu", "lls", " cried"), activations=(0.0, 1.0, 3.5, 0.0))
DOORS = FeatureExample(tokens=("a", " door"), activations=(0.0, 2.0))
MINE = FeatureExample(tokens=("my", " harbour"), activations=(0.0, 2.0))


def card(ref: FeatureRef, label: str, *examples: FeatureExample, logit: str = "x") -> FeatureCard:
    return FeatureCard(
        ref=ref,
        label=label,
        activation_density=0.01,
        max_activation=3.5,
        top_logits=(f" {logit}",),
        examples=examples,
    )


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    path = tmp_path / "shipped.sqlite"
    write_catalogue(
        path,
        [card(SEA, "weather at sea", GULLS, logit="boats"), card(INDOORS, "walking", DOORS)],
    )
    return path


@pytest.fixture
def library(shipped: Path, tmp_path: Path):
    own = tmp_path / "own.sqlite"
    write_catalogue(own, [card(SEA, "weather at sea", MINE), card(INDOORS, "walking", DOORS)])
    opened = WriterLibrary(
        FeatureCatalogue.open(shipped),
        FeatureMarks(tmp_path / "data" / "features.sqlite"),
        FeatureCatalogue.open(own),
        paths=(shipped, own),
        folder=tmp_path / "cache",
    )
    opened.use_model("sha")
    yield opened
    opened.close()


def found(library: WriterLibrary, words: str) -> list[FeatureRef]:
    return [card.ref for card in library.search(words)]


def test_own_name_takes_the_place_of_the_catalogues_and_says_whose_it_is(library):
    library.write(SEA, "  gulls   and  spray ", "I like it.")
    shown = library.card(SEA)
    assert (shown.label, shown.label_source) == ("gulls and spray", "yours")
    assert library.label(SEA) == "gulls and spray"
    assert library.mark(SEA) == FeatureMark("gulls and spray", "I like it.")
    library.write(SEA, "", "")
    assert library.card(SEA).label_source == "automatic"
    assert library.mark(SEA) == FeatureMark()


def test_marks_outlive_the_program_and_belong_to_one_model(tmp_path):
    path = tmp_path / "data" / "features.sqlite"
    first = FeatureMarks(path)
    assert not path.exists()
    assert first.mark("sha", SEA) == FeatureMark()
    assert not path.exists(), "looking leaves no file behind"
    first.write("sha", SEA, "gulls", "note")
    first.put("sha", FAVOURITES, SEA, is_on=True)
    first.close()
    second = FeatureMarks(path)
    assert second.mark("sha", SEA) == FeatureMark("gulls", "note", (FAVOURITES,))
    assert second.mark("other", SEA) == FeatureMark()
    second.close()


def test_lists_hold_features_until_they_are_taken_off(library):
    assert library.lists() == (FAVOURITES,)
    library.put("For the ending", SEA, is_on=True)
    library.put("For the ending", INDOORS, is_on=True)
    library.put(FAVOURITES, SEA, is_on=True)
    assert library.lists() == (FAVOURITES, "For the ending")
    assert library.members("For the ending") == (SEA, INDOORS)
    assert library.mark(SEA).lists == (FAVOURITES, "For the ending")
    for ref in (SEA, INDOORS):
        library.put("For the ending", ref, is_on=False)
    assert library.lists() == (FAVOURITES,)


def test_marks_that_cannot_be_kept_are_told_in_a_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    marks = FeatureMarks(blocked / "features.sqlite")
    with pytest.raises(FileProblemError, match="could not be kept"):
        marks.write("sha", SEA, "gulls", "")


def test_damaged_file_of_marks_is_looked_past_and_not_written_over(tmp_path):
    path = tmp_path / "features.sqlite"
    path.write_text("no database, but long enough to be read as the header of one" * 9)
    marks = FeatureMarks(path)
    assert marks.mark("sha", SEA) == FeatureMark()
    with pytest.raises(FileProblemError):
        marks.write("sha", SEA, "gulls", "")
    assert path.read_text().startswith("no database")


def test_windows_from_the_writers_books_are_told_from_the_models(library):
    assert library.own_examples(SEA) == (MINE,)
    assert library.card(SEA).examples == (GULLS,)
    assert library.own_examples(INDOORS) == (), "a window that the model's catalogue has too"


def test_a_model_without_a_catalogue_is_known_by_the_writers_books_alone(tmp_path):
    own = tmp_path / "own.sqlite"
    write_catalogue(own, [card(SEA, "on harbour", MINE)])
    empty = tmp_path / "empty.sqlite"
    write_catalogue(empty, [])
    opened = WriterLibrary(
        FeatureCatalogue.open(empty), FeatureMarks(tmp_path / "marks"), FeatureCatalogue.open(own)
    )
    assert opened.label(SEA) == "on harbour"
    shown = opened.card(SEA)
    assert shown is not None
    assert shown.examples == ()
    assert opened.own_examples(SEA) == (MINE,)
    opened.close()


def test_closed_library_knows_nothing_and_breaks_nothing(library):
    library.close()
    assert library.card(SEA) is None
    assert library.label(SEA) == "Feature 2:7"
    assert library.search("weather") == ()
    assert library.own_examples(SEA) == ()


def test_words_find_labels_notes_examples_and_logits(library):
    library.prepare_search()
    assert library.open_search()
    assert found(library, "weather") == [SEA]
    assert found(library, "boat") == [SEA], "a word that it calls for, by its stem"
    assert found(library, "gulls") == [SEA], "a word that it fires on, in two tokens"
    assert found(library, "harbour") == [SEA], "a word of the writer's own books"
    assert found(library, "cried gulls") == [SEA]
    assert found(library, "submarine") == []
    library.write(INDOORS, "", "good for the ending by the submarine")
    assert found(library, "subm") == [INDOORS]


def test_without_the_index_labels_are_found_all_the_same(library):
    assert not library.is_indexed
    assert found(library, "weather") == [SEA]


def test_where_it_fires_counts_for_more_than_what_stands_around_it(tmp_path):
    path = tmp_path / "two.sqlite"
    around = FeatureExample(tokens=("gulls", " door"), activations=(0.0, 1.0))
    fires = FeatureExample(tokens=("gulls", " door"), activations=(1.0, 0.0))
    write_catalogue(path, [card(SEA, "one", around), card(INDOORS, "two", fires)])
    target = index_path(tmp_path, [path])
    build_index(target, [path])
    index = SearchIndex.open(target)
    assert index is not None
    assert index.find("gulls", 9) == (INDOORS, SEA)
    index.close()


def test_features_that_fire_on_everything_are_not_found_by_their_examples(tmp_path):
    path = tmp_path / "dense.sqlite"
    dense = card(SEA, "on everything", GULLS).model_copy(update={"activation_density": 0.4})
    write_catalogue(path, [dense])
    target = index_path(tmp_path, [path])
    build_index(target, [path])
    index = SearchIndex.open(target)
    assert index is not None
    assert index.find("gulls", 9) == ()
    assert index.find("everything", 9) == (SEA,)
    index.close()


def test_index_of_another_catalogue_is_made_anew_and_the_old_one_goes(tmp_path, shipped):
    first = index_path(tmp_path, [shipped])
    build_index(first, [shipped])
    write_catalogue(shipped, [card(SEA, "something quite different")])
    second = index_path(tmp_path, [shipped])
    assert second != first
    build_index(second, [shipped])
    assert not first.exists()
    second.write_text("broken")
    assert SearchIndex.open(second) is None


@pytest.mark.parametrize("words", ['"', "(", "a AND", "*", "NEAR(", "label:", "weather'"])
def test_any_characters_are_taken_as_words(library, words):
    library.prepare_search()
    library.open_search()
    assert isinstance(library.search(words), tuple)


def test_own_notes_match_by_the_beginning_of_words():
    assert matches("End sub", "(submarine) for the ending.")
    assert not matches("nding", "for the ending.")
