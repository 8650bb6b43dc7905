"""Contenders by turns: each in a process of its own, one at work at a time, round after round.

Numbers of a shared machine drift by half within minutes, so only what was measured by turns in
one run is compared, and ratios are taken round by round.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise measurements."""
        return cls(min(values), statistics.median(values), max(values))


class MissingError(Exception):
    """A contender cannot take part; the message says why."""


class Worker:
    """A process that runs one contender when asked to."""

    def __init__(self, script: str, arguments: Sequence[str], threads: int) -> None:
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "WANDB_MODE": "disabled",
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[1] / "src"), str(HERE)]),
        }
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / script), *arguments, "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Wait until it has loaded; MissingError if it cannot take part."""
        self._answer()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Run one request; MissingError if the contender cannot do that."""
        if self._process.stdin is None or self._process.poll() is not None:
            raise MissingError("its process has ended")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise MissingError("its process has ended")
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"missing": "its process has ended"}
        if "missing" in answer:
            raise MissingError(answer["missing"])
        return answer


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender does in each round."""

    label: str
    worker: Worker
    request: Mapping[str, Any]


def take_turns(
    turns: Sequence[Turn], rounds: int
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Return each contender's answers, a warm-up round not counted, and why others are missing."""
    answers: dict[str, list[dict[str, Any]]] = {turn.label: [] for turn in turns}
    missing: dict[str, str] = {}
    for number in range(rounds + 1):
        shift = number % len(turns)
        for turn in [*turns[shift:], *turns[:shift]]:
            if turn.label in missing:
                continue
            try:
                answer = turn.worker.ask(**turn.request)
            except MissingError as error:
                missing[turn.label] = str(error)
                continue
            if number:
                answers[turn.label].append(answer)
    return {label: found for label, found in answers.items() if label not in missing}, missing


def ratios(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Return how many times as much, round by round."""
    return Spread.of([value / other for value, other in zip(values, base, strict=True)])


def machine() -> dict[str, Any]:
    """Say what was measured on, and how busy it was."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def as_json(report: Mapping[str, Any]) -> str:
    """Return a report as JSON; spreads as their three numbers."""
    return json.dumps(report, indent=2, default=_plain)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text, which is Markdown too."""
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
             + " |" for row in [header, *rows]]  # fmt: skip
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _plain(value: object) -> Any:
    if isinstance(value, Spread):
        return {name: round(number, 4) for name, number in asdict(value).items()}
    return str(value)
