"""Each backend on one tiny model, beside the reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tinymorph.engine.backends.base import Backend
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.backends.interp_load import load_interp
from tinymorph.engine.backends.lean import LeanBackend
from tinymorph.engine.backends.lean_weights import read_lean_weights
from tinymorph.engine.backends.llama import LlamaBackend
from tinymorph.engine.gguf_file import export_gguf
from tinymorph.engine.sae import Sae, load_sae
from tinymorph.errors import UnableError

D_VOCAB, N_CTX = 97, 96


def load_hooked(folder: Path) -> Backend:
    return HookedBackend(LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval())


def load_lean(folder: Path) -> Backend:
    return LeanBackend(read_lean_weights(folder))


def load_llama(folder: Path) -> Backend:
    for package in ("llama_cpp", "gguf"):
        pytest.importorskip(package, reason='GGUF needs: pip install "tinymorph[gguf]"')
    if not (folder / "model.gguf").exists():
        export_gguf(folder, folder / "model.gguf")
    return LlamaBackend(folder / "model.gguf")


def load_interp_engine(folder: Path) -> Backend:
    pytest.importorskip("interp_engine", reason='interp needs: pip install "tinymorph[server]"')
    words = Tokenizer(WordLevel({f"w{place}": place for place in range(D_VOCAB)}, unk_token="w0"))
    return load_interp(folder, PreTrainedTokenizerFast(tokenizer_object=words))


LOADERS: dict[str, Callable[[Path], Backend]] = {
    "transformers": load_hooked,
    "lean": load_lean,
    "llama.cpp": load_llama,
    "interp-engine": load_interp_engine,
}
REFUSING = "interp-engine"
"""The backend that refuses some edits by name; test_interp says which, and no others."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Skip what a backend refuses in a sentence of its own: that is no failure, and no pass."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    try:
        return (yield)
    except UnableError as error:
        if REFUSING not in parameters.values() or REFUSING not in error.title:
            raise
        pytest.skip(error.title)


@pytest.fixture(scope="session", params=["grouped, untied", "plain, tied"])
def llama_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a random Llama; one has grouped heads of an odd width and a head of its own."""
    folder = tmp_path_factory.mktemp("llama")
    is_grouped = request.param.startswith("grouped")
    torch.manual_seed(3)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=56,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2 if is_grouped else 4,
        head_dim=12 if is_grouped else 8,
        max_position_embeddings=N_CTX,
        vocab_size=D_VOCAB,
        tie_word_embeddings=not is_grouped,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def reference(llama_folder: Path) -> Backend:
    return load_hooked(llama_folder)


@pytest.fixture(scope="session", params=list(LOADERS))
def backend(request: pytest.FixtureRequest, llama_folder: Path) -> Iterator[Backend]:
    backend = LOADERS[request.param](llama_folder)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def planted_sae(tmp_path_factory: pytest.TempPathFactory) -> Sae:
    """Return an SAE at layer 1 whose features are known directions: orthonormal, read as written.

    So a feature is active by exactly what lies along its direction.
    """
    folder = tmp_path_factory.mktemp("planted") / "1"
    torch.manual_seed(5)
    rows = torch.linalg.qr(torch.randn(32, 32)).Q[:16].contiguous()
    folder.mkdir()
    save_file(
        {
            "W_enc": rows.T.contiguous(),
            "W_dec": rows,
            "b_enc": torch.zeros(16),
            "b_dec": torch.zeros(32),
        },
        folder / "sae_weights.safetensors",
    )
    config = {
        "architecture": "standard",
        "d_in": 32,
        "d_sae": 16,
        "dtype": "float32",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "metadata": {"hook_name": "blocks.1.hook_resid_post", "model_name": "random"},
    }
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    stats = {
        "max_activation": torch.full((16,), 4.0),
        "activation_density": torch.full((16,), 0.02),
        "token_ids": torch.arange(64).reshape(16, 4) + 3,
    }
    save_file(stats, folder / "feature_stats.safetensors")
    return load_sae("1", folder)
