#!/usr/bin/env python3
"""Measure what reading and writing leaves of Markdown: ours beside mdformat and Qt, in one run.

    .venv/bin/python scripts/bench/fidelity.py [--quick] [--json]

Every peer reads and saves every document, and reads and saves again what it saved. The judge is
markdown-it-py's HTML, in the normal form of the CommonMark test suite. Each peer works in a process
of its own; Qt, which has its way of never coming back, in one for each document.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import os
import re
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from bench.examples import Sample, commonmark_examples, gfm_examples, judge, real_documents  # noqa: E402  # found by the line above

LIMIT_S = 20.0
QUICK_STEP = 12
Saver = Callable[[str, bool], str]
"""Reads Markdown and writes it; is told whether GitHub's extensions may occur."""
Outcome = tuple[str | None, str | None]
"""What was saved, and what was saved of that; None where the peer failed or took too long."""

NAMES = {
    "untouched": "tinymorph, nothing touched",
    "page": "tinymorph, through the page",
    "page-typed": "tinymorph, a character typed and undone in every block of the page",
    "rewritten": "tinymorph, every block rewritten in its source's style",
    "plain": "tinymorph, every block rewritten in our style",
    "mdformat": "mdformat with gfm",
    "qt-commonmark": "Qt, CommonMark",
    "qt-github": "Qt, GitHub",
    "qt-no-html": "Qt, CommonMark without HTML",
}


def savers() -> dict[str, Saver]:
    """Return what each peer does; another peer is another line here and in `NAMES`."""
    return {
        "untouched": _save_untouched,
        "page": lambda source, _: _save_through_page(source, typing=False),
        "page-typed": lambda source, _: _save_through_page(source, typing=True),
        "rewritten": _save_rewritten,
        "plain": _save_plain,
        "mdformat": _save_by_mdformat,
        "qt-commonmark": lambda source, _: _save_by_qt(source, "MarkdownDialectCommonMark"),
        "qt-github": lambda source, _: _save_by_qt(source, "MarkdownDialectGitHub"),
        "qt-no-html": lambda source, _: _save_by_qt(
            source, "MarkdownDialectCommonMark", "MarkdownNoHTML"
        ),
    }


@dataclass(frozen=True, slots=True)
class Score:
    """How a peer did on some documents."""

    documents: int
    failed: int
    same_html: int
    identical: int
    identical_but_end: int
    """Where only the line ends at the very end differ."""
    stable: int
    """The second save is the first."""
    words: int
    words_lost: int
    lines: int
    lines_changed: int


def main() -> None:
    """Run every peer over every set, and print a table."""
    options = _parsed_arguments()
    if options.worker:
        _work(options.worker)
        return
    step = QUICK_STEP if options.quick else 1
    sets = {
        "CommonMark": commonmark_examples()[::step],
        "GFM": gfm_examples()[::step],
        "real": real_documents()[:: 4 if options.quick else 1],
    }
    scores: dict[str, dict[str, Score]] = {}
    for peer in NAMES:
        scores[peer] = {}
        for name, samples in sets.items():
            if samples:
                outcomes = _outcomes(peer, samples, knows_gfm=name != "CommonMark")
                scores[peer][name] = _score(samples, outcomes, knows_gfm=name != "CommonMark")
    if options.json:
        print(json.dumps({p: {n: asdict(s) for n, s in by.items()} for p, by in scores.items()}))
    else:
        print(_table(scores))
        missing = [name for name, samples in sets.items() if not samples]
        if missing:
            print(f"\nNot at hand, and left out: {', '.join(missing)}.")


def _outcomes(peer: str, samples: Sequence[Sample], *, knows_gfm: bool) -> list[Outcome]:
    """Have a worker save all samples."""
    job = json.dumps({"gfm": knows_gfm, "sources": [sample.source for sample in samples]})
    command = [sys.executable, str(Path(__file__).resolve()), "--worker", peer]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        command, input=job, capture_output=True, text=True, check=True, env=environment
    )
    return [(first, second) for first, second in json.loads(done.stdout)]


def _work(peer: str) -> None:
    job = json.loads(sys.stdin.read())
    save = savers()[peer]
    if peer.startswith("qt"):
        importlib.import_module("PySide6.QtGui")  # once, before the forks
    outcomes: list[Outcome] = []
    for source in job["sources"]:
        if peer.startswith("qt"):
            outcomes.append(_in_a_process(save, source, knows_gfm=job["gfm"]))
        else:
            first = save(source, job["gfm"])
            outcomes.append((first, save(first, job["gfm"])))
    print(json.dumps(outcomes))


def _in_a_process(save: Saver, source: str, *, knows_gfm: bool) -> Outcome:
    """Save twice in a process of its own, which ends when its time is up."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        first = save(source, knows_gfm)
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            json.dump((first, save(first, knows_gfm)), out)
        os._exit(0)
    os.close(writing)
    parts: list[bytes] = []
    while select.select([reading], [], [], LIMIT_S)[0] and (part := os.read(reading, 65536)):
        parts.append(part)
    os.close(reading)
    os.kill(process, 9)
    os.waitpid(process, 0)
    try:
        first, second = json.loads(b"".join(parts))
    except ValueError:
        return None, None
    return first, second


def _save_untouched(source: str, _knows_gfm: bool) -> str:
    from tinymorph.text.markdown.compose import compose  # noqa: PLC0415  # in its worker alone
    from tinymorph.text.markdown.slices import read_source  # noqa: PLC0415 - only where it is used

    read = read_source(source)
    return compose(read, read.blocks)


def _save_through_page(source: str, *, typing: bool) -> str:
    from bench.through_page import save_through_page  # noqa: PLC0415  # Qt in its worker alone

    return save_through_page(source, typing=typing)


def _save_rewritten(source: str, _knows_gfm: bool) -> str:
    from tinymorph.text.markdown import read_markdown  # noqa: PLC0415 - only where it is used
    from tinymorph.text.markdown.parser import parse, unified  # noqa: PLC0415 - only where it is used
    from tinymorph.text.markdown.style import style_of  # noqa: PLC0415 - only where it is used
    from tinymorph.text.markdown.writer import write_blocks  # noqa: PLC0415 - only where it is used

    parsed = parse(unified(source))
    style = style_of(parsed.pieces, parsed.references)
    return write_blocks(read_markdown(source).blocks, style, parsed.references)


def _save_plain(source: str, _knows_gfm: bool) -> str:
    from tinymorph.text.markdown import read_markdown, write_markdown  # noqa: PLC0415 - only where it is used

    return write_markdown(read_markdown(source))


def _save_by_mdformat(source: str, knows_gfm: bool) -> str:
    import mdformat  # noqa: PLC0415 - only where it is used

    return mdformat.text(source, extensions={"gfm"} if knows_gfm else set())


def _save_by_qt(source: str, *features: str) -> str:
    from PySide6.QtGui import QGuiApplication, QTextDocument  # noqa: PLC0415 - only where it is used

    application = QGuiApplication.instance() or QGuiApplication([])
    chosen = QTextDocument.MarkdownFeature[features[0]]
    for feature in features[1:]:
        chosen |= QTextDocument.MarkdownFeature[feature]
    document = QTextDocument()
    document.setMarkdown(source, chosen)
    saved = document.toMarkdown(chosen)
    del application
    return saved


def _score(samples: Sequence[Sample], outcomes: Sequence[Outcome], *, knows_gfm: bool) -> Score:
    show = judge(knows_gfm=knows_gfm)
    counts: Counter[str] = Counter()
    for sample, (first, second) in zip(samples, outcomes, strict=True):
        before, lines = show(sample.source), sample.source.splitlines()
        words = _words(before)
        counts["words"] += len(words)
        counts["lines"] += len(lines)
        if first is None:
            counts["failed"] += 1
            continue
        after = show(first)
        counts["same_html"] += before == after
        counts["identical"] += first == sample.source
        counts["identical_but_end"] += first.rstrip("\r\n") == sample.source.rstrip("\r\n")
        counts["stable"] += second == first
        counts["words_lost"] += (Counter(words) - Counter(_words(after))).total()
        counts["lines_changed"] += _lines_changed(lines, first.splitlines())
    return Score(len(samples), **{name: counts[name] for name in _COUNTED})


_COUNTED = [name for name in Score.__dataclass_fields__ if name != "documents"]


def _words(html: str) -> list[str]:
    return re.findall(r"[^\W_]+", re.sub(r"<[^>]*>", " ", html))


def _lines_changed(before: Sequence[str], after: Sequence[str]) -> int:
    """Count the lines that are not kept, in their order."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return len(before) - sum(block.size for block in matcher.get_matching_blocks())


def _table(scores: dict[str, dict[str, Score]]) -> str:
    header = (
        "| peer | set | HTML equal | identical (but for the end) | 2nd save = 1st "
        "| words lost | lines changed | failed |"
    )
    rows = [header, "|---|---|---|---|---|---|---|---|"]
    for peer, by_set in scores.items():
        for name, score in by_set.items():
            cells = [
                NAMES[peer],
                name,
                f"{score.same_html} / {score.documents}",
                f"{score.identical} ({score.identical_but_end})",
                f"{score.stable}",
                f"{score.words_lost} / {score.words}",
                f"{score.lines_changed} / {score.lines}",
                f"{score.failed}",
            ]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every twelfth example")
    parser.add_argument("--json", action="store_true", help="numbers for other programs")
    parser.add_argument("--worker", choices=list(NAMES), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
