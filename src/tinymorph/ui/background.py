"""Work that must not hold up the page, and its outcome brought home to the UI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What came of a piece of work: its result, or the error that ended it."""

    result: Result | None = None
    error: BaseException | None = None


class Background(QObject):
    """Do one piece of work after another on a thread of its own."""

    _done = Signal(object, object)

    def __init__(self, parent: QObject, name: str) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._done.connect(self._deliver)

    def run(self, work: Callable[[], Result], then: Callable[[Outcome[Result]], None]) -> None:
        """Do `work` after what was asked before, and call `then` on the UI thread."""

        def finished(future: Future[Result]) -> None:
            error = future.exception()
            outcome = Outcome(error=error) if error else Outcome(result=future.result())
            self._done.emit(then, outcome)

        self._pool.submit(work).add_done_callback(finished)

    def close(self) -> None:
        """Wait for what has begun; nothing more is done after it."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def finish(self) -> None:
        """Wait for all that was asked for; its outcomes come home no more."""
        self._pool.shutdown(wait=True)

    def _deliver(self, then: Callable[[object], None], outcome: object) -> None:
        then(outcome)
