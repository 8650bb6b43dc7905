"""Stages that can be stopped at any moment: each leaves a mark when it is complete."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_done(folder: Path, fingerprint: str) -> bool:
    """Say whether the stage that writes to `folder` was completed with this recipe."""
    try:
        mark = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return mark["fingerprint"] == fingerprint


def mark_done(folder: Path, fingerprint: str, report: dict[str, Any]) -> None:
    """Write the mark of completion, with what the stage wants to be remembered for."""
    text = json.dumps({"fingerprint": fingerprint, "report": report}, indent=2)
    write_whole(folder / "done.json", lambda path: path.write_text(text, encoding="utf-8"))


def report_of(folder: Path) -> dict[str, Any]:
    """Return what a completed stage reported."""
    return json.loads((folder / "done.json").read_text(encoding="utf-8"))["report"]


def write_array(path: Path, array: NDArray[np.generic]) -> None:
    """Put an array in place as a `.npy` file, whole or not at all."""

    def save(part: Path) -> None:
        with part.open("wb") as file:  # np.save would add its own ending to a name
            np.save(file, array)

    write_whole(path, save)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a temporary file, then put it in place: no half-written file is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    os.replace(temporary, path)
