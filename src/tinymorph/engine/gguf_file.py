"""Write a plain Llama as GGUF, and read from a GGUF what llama.cpp does not tell.

llama.cpp turns neighbouring numbers of a head together where transformers turns the halves, so the
rows of query and key are put in its order, as its own converter does.
"""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from tinymorph.engine.backends.lean_weights import can_be_lean
from tinymorph.errors import BundleError, UnableError

Precision = Literal["f32", "q8_0"]

_NAMES: Mapping[str, str] = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_ENDS = ("eos", "eot", "eom")
"""What GGUF calls tokens that end a text, in the order of ours."""
_BLOCK = 32
"""Numbers that share a scale in Q8_0; rows of another width stay float32."""


def export_gguf(folder: Path, target: Path, precision: Precision = "f32") -> None:
    """Write the model in a transformers folder to a GGUF file; whole, or not at all."""
    gguf = _library()
    if not can_be_lean(folder):
        raise UnableError("Only plain Llama models can be exported as GGUF.")
    config = _json(folder / "config.json")
    weights = _weights(folder)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
    os.close(handle)
    try:
        writer = gguf.GGUFWriter(name, "llama")
        _write_sizes(writer, config)
        _write_tokenizer(gguf, writer, folder, config)
        kinds = {"f32": gguf.LlamaFileType.ALL_F32, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}
        writer.add_file_type(kinds[precision])
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        for tensor_name, weight in _translated(config, weights).items():
            _write_tensor(gguf, writer, tensor_name, weight, precision)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        Path(name).chmod(0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_unembedding(
    path: Path,
) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
    """Return the scale of the final norm, and the matrix from stream to logits, in float32."""
    gguf = _library()
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    head = tensors.get("output.weight") or tensors.get("token_embd.weight")
    norm = tensors.get("output_norm.weight")
    if head is None or norm is None:
        raise BundleError(f"{path.name} lacks the weights that end in logits.")
    scale, matrix = (
        torch.from_numpy(np.array(gguf.dequantize(found.data, found.tensor_type), np.float32))
        for found in (norm, head)
    )
    return scale, matrix


def _library() -> Any:
    try:
        return importlib.import_module("gguf")  # an extra
    except ImportError as error:
        raise UnableError(
            "GGUF files need the package gguf, which is not installed.",
            hint='Install it with: pip install "tinymorph[gguf]"',
            detail=str(error),
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BundleError(f"{path} is damaged.", detail=str(error)) from error


def _weights(folder: Path) -> dict[str, Float[Tensor, "..."]]:
    try:
        found = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    except (OSError, SafetensorError) as error:
        raise BundleError(f"The model in {folder} cannot be read.", detail=str(error)) from error
    return {name: tensor.float() for part in found for name, tensor in part.items()}


def _write_sizes(writer: Any, config: Mapping[str, Any]) -> None:
    n_heads, d_head = _heads(config)
    rope = config.get("rope_parameters") or {}
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(n_heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or n_heads)
    writer.add_key_length(d_head)
    writer.add_value_length(d_head)
    writer.add_rope_dimension_count(d_head)
    writer.add_rope_freq_base(float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0))
    writer.add_layer_norm_rms_eps(float(config.get("rms_norm_eps", 1e-6)))
    writer.add_vocab_size(config["vocab_size"])


def _write_tokenizer(gguf: Any, writer: Any, folder: Path, config: Mapping[str, Any]) -> None:
    """Write words and merges, if there are any; llama.cpp is only ever given token ids by us."""
    path = folder / "tokenizer.json"
    words = _words(_json(path)) if path.exists() else {}
    if words:
        tokens = [words.get(at, (f"[PAD{at}]", False)) for at in range(config["vocab_size"])]
        kinds = gguf.TokenType
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_list([text for text, _ in tokens])
        writer.add_token_types(
            [kinds.CONTROL if control else kinds.NORMAL for _, control in tokens]
        )
        writer.add_token_merges([" ".join(pair) for pair in _json(path)["model"]["merges"]])
    else:
        writer.add_tokenizer_model("none")
    generation = folder / "generation_config.json"
    eos = _json(generation).get("eos_token_id") if generation.exists() else None
    eos = config.get("eos_token_id") if eos is None else eos
    ends = eos if isinstance(eos, list) else [] if eos is None else [eos]
    if len(ends) > len(_ENDS):
        raise UnableError(f"A GGUF file names {len(_ENDS)} tokens that end a text, not more.")
    for name, token_id in zip(_ENDS, ends, strict=False):
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", token_id)
    if config.get("bos_token_id") is not None:
        writer.add_bos_token_id(config["bos_token_id"])


def _words(tokenizer: Mapping[str, Any]) -> dict[int, tuple[str, bool]]:
    """Return each token's text and whether it is a mark, of a byte-level BPE; else nothing."""
    model = tokenizer["model"]
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        return {}
    words = {token_id: (text, False) for text, token_id in model["vocab"].items()}
    marks = {token["id"]: (token["content"], True) for token in tokenizer["added_tokens"]}
    return words | marks


def _translated(
    config: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> dict[str, Float[Tensor, "..."]]:
    """Return the weights under the names and in the order of llama.cpp."""
    n_heads, _ = _heads(config)
    heads = {"q_proj": n_heads, "k_proj": config.get("num_key_value_heads") or n_heads}
    try:
        result = {
            "token_embd.weight": weights["model.embed_tokens.weight"],
            "output_norm.weight": weights["model.norm.weight"],
        }
        if not config.get("tie_word_embeddings", False):
            result["output.weight"] = weights["lm_head.weight"]
        for layer in range(config["num_hidden_layers"]):
            for ours, theirs in _NAMES.items():
                weight = weights[f"model.layers.{layer}.{ours}.weight"]
                turned = heads.get(ours.rpartition(".")[2])
                weight = weight if turned is None else _interleaved(weight, turned)
                result[f"blk.{layer}.{theirs}.weight"] = weight
    except KeyError as error:
        raise BundleError(f"The model lacks the weights {error}.") from error
    return result


def _heads(config: Mapping[str, Any]) -> tuple[int, int]:
    n_heads = int(config["num_attention_heads"])
    return n_heads, int(config.get("head_dim") or config["hidden_size"] // n_heads)


def _interleaved(weight: Float[Tensor, "out d_model"], heads: int) -> Float[Tensor, "out d_model"]:
    """Put the two halves of each head in turns."""
    rows, width = weight.shape
    halves = weight.view(heads, 2, rows // heads // 2, width)
    return halves.transpose(1, 2).reshape(rows, width)


def _write_tensor(
    gguf: Any, writer: Any, name: str, weight: Float[Tensor, "..."], precision: Precision
) -> None:
    data = weight.contiguous().numpy()
    if precision == "q8_0" and data.ndim == 2 and data.shape[1] % _BLOCK == 0:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quantize(data, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, data)
