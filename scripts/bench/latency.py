#!/usr/bin/env python3
"""Measure growth: first token, time to stop, and memory against length, batch and layers.

    .venv/bin/python scripts/bench/latency.py [--quick] [--json]

A request can be stopped whenever the generator yields: between two chunks of a prompt and between
two tokens. The longest wait between two such moments is what a writer waits at most.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from engines import Timed, Writer, by_turns, options_of, our_backends
from shapes import N_CTX, Shape, prompt_ids, write_random_llama
from turns import Spread, as_json, machine, table

from tinymorph.engine.backends.base import Backend

LENGTHS, QUICK_LENGTHS = (50, 100, 200, 400, 800), (50, 200, 800)
ROWS, QUICK_ROWS = (1, 2, 4, 8, 16), (1, 4)
LAYERS, QUICK_LAYERS = (3, 6, 12, 24), (3, 12)
STEPS = 24


def main() -> None:
    """Measure, and print a table for each thing that grows."""
    options = options_of(__doc__)
    lengths, rows, layers = (
        (QUICK_LENGTHS, QUICK_ROWS, QUICK_LAYERS) if options.quick else (LENGTHS, ROWS, LAYERS)
    )
    with tempfile.TemporaryDirectory() as temporary:
        place = options.place or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        report: dict[str, Any] = {"machine": machine(), "threads": options.threads, "tables": {}}
        for count in layers:
            folder = shape_of(count, place)
            backends, report["missing"] = our_backends(folder, place, options.threads)
            works: dict[str, Timed] = {}
            for label, backend in backends.items():
                if count == 6 or (options.quick and count == layers[0]):
                    works |= works_of(label, backend, lengths, rows)
                    report["tables"] |= memory_of(label, backend, lengths, rows)
                works[f"layers/{label}/{count}"] = step_of(backend, 1)
            found = by_turns(works, options.rounds)
            report["tables"] |= {name: Spread.of(values) for name, values in found.items()}
            for backend in backends.values():
                backend.close()
        report["resident_mb"] = psutil.Process().memory_info().rss / 2**20
    print(as_json(report) if options.json else as_text(report))


def shape_of(n_layers: int, place: Path) -> Path:
    """Return a model of the bundle's width and so many layers."""
    folder = place / f"deep{n_layers}"
    if not (folder / "config.json").exists():
        shape = Shape(d_model=256, d_mlp=704, n_layers=n_layers, n_heads=4, d_vocab=8192)
        write_random_llama(shape, folder)
    return folder


def works_of(
    label: str, backend: Backend, lengths: Sequence[int], rows: Sequence[int]
) -> dict[str, Timed]:
    """Return what is measured of a backend, named by what grows."""
    works: dict[str, Timed] = {}
    for length in lengths:
        works[f"first token, by prompt tokens/{label}/{length}"] = first_of(backend, length)
        works[f"longest wait while reading/{label}/{length}"] = wait_of(backend, length)
    for count in rows:
        works[f"step, by rows/{label}/{count}"] = step_of(backend, count)
    return works


def first_of(backend: Backend, length: int) -> Timed:
    """Return the time to the first token of a prompt that was never read."""

    def work() -> float:
        return Writer(backend).first_ms(prompt_ids(length))

    return work


def wait_of(backend: Backend, length: int) -> Timed:
    """Return the longest time between two moments at which reading can be stopped."""

    def work() -> float:
        steps = Writer(backend).steps(prompt_ids(length), n_new=1)
        longest, last = 0.0, time.perf_counter()
        for _ in steps:
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        return 1000 * longest

    return work


def step_of(backend: Backend, rows: int) -> Timed:
    """Return the time of one step of decoding after 200 tokens, the longest wait within it."""
    writer = Writer(backend)

    def work() -> float:
        times = [
            time.perf_counter()
            for step in writer.steps(prompt_ids(200), rows, STEPS)
            if step
        ]  # fmt: skip
        return 1000 * (times[-1] - times[1]) / (len(times) - 2)

    return work


def memory_of(
    label: str, backend: Backend, lengths: Sequence[int], rows: Sequence[int]
) -> dict[str, float]:
    """Return megabytes of keys and values by length, and by rows of 200 tokens."""
    found: dict[str, float] = {}
    for length in lengths:
        context = backend.begin(1)
        context.extend([prompt_ids(min(length, N_CTX))], logits="none")
        found[f"cache MB, by prompt tokens/{label}/{length}"] = context.n_bytes / 2**20
        context.close()
    prompt = backend.begin(1)
    prompt.extend([prompt_ids(200)], logits="none")
    for count in rows:
        copies = prompt.fork(count)
        found[f"cache MB, by rows/{label}/{count}"] = copies.n_bytes / 2**20
        copies.close()
    prompt.close()
    return found


def as_text(report: dict[str, Any]) -> str:
    """Return a table for each thing that grows: backends down, sizes across."""
    parts = {tuple(name.split("/")): value for name, value in report["tables"].items()}
    load = f"{report['threads']} threads, load {report['machine']['load_average']}"
    lines = [f"{load}, milliseconds (median) unless said"]
    for title in dict.fromkeys(name[0] for name in parts):
        own = {(name[1], int(name[2])): value for name, value in parts.items() if name[0] == title}
        sizes = sorted({size for _, size in own})
        cells = [
            [label, *(shown(own.get((label, size))) for size in sizes)]
            for label in dict.fromkeys(label for label, _ in own)
        ]
        lines += ["", title, table(["backend", *map(str, sizes)], cells)]
    lines += [f"missing: {name}: {why}" for name, why in report["missing"].items()]
    return "\n".join(lines)


def shown(value: Spread | float | None) -> str:
    """Return a number as it stands in the table."""
    if value is None:
        return ""
    return f"{value.median if isinstance(value, Spread) else value:.2f}"


if __name__ == "__main__":
    main()
