"""Models to measure with: the bundle, and random Llamas of true shapes, written to a folder."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch

from tinymorph.engine.sae import Sae
from tinymorph.engine.sae.stats import FeatureStats
from tinymorph.schema.feature import FeatureRef, HookPoint
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.settings.paths import resource

BUNDLE = "bundle"
N_CTX = 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a random Llama; the head is tied to the embedding."""

    d_model: int
    d_mlp: int
    n_layers: int
    n_heads: int
    d_vocab: int


SHAPES = {
    "S9": Shape(d_model=256, d_mlp=704, n_layers=6, n_heads=4, d_vocab=16_384),
    "B34": Shape(d_model=512, d_mlp=1408, n_layers=8, n_heads=8, d_vocab=16_384),
    "M115": Shape(d_model=768, d_mlp=2048, n_layers=12, n_heads=12, d_vocab=39_168),
}
"""9, 34 and 115 million parameters."""


def model_folder(name: str, place: Path) -> Path:
    """Return a transformers folder of the bundled model or of a shape, written if it is not there.

    All take the bundle's tokenizer, which is smaller than their vocabulary, because some peers
    will not start without one.
    """
    if name == BUNDLE:
        return resource("assets/bundle/model")
    folder = place / name
    if not (folder / "config.json").exists():
        write_random_llama(SHAPES[name], folder)
    return folder


def write_random_llama(shape: Shape, folder: Path) -> None:
    """Write random weights as transformers makes them, always the same ones."""
    from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415 -- slow

    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=shape.d_model,
        intermediate_size=shape.d_mlp,
        num_hidden_layers=shape.n_layers,
        num_attention_heads=shape.n_heads,
        vocab_size=shape.d_vocab,
        max_position_embeddings=N_CTX,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(resource(f"assets/bundle/model/{name}"), folder / name)


def gguf_file(folder: Path, place: Path, precision: str) -> Path:
    """Return the model of a folder as GGUF, exported if it is not there."""
    from tinymorph.engine.gguf_file import export_gguf  # noqa: PLC0415 -- an extra

    target = place / f"{folder.name}-{precision}.gguf"
    if not target.exists():
        export_gguf(folder, target, "q8_0" if precision == "q8_0" else "f32")
    return target


def prompt_ids(count: int, seed: int = 0) -> list[int]:
    """Return a BOS and random tokens of the bundle's vocabulary."""
    dice = random.Random(seed)
    return [1, *(dice.randrange(300, 8000) for _ in range(count - 1))]


def steering_vector(d_model: int) -> torch.Tensor:
    """Return what every contender adds to the stream."""
    return torch.randn(d_model, generator=torch.Generator().manual_seed(7)) * 0.1


def one_feature_sae(d_model: int, layer: int) -> Sae:
    """Return an SAE at `resid_post` of a layer whose first feature writes the steering vector."""
    rows = steering_vector(d_model)[None]
    return Sae(
        sae_id=str(layer),
        hook_point=HookPoint(layer=layer, site="resid_post"),
        architecture="standard",
        norm="none",
        k=0,
        W_enc=rows.T.contiguous(),
        W_dec=rows,
        b_enc=torch.zeros(1),
        b_dec=torch.zeros(d_model),
        threshold=torch.zeros(1),
        magnitude=None,
        subtracts_b_dec=True,
        centres=False,
        model_name="",
        stats=FeatureStats(
            max_activation=torch.ones(1),
            activation_density=torch.full((1,), 0.01),
            token_ids=torch.zeros(1, 1, dtype=torch.long),
        ),
    )


def steering_plan(sae: Sae) -> SteeringPlan:
    """Return the plan that adds the steering vector to every generated token."""
    term = SteeringTerm(ref=FeatureRef(sae_id=sae.sae_id, feature_index=0), coefficient=1.0)
    return SteeringPlan(terms=(term,))
