"""Which features on the rack push the same way: asked of the engine once for each pair."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tinymorph.schema.events import Overlapped
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import OverlapRequest
from tinymorph.schema.steering import Overlap, SteeringTerm
from tinymorph.session.change import NOTHING, SessionChange
from tinymorph.session.client import EngineClient

LIMIT = 0.4
"""Cosine from which on two features get in each other's way. Of random pairs in the first bundle's
SAEs 0.2 % and 0.07 % lie beyond it."""


class Overlaps:
    """Hold the cosines of the pairs that were asked for."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._numbers = itertools.count(1)
        self._asked: set[frozenset[FeatureRef]] = set()
        self._known: dict[frozenset[FeatureRef], float] = {}

    def look(self, terms: Sequence[SteeringTerm]) -> None:
        """Ask for the pairs of these terms, unless all of them were asked for before."""
        refs = tuple(term.ref for term in terms)
        pairs = {frozenset(pair) for pair in itertools.combinations(refs, 2)}
        if pairs <= self._asked:
            return
        self._asked |= pairs
        request_id = f"overlap-{next(self._numbers)}"
        self._client.submit(OverlapRequest(request_id=request_id, refs=refs))

    def heard(self, event: Overlapped) -> SessionChange:
        """Take the engine's answer in."""
        fresh = {frozenset((one.first, one.second)): one.cosine for one in event.overlaps}
        is_news = any(self._known.get(pair) != cosine for pair, cosine in fresh.items())
        self._known |= fresh
        return SessionChange(rack=True) if is_news else NOTHING

    def of(self, ref: FeatureRef, terms: Sequence[SteeringTerm]) -> tuple[Overlap, ...]:
        """Return with which of the terms a feature overlaps beyond the limit, the most first."""
        found = [
            Overlap(first=ref, second=term.ref, cosine=cosine)
            for term in terms
            if (cosine := self._known.get(frozenset((ref, term.ref)))) is not None
            and abs(cosine) >= LIMIT
        ]
        return tuple(sorted(found, key=lambda one: -abs(one.cosine)))
