"""The weights of a plain Llama, read from safetensors and fused for few, large products."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Complex, Float, Int
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from tinymorph.engine.backends.base import ModelShape
from tinymorph.engine.backends.lean_products import Product, product_with
from tinymorph.errors import BundleError, UnableError

_REQUIRED: Mapping[str, object] = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
}
_DEFAULTS: Mapping[str, object] = {
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
}


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """The four products of one layer, norms folded in."""

    qkv: Product
    out: Product
    gate_up: Product
    down: Product


@dataclass(frozen=True, slots=True, eq=False)
class LeanWeights:
    """All that a pass needs, in float32."""

    shape: ModelShape
    layers: tuple[LayerWeights, ...]
    embedding: Float[Tensor, "d_vocab d_model"]
    unembedding: Float[Tensor, "d_vocab d_model"]
    """As in the file; the final norm's scale stands beside it."""
    head: Product
    """The unembedding with the final norm's scale folded in."""
    norm_scale: Float[Tensor, " d_model"]
    rotations: Complex[Tensor, "n_ctx half_d_head"]
    """`cos + i sin` of rotary embedding (Su et al. 2021)."""
    floor: Float[Tensor, ""]
    """What a norm adds to the length of a stream, as the other side of a right triangle."""
    n_heads: int
    n_kv_heads: int
    d_head: int

    @property
    def is_grouped(self) -> bool:
        """Say whether several query heads share a key head."""
        return self.n_heads != self.n_kv_heads

    def turns(self, positions: Int[Tensor, " token"]) -> Complex[Tensor, "token heads half_d_head"]:
        """Return what turns each head at some positions; the heads of values stay as they are."""
        turn = self.rotations[positions.clamp(max=len(self.rotations) - 1)][:, None]
        turned = turn.expand(-1, self.n_heads + self.n_kv_heads, -1)
        return torch.cat([turned, torch.ones_like(turned[:, : self.n_kv_heads])], 1)

    def attention_inputs(
        self,
        layer: int,
        stream: Float[Tensor, "token d_model"],
        turns: Complex[Tensor, "token heads half_d_head"],
    ) -> Float[Tensor, "token heads d_head"]:
        """Return the heads of query, key and value of a layer's tokens."""
        fused = self.layers[layer].qkv.of(self._normed(stream))
        pairs = torch.view_as_complex(fused.view(*turns.shape, 2))
        return torch.view_as_real(pairs * turns).flatten(2)

    def layer_output(
        self,
        layer: int,
        stream: Float[Tensor, "token d_model"],
        gathered: Float[Tensor, "token d_attention"],
    ) -> Float[Tensor, "token d_model"]:
        """Return the stream after a layer, from what its heads gathered."""
        weights = self.layers[layer]
        stream = weights.out.added_to(stream, gathered)
        gate, up = weights.gate_up.of(self._normed(stream)).chunk(2, -1)
        return weights.down.added_to(stream, functional.silu(gate) * up)

    def logits(self, stream: Float[Tensor, "asked d_model"]) -> Float[Tensor, "asked d_vocab"]:
        """Return what comes next after each of these streams."""
        return self.head.of(self._normed(stream))

    def _normed(self, stream: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        """Return the stream at length 1; the factor `sqrt(d_model)` is in the matrix behind it.

        `sqrt(mean(x^2) + epsilon)` is the long side of a triangle, over `sqrt(d_model)`.
        """
        length = torch.linalg.vector_norm(stream, dim=-1, keepdim=True)
        return stream / torch.hypot(length, self.floor)


def read_lean_weights(folder: Path) -> LeanWeights:
    """Read a transformers folder; UnableError if it is no plain Llama, BundleError if damaged."""
    config = _config(folder)
    _check_plain(config)
    try:
        found = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    except (OSError, SafetensorError) as error:
        raise BundleError(f"The model in {folder} cannot be read.", detail=str(error)) from error
    weights = {name: tensor.float() for part in found for name, tensor in part.items()}
    try:
        return _fused(config, weights)
    except KeyError as error:
        raise BundleError(f"The model in {folder} lacks the weights {error}.") from error


def can_be_lean(folder: Path) -> bool:
    """Say whether a folder holds a plain Llama."""
    try:
        _check_plain(_config(folder))
    except UnableError:
        return False
    return True


def _config(folder: Path) -> dict[str, Any]:
    """Return `config.json`; what `generation_config.json` says of EOS goes before it."""
    config = _json(folder / "config.json")
    generation = folder / "generation_config.json"
    eos = _json(generation).get("eos_token_id") if generation.exists() else None
    return config if eos is None else config | {"eos_token_id": eos}


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BundleError(f"{path} is damaged.", detail=str(error)) from error


def _check_plain(config: Mapping[str, Any]) -> None:
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    is_plain = all(
        config.get(key, _DEFAULTS.get(key)) == wanted for key, wanted in _REQUIRED.items()
    )
    if not is_plain or rope.get("rope_type", "default") != "default":
        raise UnableError(
            "The lean backend runs plain Llama models only.",
            hint="Choose the transformers backend, which runs every kind.",
        )


def _fused(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> LeanWeights:
    n_heads = int(config["num_attention_heads"])
    n_kv_heads = int(config.get("num_key_value_heads") or n_heads)
    d_model = int(config["hidden_size"])
    d_head = int(config.get("head_dim") or d_model // n_heads)
    n_layers, n_ctx = int(config["num_hidden_layers"]), int(config["max_position_embeddings"])
    embedding = weights["model.embed_tokens.weight"]
    unembedding = embedding
    if not config.get("tie_word_embeddings", False):
        unembedding = weights["lm_head.weight"]
    scale = weights["model.norm.weight"]
    epsilon = float(config.get("rms_norm_eps", 1e-6))
    sizes = _Heads(n_heads, n_kv_heads, d_head)
    eos = config.get("eos_token_id")
    shape = ModelShape(
        n_layers=n_layers,
        d_model=d_model,
        d_vocab=len(unembedding),
        n_ctx=n_ctx,
        n_parameters=sum(weight.numel() for weight in weights.values()),
        bos_id=config.get("bos_token_id"),
        eos_ids=frozenset(eos if isinstance(eos, list) else [] if eos is None else [eos]),
    )
    return LeanWeights(
        shape=shape,
        layers=tuple(_layer(weights, f"model.layers.{layer}.", sizes) for layer in range(n_layers)),
        embedding=embedding,
        unembedding=unembedding,
        head=product_with(unembedding * (scale * d_model**0.5)),
        norm_scale=scale,
        rotations=_rotations(config, n_ctx, d_head),
        floor=torch.tensor((epsilon * d_model) ** 0.5),
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_head=d_head,
    )


class _Heads(NamedTuple):
    queries: int
    keys: int
    d_head: int


def _layer(weights: Mapping[str, Tensor], prefix: str, heads: _Heads) -> LayerWeights:
    before_attention = weights[f"{prefix}input_layernorm.weight"]
    before_mlp = weights[f"{prefix}post_attention_layernorm.weight"]
    attention, mlp = f"{prefix}self_attn.", f"{prefix}mlp."
    root = len(before_attention) ** 0.5
    queries = _in_pairs(weights[f"{attention}q_proj.weight"], heads.queries)
    keys = _in_pairs(weights[f"{attention}k_proj.weight"], heads.keys)
    qkv = torch.cat([queries, keys, weights[f"{attention}v_proj.weight"]])
    gate_up = torch.cat([weights[f"{mlp}{name}_proj.weight"] for name in ("gate", "up")])
    return LayerWeights(
        qkv=product_with(qkv * (before_attention * root)),
        out=product_with(weights[f"{attention}o_proj.weight"]),
        gate_up=product_with(gate_up * (before_mlp * root)),
        down=product_with(weights[f"{mlp}down_proj.weight"]),
    )


def _in_pairs(weight: Float[Tensor, "out d_model"], heads: int) -> Float[Tensor, "out d_model"]:
    """Put side by side what is turned together; transformers turns a head's two halves.

    Queries and keys are put in the same order, so that their products stay what they were.
    """
    halves = weight.view(heads, 2, -1, weight.shape[1])
    return halves.transpose(1, 2).reshape(weight.shape)


def _rotations(
    config: Mapping[str, Any], n_ctx: int, d_head: int
) -> Complex[Tensor, "n_ctx half_d_head"]:
    rope = config.get("rope_parameters") or {}
    theta = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    frequencies = theta ** -(torch.arange(0, d_head, 2, dtype=torch.int64).float() / d_head)
    angles = torch.outer(torch.arange(n_ctx).float(), frequencies)
    return torch.complex(angles.cos(), angles.sin())
