"""A storm of requests, cancels and failures through the real worker leaves nothing behind.

`TINYMORPH_STORM=10000` in the environment asks for so many requests instead of a few hundred.
"""

from __future__ import annotations

import collections
import gc
import logging
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from helpers.tiny_bundle import D_SAE, TEXT
from tinymorph.engine.backends.base import Context
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.hooks import decoder_layers
from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import UnableError
from tinymorph.schema.events import (
    Cancelled,
    EngineEvent,
    Failed,
    Finished,
    Inspected,
    TextStreamed,
)
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, InspectionRequest, Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm
from tinymorph.session.worker import RewriteWorker

USUAL = {"transformers": 80, "lean": 220}
"""Requests a backend, as many as take ten seconds or so."""
ASKED = int(os.environ.get("TINYMORPH_STORM", "0"))
BUDGET_BYTES = 200_000
"""Of the prompt cache: a few prompts, so that it is always throwing some out."""
LAST = (Finished, Inspected, Cancelled, Failed)
MAY_KEEP_BYTES = 4096
"""Of tensors, besides the prompt cache, after a storm more than after its first part."""
MAY_GROW_BYTES = 48 * 2**20
"""What the process may hold more after a storm than after its first part; allocators keep some."""


class Storm:
    """Send random requests to a worker, and keep account of what comes back."""

    def __init__(self, engine: Rewriter, seed: int) -> None:
        self.engine, self.dice = engine, random.Random(seed)
        self.kinds: collections.Counter[str] = collections.Counter()
        self.last: collections.Counter[str] = collections.Counter()
        self.after_the_last: list[EngineEvent] = []
        self._over = threading.Condition()
        self._to_cancel = set[str]()
        self.worker = RewriteWorker(lambda _report: engine, self._hear)
        self.worker.start()

    def send(self, count: int, start: int) -> None:
        """Send so many requests: some are waited for, some displaced, some withdrawn."""
        for number in range(start, start + count):
            request = self.request(str(number))
            if self.dice.random() < 0.15:
                self._to_cancel.add(request.request_id)
            self.worker.submit(request)
            if self.dice.random() < 0.15:
                time.sleep(self.dice.random() * 0.02)
                self.worker.cancel(str(number - self.dice.randrange(3)))
            if self.dice.random() < 0.7:
                self.wait_for(request.request_id)
        for number in range(start, start + count):
            self.wait_for(str(number))

    def wait_for(self, request_id: str) -> None:
        with self._over:
            assert self._over.wait_for(lambda: self.last[request_id] > 0, 60), request_id

    def _hear(self, event: EngineEvent) -> None:
        request_id = getattr(event, "request_id", None)
        if request_id is None:
            return
        with self._over:
            if self.last[request_id]:
                self.after_the_last.append(event)
            if isinstance(event, LAST):
                self.last[request_id] += 1
                self.kinds[event.kind] += 1
                self._over.notify_all()
        if isinstance(event, TextStreamed) and request_id in self._to_cancel:
            self._to_cancel.discard(request_id)
            self.worker.cancel(request_id)  # in the midst of a word, on the worker's own thread

    def request(self, request_id: str) -> EngineRequest:
        dice = self.dice
        start = dice.randrange(len(TEXT) - 10)
        text = TEXT[start : start + dice.randrange(1, 90)] if dice.random() < 0.97 else "  "
        paragraph = ParagraphSnapshot(paragraph_id="p", revision=0, text=text)
        span = Span(start=0, end=len(text))
        if dice.random() < 0.2:
            return InspectionRequest(request_id=request_id, paragraph=paragraph, span=span)
        return SuggestionRequest(
            request_id=request_id,
            lane=dice.choice(["live", "asked"]),
            paragraph=paragraph,
            span=span,
            task=dice.choice(["paraphrase"] * 20 + ["continue"] * 4 + ["no such task"]),
            plan=self._plan(len(text)),
            alternatives=dice.choice([1, 1, 2, 3]),
            with_twin=dice.random() < 0.2,
            seed=dice.randrange(10**6),
            sampling=Sampling(
                temperature=dice.choice([0.0, 0.7, 1.0]),
                feature_weight=dice.choice([0.0, 0.0, 8.0]),
                max_new_tokens=dice.randint(1, 6),
            ),
        )

    def _plan(self, length: int) -> SteeringPlan:
        where: Any = self.dice.choice(["generated"] * 4 + ["prompt", "all", "span"])
        span = Span(start=0, end=length) if where == "span" else None
        terms = tuple(self._term() for _ in range(self.dice.choice([0, 1, 1, 2, 3])))
        return SteeringPlan(terms=terms, where=where, span=span)

    def _term(self) -> SteeringTerm:
        dice = self.dice
        layer = dice.choice(["0", "1"])
        ref = FeatureRef(sae_id=layer, feature_index=dice.randrange(D_SAE - 1))
        if dice.random() < 0.02:
            ref = FeatureRef(sae_id=dice.choice(["1", "9"]), feature_index=D_SAE)
        low = FeatureRef(sae_id="0", feature_index=dice.randrange(D_SAE - 1))
        return SteeringTerm(
            ref=ref,
            mode=dice.choice(list(SteeringMode)),
            coefficient=dice.choice([0.0, 0.5, 0.5, 1.0, -1.0, 3.0, 1e38]),
            decay=dice.choice([1.0, 0.9]),
            condition=Condition(ref=low) if dice.random() < 0.2 else None,
        )


@pytest.fixture(params=["transformers", "lean"])
def engine(request: pytest.FixtureRequest, tiny_folder: Path) -> Rewriter:
    """Load an engine of its own, whose prompt cache is small; its worker unloads it."""
    engine = load_engine(tiny_folder, backend=request.param)
    torch.set_num_threads(1)
    engine.cache = PrefixCache(engine.backend, BUDGET_BYTES, engine.cache.depths)
    return engine


@pytest.fixture
def new_storm() -> Iterator[Callable[[Rewriter, int], Storm]]:
    """Make storms whose workers are closed, whatever becomes of the test."""
    storms: list[Storm] = []

    def make(engine: Rewriter, seed: int) -> Storm:
        storms.append(Storm(engine, seed))
        return storms[-1]

    yield make
    assert all(storm.worker.close(20) for storm in storms)


@pytest.fixture(autouse=True)
def quiet_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep pytest from collecting the tracebacks, and with them all that their frames hold."""
    monkeypatch.setattr(logging.getLogger("tinymorph.session.worker"), "disabled", True)


@pytest.fixture
def failures(engine: Rewriter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let passes fail now and then, before, within and after them; count how often."""
    dice, count = random.Random(11), [0]

    def failing(owner: Any, name: str, share: float) -> None:
        whole = getattr(owner, name)

        def method(*args: Any, **named: Any) -> Any:
            if dice.random() < share:
                count[0] += 1
                raise dice.choice(
                    [RuntimeError("broken"), torch.OutOfMemoryError("full"), UnableError("No.")]
                )
            done = whole(*args, **named)
            if dice.random() < share:
                count[0] += 1
                raise ValueError("too late")
            return done

        monkeypatch.setattr(owner, name, method)

    kind = type(engine.backend.begin(1))
    for name, share in (("extend", 0.02), ("fork", 0.03), ("try_next", 0.02), ("select", 0.03)):
        failing(kind, name, share)
    if isinstance(engine.backend, HookedBackend):
        failing(decoder_layers(engine.backend.model)[-1], "forward", 0.02)
    return count


def live_contexts() -> int:
    gc.collect()
    return sum(issubclass(type(found), Context) for found in gc.get_objects())


def live_tensor_bytes(engine: Rewriter) -> int:
    """Forget all prompts, and return what every tensor that is left holds."""
    engine.cache.clear()
    gc.collect()
    found = [found for found in gc.get_objects() if issubclass(type(found), torch.Tensor)]
    return sum(tensor.nbytes for tensor in found)


def hooks_on(engine: Rewriter) -> int:
    model = getattr(engine.backend, "model", None)
    modules = [] if model is None else list(model.modules())
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules)


def words(engine: Rewriter) -> list[str]:
    """Return what a fixed request gives."""
    ref = FeatureRef(sae_id="1", feature_index=7)
    request = SuggestionRequest(
        request_id="fixed",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=TEXT[:70]),
        span=Span(start=0, end=70),
        plan=SteeringPlan(terms=(SteeringTerm(ref=ref),)),
        sampling=Sampling(max_new_tokens=12),
    )
    finished = list(engine.run(request))[-1]
    assert isinstance(finished, Finished)
    return [suggestion.text for suggestion in finished.suggestions]


@pytest.mark.timeout(max(120, ASKED))
def test_a_storm_of_requests_cancels_and_failures_leaves_nothing_behind(
    engine: Rewriter,
    failures: list[int],
    new_storm: Callable[[Rewriter, int], Storm],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = ASKED or USUAL[engine.backend.name]
    threads, elsewhere = set(threading.enumerate()), live_contexts()
    storm, warm = new_storm(engine, count), count // 3
    storm.send(warm, 0)
    held, resident = live_tensor_bytes(engine), psutil.Process().memory_info().rss
    storm.send(count - warm, warm)
    assert engine.cache.n_bytes <= BUDGET_BYTES
    grown = psutil.Process().memory_info().rss - resident
    print(f"{count} requests: {dict(storm.kinds)}, {failures[0]} failures of passes, ", end="")
    print(f"{grown / 2**20:+.1f} MiB resident after the first {warm}")
    assert storm.last == {str(number): 1 for number in range(count)}
    assert not storm.after_the_last
    assert set(storm.kinds) == {"finished", "inspected", "cancelled", "failed"}
    assert failures[0] > 0
    assert hooks_on(engine) == 0
    assert live_tensor_bytes(engine) <= held + MAY_KEEP_BYTES
    assert live_contexts() == elsewhere
    assert grown < MAY_GROW_BYTES
    monkeypatch.undo()
    after = words(engine)
    engine.cache.clear()
    assert after == words(engine)
    assert storm.worker.close(20)
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("seed", range(4))
def test_a_worker_closed_in_the_midst_of_a_word_leaves_nothing_behind(
    engine: Rewriter, new_storm: Callable[[Rewriter, int], Storm], seed: int
) -> None:
    elsewhere, weights = live_contexts(), weakref.ref(weights_of(engine))
    storm = new_storm(engine, seed)
    for number in range(4):
        storm.worker.submit(storm.request(str(number)))
    time.sleep(storm.dice.random() * 0.05)
    assert storm.worker.close(20)
    assert storm.last == {str(number): 1 for number in range(4)}
    assert live_contexts() == elsewhere
    assert weights() is None


def weights_of(engine: Rewriter) -> Any:
    """Return what holds a model's weights."""
    backend: Any = engine.backend
    return backend.model if hasattr(backend, "model") else backend.weights.embedding
