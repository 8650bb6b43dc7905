#!/usr/bin/env python3
"""Measure reading features: our encoder and its watched columns, beside sae-lens.

    .venv/bin/python scripts/bench/sae.py [--quick] [--json]

Random SAEs of sae-lens' own classes are saved and read by us; both must agree before they are
timed. `8 watched` reads eight features, whose columns were cut out once.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from engines import Timed, by_turns, options_of
from turns import Spread, as_json, machine, ratios, table

from tinymorph.engine.sae import cut_columns, encode, load_sae

D_MODEL, QUICK_D_MODEL = (256, 768), (256,)
D_SAE, QUICK_D_SAE = (4_096, 16_384, 65_536), (4_096, 16_384)
TOKENS, QUICK_TOKENS = (1, 200), (1, 200)
ARCHITECTURES = {"jumprelu": "JumpReLUSAE", "topk": "TopKSAE"}
WATCHED = 8


def main() -> None:
    """Measure, and print milliseconds and ratios."""
    os.environ["WANDB_MODE"] = "disabled"
    options = options_of(__doc__)
    sizes = [
        (d_model, d_sae)
        for d_model in (QUICK_D_MODEL if options.quick else D_MODEL)
        for d_sae in (QUICK_D_SAE if options.quick else D_SAE)
    ]
    rows: list[dict[str, Any]] = []
    with torch.inference_mode():
        for architecture in list(ARCHITECTURES)[: 1 if options.quick else None]:
            for d_model, d_sae in sizes:
                rows += measure(architecture, d_model, d_sae, options.rounds)
    report = {"machine": machine(), "threads": options.threads, "rows": rows}
    print(as_json(report) if options.json else as_text(report))


def measure(architecture: str, d_model: int, d_sae: int, rounds: int) -> list[dict[str, Any]]:
    """Return a row for each number of tokens."""
    library: Any = import_module("sae_lens")
    metadata = import_module("sae_lens.saes.sae").SAEMetadata(hook_name="blocks.1.hook_resid_post")
    name = ARCHITECTURES[architecture]
    extra = {"k": 32} if architecture == "topk" else {}
    config = getattr(library, f"{name}Config")(
        d_in=d_model, d_sae=d_sae, metadata=metadata, **extra
    )
    theirs = getattr(library, name)(config)
    torch.manual_seed(0)
    for parameter in theirs.parameters():
        parameter.normal_(std=0.05)
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_model(folder)
        ours = load_sae("1", Path(folder))
    watched = list(range(0, d_sae, d_sae // WATCHED))[:WATCHED]
    columns = cut_columns(ours, watched)
    rows: list[dict[str, Any]] = []
    for count in TOKENS:
        stream = torch.randn(count, d_model)
        difference = float((theirs.encode(stream) - encode(ours, stream)).abs().max())
        works: dict[str, Timed] = {
            "sae-lens": timed(lambda stream=stream: theirs.encode(stream)),
            "ours": timed(lambda stream=stream: encode(ours, stream)),
            "8 watched": timed(lambda stream=stream: columns.encode(stream)),
        }
        found = by_turns(works, rounds)
        rows.append(
            {
                "architecture": architecture,
                "d_model": d_model,
                "d_sae": d_sae,
                "tokens": count,
                "largest_difference": difference,
                "ms": {label: Spread.of(values) for label, values in found.items()},
                "times_sae_lens": {
                    label: ratios(found["sae-lens"], values) for label, values in found.items()
                },
            }
        )
    return rows


def timed(work: Callable[[], object]) -> Timed:
    """Return the fastest of three, in milliseconds."""

    def measured() -> float:
        best = float("inf")
        for _ in range(3):
            begun = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - begun)
        return 1000 * best

    return measured


def as_text(report: dict[str, Any]) -> str:
    """Return the table."""
    cells = [
        [
            row["architecture"],
            str(row["d_model"]),
            str(row["d_sae"]),
            str(row["tokens"]),
            *(f"{spread.median:.3f}" for spread in row["ms"].values()),
            *(f"{row['times_sae_lens'][label].median:.1f}" for label in ("ours", "8 watched")),
            f"{row['largest_difference']:.0e}",
        ]
        for row in report["rows"]
    ]
    header = ["SAE", "d_model", "d_sae", "tokens", "sae-lens ms", "ours ms", "8 watched ms",
              "ours x", "watched x", "largest difference"]  # fmt: skip
    load = f"{report['threads']} threads, load {report['machine']['load_average']}"
    return f"{load}\n{table(header, cells)}"


if __name__ == "__main__":
    main()
