"""The engine's thread under many requests from many threads at once."""

from __future__ import annotations

import collections
import random
import threading
from collections.abc import Callable

import pytest

from helpers.fake_rewriter import FakeRewriter
from tinymorph.schema.events import Cancelled, EngineEvent, Failed, Finished, Inspected
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, InspectionRequest, Lane, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.session.worker import RewriteWorker

LAST = (Finished, Inspected, Cancelled, Failed)
N_THREADS, N_EACH = 8, 150
LANES: list[Lane] = ["live", "asked", "inspect"]


def ask(request_id: str, text: str, lane: Lane) -> EngineRequest:
    paragraph = ParagraphSnapshot(paragraph_id="p", revision=0, text=text)
    span = Span(start=0, end=len(text))
    if lane == "inspect":
        return InspectionRequest(request_id=request_id, paragraph=paragraph, span=span)
    return SuggestionRequest(request_id=request_id, lane=lane, paragraph=paragraph, span=span)


class Account:
    """Note how often each request was answered for good, and what came after."""

    def __init__(self) -> None:
        self.last: collections.Counter[str] = collections.Counter()
        self.too_late: list[EngineEvent] = []
        self.react: Callable[[EngineEvent], None] = lambda _event: None
        self._lock = threading.Lock()

    def __call__(self, event: EngineEvent) -> None:
        request_id = getattr(event, "request_id", None)
        if request_id is None:
            return
        with self._lock:
            if self.last[request_id]:
                self.too_late.append(event)
            self.last[request_id] += isinstance(event, LAST)
        self.react(event)


def all_at_once(act: Callable[[int], None]) -> None:
    """Run `act` on several threads that begin together, and wait for them."""
    begin = threading.Barrier(N_THREADS)

    def run(number: int) -> None:
        begin.wait()
        act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("trial", range(4))
def test_requests_and_cancels_from_many_threads_get_one_last_event_each(trial: int) -> None:
    account, engine = Account(), FakeRewriter()
    worker = RewriteWorker(lambda _report: engine, account)
    worker.start()

    def send(thread: int) -> None:
        dice = random.Random(f"{trial}/{thread}")
        for number in range(N_EACH):
            text = dice.choice(["one two three four five", "a boom", "a misfeature b", "x"])
            worker.submit(ask(f"{thread}/{number}", text, dice.choice(LANES)))
            if dice.random() < 0.5:  # anybody's, long over or not yet sent
                worker.cancel(f"{dice.randrange(N_THREADS)}/{dice.randrange(number + 3)}")

    all_at_once(send)
    assert worker.close(20)
    sent = {f"{thread}/{number}": 1 for thread in range(N_THREADS) for number in range(N_EACH)}
    assert account.last == sent
    assert not account.too_late
    assert engine.hooks == 0


def test_closing_while_others_still_send_answers_them_all() -> None:
    account = Account()
    worker = RewriteWorker(lambda _report: FakeRewriter(), account)
    worker.start()

    def send_or_close(thread: int) -> None:
        for number in range(N_EACH):
            if thread == 0 and number == N_EACH // 2:
                assert worker.close(20)
            worker.submit(ask(f"{thread}/{number}", "one two three", LANES[number % 3]))

    all_at_once(send_or_close)
    assert worker.close(20)
    assert set(account.last.values()) == {1}
    assert len(account.last) == N_THREADS * N_EACH
    assert not account.too_late


def test_a_listener_may_ask_and_withdraw_from_within_an_event() -> None:
    """A page that answers every event with another request, on the worker's own thread."""
    account, done = Account(), threading.Event()
    worker = RewriteWorker(lambda _report: FakeRewriter(), account)
    count = [0]

    def react(event: EngineEvent) -> None:
        if not isinstance(event, LAST):
            worker.cancel(str(getattr(event, "request_id", "")))
            return
        count[0] += 1
        if count[0] >= 300:
            done.set()
            return
        worker.submit(ask(f"again {count[0]}", "one two three", LANES[count[0] % 3]))

    account.react = react
    worker.start()
    worker.submit(ask("first", "one two three", "asked"))
    assert done.wait(30)
    assert worker.close(20)
    assert set(account.last.values()) == {1}
    assert not account.too_late
