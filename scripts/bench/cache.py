#!/usr/bin/env python3
"""Measure what moving a slider and editing a paragraph cost, against reading it anew.

    .venv/bin/python scripts/bench/cache.py [--quick] [--json] [--shape SHAPE]

Milliseconds until a token is there: `first` is the first new one, `steered` the first that a plan
for generated tokens can have changed (the second). "HF" is transformers' own `generate` with a
hook, cold, and going on from a deep copy of a cache, which is its documented way.
"""

from __future__ import annotations

import copy
import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from contenders import HfContender, Job, Ticks
from engines import Timed, Writer, by_turns, changed_tail, options_of, our_backends
from shapes import BUNDLE, SHAPES, model_folder, prompt_ids
from turns import Spread, as_json, machine, ratios, table

from tinymorph.engine.backends.base import Backend

N_PROMPT = 200
TAILS = (10, 50, 100)
COLD = "cold, first"


def main() -> None:
    """Measure, and print milliseconds and ratios."""
    options = options_of(__doc__, shape=[BUNDLE, *SHAPES])
    with tempfile.TemporaryDirectory() as temporary:
        place = options.place or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        folder = model_folder(options.shape or BUNDLE, place)
        backends, missing = our_backends(folder, place, options.threads)
        works = {f"{label}: {name}": work for label, backend in backends.items()
                 for name, work in works_of(backend).items()}  # fmt: skip
        works |= {f"HF: {name}": work for name, work in hf_works(folder).items()}
        found = by_turns(works, options.rounds)
    rows = {label: summary(label, values, found) for label, values in found.items()}
    report = {"machine": machine(), "shape": options.shape or BUNDLE, "threads": options.threads,
              "rows": rows, "missing": missing}  # fmt: skip
    print(as_json(report) if options.json else as_text(report))


def works_of(backend: Backend) -> dict[str, Timed]:
    """Return what is measured of one of our backends."""
    writer, ids, seeds = Writer(backend), prompt_ids(N_PROMPT), itertools.count(1)

    def cold(nth: int) -> Timed:
        def work() -> float:
            writer.cache.clear()
            return writer.first_ms(ids, nth)

        return work

    def cached(nth: int, where: str = "generated", at: Writer = writer) -> Timed:
        def work() -> float:
            at.first_ms(ids, 1)
            return at.first_ms(ids, nth, where)

        return work

    def edited(count: int) -> Timed:
        def work() -> float:
            writer.first_ms(ids, 1)
            return writer.first_ms(changed_tail(ids, count, next(seeds)), 1)

        return work

    works = {
        COLD: cold(1),
        "cold, steered": cold(2),
        "slider, first": cached(1),
        "slider, steered": cached(2),
    }
    works |= {f"last {count} tokens changed, first": edited(count) for count in TAILS}
    if backend.abilities.enters_at_depth:
        for part in (1, 2, 3):
            depth = max(1, backend.shape.n_layers * part // 4)
            deep = cached(1, "prompt", Writer(backend, depth))
            works[f"prompt steered at depth {depth} of {backend.shape.n_layers}, first"] = deep
    return works | {f"copy of {rows} rows": cloning(writer, rows) for rows in (1, 4)}


def cloning(writer: Writer, rows: int) -> Timed:
    """Return a work that copies a cached prompt."""
    ids = prompt_ids(N_PROMPT)

    def work() -> float:
        prefix = [found for found in writer.cache.read(ids) if found is not None][-1]
        return elapsed(lambda: prefix.context.fork(rows).close())

    return work


def hf_works(folder: Path) -> dict[str, Timed]:
    """Return what is measured of transformers itself."""
    contender = HfContender(folder)
    ids = torch.tensor([prompt_ids(N_PROMPT)])

    @torch.inference_mode()
    def generate(job: Job) -> float:
        return elapsed(lambda: contender.run(job, Ticks()))

    with torch.inference_mode():
        kept = contender.model(ids[:, :-1], use_cache=True).past_key_values

    @torch.inference_mode()
    def going_on() -> None:
        arguments: dict[str, Any] = {"max_new_tokens": 2, "do_sample": False, "pad_token_id": 0}
        contender.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            past_key_values=copy.deepcopy(kept),
            **arguments,
        )

    return {
        COLD: lambda: generate(Job(rows=1, n_new=1, is_steered=True)),
        "cold, steered": lambda: generate(Job(rows=1, n_new=2, is_steered=True)),
        "slider, steered": lambda: elapsed(going_on),
        "copy of 1 rows": lambda: elapsed(lambda: copy.deepcopy(kept)),
    }


def elapsed(work: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def summary(label: str, values: list[float], found: dict[str, list[float]]) -> dict[str, Any]:
    """Return milliseconds, and how many times faster it is than the same engine's cold start."""
    cold = found[f"{label.partition(':')[0]}: {COLD}"]
    return {"ms": Spread.of(values), "times_faster_than_cold": ratios(cold, values)}


def as_text(report: dict[str, Any]) -> str:
    """Return the table."""
    cells = [
        [label, f"{row['ms'].min:.1f}", f"{row['ms'].median:.1f}", f"{row['ms'].max:.1f}",
         f"{row['times_faster_than_cold'].median:.1f}"]
        for label, row in report["rows"].items()
    ]  # fmt: skip
    head = (
        f"{report['shape']}, {report['threads']} threads, load {report['machine']['load_average']}"
    )
    lines = [head, table(["what", "min ms", "median", "max", "x faster than cold"], cells)]
    return "\n".join(lines + [f"missing: {name}: {why}" for name, why in report["missing"].items()])


if __name__ == "__main__":
    main()
