#!/usr/bin/env python3
"""Draw the README's chart of steered decoding from what decode.py --json wrote.

    .venv/bin/python scripts/bench/chart.py REPORT.json [MORE.json ...] OUTPUT.svg

One bar for each contender, in multiples of "HF generate + hook" on the same model; in CPU time
where one thread was measured, because neighbours disturb that less. The colours
read on light and on dark pages, and the SVG takes the page's own background.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SHOWN = (
    "ours, llama.cpp Q8_0",
    "ours, llama.cpp f32",
    "ours, lean",
    "HF generate + hook",
    "nnsight",
    "interp-engine eager",
    "SAETransformerBridge",
    "HookedSAETransformer",
)
NAMES = {
    "bundle": "Bundled model, 6.9M",
    "S9": "Llama shape, 9M",
    "B34": "Llama shape, 34M",
    "M115": "Llama shape, 115M",
}
WIDTH, LABEL, BAR, GAP, HEAD = 760, 190, 16, 6, 34
OURS, PEERS, TEXT, AXIS = "#2f81f7", "#8b949e", "#6e7781", "#8b949e"


def main() -> None:
    """Read the reports and write the SVG."""
    *sources, target = map(Path, sys.argv[1:])
    reports = [json.loads(source.read_text(encoding="utf-8")) for source in sources]
    parts = [part for report in reports for part in report["parts"]]
    target.write_text(drawn(parts), encoding="utf-8")


def drawn(parts: list[dict[str, Any]]) -> str:
    """Return the SVG: one group of bars for each model."""
    groups = [(part, bars_of(part)) for part in parts]
    most = max(value for _, bars in groups for _, value in bars)
    unit = (WIDTH - LABEL - 60) / most
    shapes: list[str] = []
    y = 8
    for part, bars in groups:
        y += HEAD
        threads = "1 thread" if part["threads"] == 1 else f"{part['threads']} threads"
        clock = ", CPU time" if part["threads"] == 1 else ""
        name = NAMES.get(part["shape"], part["shape"])
        title = f"{name}, one row, {threads}{clock}: times HF generate + hook"
        shapes.append(words(0, y - 12, title, weight="600"))
        x = LABEL + unit
        height = len(bars) * (BAR + GAP)
        shapes.append(
            f'<path d="M{x:.1f} {y - 4}V{y + height}" stroke="{AXIS}" stroke-dasharray="3 3"/>'
        )
        for label, value in bars:
            colour = OURS if label.startswith("ours") else PEERS
            shapes.append(words(LABEL - 8, y + BAR - 4, label, anchor="end"))
            length = max(1.0, value * unit)
            shapes.append(
                f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"'
                f' fill="{colour}"/>'
            )
            shapes.append(words(LABEL + length + 6, y + BAR - 4, f"{value:.1f}"))
            y += BAR + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" width="{WIDTH}"'
        ' role="img" aria-label="Steered decoding, in multiples of HF generate + hook"'
        ' font-family="system-ui, sans-serif" font-size="12">'
    )
    return "\n".join([head, *shapes, "</svg>", ""])


def bars_of(part: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the contenders that took part, in the order of the chart."""
    rows, key = part["rows"]["1"], "times_yardstick"
    if part["threads"] == 1:
        key = "cpu_times_yardstick"
    return [(label, rows[label][key]["median"]) for label in SHOWN if label in rows]


def words(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400") -> str:
    """Return a line of text."""
    return (
        f'<text x="{x:.1f}" y="{y}" fill="{TEXT}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    main()
