#!/usr/bin/env python3
"""Measure steered decoding beside the peers: tokens a second, by turns in one run.

    .venv/bin/python scripts/bench/decode.py [--quick] [--json] [--peers FOLDER]

The yardstick is "HF generate + hook": `generate` of transformers with a forward hook that adds a
vector at the middle layer. Every contender does the same work: a prompt of 200 tokens, 64 new
ones, greedy, the vector added to each new token; in fp32 unless its name says otherwise. Its
tokens are compared with those of transformers. `decode` counts from the second token on; a whole
request has the reading of the prompt in it. On one thread CPU time is compared too, which the
neighbours of a shared machine disturb less. FOLDER holds peers installed with `pip install --no-deps --target`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from shapes import BUNDLE, SHAPES, model_folder
from turns import MissingError, Spread, Turn, Worker, as_json, machine, ratios, table, take_turns

N_NEW, QUICK_NEW = 64, 32
ROUNDS, QUICK_ROUNDS = 5, 3
ROWS = (1, 4)
YARDSTICK = "HF generate + hook"
QUICK = ("hf", "hooked", "lean", "llama:f32", "llama:q8_0", "llama-plain:q8_0")
CONTENDERS = {
    "hf": "HF generate",
    "hooked": "ours, transformers",
    "lean": "ours, lean",
    "llama:f32": "ours, llama.cpp f32",
    "llama:q8_0": "ours, llama.cpp Q8_0",
    "llama-plain:f32": "llama.cpp f32",
    "llama-plain:q8_0": "llama.cpp Q8_0",
    "bridge": "SAETransformerBridge",
    "hooked-transformer": "HookedSAETransformer",
    "nnsight": "nnsight",
    "interp": "interp-engine eager",
}
"""By the name that the server knows, the label in the report."""
UNSTEERED = frozenset({"HF generate", "llama.cpp f32", "llama.cpp Q8_0"})
BOTH = frozenset({"hf", "hooked", "lean", "llama:f32", "llama:q8_0"})
"""Measured steered and unsteered."""


def main() -> None:
    """Measure, and print a table for each shape, or all as JSON."""
    options = parsed()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.place or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        parts = [
            measure(shape, threads, place, options)
            for threads in options.threads
            for shape in options.shapes
        ]
    report = {"machine": machine(), "seconds": time.perf_counter() - started, "parts": parts}
    print(as_json(report) if options.json else "\n\n".join(map(as_text, parts)))


def parsed() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the bundle, one thread, no peers")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", default="", help="a folder with more packages")
    parser.add_argument("--shapes", nargs="+", choices=[BUNDLE, *SHAPES])
    parser.add_argument("--threads", nargs="+", type=int)
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--place", type=Path, help="keep the models written here")
    options = parser.parse_args()
    options.shapes = options.shapes or ([BUNDLE] if options.quick else [BUNDLE, *SHAPES])
    options.threads = options.threads or ([1] if options.quick else [2, 1])
    options.contenders = options.contenders or list(QUICK if options.quick else CONTENDERS)
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    options.n_new = QUICK_NEW if options.quick else N_NEW
    return options


def measure(shape: str, threads: int, place: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run all contenders on one shape by turns."""
    folder = model_folder(shape, place)
    say(f"{shape}, {threads} threads: loading")
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for name in options.contenders:
            arguments = [name, str(folder), str(place), "--peers", options.peers]
            workers[name] = Worker("serve_contender.py", arguments, threads)
            stack.callback(workers[name].close)
        for name in options.contenders:
            try:
                workers[name].wait_until_ready()
            except MissingError as error:
                missing[CONTENDERS[name]] = str(error)
                del workers[name]
        rows = {}
        for count in ROWS:
            say(f"{shape}, {threads} threads, {count} rows")
            answers, absent = take_turns(turns_of(workers, count, options.n_new), options.rounds)
            missing |= {f"{label}, {count} rows": why for label, why in absent.items()}
            rows[count] = summary(answers)
    return {
        "shape": shape,
        "threads": threads,
        "rows": rows,
        "missing": missing,
        "load_average": machine()["load_average"],
    }


def turns_of(workers: dict[str, Worker], rows: int, n_new: int) -> list[Turn]:
    """Return what each contender is asked in a round."""
    turns: list[Turn] = []
    for name, worker in workers.items():
        is_plain = name.startswith("llama-plain")
        for steered in (True, False) if name in BOTH else (not is_plain,):
            label = CONTENDERS[name]
            if name == "hf" and steered:
                label = YARDSTICK
            elif name in BOTH - {"hf"} and not steered:
                label += ", unsteered"
            request = {"rows": rows, "n_new": n_new, "is_steered": steered}
            turns.append(Turn(label, worker, request))
    return turns


def summary(answers: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return rates and ratios of every contender."""
    base, plain = answers[YARDSTICK], answers["HF generate"]
    result: dict[str, Any] = {}
    for label, found in answers.items():
        twin = answers.get(f"{label}, unsteered")
        is_plain = label.endswith("unsteered") or label in UNSTEERED
        same = same_beginning(found[0]["tokens"], (plain if is_plain else base)[0]["tokens"])
        result[label] = {
            "decode": spread(found, "decode"),
            "request": spread(found, "request"),
            "first_ms": Spread.of([1000 * answer["first_s"] for answer in found]),
            "times_yardstick": against(found, base, "decode"),
            "cpu_times_yardstick": against(found, base, "cpu_decode"),
            "request_times_yardstick": against(found, base, "request"),
            "of_unsteered": against(found, twin, "decode") if twin else None,
            "same_tokens": same,
        }
    return result


def spread(found: Sequence[dict[str, Any]], key: str) -> Spread:
    """Summarise one number of the answers."""
    return Spread.of([answer[key] for answer in found])


def against(found: Sequence[dict[str, Any]], base: Sequence[dict[str, Any]], key: str) -> Spread:
    """Return how many times as fast, round by round."""
    return ratios([one[key] for one in found], [other[key] for other in base])


def same_beginning(tokens: Sequence[int], others: Sequence[int]) -> int:
    """Return how many tokens are the same from the first on."""
    pairs = zip(tokens, others, strict=True)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), len(tokens))


def as_text(part: dict[str, Any]) -> str:
    """Return one shape's table."""
    lines: list[str] = [f"{part['shape']}, {part['threads']} threads (load {part['load_average']})"]
    for count, contenders in part["rows"].items():
        header = ["contender", "decode tokens/s (min-max)", f"x {YARDSTICK}", "x in CPU time",
                  "whole request x", "first ms", "steered / unsteered", "same tokens"]  # fmt: skip
        cells = [
            [
                label,
                f"{found['decode'].median:.0f} ({found['decode'].min:.0f}-{found['decode'].max:.0f})",
                f"{found['times_yardstick'].median:.2f}",
                f"{found['cpu_times_yardstick'].median:.2f}" if part["threads"] == 1 else "",
                f"{found['request_times_yardstick'].median:.2f}",
                f"{found['first_ms'].median:.0f}",
                f"{found['of_unsteered'].median:.3f}" if found["of_unsteered"] else "",
                str(found["same_tokens"]),
            ]
            for label, found in contenders.items()
        ]
        lines += ["", f"{count} rows", table(header, cells)]
    lines += [f"missing: {label}: {why}" for label, why in part["missing"].items()]
    return "\n".join(lines)


def say(progress: str) -> None:
    """Tell how far it is, beside the report."""
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
