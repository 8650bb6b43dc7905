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
