"""Text as tokens on disk: paragraphs with their runs and styles, pairs with their targets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from transformers import AutoTokenizer

from tinymorph.engine.prompt import TARGET, task_token
from tinymorph.training.infilling import ENDS_CLAUSE, ENDS_SENTENCE, STARTS_WORD
from tinymorph.training.pairs import Pair, stored_pairs
from tinymorph.training.prose import SPLITS, Paragraph, stored_prose
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import is_done, mark_done, write_array, write_whole
from tinymorph.training.style import STYLES
from tinymorph.training.tokenizer import INFILLING

Item = TypeVar("Item")

_SENTENCE_END = re.compile(r"""[\])"']*[.!?]+["')\]]*""")
_CLAUSE_END = re.compile(r"""[)"']*[,;:—]+["']*""")


def build_shards(recipe: Recipe, corpus: Path, tokenizer_folder: Path, folder: Path) -> None:
    """Write `{prose,pairs}.{train,heldout}.tokens.npy` (uint16) and their `.index.npy`.

    A prose index row is (start, end, run, styles) of a paragraph; a pairs row (start, target
    start, end, styles, whether the source is worth learning). `classes.npy` holds each token's
    class, `styles.json` the tokens of every style's name.
    """
    fingerprint = recipe.fingerprint("corpus", "tokenizer")
    if is_done(folder, fingerprint):
        return
    tokenizer: Any = AutoTokenizer.from_pretrained(tokenizer_folder)
    report: dict[str, int] = {}
    for split in SPLITS:
        prose = stored_prose(corpus / f"prose.{split}.tsv")
        report[f"prose.{split}"] = _write_prose(tokenizer, prose, folder, split)
        pairs = stored_pairs(corpus / f"pairs.{split}.jsonl")
        report[f"pairs.{split}"] = _write_pairs(tokenizer, pairs, folder, split, recipe)
    _write_words(tokenizer, folder)
    mark_done(folder, fingerprint, report)


def _write_prose(tokenizer: Any, paragraphs: Iterator[Paragraph], folder: Path, split: str) -> int:
    """Write paragraphs one after the other, each with its line feed."""
    pieces: list[list[int]] = []
    rows: list[tuple[int, int, int, int]] = []
    position = 0
    for chunk in _chunks(paragraphs, f"prose {split}"):
        texts = [item.text + "\n" for item in chunk]
        coded = tokenizer(texts, add_special_tokens=False)["input_ids"]
        for item, piece in zip(chunk, coded, strict=True):
            rows.append((position, position + len(piece), item.run, item.like))
            position += len(piece)
        pieces += coded
    _save(folder, f"prose.{split}", pieces, np.asarray(rows))
    return position


def _write_pairs(
    tokenizer: Any,
    pairs: Iterator[Pair],
    folder: Path,
    split: str,
    recipe: Recipe,
) -> int:
    """Write `bos task source target ... eos`; those longer than the context are left out."""
    pieces: list[list[int]] = []
    rows: list[tuple[int, int, int, int, int]] = []
    position = 0
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    target_id = tokenizer.convert_tokens_to_ids(TARGET)
    for chunk in _chunks(pairs, f"pairs {split}"):
        sources = tokenizer([pair.source for pair in chunk], add_special_tokens=False)["input_ids"]
        targets = tokenizer([pair.target for pair in chunk], add_special_tokens=False)["input_ids"]
        for pair, source, target in zip(chunk, sources, targets, strict=True):
            task = tokenizer.convert_tokens_to_ids(task_token(pair.task))
            head = [bos, task, *source, target_id]
            piece = [*head, *target, eos]
            if len(piece) > recipe.model.n_ctx:
                continue
            pieces.append(piece)
            place = (position, position + len(head), position + len(piece))
            rows.append((*place, pair.like, int(pair.is_source_sound)))
            position += len(piece)
    _save(folder, f"pairs.{split}", pieces, np.asarray(rows))
    return position


def _write_words(tokenizer: Any, folder: Path) -> None:
    """Write what batches must know of the vocabulary without a tokenizer."""
    classes = [_class_of(tokenizer.decode([token])) for token in range(len(tokenizer))]
    write_array(folder / "classes.npy", np.asarray(classes, dtype=np.uint8))
    words = {
        "styles": [
            tokenizer(f" {style}", add_special_tokens=False)["input_ids"] for style in STYLES
        ],
        "comma": tokenizer(",", add_special_tokens=False)["input_ids"],
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id,
        "pad": tokenizer.pad_token_id,
        "target": tokenizer.convert_tokens_to_ids(TARGET),
        **{name.strip("<|>"): tokenizer.convert_tokens_to_ids(name) for name in INFILLING},
    }
    write_whole(folder / "words.json", lambda path: path.write_text(json.dumps(words)))


def _class_of(text: str) -> int:
    return (
        STARTS_WORD * text.startswith((" ", "\n"))
        | ENDS_CLAUSE * bool(_CLAUSE_END.fullmatch(text.strip()))
        | ENDS_SENTENCE * bool(_SENTENCE_END.fullmatch(text.strip()))
    )


def _chunks(items: Iterable[Item], what: str) -> Iterator[list[Item]]:
    iterator = iter(items)
    chunks = iter(lambda: list(islice(iterator, 1000)), [])
    yield from track(chunks, description=f"tokens: {what}", total=None)


def _save(folder: Path, name: str, pieces: list[list[int]], index: NDArray[np.int64]) -> None:
    tokens = np.fromiter((token for piece in pieces for token in piece), dtype=np.uint16)
    for suffix, array in (("tokens", tokens), ("index", index.astype(np.int64))):
        write_array(folder / f"{name}.{suffix}.npy", array)


def describe(folder: Path) -> str:
    """Return the token counts of the shards as text."""
    report = json.loads((folder / "done.json").read_text(encoding="utf-8"))["report"]
    return ", ".join(f"{name} {count:,}" for name, count in report.items())
