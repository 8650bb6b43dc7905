"""The weights of a plain Llama, read from safetensors and fused for few, large products."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from tinymorph.engine.backends.base import ModelShape
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

    qkv: Float[Tensor, "qkv d_model"]
    out: Float[Tensor, "d_model d_attention"]
    gate_up: Float[Tensor, "two_d_mlp d_model"]
    down: Float[Tensor, "d_model d_mlp"]


@dataclass(frozen=True, slots=True, eq=False)
class LeanWeights:
    """All that a pass needs, in float32."""

    shape: ModelShape
    layers: tuple[LayerWeights, ...]
    embedding: Float[Tensor, "d_vocab d_model"]
    unembedding: Float[Tensor, "d_vocab d_model"]
    """As in the file; the final norm's scale stands beside it."""
    head: Float[Tensor, "d_vocab d_model"]
    """The unembedding with the final norm's scale folded in."""
    norm_scale: Float[Tensor, " d_model"]
    cos: Float[Tensor, "n_ctx d_head"]
    sin: Float[Tensor, "n_ctx d_head"]
    epsilon: float
    n_heads: int
    n_kv_heads: int
    d_head: int

    @property
    def is_grouped(self) -> bool:
        """Say whether several query heads share a key head."""
        return self.n_heads != self.n_kv_heads

    def rotation(
        self, positions: Int[Tensor, "row new"]
    ) -> tuple[Float[Tensor, "row 1 new d_head"], Float[Tensor, "row 1 new d_head"]]:
        """Return cosines and sines of rotary embedding (Su et al. 2021) for some positions."""
        positions = positions.clamp(max=len(self.cos) - 1)
        return self.cos[positions][:, None], self.sin[positions][:, None]

    def attention_inputs(
        self, layer: int, stream: Tensor, cos: Tensor, sin: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return query, key and value of a layer's tokens, `[row, heads, new, d_head]`."""
        rows, new, _ = stream.shape
        fused = functional.linear(self._normed(stream), self.layers[layer].qkv)
        heads = fused.view(rows, new, -1, self.d_head).transpose(1, 2)
        turned = heads[:, : self.n_heads + self.n_kv_heads]
        half = self.d_head // 2
        swapped = torch.cat([-turned[..., half:], turned[..., :half]], -1)
        turned = torch.addcmul(turned * cos, swapped, sin)
        value = heads[:, self.n_heads + self.n_kv_heads :]
        return turned[:, : self.n_heads], turned[:, self.n_heads :], value

    def layer_output(self, layer: int, stream: Tensor, mixed: Tensor) -> Tensor:
        """Return the stream after a layer, from what its heads gathered."""
        weights = self.layers[layer]
        gathered = mixed.transpose(1, 2).flatten(2)
        stream = stream + functional.linear(gathered, weights.out)
        gate, up = functional.linear(self._normed(stream), weights.gate_up).chunk(2, -1)
        return stream + functional.linear(functional.silu(gate) * up, weights.down)

    def logits(self, stream: Float[Tensor, "asked d_model"]) -> Float[Tensor, "asked d_vocab"]:
        """Return what comes next after each of these streams."""
        return functional.linear(self._normed(stream), self.head)

    def _normed(self, stream: Tensor) -> Tensor:
        return functional.rms_norm(stream, stream.shape[-1:], None, self.epsilon)


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
    cos, sin = _rotation(config, n_ctx, d_head)
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
        layers=tuple(_layer(weights, f"model.layers.{layer}.") for layer in range(n_layers)),
        embedding=embedding,
        unembedding=unembedding,
        head=(unembedding * scale).contiguous(),
        norm_scale=scale,
        cos=cos,
        sin=sin,
        epsilon=float(config.get("rms_norm_eps", 1e-6)),
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_head=d_head,
    )


def _layer(weights: Mapping[str, Tensor], prefix: str) -> LayerWeights:
    before_attention = weights[f"{prefix}input_layernorm.weight"]
    before_mlp = weights[f"{prefix}post_attention_layernorm.weight"]
    attention, mlp = f"{prefix}self_attn.", f"{prefix}mlp."
    qkv = torch.cat([weights[f"{attention}{name}_proj.weight"] for name in ("q", "k", "v")])
    gate_up = torch.cat([weights[f"{mlp}{name}_proj.weight"] for name in ("gate", "up")])
    return LayerWeights(
        qkv=(qkv * before_attention).contiguous(),
        out=weights[f"{attention}o_proj.weight"],
        gate_up=(gate_up * before_mlp).contiguous(),
        down=weights[f"{mlp}down_proj.weight"],
    )


def _rotation(config: Mapping[str, Any], n_ctx: int, d_head: int) -> tuple[Tensor, Tensor]:
    rope = config.get("rope_parameters") or {}
    theta = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    frequencies = theta ** -(torch.arange(0, d_head, 2, dtype=torch.int64).float() / d_head)
    angles = torch.outer(torch.arange(n_ctx).float(), frequencies)
    both = torch.cat([angles, angles], -1)
    return both.cos(), both.sin()
