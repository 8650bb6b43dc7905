"""`tinymorph models`: what can be done with a model's files."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from tinymorph.cli.model import ModelOption, model_folder
from tinymorph.engine.bundle import find_model
from tinymorph.errors import BadInputError, FileProblemError


class Precision(Enum):
    """How exactly the weights are written."""

    F32 = "f32"
    Q8_0 = "q8_0"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    models = typer.Typer(help="Write a model for other programs, or for the llama.cpp backend.")
    models.callback()(_group)
    models.command("export")(export)
    app.add_typer(models, name="models")


def export(
    gguf: Annotated[Path, typer.Option("--gguf", metavar="FILE", help="The GGUF file to write.")],
    model: ModelOption = None,
    precision: Annotated[
        Precision,
        typer.Option("--type", help="f32 is exact; q8_0 is a quarter of its size, and faster."),
    ] = Precision.F32,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write a Llama model as GGUF, which llama.cpp runs."""
    if not gguf.absolute().parent.is_dir():
        raise BadInputError(f"There is no folder {gguf.absolute().parent}.")
    if gguf.exists() and not force:
        raise BadInputError(f"{gguf.name} exists already.", hint="Add --force to replace it.")
    folder = find_model(model_folder(model)).model
    from tinymorph.engine.gguf_file import export_gguf  # noqa: PLC0415 - torch, seconds

    try:
        export_gguf(folder, gguf, precision.value)
    except OSError as error:
        raise FileProblemError(f"{gguf} cannot be written.", detail=str(error)) from error
    typer.echo(f"{gguf.name}: {gguf.stat().st_size / 1e6:.1f} MB, {precision.value}")


def _group() -> None:
    """Keep `export` a command of its own while it is the only one."""
