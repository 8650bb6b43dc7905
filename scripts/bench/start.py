#!/usr/bin/env python3
"""Measure starting: what is imported, how long until the bundled model is ready, how much memory.

    .venv/bin/python scripts/bench/start.py [--quick] [--json]

Every start is a process of its own, by turns, from a warm disk. How soon the window is painted is
the business of another bench.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from turns import HERE, Spread, as_json, machine, ratios, table

STARTS = {
    "nothing": "",
    "torch": "import torch",
    "torch + safetensors + tokenizers": "import torch, safetensors.torch, tokenizers",
    "bundle, as the program loads it": """
from tinymorph.settings.paths import resource
from tinymorph.engine.loader import load_engine
load_engine(resource("assets/bundle"))""",
    "bundle, backend transformers": """
from tinymorph.settings.paths import resource
from tinymorph.engine.loader import load_engine
load_engine(resource("assets/bundle"), backend="transformers")""",
    "transformers, AutoModel and AutoTokenizer": """
from tinymorph.settings.paths import resource
from transformers import AutoModelForCausalLM, AutoTokenizer
folder = resource("assets/bundle/model")
AutoTokenizer.from_pretrained(folder); AutoModelForCausalLM.from_pretrained(folder)""",
    "sae-lens": "import sae_lens",
}
YARDSTICK = "transformers, AutoModel and AutoTokenizer"
QUICK = ("torch", "bundle, as the program loads it", YARDSTICK)
WATCHED = ("torch", "numpy", "safetensors", "tokenizers", "transformers", "sae_lens",
           "transformer_lens", "llama_cpp", "pydantic", "PySide6")  # fmt: skip
REPORT = """
import json as _json, resource as _resource, sys as _sys
_found = [name for name in %r if name in _sys.modules]
_peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss / 1024
print(_json.dumps({"imported": _found, "modules": len(_sys.modules), "peak_mb": _peak}))
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 7)
    names = list(QUICK if options.quick else STARTS)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names:
            answer = start(STARTS[name])
            if number:
                found[name].append(answer)
    base = [answer["seconds"] for answer in found[YARDSTICK]]
    rows = {
        name: {
            "seconds": Spread.of([answer["seconds"] for answer in answers]),
            "of_transformers": ratios([answer["seconds"] for answer in answers], base),
            **{key: answers[-1][key] for key in ("imported", "modules", "peak_mb")},
        }
        for name, answers in found.items()
    }
    report = {"machine": machine(), "rows": rows}
    print(as_json(report) if options.json else as_text(report))


def start(code: str) -> dict[str, Any]:
    """Run code in a new process; return the seconds to its end, and what it imported."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parents[1] / "src"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "WANDB_MODE": "disabled",
    }
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT % (WATCHED,)],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}


def as_text(report: dict[str, Any]) -> str:
    """Return the table."""
    cells = [
        [name, f"{row['seconds'].median:.2f} ({row['seconds'].min:.2f}-{row['seconds'].max:.2f})",
         f"{row['of_transformers'].median:.2f}", f"{row['peak_mb']:.0f}", str(row["modules"]),
         " ".join(row["imported"])]
        for name, row in report["rows"].items()
    ]  # fmt: skip
    header = ["start", "seconds (min-max)", "of transformers", "peak MB", "modules", "imported"]
    return f"load {report['machine']['load_average']}\n{table(header, cells)}"


if __name__ == "__main__":
    main()
