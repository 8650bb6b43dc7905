"""Markdown to try ourselves and others with: the examples of the specifications, real documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from bench.normal_html import normal_html
from fetch_examples import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "markdown"
"""Where there is one; its examples and documents are never committed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some Markdown, and where it is from."""

    name: str
    source: str


def commonmark_examples() -> list[Sample]:
    """Return the examples of CommonMark's specification; none if they are not at hand."""
    for path in (SHARED / "commonmark-0.31.2.json", EXAMPLES / "commonmark.json"):
        if path.exists():
            return _from_json(path)
    return []


def gfm_examples() -> list[Sample]:
    """Return the examples of GitHub's extensions that our judge knows too."""
    shared = [SHARED / "gfm-0.29-extensions.json", SHARED / "gfm-extensions-txt.json"]
    found = [sample for path in shared if path.exists() for sample in _from_json(path)]
    if found:
        return found
    names = ("tables.md", "tasklists.md", "strikethrough.md")
    paths = [EXAMPLES / name for name in names]
    return [sample for path in paths if path.exists() for sample in _from_fixtures(path)]


def real_documents() -> list[Sample]:
    """Return documents that somebody wrote for readers."""
    paths = sorted((SHARED / "real").glob("*.md"))
    return [Sample(path.name, path.read_text(encoding="utf-8")) for path in paths]


def judge(*, knows_gfm: bool) -> Callable[[str], str]:
    """Return what shows Markdown as HTML in its normal form."""
    parser = MarkdownIt("commonmark", {"tasklists": knows_gfm})
    if knows_gfm:
        parser.enable(["table", "strikethrough"])
    return lambda source: normal_html(parser.render(source))


def _from_json(path: Path) -> list[Sample]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return [Sample(f"{path.stem} {item['example']}", item["markdown"]) for item in found]


def _from_fixtures(path: Path) -> list[Sample]:
    """Take the sources from a file of: title, dot, source, dot, HTML, dot."""
    parts = path.read_text(encoding="utf-8").split("\n.\n")
    return [
        Sample(f"{path.stem} {i // 3 + 1}", f"{s}\n") for i, s in enumerate(parts) if i % 3 == 1
    ]
