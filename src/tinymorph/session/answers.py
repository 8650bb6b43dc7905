"""Answers already given: an equal request is not asked twice, so comparing takes no time."""

from __future__ import annotations

from collections.abc import Callable

from tinymorph.schema.events import EngineEvent, Finished, ModelReady
from tinymorph.schema.request import EngineRequest, SuggestionRequest
from tinymorph.session.client import EngineClient

MOST_ANSWERS = 32


class AnswerMemory:
    """Stand before an engine's client and answer what it answered before; one thread only.

    A request alone decides the words that come back, so its answer is as good the next time.
    """

    def __init__(self, client: EngineClient, emit: Callable[[EngineEvent], None]) -> None:
        self._client, self._emit = client, emit
        self._open: dict[str, SuggestionRequest] = {}
        """By lane, what was asked of the engine last and is not known to be over."""
        self._answers: dict[SuggestionRequest, Finished] = {}
        """In the order of their last use."""

    def submit(self, request: EngineRequest) -> None:
        """Answer a request at once if its words are known; else pass it on."""
        if not isinstance(request, SuggestionRequest):
            self._client.submit(request)
            return
        question = _question(request)
        known = self._answers.pop(question, None)
        if known is None:
            self._open[request.lane] = request
            self._client.submit(request)
            return
        self._answers[question] = known
        displaced = self._open.pop(request.lane, None)
        if displaced is not None:
            self._client.cancel(displaced.request_id)
        self._emit(_renamed(known, request))

    def cancel(self, request_id: str) -> None:
        """Withdraw a request."""
        self._client.cancel(request_id)

    def heard(self, event: EngineEvent) -> None:
        """Take note of an answer."""
        if isinstance(event, ModelReady):
            self.forget()
        elif isinstance(event, Finished):
            for lane, request in tuple(self._open.items()):
                if request.request_id == event.request_id:
                    del self._open[lane]
                    self._answers[_question(request)] = event
            for oldest in tuple(self._answers)[:-MOST_ANSWERS]:
                del self._answers[oldest]

    def forget(self) -> None:
        """Know no answer any more."""
        self._answers.clear()


def _question(request: SuggestionRequest) -> SuggestionRequest:
    """Return a request without what does not change its words."""
    return request.model_copy(update={"request_id": "", "lane": "asked"})


def _renamed(answer: Finished, request: SuggestionRequest) -> Finished:
    """Return an answer as one to an equal request."""
    name = {"request_id": request.request_id}
    suggestions = tuple(found.model_copy(update=name) for found in answer.suggestions)
    return answer.model_copy(update={**name, "suggestions": suggestions})
