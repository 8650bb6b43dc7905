"""`tinymorph inspect`: the features of a passage."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinymorph.cli.model import (
    ModelOption,
    answer_to,
    label_of,
    model_folder,
    open_catalogue,
    open_engine,
    parse_feature,
)
from tinymorph.cli.output import print_json
from tinymorph.cli.passage import (
    FileArgument,
    ParagraphOption,
    TextOption,
    read_passage,
    whole,
)
from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.events import Inspected
from tinymorph.schema.feature import FeatureReading
from tinymorph.schema.request import InspectionRequest


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("inspect")(inspect)


def inspect(
    file: FileArgument = None,
    paragraph: ParagraphOption = None,
    text: TextOption = None,
    feature: Annotated[
        list[str] | None,
        typer.Option("--feature", metavar="ID", help="Report this feature in any case."),
    ] = None,
    top: Annotated[int, typer.Option(min=0, max=512, help="How many features.")] = 20,
    model: ModelOption = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the strongest features of a passage, and where they peak."""
    passage = read_passage(file, paragraph, text)
    asked = tuple(parse_feature(name) for name in feature or ())
    folder = model_folder(model)
    catalogue = open_catalogue(folder)
    engine = open_engine(folder)
    snapshot, span = whole(passage)
    request = InspectionRequest(
        request_id="inspect", paragraph=snapshot, span=span, asked=asked, top=top
    )
    inspected = answer_to(request, engine, Inspected)
    if json:
        print_json(as_json(inspected.reading, catalogue))
    else:
        _print(passage, inspected.reading, catalogue)


def as_json(reading: FeatureReading, catalogue: FeatureCatalogue | None) -> dict[str, Any]:
    """Return the reading in the shape that docs/cli.md promises."""
    return {
        "features": [
            {
                "id": str(found.ref),
                "label": label_of(catalogue, found.ref),
                "span": [found.span.start, found.span.end],
                "activation": found.activation,
            }
            for found in reading.top
        ],
        "asked": [
            {"id": str(found.ref), "mean": found.mean, "max": found.activation}
            for found in reading.asked
        ],
    }


def _print(passage: str, reading: FeatureReading, catalogue: FeatureCatalogue | None) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("feature", "peak", "of max", "at", "label"):
        is_number = name in {"peak", "of max"}
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    for found in [*reading.asked, *reading.top]:
        table.add_row(
            str(found.ref),
            f"{found.activation:.2f}",
            f"{found.relative:.0%}",
            Text(repr(found.span.of(passage).strip())),
            Text(label_of(catalogue, found.ref)),
        )
    Console(highlight=False).print(table)
