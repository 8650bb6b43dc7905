"""Random models of a few thousand weights, each of the true shape of its family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    Gemma2Config,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

D_VOCAB, N_CTX, WINDOW = 67, 96, 7
COMMON: dict[str, Any] = {
    "vocab_size": D_VOCAB,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "initializer_range": 0.3,
}
GROUPED: dict[str, Any] = COMMON | {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": N_CTX,
}
"""Several query heads share a key head, and the heads together are wider than the stream."""
GEMMA: dict[str, Any] = GROUPED | {"sliding_window": WINDOW, "query_pre_attn_scalar": 12}


@dataclass(frozen=True)
class Family:
    """How to make a model, and where its layers stand."""

    config: Callable[[], PreTrainedConfig]
    layers: str
    """The path of the list of layers, written down here and not asked of the model."""
    is_tied: bool
    has_window: bool = False


def _gemma3() -> Gemma3TextConfig:
    kinds = ["sliding_attention"] * 5 + ["full_attention"]
    return Gemma3TextConfig(**GEMMA, num_hidden_layers=6, layer_types=kinds)


def _gemma3_with_pictures() -> Gemma3Config:
    vision = {
        "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": 8, "patch_size": 4,
    }  # fmt: skip
    return Gemma3Config(
        text_config=_gemma3().to_dict(),
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=D_VOCAB - 1,
        boi_token_index=D_VOCAB - 2,
        eoi_token_index=D_VOCAB - 3,
    )


def _gpt2() -> GPT2Config:
    return GPT2Config(**COMMON, n_embd=24, n_layer=3, n_head=3, n_positions=N_CTX)


def _pythia() -> GPTNeoXConfig:
    own: dict[str, Any] = {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3,
        "num_attention_heads": 3, "max_position_embeddings": N_CTX, "tie_word_embeddings": False,
    }  # fmt: skip
    return GPTNeoXConfig(**COMMON, **own)


def _llama(*, tied: bool) -> LlamaConfig:
    return LlamaConfig(**GROUPED, num_hidden_layers=3, tie_word_embeddings=tied)


def _qwen3(*, tied: bool) -> Qwen3Config:
    return Qwen3Config(**GROUPED, num_hidden_layers=3, tie_word_embeddings=tied)


FAMILIES = {
    "llama": Family(lambda: _llama(tied=False), "model.layers", is_tied=False),
    "llama, tied": Family(lambda: _llama(tied=True), "model.layers", is_tied=True),
    "qwen3": Family(lambda: _qwen3(tied=False), "model.layers", is_tied=False),
    "qwen3, tied": Family(lambda: _qwen3(tied=True), "model.layers", is_tied=True),
    "gemma2": Family(
        lambda: Gemma2Config(**GEMMA, num_hidden_layers=4, final_logit_softcapping=3.0),
        "model.layers", is_tied=True, has_window=True,
    ),
    "gemma3": Family(_gemma3, "model.layers", is_tied=True, has_window=True),
    "gemma3 with pictures": Family(
        _gemma3_with_pictures, "model.language_model.layers", is_tied=True, has_window=True
    ),
    "gpt2": Family(_gpt2, "transformer.h", is_tied=True),
    "pythia": Family(_pythia, "gpt_neox.layers", is_tied=False),
    "mistral": Family(
        lambda: MistralConfig(**GROUPED, num_hidden_layers=3, sliding_window=WINDOW),
        "model.layers", is_tied=False, has_window=True,
    ),
}  # fmt: skip


def random_model(config: PreTrainedConfig, dtype: torch.dtype = torch.float32) -> Any:
    """Return a model with random weights, norms and biases too."""
    torch.manual_seed(17)
    if isinstance(config, Gemma3Config):
        model: Any = Gemma3ForConditionalGeneration(config)
    else:
        model = AutoModelForCausalLM.from_config(config)
    for name, weight in model.named_parameters():
        if weight.dim() == 1 and "vision" not in name:
            torch.nn.init.normal_(weight, mean=float(weight.detach().mean()), std=0.2)
    return model.to(dtype).eval().requires_grad_(requires_grad=False)


def layers_of(model: Any, family: Family) -> list[Any]:
    """Return the layers, by the path that the family has."""
    return list(model.get_submodule(family.layers))
