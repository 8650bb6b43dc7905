#!/usr/bin/env python3
"""Harm the program in every way that can be thought of, and look whether a word is lost.

    .venv/bin/python scripts/bench/faults.py [--quick] [--json] [--rounds N] [--folder DIR]
                                      [--only kills|calls|power] [--first N] [--words N]

1. SIGKILL at a random moment while a real window types and saves; at least 1,000 rounds.
2. Every call that writes, syncs, renames or opens fails once, with ENOSPC and with EIO, halfway
   through a write too; then a disk that is really full, where one may be mounted.
3. Power loss: from the recorded order of calls every state is made that the disk may legally be
   in, with data that never arrived and names that did.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROUNDS, QUICK_ROUNDS = 1_000, 25
PROGRESS_EVERY = 50


def main() -> int:
    """Run every part; the exit code says whether a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few rounds of each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, help="how many programs to kill")
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--words", type=int, help="of every document; a choice of sizes without")
    parser.add_argument("--folder", type=Path, help="on the file system that is to be tried")
    parser.add_argument("--only", choices=("kills", "calls", "power"), help="one part alone")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    with tempfile.TemporaryDirectory(prefix="faults-", dir=arguments.folder) as name:
        folder = Path(name)
        _live_in(folder)
        report: dict[str, Any] = {}
        if arguments.only in {None, "calls", "power"}:
            from fault_calls import run_calls, run_power_loss  # noqa: PLC0415 - after the folders

            if arguments.only != "power":
                report["calls"] = run_calls(folder)
            if arguments.only != "calls":
                report["power"] = run_power_loss(folder)
        if arguments.only in {None, "kills"}:
            numbers = range(arguments.first, arguments.first + rounds)
            report["kills"] = _run_kills(folder, numbers, arguments.words)
    print(json.dumps(report, indent=None if arguments.json else 2))
    return 1 if any(part["broken"] for part in report.values()) else 0


def _live_in(folder: Path) -> None:
    """Keep everything that the program writes inside one folder."""
    for kind in ("config", "data", "state", "cache"):
        os.environ[f"XDG_{kind.upper()}_HOME"] = str(folder / kind)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_LOGGING_RULES"] = "*=false"


def _run_kills(folder: Path, rounds: range, words: int | None) -> dict[str, Any]:
    import fault_kills  # noqa: PLC0415 - after the folders are set

    importlib.import_module("fault_program")  # so that each child finds it imported
    results: list[fault_kills.Round] = []
    began = time.monotonic()
    for number in rounds:
        result = fault_kills.run_round(folder, number, words)
        results.append(result)
        if result.trouble:
            print(f"round {number}: {result.trouble}", file=sys.stderr, flush=True)
        if len(results) % PROGRESS_EVERY == 0:
            print(json.dumps(_summary(results, began)), file=sys.stderr, flush=True)
    return _summary(results, began)


def _summary(results: Sequence[Any], began: float) -> dict[str, Any]:
    lost = sorted(result.lost_seconds for result in results)
    return {
        "rounds": len(results),
        "seconds": round(time.monotonic() - began, 1),
        "words typed": sum(result.typed for result in results),
        "saves confirmed": sum(result.saves for result in results),
        "killed within a save": sum(result.was_saving for result in results),
        "of these, the file was new already": sum(result.is_newer for result in results),
        "temporary files left": sum(result.leftovers for result in results),
        "lost typing, median s": round(statistics.median(lost), 3),
        "lost typing, 99 % s": round(lost[int(len(lost) * 0.99)], 3),
        "lost typing, most s": round(lost[-1], 3),
        "broken": [result.trouble for result in results if result.trouble],
    }


if __name__ == "__main__":
    sys.exit(main())
