"""Does steering do what it says? Steered text against its unsteered twin of the same seed.

Features are drawn from the catalogue by a seed and steered at coefficient 1.0 through
`tinymorph suggest`'s own path; the finished text is read again cold, without any hook. A feature
counts as carried if the steered text has more of it (mean activation) than its twin. A text that
loops, echoes its source or is empty counts as a failure.
"""

from __future__ import annotations

import json as json_module
import statistics
from pathlib import Path
from typing import Annotated, Any

import typer

from tinymorph.cli.model import answer_to, model_folder, open_engine
from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.events import Finished
from tinymorph.schema.feature import FeatureCard
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm
from tinymorph.schema.suggestion import Suggestion
from tinymorph.settings.paths import resource
from tinymorph.text.files import open_text
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraphs import paragraphs_of


def main(
    features: Annotated[int, typer.Option(help="How many features are drawn.")] = 40,
    draw: Annotated[int, typer.Option(help="The seed that draws them.")] = 77,
    coefficient: Annotated[float, typer.Option()] = 1.0,
    mode: Annotated[SteeringMode, typer.Option()] = SteeringMode.ADD,
    task: Annotated[str, typer.Option()] = "paraphrase",
    paragraphs: Annotated[int, typer.Option(help="How many of the sample letter's.")] = 3,
    model: Annotated[Path | None, typer.Option()] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Ten features, one paragraph.")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print, for each feature, its mean activation in steered texts and in their twins."""
    folder = model_folder(model)
    engine = open_engine(folder)
    catalogue = FeatureCatalogue.open(folder / "catalogue.sqlite")
    letter = paragraphs_of(read_markdown(open_text(resource("assets/samples/letter.md")).text))
    texts = [text for text in letter if len(text.split()) > 15]
    texts = texts[:1] if quick else texts[:paragraphs]
    rows: list[dict[str, Any]] = []
    for card in catalogue.sample(10 if quick else features, draw):
        for text in texts:
            term = SteeringTerm(ref=card.ref, mode=mode, coefficient=coefficient)
            request = request_for(text, SteeringPlan(terms=(term,)), task)
            found = answer_to(request, engine, Finished).suggestions[0]
            rows.append(judge(card, found))
            if not json:
                print(line(rows[-1]), flush=True)
    report = summary(rows)
    print(json_module.dumps({**report, "rows": rows} if json else report, indent=2))


def request_for(text: str, plan: SteeringPlan, task: str) -> SuggestionRequest:
    """Return a request for one alternative and its twin."""
    return SuggestionRequest(
        request_id="bench",
        paragraph=ParagraphSnapshot(paragraph_id="bench", revision=0, text=text),
        span=Span(start=0, end=len(text)),
        task=task,
        plan=plan,
        alternatives=1,
        with_twin=True,
    )


def judge(card: FeatureCard, found: Suggestion) -> dict[str, Any]:
    """Return what came of one feature."""
    change = found.features[0]
    broken = found.flaw is not None and found.flaw.value in {"empty", "echo", "loop"}
    twin = change.twin or 0.0
    return {
        "id": str(card.ref),
        "label": card.label,
        "steered": round(change.after, 4),
        "twin": round(twin, 4),
        "of_max": round((change.after - twin) / card.max_activation, 4),
        "flaw": found.flaw,
        "twin_flaw": found.twin_flaw,
        "carried": change.after > twin and not broken,
        "text": found.text,
        "tokens_per_second": round(found.tokens_per_second, 1),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return counts, and min, median and max of the gain in units of max activation."""
    gains = [row["of_max"] for row in rows]
    return {
        "runs": len(rows),
        "carried": sum(row["carried"] for row in rows),
        "flawed": sum(row["flaw"] is not None for row in rows),
        "twins_flawed": sum(row["twin_flaw"] is not None for row in rows),
        "gain_of_max": [min(gains), statistics.median(gains), max(gains)],
    }


def line(row: dict[str, Any]) -> str:
    """Return one row as text."""
    mark = "+" if row["carried"] else "-"
    flaw = f" [{row['flaw'].value}]" if row["flaw"] else ""
    numbers = f"{row['twin']:7.3f} -> {row['steered']:7.3f}"
    return f"{mark} {row['id']:8} {numbers}{flaw}  {row['label'][:60]}\n      {row['text']}"


if __name__ == "__main__":
    typer.run(main)
