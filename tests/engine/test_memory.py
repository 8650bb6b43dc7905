"""The estimate before loading is what a model then takes, and what cannot fit is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.families import FAMILIES, random_model
from helpers.tiny_bundle import D_MODEL, D_SAE, make_tiny_bundle
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.bundle import SAE_WEIGHTS, ModelFolder, find_model
from tinymorph.engine.memory import RESERVE_BYTES, check_memory, estimate, read_header
from tinymorph.errors import BundleError, MemoryShortError


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", [name for name in FAMILIES if "pictures" not in name])
def test_weights_and_cache_take_what_was_estimated(
    tmp_path: Path, name: str, dtype: torch.dtype
) -> None:
    model = random_model(FAMILIES[name].config(), dtype)
    model.save_pretrained(tmp_path)
    parts = ModelFolder(name, tmp_path, {})
    need = estimate(parts, bytes_per_weight=dtype.itemsize, rows=2, positions=40)
    assert need.weights == sum(weight.nbytes for weight in model.parameters())
    context = HookedBackend(model).begin(2)
    context.extend([list(range(3, 43))] * 2, logits="none")
    assert need.cache == context.n_bytes
    assert need.saes == 0
    assert need.total == need.weights + need.cache


def test_the_text_part_of_a_model_with_pictures_is_found(tmp_path: Path) -> None:
    model = random_model(FAMILIES["gemma3 with pictures"].config())
    model.save_pretrained(tmp_path)
    need = estimate(ModelFolder("m", tmp_path, {}), rows=1, positions=9)
    context = HookedBackend(model).begin(1)
    context.extend([list(range(3, 12))], logits="none")
    assert need.cache == context.n_bytes
    assert need.weights == sum(weight.nbytes for weight in model.parameters())


def test_weights_in_several_files_are_summed_and_a_missing_one_is_named(tmp_path: Path) -> None:
    model = random_model(FAMILIES["llama"].config())
    model.save_pretrained(tmp_path, max_shard_size="9KB")
    shards = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(shards) > 1
    parts = ModelFolder("m", tmp_path, {})
    assert estimate(parts).weights == sum(weight.nbytes for weight in model.parameters())
    shards[1].unlink()
    with pytest.raises(BundleError, match=shards[1].name):
        estimate(parts)


def test_saes_count_in_full_precision_whatever_the_model_is_loaded_in(tiny_folder: Path) -> None:
    need = estimate(find_model(tiny_folder), bytes_per_weight=2)
    assert need.saes == 2 * 4 * (2 * D_MODEL * D_SAE + D_MODEL + 2 * D_SAE)


def test_what_cannot_fit_is_refused_with_both_numbers_and_what_fits_is_not(
    tiny_folder: Path,
) -> None:
    parts = find_model(tiny_folder)
    need = estimate(parts).total + RESERVE_BYTES
    assert check_memory(parts, free_bytes=need).total == need - RESERVE_BYTES
    with pytest.raises(MemoryShortError) as caught:
        check_memory(parts, free_bytes=need - 1)
    assert caught.value.title == "tiny needs 0.5 GB of memory, and 0.5 GB are free."
    assert "smaller model" in caught.value.hint
    check_memory(parts)


def test_weights_that_a_backend_holds_twice_count_twice(tiny_folder: Path) -> None:
    once = check_memory(find_model(tiny_folder))
    twice = check_memory(find_model(tiny_folder), weight_copies=2)
    assert (twice.weights, twice.cache, twice.saes) == (2 * once.weights, once.cache, once.saes)


def test_a_model_larger_than_this_computer_is_refused_without_being_read(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "huge")
    path = folder / "model" / "model.safetensors"
    n_numbers = 10**12
    entry = {"dtype": "BF16", "shape": [n_numbers], "data_offsets": [0, 2 * n_numbers]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "w": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    try:
        with path.open("r+b") as file:
            file.truncate(8 + len(header) + 2 * n_numbers)
    except OSError as error:
        pytest.skip(f"this disk has no files with holes so large: {error}")
    with pytest.raises(MemoryShortError, match=r"tiny needs 4000\.\d GB of memory, and .* free"):
        check_memory(find_model(folder))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_anywhere_is_named(
    tiny_folder: Path, tmp_path: Path, share: float
) -> None:
    whole = (tiny_folder / "model" / "model.safetensors").read_bytes()
    cut = tmp_path / "model.safetensors"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BundleError, match=r"model\.safetensors is damaged or was cut short"):
        read_header(cut)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 4) + b"nope",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 7) + b'{"a":1}',
        struct.pack("<Q", 8) + b'{"a":{}}',
        b"<html>the server is busy</html>",
    ],
    ids=["endless", "no json", "a list", "a number", "no offsets", "a web page"],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(data)
    with pytest.raises(BundleError, match="damaged or was cut short"):
        read_header(tmp_path / "model.safetensors")


def test_a_broken_sae_and_a_broken_config_are_named(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    weights = folder / "saes" / "1" / SAE_WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-5])
    with pytest.raises(BundleError, match="sae_weights"):
        check_memory(find_model(folder))
    (folder / "model" / "config.json").write_text('{"model_type": "lla')
    (folder / "saes" / "1" / SAE_WEIGHTS).unlink()
    with pytest.raises(BundleError, match=r"config\.json"):
        check_memory(find_model(folder))
