"""What holds for every test: no network, the writer's own folders untouched, no thread left."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import settings

# Read when the library is imported, so it is said before any test can import it.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

# The same examples each time, so that a change is judged by what it changed; to search on, say
# --hypothesis-profile=default.
settings.register_profile("settled", derandomize=True)
settings.load_profile("settled")

OURS = tuple(str(Path(__file__).parents[1] / name) for name in ("src", "tests"))
GRACE_S = 5.0
"""How long a thread may still take to end after its test."""


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Give each test settings and logs of its own."""
    folder = tmp_path_factory.mktemp("home")
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder / kind.lower()))
    for name in [name for name in os.environ if name.startswith("TINYMORPH_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch):
    """Fail a test that leaves a thread running, and name the line that started it."""
    started: dict[threading.Thread, str] = {}
    start = threading.Thread.start

    def remember(thread: threading.Thread) -> None:
        caller = sys._getframe(1)
        name = caller.f_code.co_filename
        if name.startswith(OURS):  # a library's own threads are its own business
            started[thread] = f"{name}:{caller.f_lineno}"
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", remember)
    yield
    deadline = time.monotonic() + GRACE_S
    for thread, line in started.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            pytest.fail(f"the thread {thread.name}, started in {line}, is still running")
