"""What passages woke: packed, added up, set against each other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinymorph.features.profiles import (
    PassageProfile,
    Tally,
    contrast,
    key_features,
    keyness,
    ref_of,
)
from tinymorph.schema.feature import FeatureProfile

STRENGTH = st.integers(1, 128).map(lambda number: number / 64)
ROW = st.tuples(STRENGTH, STRENGTH, st.integers(1, 9))
PASSAGE = st.dictionaries(st.integers(0, 12), ROW, max_size=6)


def profile(rows: dict[int, tuple[float, float, int]], n_tokens: int = 10) -> PassageProfile:
    found = sorted(rows.items())
    return PassageProfile(
        [
            FeatureProfile(
                sae_id="2",
                n_tokens=n_tokens,
                feature_indexes=tuple(index for index, _ in found),
                peaks=tuple(row[0] for _, row in found),
                means=tuple(row[1] for _, row in found),
                counts=tuple(row[2] for _, row in found),
                starts=tuple(index for index, _ in found),
                ends=tuple(index + 3 for index, _ in found),
            )
        ]
    )


def tally(*passages: PassageProfile) -> Tally:
    result = Tally()
    for passage in passages:
        result.add(passage)
    return result


@settings(max_examples=50)
@given(st.lists(PASSAGE, max_size=5))
def test_tally_of_passages_is_what_a_plain_sum_says(passages):
    summed = tally(*(profile(rows) for rows in passages))
    for index in range(13):
        rows = [rows[index] for rows in passages if index in rows]
        key = ("2", index)
        assert summed.peak(key) == max((row[0] for row in rows), default=0.0)
        assert summed.count(key) == sum(row[2] for row in rows)
        mean = sum(row[1] for row in rows) / max(len(passages), 1)
        assert summed.mean(key) == pytest.approx(mean, rel=1e-5)
    strongest = [peak for _, peak in summed.strongest(4)]
    assert strongest == sorted((summed.peak(key) for key in summed), reverse=True)[:4]


@settings(max_examples=50)
@given(PASSAGE)
def test_packed_profile_gives_back_what_it_was_made_of(rows):
    packed = profile(rows)
    for index in range(13):
        woken = packed.find(("2", index))
        if index not in rows:
            assert woken is None
            assert packed.peak(("2", index)) == 0.0
        else:
            assert woken is not None
            assert (woken.peak, woken.mean, woken.count) == pytest.approx(rows[index])
            assert (woken.span.start, woken.span.end) == (index, index + 3)
    assert packed.find(("9", 0)) is None


@settings(max_examples=50)
@given(PASSAGE, PASSAGE)
def test_contrast_names_each_feature_on_the_side_where_it_is_stronger(first, second):
    a, b = tally(profile(first)), tally(profile(second))
    found = contrast(a, b, 99)
    assert [d.ref for d in contrast(b, a, 99)] == [
        d.ref
        for d in [*(d for d in found if d.more_in_b > 0), *(d for d in found if d.more_in_b < 0)]
    ]
    gaps = [d.more_in_b for d in found if d.more_in_b < 0]
    assert gaps == sorted(gaps)
    for difference in found:
        assert difference.a == a.mean(("2", difference.ref.feature_index))
        assert difference.a != difference.b


def test_contrast_of_a_passage_with_itself_finds_nothing():
    same = tally(profile({3: (0.5, 0.2, 2)}))
    assert contrast(same, same, 9) == ()


def test_key_features_are_those_that_fire_oftener_than_in_the_corpus():
    summed = tally(profile({1: (0.9, 0.3, 5), 2: (0.9, 0.3, 5), 3: (0.2, 0.1, 1)}, n_tokens=50))
    densities = {1: 0.09, 2: 0.001, 3: 0.5}
    found = key_features(summed, lambda ref: densities[ref.feature_index], 9)
    assert [ref for ref, _ in found] == [ref_of(("2", 2)), ref_of(("2", 1))]


def test_keyness_is_the_log_likelihood_ratio():
    expected = 2 * (5 * math.log(5 / 1) + 45 * math.log(45 / 49))
    assert keyness(5, 50, 0.02) == pytest.approx(expected)
    assert keyness(1, 50, 0.02) == 0.0
    assert keyness(50, 50, 0.02) > 0
