"""Promises about which versions are kept as they grow old, with a clock of our own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tinymorph.text.thinning import ALL_FOR, DAILY, MONTHLY, WEEKLY, Dated, kept_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEARS_IN_MINUTES = 3 * 365 * 24 * 60

ages = st.integers(0, YEARS_IN_MINUTES) | st.integers(0, 30 * 24 * 60)


@st.composite
def histories(draw: st.DrawFn) -> list[Dated]:
    minutes = draw(st.lists(ages, min_size=1, max_size=120, unique=True))
    return [
        Dated(
            number,
            NOW - timedelta(minutes=age),
            words=draw(st.sampled_from([0, 5, 1000, 1010])),
            is_pinned=draw(st.integers(0, 9)) == 0,
        )
        for number, age in enumerate(minutes)
    ]


def test_a_version_every_hour_of_two_years_is_thinned_to_the_plan() -> None:
    hourly = [Dated(hour, NOW - timedelta(hours=hour), 1000) for hour in range(2 * 365 * 24)]
    kept = kept_of(hourly, NOW)
    recent = {one.version_id for one in hourly if NOW - one.at <= ALL_FOR}
    assert len(recent) == 49
    assert recent <= kept
    assert len(kept - recent) == DAILY + WEEKLY + MONTHLY
    days = [NOW.date() - one.at.date() for one in hourly if one.version_id in kept - recent]
    assert [day.days for day in days[:DAILY]] == list(range(2, 2 + DAILY))
    assert max(days).days > 300


@given(histories())
def test_nothing_of_two_days_the_newest_and_nothing_pinned_is_let_go(history: list[Dated]) -> None:
    kept = kept_of(history, NOW)
    newest = max(history, key=lambda one: (one.at, one.version_id))
    assert newest.version_id in kept
    for one in history:
        if one.is_pinned or NOW - one.at <= ALL_FOR:
            assert one.version_id in kept


@given(histories())
def test_the_last_version_before_most_words_went_is_kept(history: list[Dated]) -> None:
    kept = kept_of(history, NOW)
    ordered = sorted(history, key=lambda one: (one.at, one.version_id))
    for before, after in pairwise(ordered):
        if before.words >= 1000 and after.words < before.words / 2:
            assert before.version_id in kept


@given(histories())
def test_what_is_kept_is_bounded_whatever_was_written(history: list[Dated]) -> None:
    plain = [Dated(one.version_id, one.at, 1000) for one in history]
    old = [one for one in plain if NOW - one.at > ALL_FOR]
    kept = kept_of(plain, NOW)
    assert len([one for one in old if one.version_id in kept]) <= DAILY + WEEKLY + MONTHLY + 1


@given(histories(), st.lists(st.integers(0, 400), max_size=20))
def test_thinning_often_keeps_the_same_as_thinning_once(
    history: list[Dated], days: Sequence[int]
) -> None:
    plain = [Dated(one.version_id, one.at, 1000) for one in history]
    rest = plain
    for day in sorted(days, reverse=True):
        moment = NOW - timedelta(days=day)
        past = [one for one in rest if one.at <= moment]
        future = [one for one in rest if one.at > moment]
        kept = kept_of(past, moment)
        rest = [one for one in past if one.version_id in kept] + future
    assert kept_of(rest, NOW) == kept_of(plain, NOW)


@given(histories())
def test_a_document_at_rest_loses_nothing_more(history: list[Dated]) -> None:
    plain = [Dated(one.version_id, one.at, 1000) for one in history]
    later = NOW + timedelta(days=3)
    kept = kept_of(plain, later)
    rest = [one for one in plain if one.version_id in kept]
    assert kept_of(rest, NOW + timedelta(days=3000)) == kept
