#!/usr/bin/env python3
"""Look for a text that the Markdown reader and writer break, for as long as one likes.

    scripts/bench/fuzz.py --minutes 60
    scripts/bench/fuzz.py --minutes 5 --engine hypothesis

`atheris` (to be installed by hand) is led by which lines of our code an input reaches; hypothesis
only by chance. What breaks a promise is made as small as it gets and kept in `tests/data/markdown`,
which the tests read from then on.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib
import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

CASES = ROOT / "tests" / "data" / "markdown"
MAX_BYTES = 120
"""Each a fragment of syntax: enough for a small document."""
SEEDS = 300
"""Inputs to begin with, drawn by chance."""
KEPT_OF_EACH = 2
"""Cases kept of one kind of failure; more of them would say the same."""
MAX_SECONDS = 2.0
"""No input of this size may take longer."""
TOO_SLOW = "too slow"


def main() -> None:
    """Fuzz, and print what was found every minute."""
    options = _parsed_arguments()
    if options.engine == "atheris":
        _run_atheris(options.minutes, options.cases, options.corpus)
    else:
        _run_hypothesis(options.minutes, options.cases)


@dataclass
class Hunt:
    """Count what was tried, and keep what failed."""

    cases: Path
    promises: Any
    started: float = field(default_factory=time.monotonic)
    tried: int = 0
    failed: dict[str, int] = field(default_factory=dict[str, int])
    said_at: float = 0.0

    def try_one(self, data: bytes) -> None:
        """Try one input as Markdown or as a document, as its first byte says."""
        self.tried += 1
        as_document = bool(data) and data[0] % 4 == 3
        failure = self.failure_of(data, as_document=as_document)
        if failure:
            self._keep(data, failure, as_document=as_document)
        now = time.monotonic()
        if now - self.said_at > 60:
            self.said_at = now
            print(json.dumps(self.summary()), flush=True)

    def failure_of(self, data: bytes, *, as_document: bool) -> str:
        """Return which promise an input breaks, or nothing."""
        started = time.process_time()
        try:
            if as_document:
                self.promises.check_document(self.promises.document_from(data[1:]))
            else:
                self.promises.check_source(self.promises.markdown_from(data))
        except self.promises.BrokenPromiseError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            last = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__} in {Path(last.filename).name}, {last.name}"
        return TOO_SLOW if time.process_time() - started > MAX_SECONDS else ""

    def summary(self) -> dict[str, object]:
        """Return the numbers so far."""
        minutes = round((time.monotonic() - self.started) / 60, 2)
        return {"minutes": minutes, "tried": self.tried, "failed": self.failed}

    def _keep(self, data: bytes, failure: str, *, as_document: bool) -> None:
        self.failed[failure] = self.failed.get(failure, 0) + 1
        if self.failed[failure] > KEPT_OF_EACH:
            return
        small = data
        if failure != TOO_SLOW:
            small = _smallest(
                data, lambda d: self.failure_of(d, as_document=as_document) == failure
            )
        text = (
            base64.b64encode(small[1:]).decode()
            if as_document
            else self.promises.markdown_from(small)
        )
        name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.cases.mkdir(parents=True, exist_ok=True)
        path = self.cases / f"{name}.{'document' if as_document else 'md'}"
        path.write_bytes(text.encode("utf-8"))
        print(json.dumps({"failure": failure, "case": path.name, "text": text}), flush=True)


def _smallest(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Return the input without whatever it fails without as well."""
    size = max(1, len(data) // 2)
    while size:
        at = 1
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def _run_atheris(minutes: float, cases: Path, corpus: Path) -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["tinymorph.text.markdown"]):
        promises = importlib.import_module("bench.promises")
    hunt = Hunt(cases, promises)

    def try_one(data: bytes) -> None:
        hunt.try_one(data)

    seconds = int(minutes * 60)
    flags = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-len_control=0"]
    flags += ["-rss_limit_mb=4096", "-verbosity=0", f"-artifact_prefix={corpus}/"]
    corpus.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    for number in range(SEEDS):
        seed = draw.randbytes(draw.randint(1, MAX_BYTES // 2))
        (corpus / f"seed{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *flags, str(corpus)], try_one)
    atheris.Fuzz()


def _run_hypothesis(minutes: float, cases: Path) -> None:
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415  # not for atheris
    from hypothesis import strategies as st  # noqa: PLC0415 - only where it is used

    hunt = Hunt(cases, importlib.import_module("bench.promises"))

    @settings(
        max_examples=2_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )
    @given(st.binary(max_size=MAX_BYTES))
    def try_many(data: bytes) -> None:
        hunt.try_one(data)

    while time.monotonic() - hunt.started < minutes * 60:
        try_many()
    print(json.dumps(hunt.summary()), flush=True)


def _parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--engine", choices=["atheris", "hypothesis"], default="atheris")
    parser.add_argument("--cases", type=Path, default=CASES, help="where failures are kept")
    corpus = Path(tempfile.gettempdir(), "tinymorph-fuzz")
    parser.add_argument("--corpus", type=Path, default=corpus, help="what atheris goes on from")
    return parser.parse_args()


if __name__ == "__main__":
    main()
