"""Promises of the engine's thread."""

from __future__ import annotations

import collections
import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from helpers.fake_rewriter import FAKE_MODEL, FakeRewriter
from tinymorph.errors import BundleError
from tinymorph.schema.events import (
    Cancelled,
    EngineEvent,
    Failed,
    Finished,
    Inspected,
    ModelLoading,
    ModelReady,
    TextStreamed,
)
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, InspectionRequest, Lane, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.session.worker import LANES, Engine, Report, RewriteWorker

LAST = (Finished, Inspected, Cancelled, Failed)


def ask(request_id: str, text: str = "one two three", lane: Lane = "asked") -> EngineRequest:
    paragraph = ParagraphSnapshot(paragraph_id="p", revision=0, text=text)
    span = Span(start=0, end=len(text))
    if lane in {"inspect", "survey"}:
        return InspectionRequest(request_id=request_id, lane=lane, paragraph=paragraph, span=span)
    return SuggestionRequest(
        request_id=request_id, lane=lane, paragraph=paragraph, span=span, alternatives=2
    )


class Log:
    """Collect events of all threads and wait for some of them."""

    def __init__(self) -> None:
        self.events: list[EngineEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: EngineEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, kind: type, request_id: str | None = "any") -> EngineEvent:
        def found() -> EngineEvent | None:
            for event in self.events:
                if isinstance(event, kind) and request_id in {
                    "any",
                    getattr(event, "request_id", None),
                }:
                    return event
            return None

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, 10), self.events
            event = found()
        assert event is not None
        return event

    def last_events(self) -> dict[str, list[EngineEvent]]:
        result: dict[str, list[EngineEvent]] = collections.defaultdict(list)
        for event in self.events:
            if isinstance(event, LAST) and event.request_id is not None:
                result[event.request_id].append(event)
        return result


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def worker_of(log: Log) -> Iterator[Callable[[Callable[[Report], Engine]], RewriteWorker]]:
    workers: list[RewriteWorker] = []

    def make(load: Callable[[Report], Engine]) -> RewriteWorker:
        workers.append(RewriteWorker(load, log))
        workers[-1].start()
        return workers[-1]

    yield make
    assert all(worker.close(10) for worker in workers)


@pytest.mark.parametrize("trial", range(30))
def test_every_request_gets_exactly_one_last_event_and_nothing_after_it(
    log: Log, trial: int
) -> None:
    engine, draw, numbers = FakeRewriter(delay_s=0.0005), random.Random(trial), itertools.count()
    worker = RewriteWorker(lambda _: engine, log)
    worker.start()
    sent: list[str] = []
    for _ in range(60):
        lane: Lane = draw.choice(LANES)
        text = draw.choice(["one two three four five", "a boom", "a misfeature b", "x"])
        sent.append(str(next(numbers)))
        worker.submit(ask(sent[-1], text, lane))
        if draw.random() < 0.25:
            worker.cancel(draw.choice(sent[-4:]))
        time.sleep(draw.random() * 0.004)
    assert worker.close(10)
    assert engine.hooks == 0
    assert {
        request_id: len(last) for request_id, last in log.last_events().items()
    } == dict.fromkeys(sent, 1)
    over: set[str] = set()
    for event in log.events:
        request_id = getattr(event, "request_id", None)
        assert request_id not in over
        if isinstance(event, LAST) and request_id is not None:
            over.add(request_id)


def test_loading_happens_on_the_worker_and_is_reported(log: Log, worker_of: Callable) -> None:
    threads: list[threading.Thread] = []

    def load(report: Report) -> FakeRewriter:
        threads.append(threading.current_thread())
        report("Weights")
        return FakeRewriter()

    worker_of(load)
    assert log.wait_for(ModelReady) == ModelReady(model=FAKE_MODEL)
    assert threads[0] is not threading.current_thread()
    assert ModelLoading(stage="Weights") in log.events


def test_requests_wait_for_the_model(log: Log, worker_of: Callable) -> None:
    loaded = threading.Event()

    def load(_: Report) -> FakeRewriter:
        loaded.wait(10)
        return FakeRewriter()

    worker = worker_of(load)
    worker.submit(ask("1"))
    loaded.set()
    log.wait_for(Finished, "1")
    kinds = [event.kind for event in log.events]
    assert kinds.index("model_ready") < kinds.index("text_streamed")


def test_a_failed_load_is_told_and_answers_every_request(log: Log, worker_of: Callable) -> None:
    def load(_: Report) -> FakeRewriter:
        raise BundleError(
            "The model folder is incomplete.", hint="Fetch it again.", detail="config"
        )

    worker = worker_of(load)
    worker.submit(ask("1"))
    told, answer = log.wait_for(Failed, None), log.wait_for(Failed, "1")
    assert isinstance(told, Failed)
    assert isinstance(answer, Failed)
    assert told.note == answer.note
    assert (told.note.code, told.note.title) == ("BundleError", "The model folder is incomplete.")
    assert (told.note.hint, told.note.detail) == ("Fetch it again.", "config")


def test_an_unforeseen_error_is_logged_and_said_kindly(
    log: Log, worker_of: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    worker = worker_of(lambda _: FakeRewriter())
    with caplog.at_level(logging.ERROR):
        worker.submit(ask("1", "a boom"))
        failed = log.wait_for(Failed, "1")
    assert isinstance(failed, Failed)
    assert "KeyError" not in failed.note.title
    assert failed.note.title.endswith(".")
    assert "KeyError" in failed.note.detail
    assert any(record.exc_info for record in caplog.records)


def test_after_a_failure_the_next_request_is_served(log: Log, worker_of: Callable) -> None:
    worker = worker_of(lambda _: FakeRewriter())
    worker.submit(ask("1", "a boom"))
    log.wait_for(Failed, "1")
    worker.submit(ask("2"))
    log.wait_for(Finished, "2")


def test_newer_request_displaces_waiting_one_and_stops_the_running_one(
    log: Log, worker_of: Callable
) -> None:
    engine = FakeRewriter(delay_s=0.02)
    worker = worker_of(lambda _: engine)
    worker.submit(ask("1", "w " * 400))
    log.wait_for(TextStreamed, "1")
    worker.submit(ask("other", lane="inspect"))
    worker.submit(ask("2"))
    worker.submit(ask("3"))
    log.wait_for(Finished, "3")
    log.wait_for(Inspected, "other")
    ends = {request_id: last[0].kind for request_id, last in log.last_events().items()}
    assert ends == {"1": "cancelled", "2": "cancelled", "3": "finished", "other": "inspected"}
    assert [request.request_id for request in engine.seen].count("2") == 0


def test_reading_the_document_waits_for_everything_else(log: Log, worker_of: Callable) -> None:
    engine = FakeRewriter(delay_s=0.02)
    worker = worker_of(lambda _: engine)
    worker.submit(ask("1", "w " * 10))
    log.wait_for(TextStreamed, "1")
    worker.submit(ask("survey", lane="survey"))
    worker.submit(ask("inspect", lane="inspect"))
    worker.submit(ask("live", lane="live"))
    log.wait_for(Inspected, "survey")
    assert [request.request_id for request in engine.seen] == ["1", "live", "inspect", "survey"]


def test_cancelling_stops_the_engine_within_a_token(log: Log, worker_of: Callable) -> None:
    engine = FakeRewriter(delay_s=0.02)
    worker = worker_of(lambda _: engine)
    worker.submit(ask("1", "w " * 400))
    log.wait_for(TextStreamed, "1")
    asked_at = time.monotonic()
    worker.cancel("1")
    log.wait_for(Cancelled, "1")
    assert time.monotonic() - asked_at < 2
    assert engine.hooks == 0


def test_cancelling_what_is_over_or_unknown_does_nothing(log: Log, worker_of: Callable) -> None:
    worker = worker_of(lambda _: FakeRewriter())
    worker.submit(ask("1"))
    log.wait_for(Finished, "1")
    worker.cancel("1")
    worker.cancel("never asked")
    assert [last[0].kind for last in log.last_events().values()] == ["finished"]


def test_a_request_after_closing_is_answered_too(log: Log) -> None:
    worker = RewriteWorker(lambda _: FakeRewriter(), log)
    assert worker.close(1)
    worker.submit(ask("1"))
    assert log.events == [Cancelled(request_id="1")]


def test_a_listener_that_fails_does_not_stop_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    answered = threading.Event()

    def listen(event: EngineEvent) -> None:
        if isinstance(event, Finished):
            answered.set()
        raise RuntimeError("the window is gone")

    worker = RewriteWorker(lambda _: FakeRewriter(), listen)
    worker.start()
    worker.submit(ask("1"))
    assert answered.wait(10)
    assert worker.close(10)
    assert "nobody could take" in caplog.text


class Scripted:
    """An engine that says exactly what a test wants said."""

    info = FAKE_MODEL

    def __init__(self, answers: Callable[[EngineRequest], Iterator[EngineEvent | None]]) -> None:
        self._answers = answers

    def run(self, request: EngineRequest) -> Iterator[EngineEvent | None]:
        return self._answers(request)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [TextStreamed(request_id="1", index=0, chunk="a")],
        [Finished(request_id="another", suggestions=())],
        [TextStreamed(request_id="another", index=0, chunk="a")],
        [Cancelled(request_id="1")],
    ],
    ids=["silent", "unfinished", "foreign end", "foreign words", "not its word"],
)
def test_an_engine_that_breaks_the_rules_makes_a_failure(
    log: Log, worker_of: Callable, answer: list[EngineEvent]
) -> None:
    def run(_: EngineRequest) -> Iterator[EngineEvent | None]:
        yield from answer

    worker_of(lambda _: Scripted(run)).submit(ask("1"))
    log.wait_for(Failed, "1")
    assert [event.kind for event in log.last_events()["1"]] == ["failed"]


def test_first_words_of_each_alternative_come_at_once_and_later_ones_joined() -> None:
    log, now = Log(), [0.0]

    def run(_: EngineRequest) -> Iterator[EngineEvent | None]:
        for chunk in "abcdefghij":
            for index in (0, 1):
                yield TextStreamed(request_id="1", index=index, chunk=chunk, n_tokens=2)
            now[0] += 0.01
            yield None
        yield Finished(request_id="1", suggestions=())

    worker = RewriteWorker(lambda _: Scripted(run), log, clock=lambda: now[0])
    worker.start()
    worker.submit(ask("1"))
    log.wait_for(Finished)
    assert worker.close(10)
    chunks = [event for event in log.events if isinstance(event, TextStreamed)]
    assert [(event.index, event.chunk) for event in chunks[:2]] == [(0, "a"), (1, "a")]
    assert len(chunks) <= 2 + 2 * 5
    for index in (0, 1):
        assert "".join(event.chunk for event in chunks if event.index == index) == "abcdefghij"
        assert sum(event.n_tokens for event in chunks if event.index == index) == 20


def test_the_engine_has_let_go_of_everything_before_the_last_event_is_told() -> None:
    engine, log = FakeRewriter(delay_s=0.005), Log()
    kept: list[Iterator[EngineEvent | None]] = []
    hooks_at_end: list[int] = []

    def run(request: EngineRequest) -> Iterator[EngineEvent | None]:
        kept.append(engine.run(request))  # so that only closing it can end it
        return kept[-1]

    def listen(event: EngineEvent) -> None:
        if isinstance(event, LAST):
            hooks_at_end.append(engine.hooks)
        log(event)

    worker = RewriteWorker(lambda _: Scripted(run), listen)
    worker.start()
    worker.submit(ask("1", "w " * 400))
    log.wait_for(TextStreamed, "1")
    worker.cancel("1")
    log.wait_for(Cancelled, "1")
    worker.submit(ask("2", "a boom"))
    log.wait_for(Failed, "2")
    worker.submit(ask("3"))
    log.wait_for(Finished, "3")
    assert worker.close(10)
    assert hooks_at_end == [0, 0, 0]


def test_the_model_is_unloaded_when_the_worker_ends() -> None:
    engine = FakeRewriter()
    worker = RewriteWorker(lambda _: engine, lambda _: None)
    worker.start()
    assert worker.close(5.0)
    assert engine.is_closed
