"""Whether there is a display to open a window on (standard library only)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Say whether a window can be opened; only Linux and its kin may lack a display."""
    if platform in {"win32", "darwin"}:
        return True
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(environment.get(name) for name in named)


def no_display_sentence(program: str) -> str:
    """Say what is wrong and what can be done without a window."""
    return (
        "There is no display to open the editor on (DISPLAY and WAYLAND_DISPLAY are not set); "
        f"the command line does the same job: {program} suggest FILE --paragraph 1"
    )
