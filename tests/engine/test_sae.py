"""Our reading of SAE files is sae-lens's reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.tiny_bundle import write_tiny_sae
from tinymorph.engine.sae import decode, encode, load_sae
from tinymorph.errors import BundleError


@pytest.fixture(scope="module")
def sae_lens() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        import sae_lens  # noqa: PLC0415 - slow, and only these tests need it
    return sae_lens


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("StandardSAE", {}),
        ("StandardSAE", {"apply_b_dec_to_input": False}),
        ("JumpReLUSAE", {}),
        ("TopKSAE", {"k": 5}),
    ],
)
def test_activations_and_reconstruction_are_those_of_sae_lens(
    sae_lens: Any, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    torch.manual_seed(3)
    metadata = sae_lens.saes.sae.SAEMetadata(hook_name="blocks.1.hook_resid_post")
    if name == "TopKSAE":
        options = {**options, "rescale_acts_by_decoder_norm": False}
    config = getattr(sae_lens, f"{name}Config")(d_in=16, d_sae=64, metadata=metadata, **options)
    theirs = getattr(sae_lens, name)(config)
    for weight in theirs.parameters():
        weight.data = torch.randn_like(weight) * 0.3
    theirs.save_model(str(tmp_path))
    ours = load_sae("1", tmp_path)
    resid = torch.randn(9, 16)
    with torch.no_grad():
        acts = theirs.encode(resid)
        assert torch.equal(encode(ours, resid), acts)
        assert torch.allclose(decode(ours, acts), theirs.decode(acts), atol=1e-5)


def change_config(folder: Path, **values: Any) -> None:
    path = folder / "cfg.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"architecture": "gated"}, "not supported"),
        ({"normalize_activations": "layer_norm"}, "not supported"),
        ({"architecture": "topk", "rescale_acts_by_decoder_norm": True}, "not supported"),
        ({"metadata": {"hook_name": "blocks.1.hook_mlp_out"}}, "not a residual-stream hook"),
    ],
)
def test_sae_that_would_be_misread_is_refused(
    tmp_path: Path, values: dict[str, Any], reason: str
) -> None:
    write_tiny_sae(tmp_path / "1", 1)
    change_config(tmp_path / "1", **values)
    with pytest.raises(BundleError, match=reason):
        load_sae("1", tmp_path / "1")


def test_damaged_weights_are_an_error_that_names_the_folder(tmp_path: Path) -> None:
    write_tiny_sae(tmp_path / "1", 1)
    (tmp_path / "1" / "sae_weights.safetensors").write_bytes(b"not a tensor")
    with pytest.raises(BundleError, match="cannot be read"):
        load_sae("1", tmp_path / "1")
