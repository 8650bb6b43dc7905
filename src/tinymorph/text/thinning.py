"""Which versions of a document are kept as they grow old."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

ALL_FOR = timedelta(days=2)
DAILY, WEEKLY, MONTHLY = 12, 10, 9
BIG_LOSS = 0.5
"""A version whose successor has less than this share of its words is kept like a pinned one."""
FEW_WORDS = 20


@dataclass(frozen=True, slots=True)
class Dated:
    """What thinning needs to know of a version."""

    version_id: int
    at: datetime
    words: int
    is_pinned: bool = False


def kept_of(versions: Iterable[Dated], now: datetime) -> set[int]:
    """Return the ids of the versions of one document that are to be kept.

    All of two days; then the last of each of 12 days, of 10 weeks and of 9 months that have any.
    Days without versions are not counted, so a document at rest keeps what it has. Always kept
    are the newest, the pinned ones, and those after which most of the words went away.
    """
    ordered = sorted(versions, key=lambda one: (one.at, one.version_id), reverse=True)
    kept = {one.version_id for one in ordered if one.is_pinned or now - one.at <= ALL_FOR}
    kept.update(one.version_id for one in ordered[:1])
    kept.update(
        before.version_id
        for after, before in pairwise(ordered)
        if before.words >= FEW_WORDS and after.words < before.words * BIG_LOSS
    )
    old = [one for one in ordered if now - one.at > ALL_FOR]
    for count, bucket in ((DAILY, _day), (WEEKLY, _week), (MONTHLY, _month)):
        newest, old = _newest_of_each(old, bucket, count)
        kept.update(newest)
    return kept


def _newest_of_each(
    old: list[Dated], bucket: Callable[[date], object], count: int
) -> tuple[set[int], list[Dated]]:
    """Return the newest of each of the first buckets, and what lies beyond these buckets."""
    seen: set[object] = set()
    newest: set[int] = set()
    for place, one in enumerate(old):
        key = bucket(one.at.astimezone(UTC).date())
        if key in seen:
            continue
        if len(seen) == count:
            return newest, old[place:]
        seen.add(key)
        newest.add(one.version_id)
    return newest, []


def _day(day: date) -> object:
    return day


def _week(day: date) -> object:
    return day.isocalendar()[:2]


def _month(day: date) -> object:
    return (day.year, day.month)
