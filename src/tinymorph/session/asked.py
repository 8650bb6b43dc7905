"""One asking and what came back of it, until the next one takes its place."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Finished, TextStreamed
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.suggestion import AcceptedEdit, Suggestion
from tinymorph.session.views import SuggestionView
from tinymorph.text.diff import diff_so_far, diff_words, replacements


class AskedSuggestions:
    """Collect the words of one request's alternatives as they come."""

    def __init__(self, request: SuggestionRequest) -> None:
        self.request = request
        self.is_running = True
        self.finished: dict[int, Suggestion] = {}
        self.trouble: ErrorNote | None = None
        self._texts: dict[int, str] = {}
        self._twins: dict[int, str] = {}
        self._dismissed: set[int] = set()
        self._is_withdrawn = False

    @property
    def is_on_show(self) -> bool:
        """Say whether there are cards, or soon will be."""
        return self.is_running or bool(self._shown())

    @property
    def done(self) -> int:
        """Return how many alternatives are complete or being written."""
        return len(self.finished) or len(self._texts)

    def answers(self, request: SuggestionRequest) -> bool:
        """Say whether this is already the answer, or the coming answer, to an equal request."""
        if self.trouble is not None or self._is_withdrawn or not self.is_on_show:
            return False
        same = {"request_id": self.request.request_id, "lane": self.request.lane}
        return request.model_copy(update=same) == self.request

    def heard(self, event: TextStreamed | Finished | Failed | Cancelled) -> bool:
        """Take in one event of this request; say whether anything changed."""
        match event:
            case TextStreamed():
                texts = self._twins if event.is_twin else self._texts
                texts[event.index] = texts.get(event.index, "") + event.chunk
            case Finished():
                self.is_running = False
                self.finished = {one.index: one for one in event.suggestions}
            case Failed():
                self.is_running, self.trouble = False, event.note
            case Cancelled():
                self.stop()
        return True

    def stop(self) -> None:
        """Expect nothing more; the words that came stay."""
        self.is_running, self._is_withdrawn = False, True

    def dismiss(self, index: int) -> bool:
        """Take a card away; say whether it was there."""
        was_there = index in self._shown()
        self._dismissed.add(index)
        return was_there

    def views(self, *, is_stale: bool) -> tuple[SuggestionView, ...]:
        """Return the cards in the order of their alternatives."""
        return tuple(self._view(index, is_stale=is_stale) for index in self._shown())

    def _shown(self) -> list[int]:
        indexes = set(range(self.request.alternatives)) if self.is_running else set(self._texts)
        return sorted((indexes | set(self.finished)) - self._dismissed)

    def _view(self, index: int, *, is_stale: bool) -> SuggestionView:
        before = self.request.span.of(self.request.paragraph.text)
        suggestion = self.finished.get(index)
        text = suggestion.text if suggestion else self._texts.get(index, "")
        diff = (
            diff_words(before, text) if suggestion else diff_so_far(before, text) if text else None
        )
        twin = suggestion.twin if suggestion else None
        return SuggestionView(
            index=index,
            text=text,
            twin_text=twin if twin is not None else self._twins.get(index, ""),
            before=before,
            is_finished=suggestion is not None,
            is_stale=is_stale,
            diff=diff,
            suggestion=suggestion,
        )


def edit_of(
    request: SuggestionRequest, suggestion: Suggestion, hunks: AbstractSet[int] | None
) -> AcceptedEdit:
    """Return the edit that puts a suggestion, or only some hunks of it, into its paragraph."""
    diff = diff_words(request.span.of(request.paragraph.text), suggestion.text)
    return AcceptedEdit(
        paragraph_id=request.paragraph.paragraph_id,
        base_revision=request.paragraph.revision,
        replacements=replacements(diff, hunks, request.span.start),
    )
