"""What needs more than one reading: the whole document, two passages, an example."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tinymorph.features.profiles import (
    Difference,
    Key,
    PassageProfile,
    Tally,
    contrast,
    key_features,
    key_of,
    ref_of,
)
from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Inspected
from tinymorph.schema.feature import FeatureRef, Neighbour, TokenActivation
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.session.change import NOTHING, SessionChange
from tinymorph.session.passage_reader import Part, PassageReader

CHANGED = SessionChange(survey=True, status=True)
TOP = 24
MOST_TRACED = 200
"""Paragraphs whose words are heated at once; the strongest ones, where there are more."""

Side = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class SurveyedFeature:
    """One feature over many paragraphs; strengths are in units of its max activation."""

    ref: FeatureRef
    peak: float
    mean: float
    by_part: tuple[float, ...]
    """Its peak in each paragraph that was read."""
    part: int
    """Where it is strongest, as an index into the parts."""
    span: Span
    """The token of that peak."""


@dataclass(frozen=True, slots=True)
class SurveyView:
    """What was read so far of a document, or of a selection over several paragraphs."""

    parts: tuple[Part, ...]
    is_whole_document: bool
    done: int
    """How many parts are read; the first so many."""
    is_reading: bool
    stale: int
    """In how many of them the words were changed since."""
    features: tuple[SurveyedFeature, ...]
    trouble: ErrorNote | None


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One paragraph in which a feature fires."""

    part: Part
    number: int
    """Which part of the survey it is, from 1."""
    peak: float
    span: Span
    """The token of the peak."""


@dataclass(frozen=True, slots=True)
class ContrastView:
    """Two passages against each other."""

    a: tuple[Part, ...]
    b: tuple[Part, ...]
    """Empty while a passage is not marked."""
    is_reading: bool
    stale: int
    differences: tuple[Difference, ...]
    """Those stronger in A first; on each side the largest first."""
    trouble: ErrorNote | None


@dataclass(frozen=True, slots=True)
class ExampleView:
    """Features that are key to an example."""

    text: str
    is_reading: bool
    features: tuple[tuple[FeatureRef, float], ...]
    """With their keyness."""
    trouble: ErrorNote | None


class Surveys:
    """Ask for many readings and hold what came of them.

    `revisions` are those of the paragraphs as they are now; what is asked about is noted there, so
    that later edits make it stale.
    """

    def __init__(self, reader: PassageReader, revisions: MutableMapping[str, int]) -> None:
        self._reader, self._revisions = reader, revisions
        self._parts: tuple[Part, ...] = ()
        self._is_whole_document = False
        self._ids: set[str] = set()
        self._tally, self._profiles = Tally(), list[PassageProfile]()
        self._features: tuple[SurveyedFeature, ...] | None = None
        self._differences: tuple[Difference, ...] | None = None
        self._key_features: tuple[tuple[FeatureRef, float], ...] | None = None
        self._marked: dict[Side, tuple[Part, ...]] = {"a": (), "b": ()}
        self._example: Part | None = None
        self._traced: tuple[Part, ...] = ()

    # Asking

    def survey(self, parts: Sequence[Part], *, is_whole_document: bool) -> SessionChange:
        """Read every part; equal words that were read before are not read again."""
        self._know(parts)
        self._parts, self._is_whole_document = tuple(parts), is_whole_document
        self._tally, self._profiles, self._features = Tally(), [], None
        self._ids = {part.paragraph.paragraph_id for part in parts}
        self._reader.want("survey", self._parts)
        self._add_up()
        return CHANGED

    def mark(self, side: Side, parts: Sequence[Part]) -> SessionChange:
        """Take a passage as A or B."""
        self._know(parts)
        self._differences = None
        self._marked[side] = tuple(parts)
        self._reader.want("contrast", [*self._marked["a"], *self._marked["b"]])
        return CHANGED

    def exchange(self) -> SessionChange:
        """Make A B and B A."""
        self._marked = {"a": self._marked["b"], "b": self._marked["a"]}
        self._differences = None
        return CHANGED

    def ask_like(self, text: str) -> SessionChange:
        """Read an example to find the features that are key to it."""
        span = Span(start=0, end=len(text))
        self._key_features = None
        self._example = Part(ParagraphSnapshot(paragraph_id="", revision=0, text=text), span)
        self._reader.want("example", [self._example])
        return CHANGED

    def trace(self, ref: FeatureRef | None, before: Sequence[Part] = ()) -> None:
        """Read where a feature fires: in `before` and what is marked, then in the survey.

        Of the survey only the strongest paragraphs are read.
        """
        places = [] if ref is None else self.places(ref)[:MOST_TRACED]
        marked = (*self._marked["a"], *self._marked["b"])
        self._traced = () if ref is None else (*before, *marked)
        for part in before:
            self._revisions.setdefault(part.paragraph.paragraph_id, part.paragraph.revision)
        self._reader.want("traces", [*self._traced, *(place.part for place in places)], ref)

    def ask_neighbours(self, ref: FeatureRef | None) -> None:
        """Ask which features are nearest to one, or to none any more."""
        self._reader.want_neighbours(ref)

    def stop(self) -> SessionChange:
        """Read nothing more; what was read stays."""
        return CHANGED if self._reader.stop() else NOTHING

    def forget(self) -> SessionChange:
        """Forget the document: another one is on the page."""
        self._reader.stop()
        self._marked, self._example, self._traced = {"a": (), "b": ()}, None, ()
        self._differences = self._key_features = None
        return self.survey((), is_whole_document=False)

    def heard(self, event: Inspected | Failed | Cancelled) -> SessionChange:
        """Take in an event; nothing changes if it is no answer to us."""
        if self._reader.heard(event) is None:
            return NOTHING
        self._add_up()
        return CHANGED

    # What is shown

    @property
    def is_reading(self) -> bool:
        """Say whether anything is under way that a writer waits for."""
        return any(self._reader.is_reading(name) for name in ("survey", "contrast", "example"))

    @property
    def progress(self) -> tuple[int, int]:
        """Return how many paragraphs of the survey are read, and how many there are."""
        return len(self._profiles), len(self._parts)

    def is_of(self, paragraph_id: str) -> bool:
        """Say whether a paragraph is in the survey or in a marked passage."""
        marked = (*self._marked["a"], *self._marked["b"])
        is_marked = any(part.paragraph.paragraph_id == paragraph_id for part in marked)
        return is_marked or paragraph_id in self._ids

    def view(self) -> SurveyView | None:
        """Return what was read of the document or the long selection; None if none was asked."""
        if not self._parts:
            return None
        return SurveyView(
            parts=self._parts,
            is_whole_document=self._is_whole_document,
            done=len(self._profiles),
            is_reading=self._reader.is_reading("survey"),
            stale=self._count_stale(self._parts),
            features=self._strongest(),
            trouble=self._reader.trouble,
        )

    def places(self, ref: FeatureRef) -> tuple[PlaceView, ...]:
        """Return where in the survey a feature fires, strongest first."""
        key, found = key_of(ref), list[PlaceView]()
        if self._tally.peak(key) <= 0:
            return ()
        read = zip(self._parts, self._profiles, strict=False)
        for number, (part, profile) in enumerate(read, start=1):
            woken = profile.find(key)
            if woken is not None:
                found.append(PlaceView(part, number, woken.peak, woken.span))
        return tuple(sorted(found, key=_by_peak))

    def traces(self, ref: FeatureRef) -> dict[str, tuple[TokenActivation, ...]]:
        """Return a feature over the words where `trace` has read it so far, by paragraph."""
        found: dict[str, tuple[TokenActivation, ...]] = {}
        for part in (*self._parts[: len(self._profiles)], *self._traced):
            activation = self._reader.trace(part, ref)
            if activation is not None and not self._is_stale(part.paragraph):
                found[part.paragraph.paragraph_id] = activation.trace
        return found

    def neighbours(self, ref: FeatureRef) -> tuple[Neighbour, ...] | None:
        """Return the features nearest to one; None while that is not known."""
        return self._reader.neighbours(ref)

    def contrast(self) -> ContrastView:
        """Return the marked passages, and how they differ once both are read."""
        a, b = self._marked["a"], self._marked["b"]
        is_reading = self._reader.is_reading("contrast")
        if self._differences is None and a and b and not is_reading:
            self._differences = contrast(self._summed(a), self._summed(b), TOP // 2)
        return ContrastView(
            a=a,
            b=b,
            is_reading=is_reading,
            stale=self._count_stale((*a, *b)),
            differences=self._differences or (),
            trouble=self._reader.trouble,
        )

    def example(self, density: Callable[[FeatureRef], float]) -> ExampleView | None:
        """Return the features that are key to the example; None if there is none."""
        if self._example is None:
            return None
        is_reading = self._reader.is_reading("example")
        if self._key_features is None and not is_reading:
            self._key_features = key_features(self._summed((self._example,)), density, TOP)
        return ExampleView(
            text=self._example.text,
            is_reading=is_reading,
            features=self._key_features or (),
            trouble=self._reader.trouble,
        )

    def _know(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self._revisions[part.paragraph.paragraph_id] = part.paragraph.revision

    def _is_stale(self, snapshot: ParagraphSnapshot) -> bool:
        return self._revisions.get(snapshot.paragraph_id) != snapshot.revision

    def _add_up(self) -> None:
        """Take in the parts that were read since, in their order."""
        while len(self._profiles) < len(self._parts):
            profile = self._reader.profile(self._parts[len(self._profiles)])
            if profile is None:
                return
            self._tally.add(profile)
            self._profiles.append(profile)
            self._features = None

    def _strongest(self) -> tuple[SurveyedFeature, ...]:
        if self._features is None:
            self._features = tuple(self._feature(key) for key, _ in self._tally.strongest(TOP))
        return self._features

    def _feature(self, key: Key) -> SurveyedFeature:
        peaks = tuple(profile.peak(key) for profile in self._profiles)
        best = max(range(len(peaks)), key=peaks.__getitem__)
        woken = self._profiles[best].find(key)
        span = woken.span if woken is not None else Span(start=0, end=0)
        return SurveyedFeature(ref_of(key), peaks[best], self._tally.mean(key), peaks, best, span)

    def _summed(self, parts: Sequence[Part]) -> Tally:
        tally = Tally()
        for part in parts:
            profile = self._reader.profile(part)
            if profile is not None:
                tally.add(profile)
        return tally

    def _count_stale(self, parts: Sequence[Part]) -> int:
        return sum(self._is_stale(part.paragraph) for part in parts)


def _by_peak(place: PlaceView) -> tuple[float, int]:
    return -place.peak, place.number
