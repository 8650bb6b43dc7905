"""Our own backends on one model, for benches that run them in one process."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from contenders import load_hf
from shapes import gguf_file, one_feature_sae, prompt_ids, steering_plan

from tinymorph.engine.backends.base import Backend, Depth
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.backends.lean import LeanBackend
from tinymorph.engine.backends.lean_weights import read_lean_weights
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.generate import NextToken, Prompt, Row, sample_tokens
from tinymorph.errors import UnableError
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan

LABELS = {
    "hooked": "transformers",
    "lean": "lean",
    "f32": "llama.cpp f32",
    "q8_0": "llama.cpp Q8_0",
}
Timed = Callable[[], float]
"""Does something and returns milliseconds."""


def our_backend(name: str, folder: Path, place: Path, threads: int) -> Backend:
    """Load a backend; UnableError if what it needs is not installed."""
    match name:
        case "hooked":
            backend: Backend = HookedBackend(load_hf(folder))
        case "lean":
            backend = LeanBackend(read_lean_weights(folder))
        case _:
            from tinymorph.engine.backends.llama import LlamaBackend  # noqa: PLC0415 -- an extra

            backend = LlamaBackend(gguf_file(folder, place, name), threads=threads)
    backend.shape = replace(backend.shape, eos_ids=frozenset())
    return backend


def our_backends(
    folder: Path, place: Path, threads: int
) -> tuple[dict[str, Backend], dict[str, str]]:
    """Load all backends; return them by label, and why others are missing."""
    found: dict[str, Backend] = {}
    missing: dict[str, str] = {}
    for name, label in LABELS.items():
        try:
            found[label] = our_backend(name, folder, place, threads)
        except (UnableError, ImportError) as error:
            missing[label] = str(error)
    return found, missing


class Writer:
    """Writes greedily through a backend, steered by one feature at the middle layer."""

    def __init__(self, backend: Backend, depth: Depth | None = None) -> None:
        self.backend = backend
        layer = backend.shape.n_layers // 2 if depth is None else depth - 1
        self._sae = one_feature_sae(backend.shape.d_model, layer)
        self.cache = PrefixCache(backend, depths={layer + 1})

    def steps(
        self, ids: Sequence[int], rows: int = 1, n_new: int = 2, where: str = "generated"
    ) -> Iterator[list[NextToken]]:
        """Yield the tokens of each step; nothing while reading."""
        sampling = Sampling(
            temperature=0, feature_weight=0, no_repeat_ngram=0, max_new_tokens=n_new
        )
        plan = steering_plan(self._sae)
        plan = SteeringPlan.model_validate({"terms": plan.terms, "where": where})
        saes = {self._sae.sae_id: self._sae}
        asked = [Row(plan, seed, sampling) for seed in range(rows)]
        return sample_tokens(self.backend, saes, Prompt.of(ids), asked, self.cache)

    def first_ms(self, ids: Sequence[int], nth: int = 1, where: str = "generated") -> float:
        """Return the time until the nth token of one row."""
        begun = time.perf_counter()
        steps = self.steps(ids, n_new=nth, where=where)
        seen = 0
        for step in steps:
            seen += bool(step)
            if seen == nth:
                break
        return 1000 * (time.perf_counter() - begun)


def options_of(description: str | None, **choices: Sequence[str]) -> argparse.Namespace:
    """Return the options that all benches share; `threads` is set for torch."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--place", type=Path, help="keep the models written here")
    for name, known in choices.items():
        parser.add_argument(f"--{name}", choices=known)
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 9)
    torch.set_num_threads(options.threads)
    return options


def by_turns(works: dict[str, Timed], rounds: int) -> dict[str, list[float]]:
    """Run everything round by round, after a round that is not counted."""
    found: dict[str, list[float]] = {label: [] for label in works}
    for number in range(rounds + 1):
        for label, work in works.items():
            milliseconds = work()
            if number:
                found[label].append(milliseconds)
    return found


def changed_tail(ids: Sequence[int], count: int, seed: int) -> list[int]:
    """Return a prompt whose last tokens are others."""
    return [*ids[: len(ids) - count], *prompt_ids(count + 1, seed)[1:]]
