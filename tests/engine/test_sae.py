"""SAE files: what is read, what is refused by name, and the reading of a few features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from helpers.random_sae import D_MODEL, D_SAE, K, random_sae, random_stream, write_sae
from tinymorph.engine.sae import (
    FeatureStats,
    cut_columns,
    decode,
    encode,
    encode_features,
    encode_with_norm,
    explained_variance,
    load_sae,
    load_stats,
    reconstruct,
    save_stats,
)
from tinymorph.errors import BundleError, FeatureError

pytestmark = pytest.mark.usefixtures("one_thread")

WEIGHTS = "sae_weights.safetensors"
KINDS = ["standard", "jumprelu", "topk", "gated"]
NORMS = ["none", "layer_norm", "constant_norm_rescale"]


def change_weights(folder: Path, **values: Tensor | None) -> None:
    weights = load_file(folder / WEIGHTS) | values
    kept = {name: value for name, value in weights.items() if value is not None}
    save_file(kept, folder / WEIGHTS)


def metadata(**said: Any) -> dict[str, Any]:
    return {"hook_name": "blocks.1.hook_resid_post", "model_name": "tiny", **said}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"architecture": "temporal"}, r"temporal, which is not supported: it attends to earlier"),
        ({"architecture": "matching_pursuit"}, "matching_pursuit, .* several rounds"),
        ({"architecture": "abstopk", "k": 3}, "abstopk, .* can be negative"),
        ({"architecture": "transcoder", "d_out": 8}, "transcoder, .* writes another"),
        ({"architecture": "jumprelu_skip_transcoder"}, "jumprelu_skip_transcoder"),
        ({"architecture": "batchtopk"}, "batchtopk, .* training format"),
        ({"architecture": "of tomorrow"}, "of tomorrow"),
        ({"normalize_activations": "covariance_whitening"}, "by covariance_whitening"),
        ({"normalize_activations": "of tomorrow"}, "of tomorrow"),
        ({"reshape_activations": "hook_z"}, "hook_z"),
        ({"architecture": "topk"}, "without a usable k"),
        ({"architecture": "topk", "k": 0}, "without a usable k"),
        ({"architecture": "topk", "k": D_SAE + 1}, "without a usable k"),
        ({"architecture": "topk", "k": D_SAE + 1, "d_sae": None}, "keeps 65 of 64"),
        ({"d_in": 8}, "says d_in 8, its weights have 16"),
        ({"d_sae": 8}, "says d_sae 8, its weights have 64"),
    ],
)
def test_sae_that_would_be_misread_is_refused_by_name(
    tmp_path: Path, said: dict[str, Any], named: str
) -> None:
    with pytest.raises(BundleError, match=named):
        random_sae(tmp_path, **said)


@pytest.mark.parametrize(
    "name",
    [
        "blocks.1.hook_mlp_out",
        "blocks.1.hook_attn_out",
        "blocks.1.attn.hook_z",
        "blocks.1.hook_resid_mid",
        "blocks.one.hook_resid_post",
        "blocks.-1.hook_resid_post",
        "hook_embed",
        "model.layers.5",
        "",
    ],
)
def test_hook_point_that_is_not_the_residual_stream_is_refused_by_name(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(BundleError, match=f"reads '{name}', which is not a residual-stream"):
        random_sae(tmp_path, metadata=metadata(hook_name=name))


def test_sae_that_writes_elsewhere_than_it_reads_is_refused(tmp_path: Path) -> None:
    there = metadata(hook_name_out="blocks.1.hook_mlp_out")
    with pytest.raises(BundleError, match=r"reads .*resid_post and writes blocks\.1\.hook_mlp_out"):
        random_sae(tmp_path, metadata=there)


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [
        ("standard", {"b_enc": None}, "lacks b_enc"),
        ("jumprelu", {"threshold": None}, "lacks threshold"),
        ("gated", {"r_mag": None, "b_mag": None}, "lacks b_mag, r_mag"),
        ("standard", {"W_skip": torch.ones(2)}, "holds W_skip"),
        ("standard", {"threshold": torch.ones(D_SAE)}, "holds threshold"),
        ("standard", {"scaling_factor": torch.full((D_SAE,), 2.0)}, "a scaling_factor"),
        ("standard", {"W_dec": torch.ones(D_SAE)}, "W_dec is no matrix"),
        ("standard", {"W_enc": torch.ones(D_SAE, D_MODEL)}, r"W_enc has the shape \(64, 16\)"),
        ("jumprelu", {"threshold": torch.ones(1)}, r"threshold has the shape \(1,\)"),
        ("standard", {"b_dec": torch.full((D_MODEL,), torch.nan)}, "b_dec holds NaN"),
        ("gated", {"r_mag": torch.full((D_SAE,), torch.inf)}, "r_mag holds NaN or infinity"),
    ],
)
def test_weights_that_are_no_sae_are_refused_and_the_tensor_is_named(
    tmp_path: Path, kind: str, values: dict[str, Tensor | None], named: str
) -> None:
    write_sae(tmp_path, kind)
    change_weights(tmp_path, **values)
    with pytest.raises(BundleError, match=named):
        load_sae("1", tmp_path)


@pytest.mark.parametrize("place", [0, 100, -100])
def test_nan_anywhere_in_the_weights_is_found(tmp_path: Path, place: int) -> None:
    write_sae(tmp_path)
    broken = load_file(tmp_path / WEIGHTS)["W_dec"].clone()
    broken.view(-1)[place] = torch.nan
    change_weights(tmp_path, W_dec=broken)
    with pytest.raises(BundleError, match="W_dec holds NaN"):
        load_sae("1", tmp_path)


def test_scaling_factor_of_one_is_none_at_all(tmp_path: Path) -> None:
    write_sae(tmp_path)
    change_weights(tmp_path, scaling_factor=torch.ones(D_SAE))
    assert load_sae("1", tmp_path).d_sae == D_SAE


@pytest.mark.parametrize("kept", [0, 7, 200, -1])
def test_truncated_weights_are_an_error_that_names_the_folder(tmp_path: Path, kept: int) -> None:
    write_sae(tmp_path)
    path = tmp_path / WEIGHTS
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BundleError, match=f"{tmp_path.name} cannot be read: .* damaged"):
        load_sae("1", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"gated"', "\udcff"])
def test_damaged_settings_are_an_error_that_names_the_folder(tmp_path: Path, text: str) -> None:
    write_sae(tmp_path)
    (tmp_path / "cfg.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BundleError, match=f"{tmp_path.name} cannot be read"):
        load_sae("1", tmp_path)


def test_folder_without_weights_is_an_error_that_names_them(tmp_path: Path) -> None:
    write_sae(tmp_path)
    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(BundleError, match=WEIGHTS):
        load_sae("1", tmp_path)


def flat(**said: Any) -> dict[str, Any]:
    return {
        "hook_point": "blocks.8.hook_resid_pre",
        "model_name": "gpt2-small",
        "metadata": None,
        **said,
    }


def test_old_gpt2_sae_that_does_not_say_what_stream_it_expects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="whether gpt2-small's stream was mean-centred") as found:
        random_sae(tmp_path, **flat())
    assert "center_writing_weights" in found.value.hint


@pytest.mark.parametrize("centred", [True, False])
def test_old_gpt2_sae_that_says_so_is_read(tmp_path: Path, centred: bool) -> None:
    options = {"center_writing_weights": centred}
    assert random_sae(tmp_path, **flat(model_from_pretrained_kwargs=options)).centres is centred


def test_old_gpt2_sae_with_a_layer_norm_needs_no_centring(tmp_path: Path) -> None:
    assert not random_sae(tmp_path, **flat(normalize_activations="layer_norm")).centres


def test_gpt2_sae_of_today_is_centred_only_if_it_says_so(tmp_path: Path) -> None:
    assert not random_sae(tmp_path, metadata=metadata(model_name="gpt2-small")).centres


def test_old_activation_function_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    said = flat(model_name="gemma-2b", activation_fn_str="tanh-relu")
    with pytest.raises(BundleError, match="activation function tanh-relu"):
        random_sae(tmp_path, **said)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_few_features_are_read_as_among_all(tmp_path: Path, kind: str, norm: str) -> None:
    sae = random_sae(tmp_path, kind, normalize_activations=norm)
    resid, some = random_stream(2, 5), [9, 3, D_SAE - 1, 3]
    assert torch.allclose(
        encode_features(sae, resid, some), encode(sae, resid)[..., some], atol=1e-5
    )


@pytest.mark.parametrize("kind", ["standard", "jumprelu", "gated"])
def test_few_features_cost_their_own_columns_only(tmp_path: Path, kind: str) -> None:
    columns = cut_columns(random_sae(tmp_path, kind), [4, 8])
    assert columns.sae.W_enc.shape == (D_MODEL, 2)
    assert columns.encode(random_stream(5)).shape == (5, 2)


def test_topk_needs_all_features_to_know_one(tmp_path: Path) -> None:
    sae = random_sae(tmp_path, "topk")
    assert cut_columns(sae, [4]).sae is sae
    assert int((encode(sae, random_stream(50)) > 0).sum(-1).max()) == K


@pytest.mark.parametrize("index", [-1, D_SAE])
def test_feature_that_does_not_exist_is_an_error(tmp_path: Path, index: int) -> None:
    with pytest.raises(FeatureError, match=f"1:{index}"):
        encode_features(random_sae(tmp_path), random_stream(1), [0, index])


def test_no_feature_asked_for_is_none_read(tmp_path: Path) -> None:
    assert encode_features(random_sae(tmp_path), random_stream(5), []).shape == (5, 0)


@pytest.mark.parametrize("norm", ["layer_norm", "constant_norm_rescale"])
def test_sae_remembers_no_stream(tmp_path: Path, norm: str) -> None:
    sae = random_sae(tmp_path, normalize_activations=norm)
    first, second = random_stream(5), random_stream(5, seed=2)
    acts, taken = encode_with_norm(sae, first)
    expected = decode(sae, acts, taken)
    encode(sae, second)
    assert torch.equal(decode(sae, acts, taken), expected)
    assert torch.equal(reconstruct(sae, first), expected)
    with pytest.raises(ValueError, match="without the norm"):
        decode(sae, acts)


@pytest.mark.parametrize("norm", NORMS)
def test_vector_of_zeros_is_read_without_nan(tmp_path: Path, norm: str) -> None:
    sae = random_sae(tmp_path, normalize_activations=norm)
    assert encode(sae, torch.zeros(2, D_MODEL)).isfinite().all()
    assert reconstruct(sae, torch.zeros(2, D_MODEL)).isfinite().all()


def test_decoder_row_of_zeros_is_read_without_nan_where_activations_are_rescaled(
    tmp_path: Path,
) -> None:
    write_sae(tmp_path, "topk", rescale_acts_by_decoder_norm=True)
    rows = load_file(tmp_path / WEIGHTS)["W_dec"].clone()
    rows[5] = 0
    change_weights(tmp_path, W_dec=rows)
    assert reconstruct(load_sae("1", tmp_path), random_stream(5)).isfinite().all()


@pytest.mark.parametrize("norm", NORMS)
def test_sae_that_keeps_everything_explains_all_variance(tmp_path: Path, norm: str) -> None:
    write_sae(tmp_path, normalize_activations=norm)
    eye = torch.cat([torch.eye(D_MODEL), -torch.eye(D_MODEL), torch.zeros(32, D_MODEL)])
    zeros = {"b_enc": torch.zeros(D_SAE), "b_dec": torch.zeros(D_MODEL)}
    change_weights(tmp_path, W_dec=eye, W_enc=eye.T.contiguous(), **zeros)
    sae, resid = load_sae("1", tmp_path), random_stream(40)
    assert explained_variance(sae, resid, encode(sae, resid)) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_all_weights_go_to_a_device(tmp_path: Path, kind: str) -> None:
    sae = random_sae(tmp_path, kind, normalize_activations="layer_norm").to("meta")
    acts, norm = encode_with_norm(sae, random_stream(3).to("meta"))
    assert decode(sae, acts, norm).device.type == "meta"
    assert encode_features(sae, random_stream(3).to("meta"), [2]).device.type == "meta"


def test_measured_numbers_are_read_back(tmp_path: Path) -> None:
    stats = FeatureStats(torch.rand(D_SAE), torch.rand(D_SAE), torch.arange(D_SAE)[:, None])
    write_sae(tmp_path)
    save_stats(stats, tmp_path)
    found = load_sae("1", tmp_path).stats
    assert found is not None
    assert torch.equal(found.max_activation, stats.max_activation)
    assert torch.equal(found.token_ids, stats.token_ids)


@pytest.mark.parametrize("damage", ["truncated", "another SAE's", "incomplete"])
def test_damaged_measurements_are_an_error_that_says_what_to_do(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "feature_stats.safetensors"
    numbers = {"max_activation": torch.rand(9), "activation_density": torch.rand(9)}
    tokens = {} if damage == "incomplete" else {"token_ids": torch.zeros(9, 1, dtype=torch.long)}
    save_file(numbers | tokens, path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(BundleError, match=path.name) as found:
        load_stats(tmp_path, 9 if damage != "another SAE's" else 10)
    assert "tinymorph features" in found.value.hint
