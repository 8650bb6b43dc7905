"""Where the engine's events cross from its thread to ours."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class EngineBridge(QObject):
    """Carry events to the UI thread; must be made on it, and slots must be bound methods."""

    arrived = Signal(object)
    """An `EngineEvent`, emitted on the engine's thread and received on ours."""
    crashed = Signal(object)
    """A `CrashReport` of another thread."""
