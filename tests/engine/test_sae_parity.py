"""Our reading of SAE files is sae-lens's reading: activations, L0, reconstruction, edits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from helpers.random_sae import D_MODEL, D_SAE, K, random_stream, write_sae
from tinymorph.engine.sae import (
    decode,
    encode,
    encode_features,
    encode_with_norm,
    hold_feature,
    load_sae,
)
from tinymorph.engine.sae.config import read_config

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore"),  # sae-lens and what it imports warn a lot
]

CENTRED = {
    "sae_lens_version": "6.54.12",
    "hook_name": "blocks.1.hook_resid_pre",
    "model_name": "gpt2-small",
    "model_from_pretrained_kwargs": {"center_writing_weights": True},
}
NORMS = ["none", "expected_average_only_in", "layer_norm", "constant_norm_rescale"]
KINDS = [
    ("standard", {}),
    ("standard", {"apply_b_dec_to_input": False}),
    ("jumprelu", {}),
    ("topk", {"rescale_acts_by_decoder_norm": False}),
    ("topk", {"rescale_acts_by_decoder_norm": True}),
    ("topk", {"k": D_SAE - 4}),  # negative ones are among the largest
    ("gated", {}),
    ("gated", {"apply_b_dec_to_input": False}),
]
TRAINED = [
    ("BatchTopKTrainingSAE", {"k": K}),
    ("BatchTopKTrainingSAE", {"k": K, "rescale_acts_by_decoder_norm": False}),
    ("MatryoshkaBatchTopKTrainingSAE", {"k": K, "matryoshka_widths": [16, 32, D_SAE]}),
    ("JumpReLUTrainingSAE", {}),
    ("StandardTrainingSAE", {}),
    ("TopKTrainingSAE", {"k": K}),
    ("TopKTrainingSAE", {"k": K, "rescale_acts_by_decoder_norm": False}),
    ("GatedTrainingSAE", {}),
]


@pytest.fixture(scope="module")
def sae_lens() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        import sae_lens  # noqa: PLC0415 - slow, and only these tests need it
    return sae_lens


def assert_close(ours: Tensor, theirs: Tensor, tolerance: float) -> None:
    """Compare to a share of the largest number, or so much absolutely if that is small."""
    assert ours.shape == theirs.shape
    largest = max(1.0, float(theirs.abs().max()))
    assert float((ours - theirs).abs().max()) <= tolerance * largest


@torch.no_grad()
def assert_same_reading(sae_lens: Any, folder: Path, centred: bool = False) -> None:
    theirs = sae_lens.SAE.load_from_disk(str(folder)).to(torch.float32)
    ours = load_sae("1", folder)
    resid = random_stream(4, 7)
    given = resid - resid.mean(-1, keepdim=True) if centred else resid
    expected = theirs.encode(given)
    acts, norm = encode_with_norm(ours, resid)
    rebuilt = theirs.decode(expected)
    assert 0.5 < float((expected > 0).sum(-1).float().mean()) < D_SAE, "the test is empty"
    assert torch.equal(acts > 0, expected > 0)
    if ours.architecture == "gated" or read_config(folder).rescales or centred:
        assert_close(acts, expected, 1e-6)  # something is multiplied or subtracted in other order
    else:
        assert torch.equal(acts, expected)
    assert torch.equal(encode(ours, resid), acts)
    offset = resid - given
    assert_close(decode(ours, expected, norm), rebuilt + offset, 2e-6)
    some = [3, 0, D_SAE - 1, 17]
    assert_close(encode_features(ours, resid, some), expected[..., some], 1e-6)
    theirs.encode(given)  # it remembers a stream's norm for one decoding
    changed = expected.clone()
    changed[..., 17] = 5.0
    edited = theirs.decode(changed) + (given - rebuilt) + offset
    assert_close(hold_feature(ours, 17, resid, 5.0), edited, 4e-6)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("architecture", "options"), KINDS)
def test_every_architecture_and_norm_reads_as_in_sae_lens(
    sae_lens: Any, tmp_path: Path, architecture: str, options: dict[str, Any], norm: str
) -> None:
    write_sae(tmp_path, architecture, normalize_activations=norm, **options)
    assert_same_reading(sae_lens, tmp_path)


@pytest.mark.parametrize("norm", NORMS)
def test_mean_centred_stream_is_what_a_centred_sae_reads(
    sae_lens: Any, tmp_path: Path, norm: str
) -> None:
    write_sae(tmp_path, "jumprelu", normalize_activations=norm, metadata=CENTRED)
    assert load_sae("1", tmp_path).centres
    assert_same_reading(sae_lens, tmp_path, centred=True)


@pytest.mark.parametrize(("name", "options"), TRAINED)
def test_what_training_saves_reads_as_in_sae_lens(
    sae_lens: Any, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    torch.manual_seed(3)
    metadata = sae_lens.saes.sae.SAEMetadata(hook_name="blocks.1.hook_resid_post")
    make = getattr(sae_lens, f"{name}Config")
    trained = getattr(sae_lens, name)(make(d_in=D_MODEL, d_sae=D_SAE, metadata=metadata, **options))
    for weight in trained.parameters():
        weight.data = torch.randn_like(weight) * 0.3
    for values in trained.buffers():
        values.fill_(0.6)  # the threshold that BatchTopK learns
    trained.save_inference_model(str(tmp_path))
    saved = json.loads((tmp_path / "cfg.json").read_text())
    assert load_sae("1", tmp_path).architecture == saved["architecture"]
    assert_same_reading(sae_lens, tmp_path)


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ("standard", {}),
        ("standard", {"normalize_activations": True, "architecture": None}),
        ("jumprelu", {"normalize_activations": None}),
        (
            "topk",
            {
                "architecture": None,
                "k": None,
                "activation_fn_str": "topk",
                "activation_fn_kwargs": {"k": K},
                "normalize_activations": "layer_norm",
            },
        ),
        ("gated", {"activation_fn_str": "relu"}),
    ],
)
def test_flat_config_from_before_sae_lens_6_reads_as_in_sae_lens(
    sae_lens: Any, tmp_path: Path, architecture: str, said: dict[str, Any]
) -> None:
    flat = {"hook_point": "blocks.8.hook_resid_pre", "hook_point_layer": 8, "metadata": None}
    write_sae(tmp_path, architecture, **flat, **said)
    sae = load_sae("1", tmp_path)
    assert sae.architecture == architecture
    assert str(sae.hook_point) == "blocks.8.hook_resid_pre"
    assert_same_reading(sae_lens, tmp_path)


def test_sae_in_bf16_is_read_in_fp32(sae_lens: Any, tmp_path: Path) -> None:
    write_sae(tmp_path, "jumprelu", dtype="bfloat16")
    path = tmp_path / "sae_weights.safetensors"
    save_file({name: found.bfloat16() for name, found in load_file(path).items()}, path)
    sae = load_sae("1", tmp_path)
    assert {sae.W_enc.dtype, sae.W_dec.dtype, sae.threshold.dtype} == {torch.float32}
    assert encode(sae, random_stream(3).bfloat16()).dtype == torch.float32
    assert_same_reading(sae_lens, tmp_path)
