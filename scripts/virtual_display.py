"""An X server that nobody sees, for the tests and the screenshots (standard library only)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator

SCREEN = "1600x1200x24"


@contextlib.contextmanager
def test_environment() -> Generator[dict[str, str]]:
    """Give an environment whose windows open on a real X server; on Linux one of our own."""
    if sys.platform != "linux":
        yield dict(os.environ)
        return
    with virtual_display() as display:
        without_wayland = {k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"}
        yield {**without_wayland, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}


@contextlib.contextmanager
def virtual_display() -> Generator[str]:
    """Run Xvfb on a display number that it chooses itself, and stop it in the end."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    try:
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            msg = "Xvfb did not start"
            raise RuntimeError(msg)
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
