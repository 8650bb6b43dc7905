"""`tinymorph features`: search the catalogue, or fill it with windows from one's own books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinymorph.cli.model import ModelOption, model_folder, open_catalogue, open_engine
from tinymorph.cli.output import print_json
from tinymorph.engine.bundle import find_model
from tinymorph.errors import BadInputError
from tinymorph.features.catalogue import (
    FeatureCatalogue,
    find_catalogues,
    own_catalogue,
    write_catalogue,
)
from tinymorph.features.labels import with_automatic_label
from tinymorph.features.library import EmptyCards, WriterLibrary
from tinymorph.features.marks import FeatureMarks
from tinymorph.schema.feature import FeatureCard
from tinymorph.settings.paths import data_folder, state_folder
from tinymorph.text.files import open_text
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraphs import paragraphs_of

if TYPE_CHECKING:
    from tinymorph.engine.rewriter import Rewriter

_BOOKS = {".md", ".markdown", ".txt"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("features")(features)


def features(
    search: Annotated[
        str | None,
        typer.Argument(metavar="SEARCH", help="Words of a label, an example or a token."),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Draw so many at random, of a density from 0.01 % to 10 %."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the draw.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50,
    index: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Read the books in a folder and take example windows from them."
        ),
    ] = None,
    model: ModelOption = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the features that can be steered, by search or by chance."""
    folder = model_folder(model)
    if index is not None:
        console = Console(stderr=True)
        console.print(f"{index_folder(folder, index):,} tokens read.", highlight=False)
    catalogue = open_catalogue(folder)
    if catalogue is None:
        raise BadInputError(
            f"The model in {folder} has no catalogue of features.",
            hint="Make one from text of your own: tinymorph features --index FOLDER",
        )
    if sample is not None:
        cards = catalogue.sample(sample, seed)
    elif search:
        cards = _search(folder, search, limit)
    else:
        cards = catalogue.search("", limit)
    if json:
        print_json({"features": [as_json(card) for card in cards]})
    else:
        _print(cards)


def as_json(card: FeatureCard) -> dict[str, str | float]:
    """Return a feature in the shape that docs/cli.md promises."""
    return {
        "id": str(card.ref),
        "label": card.label,
        "density": card.activation_density,
        "max_activation": card.max_activation,
    }


def _search(folder: Path, words: str, limit: int) -> tuple[FeatureCard, ...]:
    """Return the features whose label, logits or examples have all the words."""
    found = find_catalogues(folder, data_folder(), find_model(folder).sha256)
    opened = [None if path is None else FeatureCatalogue.open(path) for path in found]
    library = WriterLibrary(
        opened[0] or EmptyCards(),
        FeatureMarks(data_folder() / "features.sqlite"),
        opened[1],
        paths=tuple(path for path in found if path is not None),
        folder=state_folder(),
    )
    library.prepare_search()
    library.open_search()
    cards = library.search(words, limit)
    library.close()
    return cards


def index_folder(folder: Path, books: Path) -> int:
    """Write a catalogue with windows from the writer's books; return how many tokens were read.

    A model that came without numbers is calibrated on the same books.
    """
    texts = list(_paragraphs(books))
    if not texts:
        raise BadInputError(
            f"{books} holds no text.", hint="Files ending in .md, .markdown or .txt are read."
        )
    known = open_catalogue(folder)
    engine = open_engine(folder)
    cards, tokens = _describe(engine, folder, texts)
    path = own_catalogue(data_folder(), engine.info.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    write_catalogue(part, (_merged(card, known) for card in cards))
    part.replace(path)
    return tokens


def _describe(engine: Rewriter, folder: Path, texts: list[str]) -> tuple[list[FeatureCard], int]:
    """Return a card for every feature, and the number of tokens; calibrate where needed."""
    from tinymorph.engine import index, sae  # noqa: PLC0415 - torch, seconds

    batches = index.batches_of(engine.tokenizer, texts, engine.info.n_ctx)
    cards: list[FeatureCard] = []
    for sae_id, found in engine.saes.items():
        stats = found.stats
        if stats is None:
            stats = index.measure_features(engine.backend, found, batches)
            sae.save_stats(stats, find_model(folder).saes[sae_id])
        cards += index.describe_features(engine.backend, engine.tokenizer, found, stats, batches)
    return cards, sum(int(is_text.sum()) for _, is_text in batches)


def _merged(card: FeatureCard, known: FeatureCatalogue | None) -> FeatureCard:
    """Keep what is known of a feature but its windows: those here are the writer's own."""
    old = None if known is None else known.card(card.ref)
    if old is None:
        return with_automatic_label(card)
    return old.model_copy(update={"examples": card.examples})


def _paragraphs(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        raise BadInputError(f"There is no folder {folder}.")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in _BOOKS:
            yield from paragraphs_of(read_markdown(open_text(path).text))


def _print(cards: tuple[FeatureCard, ...]) -> None:
    console = Console(highlight=False)
    if not cards:
        console.print("No feature was found for these words.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("feature", "density", "max activation", "label"):
        table.add_column(name, justify="left" if name in {"feature", "label"} else "right")
    for card in cards:
        density, largest = f"{card.activation_density:.2%}", f"{card.max_activation:.2f}"
        table.add_row(str(card.ref), density, largest, Text(card.label))
    console.print(table)
