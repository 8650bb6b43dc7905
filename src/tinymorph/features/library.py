"""All that is known of features: the model's catalogue, the writer's books, marks and lists."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.features.marks import FeatureMark, FeatureMarks
from tinymorph.features.search import SearchIndex, build_index, index_path, matches
from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef

MOST_SEEN = 2_000
"""Cards that are kept once they were read, some 5 kB each."""


class Cards(Protocol):
    """What ships with a model, or stands in for it."""

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        """Return what is known of a feature."""
        ...

    def label(self, ref: FeatureRef) -> str:
        """Return a feature's name, or its id."""
        ...

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        """Return the features whose label holds the words."""
        ...


class EmptyCards:
    """Stand in where there is no catalogue: every feature is known by its id alone."""

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        """Know nothing."""
        del ref

    def label(self, ref: FeatureRef) -> str:
        """Return the id."""
        return f"Feature {ref}"

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        """Find nothing."""
        del words, limit
        return ()


class WriterLibrary:
    """Lay what the writer says and reads over what the model's catalogue says.

    `paths` are those of the catalogues, for the index of their words, which lies in `folder`.
    """

    def __init__(
        self,
        cards: Cards,
        marks: FeatureMarks,
        own: FeatureCatalogue | None = None,
        *,
        paths: tuple[Path, ...] = (),
        folder: Path | None = None,
    ) -> None:
        self._cards, self._marks, self._own = cards, marks, own
        self._paths, self._folder = paths, folder
        self._model = ""
        self._labels: dict[FeatureRef, str] = {}
        self._index: SearchIndex | None = None
        self._seen: dict[FeatureRef, FeatureCard | None] = {}

    # What the panels ask

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        """Return what is known of a feature, under the writer's own name if it has one."""
        if ref not in self._seen:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen[ref] = self._read_card(ref)
        card, mine = self._seen[ref], self._labels.get(ref)
        if card is None or mine is None:
            return card
        return card.model_copy(update={"label": mine, "label_source": "yours"})

    def label(self, ref: FeatureRef) -> str:
        """Return a feature's name: the writer's, else the catalogue's, else its id."""
        card = self.card(ref)
        return self._cards.label(ref) if card is None or not card.label else card.label

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        """Return the features that have all the words, the writer's own names and notes first."""
        mine = [
            ref
            for ref, mark in self._marks.marked(self._model).items()
            if words.strip() and matches(words, f"{mark.label} {mark.note}")
        ]
        if self._index is not None and words.strip():
            others = self._index.find(words, limit)
        else:
            others = tuple(card.ref for card in self._cards.search(words, limit))
        found = [self.card(ref) for ref in dict.fromkeys([*mine, *others])]
        return tuple(card for card in found if card is not None)[:limit]

    def own_examples(self, ref: FeatureRef) -> tuple[FeatureExample, ...]:
        """Return windows from the writer's own books."""
        card = self._own.card(ref) if self._own is not None else None
        if card is None:
            return ()
        shipped = self._cards.card(ref)
        known = shipped.examples if shipped is not None else ()
        return tuple(example for example in card.examples if example not in known)

    @property
    def has_own_books(self) -> bool:
        """Say whether the writer has had books read (`tinymorph features --index`)."""
        return self._own is not None

    def density(self, ref: FeatureRef) -> float:
        """Return on what share of tokens a feature is active over the reference corpus."""
        if isinstance(self._cards, FeatureCatalogue):
            return self._cards.density(ref)
        card = self.card(ref)
        return 0.0 if card is None else card.activation_density

    # What the writer says

    @property
    def can_mark(self) -> bool:
        """Say whether names and notes can be kept: the model must be known."""
        return bool(self._model)

    def use_model(self, sha256: str) -> bool:
        """Take the marks of this model; say whether that is another one."""
        if sha256 == self._model:
            return False
        self._model = sha256
        self._labels = self._marks.labels(sha256)
        return True

    def mark(self, ref: FeatureRef) -> FeatureMark:
        """Return what the writer says of a feature."""
        return self._marks.mark(self._model, ref)

    def write(self, ref: FeatureRef, label: str, note: str) -> None:
        """Give a feature a name and a note; FileProblemError if they cannot be kept."""
        self._marks.write(self._model, ref, label, note)
        self._labels = self._marks.labels(self._model)

    def put(self, name: str, ref: FeatureRef, *, is_on: bool) -> None:
        """Put a feature on a list or take it off; FileProblemError if that cannot be kept."""
        self._marks.put(self._model, name, ref, is_on=is_on)

    def lists(self) -> tuple[str, ...]:
        """Return the names of the writer's lists."""
        return self._marks.lists(self._model)

    def members(self, name: str) -> tuple[FeatureRef, ...]:
        """Return the features of a list."""
        return self._marks.members(self._model, name)

    # The index of words

    @property
    def is_indexed(self) -> bool:
        """Say whether a search reaches examples and logits, or labels alone."""
        return self._index is not None

    def prepare_search(self) -> None:
        """Make the index of words where there is none yet; on any thread, for a second or so."""
        path = self._index_path()
        if path is None:
            return
        known = SearchIndex.open(path)
        if known is None:
            build_index(path, self._paths)
        else:
            known.close()

    def open_search(self) -> bool:
        """Use the index of words; say whether it is there."""
        path = self._index_path()
        if self._index is None and path is not None:
            self._index = SearchIndex.open(path)
        return self._index is not None

    def close(self) -> None:
        """Close every file; what is asked later, by an event that comes late, is not known."""
        self._marks.close()
        if self._index is not None:
            self._index.close()
            self._index = None
        for known in (self._cards, self._own):
            if isinstance(known, FeatureCatalogue):
                known.close()
        self._cards, self._own = EmptyCards(), None
        self._seen.clear()

    def _read_card(self, ref: FeatureRef) -> FeatureCard | None:
        card = self._cards.card(ref)
        if card is None and self._own is not None and (own := self._own.card(ref)) is not None:
            card = own.model_copy(update={"examples": ()})
        return card

    def _index_path(self) -> Path | None:
        if self._folder is None or not self._paths:
            return None
        return index_path(self._folder, self._paths)
