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
class Columns:
    """A `FeatureProfile` in a tenth of the memory."""

    indexes: array[int]
    peaks: array[float]
    means: array[float]
    counts: array[int]
    starts: array[int]
    ends: array[int]


class PassageProfile:
    """Everything that one passage woke."""

    __slots__ = ("columns", "n_tokens")

    def __init__(self, profiles: Iterable[FeatureProfile]) -> None:
        profiles = tuple(profiles)
        self.n_tokens = max((profile.n_tokens for profile in profiles), default=0)
        self.columns = {profile.sae_id: _packed(profile) for profile in profiles}

    def find(self, key: Key) -> Woken | None:
        """Return what the passage woke of a feature, or None."""
        columns = self.columns.get(key[0])
        if columns is None:
            return None
        at = bisect_left(columns.indexes, key[1])
        if at == len(columns.indexes) or columns.indexes[at] != key[1]:
            return None
        span = Span(start=columns.starts[at], end=columns.ends[at])
        return Woken(columns.peaks[at], columns.means[at], columns.counts[at], span)

    def peak(self, key: Key) -> float:
        """Return how strong a feature was at its strongest; 0 where it was not woken."""
        columns = self.columns.get(key[0])
        if columns is None:
            return 0.0
        at = bisect_left(columns.indexes, key[1])
        is_there = at < len(columns.indexes) and columns.indexes[at] == key[1]
        return columns.peaks[at] if is_there else 0.0


class Tally:
    """Add passages up; a few microseconds each, so that a novel is read again at once."""

    def __init__(self) -> None:
        self.n_tokens = 0
        self._sums: dict[str, _Sums] = {}

    def add(self, profile: PassageProfile) -> None:
        """Take in one more passage."""
        self.n_tokens += profile.n_tokens
        for sae_id, columns in profile.columns.items():
            if len(columns.indexes):
                self._sums.setdefault(sae_id, _Sums()).add(columns, profile.n_tokens)

    def strongest(self, top: int) -> tuple[tuple[Key, float], ...]:
        """Return the features with the highest peaks, highest first."""
        found = [
            ((sae_id, index), peak)
            for sae_id, sums in self._sums.items()
            for index, peak in sums.strongest(top)
        ]
        return tuple(sorted(found, key=_by_strength)[:top])

    def mean(self, key: Key) -> float:
        """Return the mean over all tokens; 0 where there are none."""
        sums = self._sums.get(key[0])
        return sums.mean(key[1]) / self.n_tokens if sums is not None and self.n_tokens else 0.0

    def peak(self, key: Key) -> float:
        """Return the highest peak."""
        sums = self._sums.get(key[0])
        return sums.peak(key[1]) if sums is not None else 0.0

    def count(self, key: Key) -> int:
        """Return on how many tokens a feature was active."""
        sums = self._sums.get(key[0])
        return sums.count(key[1]) if sums is not None else 0

    def __iter__(self) -> Iterator[Key]:
        for sae_id, sums in self._sums.items():
            for index in sums.woken():
                yield sae_id, index


class _Sums:
    """What was added up of one SAE, in rows as long as its highest index."""

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 - a tenth of a second, and the window comes first

        self._np = np
        self._peaks = np.zeros(0, dtype=np.float32)
        self._means = np.zeros(0, dtype=np.float64)
        self._counts = np.zeros(0, dtype=np.int64)

    def add(self, columns: Columns, n_tokens: int) -> None:
        np = self._np
        indexes = np.frombuffer(columns.indexes, dtype=np.uintc)
        more = int(indexes[-1]) + 1 - len(self._peaks)
        if more > 0:
            self._peaks = np.pad(self._peaks, (0, more))
            self._means = np.pad(self._means, (0, more))
            self._counts = np.pad(self._counts, (0, more))
        peaks = np.frombuffer(columns.peaks, dtype=np.float32)
        self._peaks[indexes] = np.maximum(self._peaks[indexes], peaks)
        self._means[indexes] += np.frombuffer(columns.means, dtype=np.float32) * float(n_tokens)
        self._counts[indexes] += np.frombuffer(columns.counts, dtype=np.uintc)

    def strongest(self, top: int) -> list[tuple[int, float]]:
        order = self._np.argsort(-self._peaks, kind="stable")[:top]
        return [
            (int(index), float(self._peaks[index])) for index in order if self._peaks[index] > 0
        ]

    def woken(self) -> list[int]:
        return self._np.flatnonzero(self._counts).tolist()

    def mean(self, index: int) -> float:
        return float(self._means[index]) if index < len(self._means) else 0.0

    def peak(self, index: int) -> float:
        return float(self._peaks[index]) if index < len(self._peaks) else 0.0

    def count(self, index: int) -> int:
        return int(self._counts[index]) if index < len(self._counts) else 0


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


def _packed(profile: FeatureProfile) -> Columns:
    return Columns(
        array("I", profile.feature_indexes),
        array("f", profile.peaks),
        array("f", profile.means),
        array("I", profile.counts),
        array("I", profile.starts),
        array("I", profile.ends),
    )


def _by_strength(item: tuple[Key, float]) -> tuple[float, Key]:
    return -item[1], item[0]


def _by_keyness(item: tuple[FeatureRef, float]) -> tuple[float, str]:
    return -item[1], str(item[0])
