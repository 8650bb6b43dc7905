"""When to suggest unasked: after a pause in typing, if the writer switched that on."""

from __future__ import annotations

DEFAULT_PAUSE_SECONDS = 2.0


class SuggestionScheduler:
    """Say when a pause is long enough; it is told the time and never asks for it."""

    def __init__(
        self, pause_seconds: float = DEFAULT_PAUSE_SECONDS, *, is_on: bool = False
    ) -> None:
        self.pause_seconds = pause_seconds
        self._is_on = is_on
        self._typed_at: float | None = None

    @property
    def is_on(self) -> bool:
        """Say whether suggestions may come unasked."""
        return self._is_on

    def switch(self, *, on: bool) -> None:
        """Allow or forbid unasked suggestions; what was typed before does not count."""
        self._is_on = on
        self._typed_at = None

    def typed(self, now: float) -> None:
        """Take note that the writer typed."""
        self._typed_at = now

    def forget(self) -> None:
        """Let the last typing not lead to a suggestion: it was asked for, or is void."""
        self._typed_at = None

    def due(self, now: float) -> bool:
        """Say whether to suggest now; stays true until `forget` or `typed`."""
        return self.due_at is not None and now >= self.due_at

    @property
    def due_at(self) -> float | None:
        """Return when a suggestion will be due, for a timer; None if it will not."""
        if not self._is_on or self._typed_at is None:
            return None
        return self._typed_at + self.pause_seconds


LOOK_SECONDS = 0.1
"""How long the first words of a slider's position stay before a newer position replaces them."""
REST_SECONDS = 0.25
"""A slider that has not moved for so long has arrived: nothing is waited for any more."""
PATIENCE_SECONDS = 1.0
"""How long a slider in motion waits for the words of its last position, on a slow machine."""


class SteeringPace:
    """Say when a slider that is being moved has the words written anew; told the time, too.

    The newest position wins and no other waits. It may not stop the request before it until that
    one has shown its first words for a moment: else a slider in motion would never show any.
    """

    def __init__(self) -> None:
        self._is_waiting = False
        self._moved_at = self._sent_at = self._words_at = float("-inf")

    def moved(self, now: float) -> None:
        """Let the newest position wait."""
        self._is_waiting, self._moved_at = True, now

    def forget(self) -> None:
        """Let no position wait: nothing is on show that it could change."""
        self._is_waiting = False

    def sent(self, now: float) -> None:
        """Take note that the newest position was asked for; its words are still to come."""
        self._is_waiting = False
        self._sent_at, self._words_at = now, float("inf")

    def words_came(self, now: float) -> None:
        """Take note of words of what was sent last; the first count."""
        self._words_at = min(self._words_at, now)

    def ended(self) -> None:
        """Take note that what was sent last is over."""
        self._sent_at = self._words_at = float("-inf")

    @property
    def due_at(self) -> float | None:
        """Return when the waiting position is due, for a timer; None if none waits."""
        if not self._is_waiting:
            return None
        return min(
            self._words_at + LOOK_SECONDS,
            self._sent_at + PATIENCE_SECONDS,
            self._moved_at + REST_SECONDS,
        )
