"""An SAE that belongs to another model is refused, and what differs is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPTNeoXConfig, LlamaConfig

from helpers.random_sae import D_MODEL, random_sae
from tinymorph.engine.sae import Sae, check_fit
from tinymorph.errors import BundleError

SIZES: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "initializer_range": 0.4,
}
FAMILIES = {
    "gpt2": GPT2Config(**SIZES),
    "gpt_neox": GPTNeoXConfig(**SIZES, intermediate_size=48),
    "llama": LlamaConfig(**SIZES, intermediate_size=48),
}


@pytest.fixture(scope="module")
def sae(tmp_path_factory: pytest.TempPathFactory) -> Sae:
    return random_sae(tmp_path_factory.mktemp("sae"))


def check(
    sae: Sae, model_name: str = "", model_type: str = "llama", d_model: int = D_MODEL
) -> None:
    check_fit(sae, d_model=d_model, model_name=model_name, model_type=model_type)


def test_sae_of_another_width_is_refused(sae: Sae) -> None:
    with pytest.raises(BundleError, match="vectors of 16 numbers, the model's have 24"):
        check(sae, d_model=24)


SIBLINGS = [
    ("google/gemma-3-1b-pt", "gemma-3-1b-it"),
    ("google/gemma-3-270m", "google/gemma-3-270m-it"),
    ("gemma-2b", "models/gemma-2b-it-Q8_0.gguf"),
    ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct"),
    ("Qwen/Qwen3-1.7B-Base", "Qwen/Qwen3-1.7B"),
    ("Qwen2.5-7B", "Qwen2.5-7B-Instruct"),
    ("HuggingFaceTB/SmolLM2-135M", "smollm2_135m_instruct"),
]


@pytest.mark.parametrize(("trained_on", "model"), SIBLINGS)
def test_sae_of_the_sibling_is_refused_both_ways(sae: Sae, trained_on: str, model: str) -> None:
    for one, other in ((trained_on, model), (model, trained_on)):
        with pytest.raises(BundleError, match="is its sibling") as found:
            check(replace(sae, model_name=one), other)
        assert one in found.value.title
        assert other in found.value.title


@pytest.mark.parametrize(
    ("trained_on", "model"),
    [
        ("google/gemma-3-1b-it", "gemma-3-1b-it"),
        ("google/gemma-3-1b-it", "C:\\models\\gemma-3-1b-it"),
        ("Qwen/Qwen3-1.7B", "Qwen3-1.7B-Instruct"),
        ("gpt2-small", "openai-community/gpt2"),
        ("", "gemma-3-1b-it"),
        ("google/gemma-3-1b-pt", ""),
        ("google/gemma-3-1b-pt", "my-own-model"),
        ("it", "base"),
    ],
)
def test_sae_of_the_same_model_or_of_an_unknown_one_is_taken(
    sae: Sae, trained_on: str, model: str
) -> None:
    check(replace(sae, model_name=trained_on), model)


@pytest.mark.parametrize("model_type", ["gpt2", "gpt_neox"])
def test_centred_sae_is_taken_for_a_model_with_layer_norms(sae: Sae, model_type: str) -> None:
    check(replace(sae, centres=True), model_type=model_type)


def test_centred_sae_is_refused_for_a_model_without(sae: Sae) -> None:
    with pytest.raises(BundleError, match="mean-centred stream, which a model of the type gemma3"):
        check(replace(sae, centres=True), model_type="gemma3_text")


@pytest.mark.parametrize(
    ("family", "is_blind"), [("gpt2", True), ("gpt_neox", True), ("llama", False)]
)
@torch.inference_mode()
def test_models_with_layer_norms_alone_do_not_see_the_mean_of_the_stream(
    family: str, is_blind: bool
) -> None:
    torch.manual_seed(0)
    model: Any = AutoModelForCausalLM.from_config(FAMILIES[family]).eval()
    ids = torch.arange(9)[None]
    decoder = model.get_decoder()
    layer = (decoder.layers if hasattr(decoder, "layers") else decoder.h)[0]
    plain = model(ids, use_cache=False).logits
    handle = layer.register_forward_hook(
        lambda _module, _args, output: output - output.mean(-1, keepdim=True)
    )
    centred = model(ids, use_cache=False).logits
    handle.remove()
    assert torch.allclose(plain, centred, atol=1e-4) is is_blind
