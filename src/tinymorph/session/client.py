"""What the session needs of an engine, wherever that engine runs."""

from __future__ import annotations

from typing import Protocol

from tinymorph.schema.request import EngineRequest


class EngineClient(Protocol):
    """Take requests; answer each by events, the last of which is the only last one."""

    def submit(self, request: EngineRequest) -> None:
        """Queue a request; at most one waits per lane and the newest wins."""
        ...

    def cancel(self, request_id: str) -> None:
        """Withdraw a request; it is answered by `Cancelled`, or was already over."""
        ...
