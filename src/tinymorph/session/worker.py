"""The engine's thread: one request at a time, the newest of each lane, one last event each."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar, get_args

from tinymorph.errors import TinymorphError
from tinymorph.schema.events import (
    Cancelled,
    EngineEvent,
    ErrorNote,
    Failed,
    Finished,
    Inspected,
    ModelInfo,
    ModelLoading,
    ModelReady,
    Overlapped,
    TextStreamed,
)
from tinymorph.schema.request import EngineRequest, Lane

log = logging.getLogger(__name__)

CHUNKS_PER_SECOND = 30
"""As often as a page can usefully be redrawn; more would only keep the UI thread busy."""

LANES: tuple[Lane, ...] = get_args(Lane)
"""In the order in which they are served."""

LastEvent = Finished | Inspected | Overlapped | Cancelled | Failed
_Answer = TypeVar("_Answer", bound=TextStreamed | Finished | Inspected | Overlapped)


class Engine(Protocol):
    """What the worker runs: a loaded model with its SAEs."""

    @property
    def info(self) -> ModelInfo:
        """Say what is loaded."""
        ...

    def run(self, request: EngineRequest) -> Iterator[EngineEvent | None]:
        """Answer a request by a generator whose last event is that of its kind.

        It yields None after a token that has no event of its own: there it can be closed, which
        is how it is cancelled, so whatever it holds it holds in a `with`.
        """
        ...

    def close(self) -> None:
        """Give the memory back; it is not run again."""
        ...


Report = Callable[[str], None]
"""Takes the name of the stage of loading that begins."""


class RewriteWorker:
    """Run requests one at a time on a thread of its own; implements `EngineClient`.

    `load(report)` and every engine call run on that thread. `emit` is called on it too, and for
    requests that never ran on the thread that withdrew them.
    """

    def __init__(
        self,
        load: Callable[[Report], Engine],
        emit: Callable[[EngineEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._emit, self._clock = load, emit, clock
        self._waiting: dict[Lane, _Job] = {}
        self._running: _Job | None = None
        self._is_closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._main, name="rewrite-worker", daemon=True)

    def start(self) -> None:
        """Begin to load; requests may come before and meanwhile."""
        self._thread.start()

    def submit(self, request: EngineRequest) -> None:
        """Queue a request; it displaces the waiting one of its lane and stops the running one."""
        job, displaced = _Job(request), None
        with self._wake:
            if self._is_closing:
                displaced = job
            else:
                displaced = self._waiting.pop(request.lane, None)
                self._waiting[request.lane] = job
                if self._running and self._running.request.lane == request.lane:
                    self._running.cancelled.set()
                self._wake.notify()
        if displaced:
            self._tell(Cancelled(request_id=displaced.request.request_id))

    def cancel(self, request_id: str) -> None:
        """Withdraw a request; one that is over already is left alone."""
        with self._wake:
            found: list[Lane] = [
                lane for lane, job in self._waiting.items() if job.request.request_id == request_id
            ]
            for lane in found:
                del self._waiting[lane]
            if self._running and self._running.request.request_id == request_id:
                self._running.cancelled.set()
        for _ in found:
            self._tell(Cancelled(request_id=request_id))

    def close(self, timeout: float = 2.0) -> bool:
        """Withdraw everything and wait for the thread; False if it is still busy."""
        with self._wake:
            self._is_closing = True
            dropped, self._waiting = list(self._waiting.values()), {}
            if self._running:
                self._running.cancelled.set()
            self._wake.notify_all()
        for job in dropped:
            self._tell(Cancelled(request_id=job.request.request_id))
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _main(self) -> None:
        engine = self._load_engine()
        while job := self._take():
            if isinstance(engine, ErrorNote):
                last: LastEvent = Failed(request_id=job.request.request_id, note=engine)
            else:
                last = self._run(engine, job)
            with self._wake:
                self._running = None
            self._tell(last)
        if not isinstance(engine, ErrorNote):
            engine.close()

    def _load_engine(self) -> Engine | ErrorNote:
        """Load and say so; what went wrong comes back as the answer to every request."""
        try:
            self._tell(ModelLoading(stage="Starting"))
            engine = self._load(self._report)
            ready = ModelReady(model=engine.info)
        except Exception as error:  # noqa: BLE001 (the worker's door: `note_of` logs it)
            note = note_of(error, "The model could not be loaded.")
            self._tell(Failed(request_id=None, note=note))
            return note
        self._tell(ready)
        return engine

    def _report(self, stage: str) -> None:
        self._tell(ModelLoading(stage=stage))

    def _take(self) -> _Job | None:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._is_closing)
            if self._is_closing:
                return None
            self._running = self._waiting.pop(min(self._waiting, key=LANES.index))
            return self._running

    def _run(self, engine: Engine, job: _Job) -> LastEvent:
        request_id = job.request.request_id
        stream = _TextJoiner(self._tell, self._clock)
        try:
            with contextlib.closing(_as_generator(engine.run(job.request))) as events:
                for event in events:
                    if job.cancelled.is_set():
                        return Cancelled(request_id=request_id)
                    match event:
                        case None:
                            stream.flush_if_due()
                        case TextStreamed():
                            stream.add(_checked(event, request_id))
                        case Finished() | Inspected() | Overlapped():
                            stream.flush()
                            return _checked(event, request_id)
                        case _:
                            msg = f"the engine must not say {event.kind!r}"
                            raise RuntimeError(msg)
            msg = "the engine stopped without a last event"
            raise RuntimeError(msg)
        except Exception as error:
            if job.cancelled.is_set() and not isinstance(error, TinymorphError):
                log.exception("a withdrawn request failed while it was stopped")
                return Cancelled(request_id=request_id)
            note = note_of(error, "Something went wrong while the model was at work.")
            return Failed(request_id=request_id, note=note)

    def _tell(self, event: EngineEvent) -> None:
        """Pass an event on; a listener that fails must not take the engine's thread with it."""
        try:
            self._emit(event)
        except Exception:
            log.exception("nobody could take the event %s", event.kind)


def note_of(error: Exception, otherwise: str) -> ErrorNote:
    """Turn an error into a note; one we did not raise ourselves is logged and said kindly."""
    code = type(error).__name__
    if isinstance(error, TinymorphError):
        return ErrorNote(code=code, title=error.title, hint=error.hint, detail=error.detail)
    log.error("%s", otherwise, exc_info=error)
    return ErrorNote(
        code=code,
        title=otherwise,
        hint="Your text is untouched. Try again; the log says more.",
        detail=f"{code}: {error}",
    )


class _Job:
    """A request and the flag that withdraws it."""

    __slots__ = ("cancelled", "request")

    def __init__(self, request: EngineRequest) -> None:
        self.request = request
        self.cancelled = threading.Event()


class _TextJoiner:
    """Pass the first words of each alternative on at once, later ones joined."""

    def __init__(self, tell: Callable[[EngineEvent], None], clock: Callable[[], float]) -> None:
        self._tell, self._clock = tell, clock
        self._pending: dict[tuple[int, bool], list[TextStreamed]] = {}
        self._last_flush = float("-inf")

    def add(self, event: TextStreamed) -> None:
        key = (event.index, event.is_twin)
        if key not in self._pending:
            self._pending[key] = []
            self._tell(event)
            return
        self._pending[key].append(event)
        self.flush_if_due()

    def flush_if_due(self) -> None:
        if self._clock() - self._last_flush >= 1 / CHUNKS_PER_SECOND:
            self.flush()

    def flush(self) -> None:
        self._last_flush = self._clock()
        for events in self._pending.values():
            if events:
                joined = {
                    "chunk": "".join(event.chunk for event in events),
                    "n_tokens": sum(event.n_tokens for event in events),
                }
                self._tell(events[0].model_copy(update=joined))
                events.clear()


class _Closable(Protocol):
    def __iter__(self) -> Iterator[EngineEvent | None]: ...
    def close(self) -> None: ...


def _as_generator(events: Iterator[EngineEvent | None]) -> _Closable:
    """Check that the engine's answer can be closed, for that is how it is cancelled."""
    if not hasattr(events, "close"):
        msg = "the engine must answer by a generator"
        raise TypeError(msg)
    return events  # pyright: ignore[reportReturnType]  # just checked


def _checked(event: _Answer, request_id: str) -> _Answer:
    if event.request_id != request_id:
        msg = f"the engine answered {event.request_id!r} when asked {request_id!r}"
        raise RuntimeError(msg)
    return event
