"""One asking and what came back of it, until the next one takes its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from tinymorph.errors import BadInputError, StaleEditError
from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Finished, TextStreamed
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import ProtectedKind, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import AcceptedEdit, Replacement, Suggestion
from tinymorph.session.card import Card, diff_of
from tinymorph.session.journal import receipt_name
from tinymorph.session.places import HunkPlaces, moved_span
from tinymorph.session.views import SuggestionView, WritingProgress
from tinymorph.text.diff import apply_replacements, diff_so_far, diff_words, edits_between
from tinymorph.text.protected import find_protected

_Edit = tuple[tuple[Replacement, ...], str]
"""What was replaced, and the paragraph after it."""


class AskedSuggestions:
    """Collect the words of one request's alternatives, and follow their paragraph's edits.

    `meant_for` has the writer's passage, where the request asks about other words in its place.
    """

    def __init__(
        self,
        request: SuggestionRequest,
        clock: Callable[[], float] = time.monotonic,
        meant_for: SuggestionRequest | None = None,
    ) -> None:
        self.request = request
        self.meant_for = meant_for or request
        self._parts = tuple(part.span for part in self.meant_for.protected)
        self._clock, self._begun, self._heard_at = clock, 0.0, 0.0
        self._tokens = self._first_tokens = 0
        self.is_running = True
        self.trouble: ErrorNote | None = None
        self._now: ParagraphSnapshot | None = self.meant_for.paragraph
        self._edits: list[_Edit] = []
        self._expected: tuple[int, frozenset[int], AcceptedEdit] | None = None
        self._cards: dict[int, Card] = {}
        text, span = self.meant_for.paragraph.text, self.meant_for.span
        passage = span.of(text)
        self._passage = HunkPlaces(diff_words(passage, passage), span.start, text)
        self._texts: dict[int, str] = {}
        self._twins: dict[int, str] = {}
        self._dismissed: set[int] = set()
        self._before_accepting = ""
        self._aside: tuple[str, frozenset[int]] | None = None
        self._is_withdrawn = False

    @property
    def is_on_show(self) -> bool:
        """Say whether there are cards, or soon will be."""
        return self.is_running or bool(self._shown())

    @property
    def is_of_card(self) -> bool:
        """Say whether the request asks about a card's words, not about the writer's own."""
        return self.request.paragraph != self.meant_for.paragraph

    @property
    def paragraph(self) -> ParagraphSnapshot | None:
        """Return the paragraph as it is now; None if it is gone."""
        return self._now

    @property
    def progress(self) -> WritingProgress:
        """Return how far the writing is, and how fast it goes since the first words came."""
        elapsed = self._heard_at - self._begun
        after_first = self._tokens - self._first_tokens
        return WritingProgress(self._tokens, after_first / elapsed if elapsed > 0 else None)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Return what came, once all is finished."""
        return tuple(card.suggestion for _, card in sorted(self._cards.items()))

    def suggestion(self, index: int) -> Suggestion | None:
        """Return a finished alternative."""
        card = self._cards.get(index)
        return card.suggestion if card else None

    def answers(self, request: SuggestionRequest) -> bool:
        """Say whether this is already the answer, or the coming answer, to an equal request."""
        if self.trouble is not None or self._is_withdrawn or not self.is_on_show:
            return False
        same = {"request_id": self.request.request_id, "lane": self.request.lane}
        return request.model_copy(update=same) == self.request

    def again(self, plan: SteeringPlan) -> tuple[SuggestionRequest, SuggestionRequest] | None:
        """Return what asks the same of the words as they are now, steered by another plan.

        First what to ask, then what it is meant for. None while nothing is on show, or when the
        writer took the words away.
        """
        if not self.is_on_show or any(card.is_outdated for card in self._cards.values()):
            return None
        meant_for = self._meant_now()
        if meant_for is None:
            return None
        meant_for = meant_for.model_copy(update={"plan": plan, "lane": "asked"})
        if not self.is_of_card:
            return meant_for, meant_for
        return self.request.model_copy(update={"plan": plan, "lane": "asked"}), meant_for

    def like(self, index: int) -> tuple[SuggestionRequest, SuggestionRequest] | None:
        """Return what asks for other words for those of a card, meant for the writer's passage."""
        card, meant_for = self._cards.get(index), self._meant_now()
        if card is None or meant_for is None:
            return None
        words, text = card.suggestion.text, meant_for.paragraph.text
        start, end = meant_for.span.start, meant_for.span.end
        span = Span(start=start, end=start + len(words))
        paragraph = meant_for.paragraph.model_copy(
            update={"text": text[:start] + words + text[end:]}
        )
        kinds: frozenset[ProtectedKind] = frozenset(part.kind for part in self.request.protected)
        asked = meant_for.model_copy(
            update={
                "paragraph": paragraph,
                "span": span,
                "protected": find_protected(paragraph.text, kinds, span),
                "seed": self.request.seed + self.request.alternatives,
                "lane": "asked",
            }
        )
        return asked, meant_for

    # The paragraph

    def revised(self, snapshot: ParagraphSnapshot) -> None:
        """Follow an edit of the paragraph, whoever made it."""
        old, self._now = self._now, snapshot
        if old is None or old.text == snapshot.text:
            return
        expected, self._expected = self._expected, None
        if expected is not None and _is_outcome(expected[2], old, snapshot):
            index, hunks, accepted = expected
            self._before_accepting = old.text
            self._cards[index].places.accepted(hunks, snapshot.text)
            self._follow((accepted.replacements, snapshot.text), accepted_from=index)
        else:
            self._follow((edits_between(old.text, snapshot.text), snapshot.text))
        if self._aside is not None and self._aside[0] == snapshot.text:
            self._dismissed, self._aside = set(self._aside[1]), None

    def removed(self) -> None:
        """Take note that the paragraph is gone."""
        self._now = None

    # The engine

    def heard(self, event: TextStreamed | Finished | Failed | Cancelled) -> bool:
        """Take in one event of this request; say whether anything changed."""
        match event:
            case TextStreamed():
                self._count(event.n_tokens)
                texts = self._twins if event.is_twin else self._texts
                texts[event.index] = texts.get(event.index, "") + event.chunk
            case Finished():
                self.is_running = False
                self._cards = {one.index: self._card(one) for one in event.suggestions}
            case Failed():
                self.is_running, self.trouble = False, event.note
            case Cancelled():
                self.stop()
        return True

    def stop(self) -> None:
        """Expect nothing more; the words that came stay."""
        self.is_running, self._is_withdrawn = False, True

    # The writer

    def accept(self, index: int, hunks: AbstractSet[int] | None) -> AcceptedEdit:
        """Return the edit that accepts a card, or some hunks of it, for the paragraph as it is.

        Raises BadInputError or StaleEditError if there is nothing to accept.
        """
        card = self._cards.get(index)
        if card is None:
            raise BadInputError("There is no finished suggestion to accept.", hint="Ask for one.")
        if self._now is None:
            raise StaleEditError(
                "The paragraph that this was suggested for is gone.", hint="Ask again."
            )
        chosen = card.chosen(hunks)
        edit = AcceptedEdit(
            paragraph_id=self._now.paragraph_id,
            base_revision=self._now.revision,
            replacements=card.edits(chosen),
            receipt=card.receipt,
        )
        self._expected = (index, chosen, edit)
        return edit

    def refuse(self, index: int, hunk: int) -> bool:
        """Refuse one hunk of a card, or take that back; say whether anything changed."""
        card = self._cards.get(index)
        return card is not None and card.refuse(hunk)

    def put_aside(self) -> None:
        """Take all cards away, for one of them is in the page; undoing that brings them back."""
        self._aside = (self._before_accepting, frozenset(self._dismissed))
        self._dismissed |= set(self._shown())

    def dismiss(self, index: int) -> bool:
        """Take a card away; say whether it was there."""
        was_there = index in self._shown()
        self._dismissed.add(index)
        return was_there

    def views(self) -> tuple[SuggestionView, ...]:
        """Return the cards in the order of their alternatives."""
        return tuple(self._view(index) for index in self._shown())

    def _meant_now(self) -> SuggestionRequest | None:
        """Return the writer's passage as it is now; None if it is gone."""
        now, span = self._now, self._passage.whole
        if now is None or not span.of(now.text).strip():
            return None
        old, known = self.meant_for.paragraph.text, self.meant_for.protected
        protected = tuple(
            part.model_copy(update={"span": place})
            for part, place in zip(known, self._parts, strict=True)
            if place.of(now.text) == part.span.of(old)
        )
        update = {"paragraph": now, "span": span, "protected": protected}
        return self.meant_for.model_copy(update=update)

    def _count(self, n_tokens: int) -> None:
        """Take the time from the first words on: reading the prompt is no writing."""
        self._heard_at = self._clock()
        if not self._tokens:
            self._begun, self._first_tokens = self._heard_at, n_tokens
        self._tokens += n_tokens

    def _card(self, suggestion: Suggestion) -> Card:
        """Return a card that has followed what happened while it was written."""
        card = Card(self.meant_for, suggestion, receipt_name(self.request, suggestion))
        for edits, text in self._edits:
            card.places.edited(edits, text)
        return card

    def _follow(self, edit: _Edit, accepted_from: int | None = None) -> None:
        edits, text = edit
        self._edits.append(edit)
        is_own = accepted_from is not None
        self._parts = tuple(moved_span(span, edits) for span in self._parts)
        self._passage.edited(edits, text, is_within=is_own)
        for index, card in self._cards.items():
            if index != accepted_from:
                card.places.edited(edits, text, is_within=is_own)

    def _shown(self) -> list[int]:
        indexes = set(range(self.request.alternatives)) if self.is_running else set(self._texts)
        return sorted((indexes | set(self._cards)) - self._dismissed)

    def _view(self, index: int) -> SuggestionView:
        before = self.meant_for.span.of(self.meant_for.paragraph.text)
        card = self._cards.get(index)
        text = card.suggestion.text if card else self._texts.get(index, "")
        hunks = card.hunks() if card else ()
        diff = diff_of(hunks) if card else diff_so_far(before, text) if text else None
        twin = card.suggestion.twin if card else None
        return SuggestionView(
            index=index,
            text=text,
            twin_text=twin if twin is not None else self._twins.get(index, ""),
            before=before,
            is_finished=card is not None,
            is_stale=self._now is None or (card is not None and card.is_outdated),
            diff=diff,
            suggestion=card.suggestion if card else None,
            hunks=hunks,
            receipt=card.receipt if card else "",
        )


def _is_outcome(edit: AcceptedEdit, old: ParagraphSnapshot, new: ParagraphSnapshot) -> bool:
    """Say whether an edit made the new words of the old ones."""
    is_for_old = edit.base_revision == old.revision
    return is_for_old and apply_replacements(old.text, edit.replacements) == new.text
