"""A bundle with random weights, a few kilobytes large: the true formats, nothing learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tinymorph.engine.prompt import REWRITING_TASKS, TARGET, task_token

N_LAYERS, D_MODEL, D_SAE = 3, 32, 48
TEXT = (
    "The tide went out before the children woke. A gull stood on the wall and looked at the "
    "boats, and nobody had told it that the summer was over. We carried the chairs inside."
)


def make_tiny_bundle(folder: Path, *, layers: tuple[int, ...] = (0, 1), seed: int = 0) -> Path:
    """Write a model, its tokenizer and calibrated jumprelu SAEs to `folder`."""
    torch.manual_seed(seed)
    tokenizer: Any = _tokenizer()
    tokenizer.save_pretrained(folder / "model")
    config = LlamaConfig(
        hidden_size=D_MODEL,
        intermediate_size=64,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=2,
        max_position_embeddings=192,
        vocab_size=len(tokenizer),
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder / "model")
    for layer in layers:
        write_tiny_sae(folder / "saes" / str(layer), layer)
    (folder / "bundle.json").write_text(json.dumps({"name": "tiny"}), encoding="utf-8")
    return folder


def write_tiny_sae(
    folder: Path, layer: int, *, d_model: int = D_MODEL, calibrated: bool = True
) -> None:
    """Write a random jumprelu SAE in the format of sae-lens."""
    folder.mkdir(parents=True)
    rows = torch.randn(D_SAE, d_model)
    W_dec = rows / rows.norm(dim=-1, keepdim=True)
    weights = {
        "W_enc": W_dec.T.contiguous(),
        "W_dec": W_dec,
        "b_enc": torch.zeros(D_SAE),
        "b_dec": torch.zeros(d_model),
        "threshold": torch.full((D_SAE,), 0.2),
    }
    save_file(weights, folder / "sae_weights.safetensors")
    config = {
        "architecture": "jumprelu",
        "d_in": d_model,
        "d_sae": D_SAE,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {"hook_name": f"blocks.{layer}.hook_resid_post", "model_name": "tiny"},
    }
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    if calibrated:
        stats = {
            "max_activation": torch.full((D_SAE,), 4.0),
            "activation_density": torch.full((D_SAE,), 0.02),
            "token_ids": torch.arange(4 * D_SAE).reshape(D_SAE, 4) + 20,
        }
        stats["max_activation"][D_SAE - 1] = 0.0
        save_file(stats, folder / "feature_stats.safetensors")


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    special = ["<|pad|>", "<|bos|>", "<|eos|>", TARGET, *map(task_token, REWRITING_TASKS)]
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|bos|>",
        eos_token="<|eos|>",
        pad_token="<|pad|>",
        additional_special_tokens=special[3:],
        clean_up_tokenization_spaces=False,
    )
