"""What passages woke of the features: added up, ranked, and set against each other."""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tinymorph.schema.feature import FeatureProfile, FeatureRef
from tinymorph.schema.span import Span

Key = tuple[str, int]
"""SAE and feature index: a `FeatureRef` that is cheap to make and to look up."""


@dataclass(frozen=True, slots=True)
class Woken:
    """What one passage woke of one feature; strengths are in units of its max activation."""

    peak: float
    mean: float
    count: int
    """Tokens on which it was active."""
    span: Span
    """The token of the peak, in the paragraph."""


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """A `FeatureProfile` in a tenth of the memory."""

    indexes: array[int]
    peaks: array[float]
    means: array[float]
    counts: array[int]
    starts: array[int]
    ends: array[int]


class PassageProfile:
    """Everything that one passage woke."""

    __slots__ = ("_columns", "n_tokens")

    def __init__(self, profiles: Iterable[FeatureProfile]) -> None:
        profiles = tuple(profiles)
        self.n_tokens = max((profile.n_tokens for profile in profiles), default=0)
        self._columns = {profile.sae_id: _packed(profile) for profile in profiles}

    def __iter__(self) -> Iterator[tuple[Key, float, float, int]]:
        """Yield key, peak, mean and count of each feature."""
        for sae_id, columns in self._columns.items():
            rows = zip(columns.indexes, columns.peaks, columns.means, columns.counts, strict=True)
            for index, peak, mean, count in rows:
                yield (sae_id, index), peak, mean, count

    def find(self, key: Key) -> Woken | None:
        """Return what the passage woke of a feature, or None."""
        columns = self._columns.get(key[0])
        if columns is None:
            return None
        at = bisect_left(columns.indexes, key[1])
        if at == len(columns.indexes) or columns.indexes[at] != key[1]:
            return None
        span = Span(start=columns.starts[at], end=columns.ends[at])
        return Woken(columns.peaks[at], columns.means[at], columns.counts[at], span)

    def peak(self, key: Key) -> float:
        """Return how strong a feature was at its strongest; 0 where it was not woken."""
        columns = self._columns.get(key[0])
        if columns is None:
            return 0.0
        at = bisect_left(columns.indexes, key[1])
        is_there = at < len(columns.indexes) and columns.indexes[at] == key[1]
        return columns.peaks[at] if is_there else 0.0


class Tally:
    """Add passages up."""

    def __init__(self) -> None:
        self.n_tokens = 0
        self._peaks: dict[Key, float] = {}
        self._sums: dict[Key, float] = {}
        self._counts: dict[Key, int] = {}

    def add(self, profile: PassageProfile) -> None:
        """Take in one more passage."""
        size = profile.n_tokens
        self.n_tokens += size
        peaks, sums, counts = self._peaks, self._sums, self._counts
        for key, peak, mean, count in profile:
            if peak > peaks.get(key, 0.0):
                peaks[key] = peak
            sums[key] = sums.get(key, 0.0) + mean * size
            counts[key] = counts.get(key, 0) + count

    def strongest(self, top: int) -> tuple[tuple[Key, float], ...]:
        """Return the features with the highest peaks, highest first."""
        found = heapq.nsmallest(top, self._peaks.items(), key=_by_strength)
        return tuple((key, peak) for key, peak in found if peak > 0)

    def mean(self, key: Key) -> float:
        """Return the mean over all tokens; 0 where there are none."""
        return self._sums.get(key, 0.0) / self.n_tokens if self.n_tokens else 0.0

    def peak(self, key: Key) -> float:
        """Return the highest peak."""
        return self._peaks.get(key, 0.0)

    def count(self, key: Key) -> int:
        """Return on how many tokens a feature was active."""
        return self._counts.get(key, 0)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._peaks)


@dataclass(frozen=True, slots=True)
class Difference:
    """One feature in two passages: its mean activation in units of its max activation."""

    ref: FeatureRef
    a: float
    b: float

    @property
    def more_in_b(self) -> float:
        """Return by how much it is stronger in B; below zero, in A."""
        return self.b - self.a


def contrast(a: Tally, b: Tally, top: int) -> tuple[Difference, ...]:
    """Return the features that differ most, those of A first, at most `top` of each.

    On each side the largest difference comes first.
    """
    keys = set(a) | set(b)
    differences = [(b.mean(key) - a.mean(key), key) for key in keys]
    more_in_a = heapq.nsmallest(top, (pair for pair in differences if pair[0] < 0))
    more_in_b = heapq.nsmallest(top, ((-gap, key) for gap, key in differences if gap > 0))
    return tuple(
        Difference(ref_of(key), a.mean(key), b.mean(key)) for _, key in [*more_in_a, *more_in_b]
    )


def keyness(count: int, n_tokens: int, density: float) -> float:
    """Return how surprising it is that a feature fires so often, as a log-likelihood ratio.

    0 for one that fires no oftener than its density over the reference corpus lets expect. It is
    Dunning's G² of corpus linguistics, which finds the words that are key to a text.
    """
    if not 0 < density < 1 or not count or count / n_tokens <= density:
        return 0.0
    rest = n_tokens - count
    ratio = count * math.log(count / (n_tokens * density))
    if rest:
        ratio += rest * math.log(rest / (n_tokens * (1 - density)))
    return 2 * ratio


def key_features(
    tally: Tally, density: Callable[[FeatureRef], float], top: int
) -> tuple[tuple[FeatureRef, float], ...]:
    """Return the features that are key to what was tallied, with their keyness, highest first."""
    refs = [(ref_of(key), tally.count(key)) for key in tally]
    scored = [(ref, keyness(count, tally.n_tokens, density(ref))) for ref, count in refs]
    best = heapq.nsmallest(top, scored, key=_by_keyness)
    return tuple((ref, score) for ref, score in best if score > 0)


def ref_of(key: Key) -> FeatureRef:
    """Return the feature that a key means."""
    return FeatureRef(sae_id=key[0], feature_index=key[1])


def key_of(ref: FeatureRef) -> Key:
    """Return the key of a feature."""
    return (ref.sae_id, ref.feature_index)


def _packed(profile: FeatureProfile) -> _Columns:
    return _Columns(
        array("L", profile.feature_indexes),
        array("f", profile.peaks),
        array("f", profile.means),
        array("L", profile.counts),
        array("L", profile.starts),
        array("L", profile.ends),
    )


def _by_strength(item: tuple[Key, float]) -> tuple[float, Key]:
    return -item[1], item[0]


def _by_keyness(item: tuple[FeatureRef, float]) -> tuple[float, str]:
    return -item[1], str(item[0])
