"""The recipe of a bundle: one TOML file that decides every stage."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field

from tinymorph.schema.base import Frozen


class ReversedTask(Frozen):
    """A task whose pairs are another task's, turned around."""

    of: str
    share: float = Field(gt=0, le=1)


class CorpusRecipe(Frozen):
    """What text goes in."""

    prose_bytes_per_work: int
    heldout_share: float
    max_paragraph_chars: int
    min_paragraph_chars: int
    repair_pairs: int
    max_pair_chars: int
    pairs: dict[str, int]
    """File stem to the number of pairs taken from it."""
    reversed: dict[str, ReversedTask] = {}
    also: dict[str, float] = {}
    """Share of a task's pairs that are repeated as paraphrases."""
    rule_pairs: int = 0
    """Pairs made from sentences of the prose by rule."""
    focused_share: float = 0.0
    """Share of rule-made pairs that are cut to the sentences around what changes."""
    least_overlap: dict[str, float] = {}
    """By source of pairs: share of content words that both sides must have in common."""


class TokenizerRecipe(Frozen):
    """The size of the vocabulary and the text it is fitted to."""

    vocab_size: int = Field(ge=1024, le=32768)
    sample_bytes: int


class ModelRecipe(Frozen):
    """The shape of the transformer."""

    d_model: int
    n_layers: int
    n_heads: int
    d_mlp: int
    n_ctx: int


class TrainingRecipe(Frozen):
    """How the language model is trained."""

    stable_tokens: int
    """Read at the full learning rate; raise it, and a finished run goes on."""
    decay_tokens: int
    """Read after that, while the rate goes down to nearly nothing."""
    tokens_per_step: int
    prose_share: float = Field(gt=0, lt=1)
    """Of the tokens of a step; the others are rewriting pairs."""
    infill_share: float = Field(ge=0, le=1)
    """Of the prose: windows with a gap whose middle comes last."""
    like_share: float = Field(ge=0, le=1)
    """Of all examples: those that ask for a style in plain words."""
    are_sources_learnt: bool
    """Whether sound sources of pairs have labels too."""
    prose_length: int
    decay_prose_length: int
    learning_rate: float
    """Of AdamW."""
    matrix_learning_rate: float
    """Of Muon, for the matrices inside; 0 leaves them to AdamW."""
    warmup_steps: int
    weight_decay: float
    gradient_clip: float
    checkpoint_minutes: float
    evaluate_minutes: float
    is_compiled: bool


class GpuRecipe(Frozen):
    """How the language model is trained where a GPU can be borrowed."""

    rows_per_batch: int
    """Packed rows of the whole context."""
    batches_per_step: int
    learning_rate: float
    matrix_learning_rate: float
    weight_decay: float
    decay_share: float = Field(gt=0, le=1)
    """Of the whole time, at its end."""
    workers: int


class SaeRecipe(Frozen):
    """How the sparse autoencoders are trained."""

    layers: tuple[int, ...]
    d_sae: int
    k: int
    """Active features per token, on average over a batch (BatchTopK)."""
    training_tokens: int
    batch_size: int
    learning_rate: float
    context: int
    dead_window: int = 200
    """Steps without firing after which a feature counts as dead, and the auxiliary loss calls it."""
    revive_at: tuple[float, ...] = ()
    """Shares of the training at which dead features get a new start."""


class CatalogueRecipe(Frozen):
    """The text the catalogue reads: what the model itself writes."""

    text_tokens: int
    text_batch: int
    text_length: int
    examples: int
    window: int


class Recipe(Frozen):
    """Everything that decides a bundle."""

    name: str
    seed: int
    corpus: CorpusRecipe
    tokenizer: TokenizerRecipe
    model: ModelRecipe
    training: TrainingRecipe
    sae: SaeRecipe
    catalogue: CatalogueRecipe
    gpu: GpuRecipe | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a recipe; unknown or missing keys are errors that name the key."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

    def fingerprint(self, *sections: str) -> str:
        """Return a short hash of the seed and the named sections: what a stage depends on."""
        whole = self.model_dump(mode="json", exclude_unset=True)
        chosen = {name: whole[name] for name in ("seed", *sections)}
        text = json.dumps(chosen, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
