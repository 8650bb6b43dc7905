"""One reading of features: asked for, arrived, or failed."""

from __future__ import annotations

from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Inspected
from tinymorph.schema.request import InspectionRequest
from tinymorph.session.views import ReadingView


class Inspection:
    """Hold the last reading while the next one is on its way."""

    def __init__(self) -> None:
        self.view: ReadingView | None = None
        self.trouble: ErrorNote | None = None
        self._running: InspectionRequest | None = None

    @property
    def is_running(self) -> bool:
        """Say whether a reading is waiting or on its way."""
        return self._running is not None

    def ask(self, request: InspectionRequest) -> None:
        """Expect the answer to this request and no other."""
        self._running, self.trouble = request, None

    def refuse(self, note: ErrorNote) -> None:
        """Say why nothing will be read."""
        self._running, self.trouble = None, note

    def stop(self) -> str | None:
        """Expect nothing more; return the id of what was expected."""
        request, self._running = self._running, None
        return request.request_id if request else None

    def heard(self, event: Inspected | Failed | Cancelled) -> bool:
        """Take in an event; False if it is no answer to what was asked."""
        request = self._running
        if request is None or event.request_id != request.request_id:
            return False
        self._running = None
        if isinstance(event, Failed):
            self.trouble = event.note
        elif isinstance(event, Inspected) and event.base_revision == request.paragraph.revision:
            self.view = ReadingView(request.paragraph, request.span, event.reading, is_stale=False)
        return True
