"""Build the bundled model, its SAEs and its catalogue from a folder of text.

Every stage can be stopped at any moment and goes on from its last checkpoint when run again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinymorph.training.corpus import build_corpus
from tinymorph.training.language_model import train_language_model
from tinymorph.training.recipe import Recipe
from tinymorph.training.shards import build_shards, describe
from tinymorph.training.tokenizer import build_tokenizer

ROOT = Path(__file__).resolve().parents[1]

app = typer.Typer(help=__doc__, no_args_is_help=True)

RecipeOption = Annotated[Path, typer.Option("--recipe", help="the TOML file that decides all")]
WorkOption = Annotated[Path, typer.Option("--work", help="where stages keep what they make")]
DataOption = Annotated[Path, typer.Option("--data", help="folder with prose/ and pairs/")]

DEFAULT_RECIPE = ROOT / "configs" / "bundle" / "v0.toml"
DEFAULT_WORK = ROOT / "build" / "bundle"


@app.command()
def corpus(
    data: DataOption, recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK
) -> None:
    """Clean text and pairs, split by work."""
    build_corpus(Recipe.read(recipe), data, work / "corpus")


@app.command()
def tokenizer(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Fit the byte-level BPE tokenizer."""
    build_tokenizer(Recipe.read(recipe), work / "corpus", work / "tokenizer")


@app.command()
def shards(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Write the corpus as tokens."""
    build_shards(Recipe.read(recipe), work / "corpus", work / "tokenizer", work / "shards")
    typer.echo(describe(work / "shards"))


@app.command()
def model(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Train the language model."""
    train_language_model(
        Recipe.read(recipe), work / "tokenizer", work / "shards", work / "language_model"
    )


if __name__ == "__main__":
    app()
