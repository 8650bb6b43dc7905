"""The model and catalogue that a command uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tinymorph.engine.bundle import find_model
from tinymorph.errors import BadInputError, TinymorphError
from tinymorph.features.catalogue import FeatureCatalogue, find_catalogue
from tinymorph.schema.events import EngineEvent, Finished, Inspected
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import EngineRequest
from tinymorph.settings.paths import data_folder, resource
from tinymorph.settings.store import SettingsStore

if TYPE_CHECKING:
    from tinymorph.engine.rewriter import Rewriter

LastEvent = TypeVar("LastEvent", Finished, Inspected)

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="FOLDER",
        help="A folder with a transformers model and sae-lens SAEs; by default the bundled one.",
    ),
]


def model_folder(chosen: Path | None) -> Path:
    """Return the folder asked for, else that of the settings, else the bundled model."""
    return chosen or SettingsStore().load().engine.model or resource("assets/bundle")


def open_engine(folder: Path) -> Rewriter:
    """Load the model; torch is imported here and not before."""
    from tinymorph.engine.loader import load_engine  # noqa: PLC0415 - slow, seconds

    settings = SettingsStore().load().engine
    return load_engine(folder, backend=settings.backend, device=settings.device)


def answer_to(request: EngineRequest, engine: Rewriter, kind: type[LastEvent]) -> LastEvent:
    """Run a request to its end and return its last event."""
    last: EngineEvent | None = None
    for event in engine.run(request):
        last = event or last
    if not isinstance(last, kind):
        raise TinymorphError("The engine ended without an answer.", detail=repr(last))
    return last


def open_catalogue(folder: Path) -> FeatureCatalogue | None:
    """Open the catalogue with the writer's own windows, else the model's; None without one."""
    path = find_catalogue(folder, data_folder(), find_model(folder).sha256)
    return None if path is None else FeatureCatalogue.open(path)


def label_of(catalogue: FeatureCatalogue | None, ref: FeatureRef) -> str:
    """Return a feature's label, or its id if nothing is known of it."""
    return str(ref) if catalogue is None else catalogue.label(ref)


def parse_feature(text: str) -> FeatureRef:
    """Read `layer:index`; BadInputError says how it is written."""
    try:
        return FeatureRef.parse(text)
    except ValueError as error:
        raise BadInputError(
            f"{text!r} is not a feature.",
            hint="Features are written layer:index, for example 2:1234; `tinymorph features` "
            "lists them.",
        ) from error
