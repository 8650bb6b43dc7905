"""SAEs with random weights in the files of sae-lens, written without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from tinymorph.engine.sae import Sae, load_sae

D_MODEL, D_SAE, K = 16, 64, 6


def random_weights(architecture: str, seed: int = 0) -> dict[str, Tensor]:
    """Return what an architecture has, with decoder rows that are no unit vectors."""
    maker = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=maker) * 0.4

    weights = {"W_enc": draw(D_MODEL, D_SAE), "W_dec": draw(D_SAE, D_MODEL), "b_dec": draw(D_MODEL)}
    match architecture:
        case "gated":
            return weights | {name: draw(D_SAE) for name in ("b_gate", "b_mag", "r_mag")}
        case "jumprelu":
            return weights | {"b_enc": draw(D_SAE), "threshold": draw(D_SAE).abs()}
        case _:
            return weights | {"b_enc": draw(D_SAE)}


def write_sae(folder: Path, kind: str = "standard", /, **said: Any) -> Path:
    """Write a random SAE; `said` goes into cfg.json, and what is None is left out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(random_weights(kind), folder / "sae_weights.safetensors")
    config = {
        "architecture": kind,
        "d_in": D_MODEL,
        "d_sae": D_SAE,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {
            "sae_lens_version": "6.54.12",
            "hook_name": "blocks.1.hook_resid_post",
            "model_name": "tiny",
        },
    }
    if kind == "topk":
        config["k"] = K
    config |= said
    kept = {name: value for name, value in config.items() if value is not None}
    (folder / "cfg.json").write_text(json.dumps(kept), encoding="utf-8")
    return folder


def random_sae(folder: Path, kind: str = "standard", /, **said: Any) -> Sae:
    """Write a random SAE and read it."""
    return load_sae("1", write_sae(folder, kind, **said))


def random_stream(*shape: int, seed: int = 1) -> Tensor:
    """Return residual-stream vectors whose means are not zero and whose lengths differ."""
    maker = torch.Generator().manual_seed(seed)
    lengths = torch.rand((*shape, 1), generator=maker) * 4 + 0.5
    return torch.randn((*shape, D_MODEL), generator=maker) * lengths + 0.7
