"""Promises of racks as files: what is kept comes back, and what does not fit is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fake_rewriter import FAKE_MODEL
from tinymorph.errors import BadInputError, FileProblemError, NotReadyError
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.rack_file import RackFile
from tinymorph.schema.steering import Condition, SteeringMode, SteeringTerm
from tinymorph.session.presets import PresetShelf, fitted, rack_file, read_rack, write_rack

REFS = st.builds(FeatureRef, sae_id=st.sampled_from("01"), feature_index=st.integers(0, 15))
TERMS = st.lists(
    st.builds(
        SteeringTerm,
        ref=REFS,
        mode=st.sampled_from(SteeringMode),
        coefficient=st.floats(-100, 100),
        is_bypassed=st.booleans(),
        decay=st.floats(0.01, 1),
        condition=st.none() | st.builds(Condition, ref=REFS, at_least=st.floats(0, 2)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda term: str(term.ref),
).map(tuple)
ONE = (SteeringTerm(ref=FeatureRef(sae_id="0", feature_index=3), coefficient=1.5),)
GOOD = rack_file("Calmer", ONE, FAKE_MODEL)


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1, max_size=120).filter(str.strip), terms=TERMS)
def test_a_rack_comes_back_from_its_file_bit_for_bit(tmp_path_factory, name, terms) -> None:
    path = tmp_path_factory.mktemp("racks") / "a.rack.json"
    file = rack_file(name, terms, FAKE_MODEL)
    write_rack(path, file)
    assert read_rack(path) == file
    assert fitted(read_rack(path), FAKE_MODEL) == terms


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=90).filter(str.strip), max_size=6))
def test_no_saved_rack_takes_the_place_of_one_with_another_name(tmp_path_factory, names) -> None:
    folder = tmp_path_factory.mktemp("own")
    shelf = PresetShelf(folder, folder / "nowhere")
    saved = {(file := rack_file(name, ONE, FAKE_MODEL)).name: file for name in names}
    for file in saved.values():
        shelf.save(file)
    assert {file.name for file in shelf.saved()} == set(saved)
    assert all(shelf.has(name) for name in saved)


def test_a_rack_for_other_features_is_refused_by_a_sentence() -> None:
    other = GOOD.model_copy(update={"saes": {"0": "f" * 64}})
    with pytest.raises(BadInputError, match="made for fake-model, whose features"):
        fitted(other, FAKE_MODEL)
    with pytest.raises(NotReadyError):
        fitted(GOOD, None)


def test_the_same_sae_under_another_name_is_found_by_its_hash() -> None:
    first, second = FAKE_MODEL.saes
    swapped = FAKE_MODEL.model_copy(
        update={
            "saes": (
                first.model_copy(update={"sha256": second.sha256}),
                second.model_copy(update={"sha256": first.sha256}),
            )
        }
    )
    (term,) = fitted(GOOD, swapped)
    assert term.ref == FeatureRef(sae_id="1", feature_index=3)


def test_sae_weights_without_a_hash_fit_nothing() -> None:
    unknown = GOOD.model_copy(update={"saes": {"0": ""}})
    bare = FAKE_MODEL.model_copy(
        update={"saes": tuple(s.model_copy(update={"sha256": ""}) for s in FAKE_MODEL.saes)}
    )
    with pytest.raises(BadInputError):
        fitted(unknown, bare)


def test_an_index_beyond_the_sae_is_refused() -> None:
    term = SteeringTerm(ref=FeatureRef(sae_id="0", feature_index=10_000))
    with pytest.raises(BadInputError, match="is not there"):
        fitted(GOOD.model_copy(update={"terms": (term,)}), FAKE_MODEL)


def changed(**entries: object) -> bytes:
    return json.dumps(json.loads(GOOD.model_dump_json()) | entries).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged, or no rack at all"),
        (b"\xff\xfe\x00", "damaged, or no rack at all"),
        (b"[1, 2]", "holds no rack"),
        (b'{"name": "x"}', "holds no rack"),
        (changed(version=99), "newer tinymorph"),
        (changed(terms=[{"ref": {"sae_id": "0", "feature_index": -1}}]), "damaged rack"),
        (changed(terms=json.loads(GOOD.model_dump_json())["terms"] * 2), "damaged rack"),
        (changed(saes={}), "damaged rack"),
        (changed(name=""), "damaged rack"),
        (changed(extra=1), "damaged rack"),
        (GOOD.model_dump_json().replace("1.5", "NaN").encode(), "damaged"),
        (GOOD.model_dump_json().replace("1.5", "1e999").encode(), "damaged"),
        (b"[" * 100_000, "damaged, or no rack at all"),
        (b" " * 1_000_001, "too large"),
    ],
)
def test_a_bad_file_is_refused_by_one_clear_sentence(tmp_path: Path, data: bytes, words) -> None:
    path = tmp_path / "bad.rack.json"
    path.write_bytes(data)
    with pytest.raises(FileProblemError) as caught:
        read_rack(path)
    assert words in caught.value.title
    assert caught.value.title.startswith("bad.rack.json")
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["missing.rack.json", "."])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileProblemError, match="could not be read"):
        read_rack(tmp_path / name)


def test_a_damaged_rack_in_the_folder_hides_no_other_and_is_left_alone(tmp_path: Path) -> None:
    shelf = PresetShelf(tmp_path, tmp_path / "bundle")
    shelf.save(GOOD)
    bad = tmp_path / "racks" / "bad.rack.json"
    bad.write_bytes(b"{")
    assert shelf.saved() == (GOOD,)
    assert bad.read_bytes() == b"{"
    assert shelf.intents() == ()


def test_intents_are_read_from_the_folder_of_the_model(tmp_path: Path) -> None:
    write_rack(tmp_path / "bundle" / "intents" / "calmer.rack.json", GOOD)
    assert PresetShelf(tmp_path, tmp_path / "bundle").intents() == (GOOD,)


def test_nothing_is_saved_without_a_name_a_term_or_a_model() -> None:
    for name, terms in (("  ", ONE), ("x", ())):
        with pytest.raises(BadInputError):
            rack_file(name, terms, FAKE_MODEL)
    with pytest.raises(NotReadyError):
        rack_file("x", ONE, None)
    assert isinstance(GOOD, RackFile)
    assert GOOD.saes == {"0": FAKE_MODEL.saes[0].sha256}, "only the SAEs that it needs"
