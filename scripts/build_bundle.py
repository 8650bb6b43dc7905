"""Build the bundled model, its SAEs and its catalogue from a folder of text.

Every stage can be stopped at any moment and goes on from its last checkpoint when run again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinymorph.training.assemble import assemble_bundle
from tinymorph.training.carry import bring_back, write_carried
from tinymorph.training.catalogue import build_catalogue
from tinymorph.training.corpus import build_corpus
from tinymorph.training.evaluate import evaluate
from tinymorph.training.language_model import decay, train_language_model
from tinymorph.training.recipe import Recipe
from tinymorph.training.shards import build_shards, describe
from tinymorph.training.tokenizer import build_tokenizer

ROOT = Path(__file__).resolve().parents[1]

app = typer.Typer(help=__doc__, no_args_is_help=True)

RecipeOption = Annotated[Path, typer.Option("--recipe", help="the TOML file that decides all")]
WorkOption = Annotated[Path, typer.Option("--work", help="where stages keep what they make")]
DataOption = Annotated[Path, typer.Option("--data", help="folder with prose/ and pairs/")]

DEFAULT_RECIPE = ROOT / "configs" / "bundle" / "v1.toml"
DEFAULT_WORK = ROOT / "build" / "bundle"
DEFAULT_CARRIED = ROOT / "build" / "carried"
DEFAULT_TARGET = ROOT / "assets" / "bundle"


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
    """Train the language model: the stable stage, or what is left of it, then the decay."""
    train_language_model(
        Recipe.read(recipe), work / "tokenizer", work / "shards", work / "language_model"
    )


@app.command()
def anneal(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Decay from the stable stage's last checkpoint, however far it is, and save the model.

    The stable checkpoint stays, so that `model` can go on with it later.
    """
    decay(Recipe.read(recipe), work / "tokenizer", work / "shards", work / "language_model")


@app.command()
def carry(
    recipe: RecipeOption = DEFAULT_RECIPE,
    work: WorkOption = DEFAULT_WORK,
    target: Annotated[Path, typer.Option(help="what is to be carried")] = DEFAULT_CARRIED,
) -> None:
    """Write what a borrowed GPU needs, in parts under 16 MB; the recipe needs a [gpu] section.

    Copy all its numbered folders into one folder there, CARRIED; then, with this checkout's src
    on PYTHONPATH, once for each slice of nine minutes:
    python3 -m tinymorph.training.gpu --carried CARRIED --state STATE --out OUT --minutes 9
    --total-minutes 27. STATE stays there between slices; OUT comes back, for `bring`.
    """
    sizes = write_carried(Recipe.read(recipe), work / "shards", target)
    for number, size in enumerate(sizes):
        typer.echo(f"{target / str(number)}: {size / 1e6:.1f} MB")


@app.command()
def bring(
    parts: Annotated[Path, typer.Option(help="the OUT of the last slice")],
    recipe: RecipeOption = DEFAULT_RECIPE,
    work: WorkOption = DEFAULT_WORK,
) -> None:
    """Put the weights that came back together as the trained model."""
    bring_back(
        Recipe.read(recipe),
        parts,
        work / "tokenizer",
        work / "shards",
        work / "language_model",
    )


@app.command()
def saes(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Train the sparse autoencoders."""
    from tinymorph.training.sparse_autoencoder import train_saes  # noqa: PLC0415 -- sae-lens: 6 s

    train_saes(
        Recipe.read(recipe), work / "language_model" / "model", work / "shards", work / "saes"
    )


@app.command()
def catalogue(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Measure and describe every feature."""
    build_catalogue(
        Recipe.read(recipe),
        work / "language_model" / "model",
        work / "saes",
        work / "shards",
        work / "catalogue",
    )


@app.command()
def evaluation(recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK) -> None:
    """Measure the model on held-out works."""
    evaluate(
        Recipe.read(recipe),
        work / "language_model" / "model",
        work / "corpus",
        work / "evaluation",
    )


@app.command()
def bundle(
    recipe: RecipeOption = DEFAULT_RECIPE,
    work: WorkOption = DEFAULT_WORK,
    target: Annotated[Path, typer.Option(help="the bundle's folder")] = DEFAULT_TARGET,
) -> None:
    """Put the finished parts together, with their card."""
    assemble_bundle(Recipe.read(recipe), work, target)


@app.command(name="all")
def everything(
    data: DataOption, recipe: RecipeOption = DEFAULT_RECIPE, work: WorkOption = DEFAULT_WORK
) -> None:
    """Run every stage that is not done yet."""
    corpus(data, recipe, work)
    for stage in (tokenizer, shards, model, saes, catalogue, evaluation, bundle):
        stage(recipe, work)


if __name__ == "__main__":
    app()
