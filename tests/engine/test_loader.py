"""Model folders: what loads, and what is refused with one clear sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from helpers.tiny_bundle import TEXT, make_tiny_bundle, write_tiny_sae
from tinymorph.engine.gguf_file import export_gguf
from tinymorph.engine.loader import load_engine
from tinymorph.errors import BundleError, UnableError
from tinymorph.schema.events import Finished
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm


def test_info_says_what_was_loaded(tiny_folder: Path) -> None:
    info = load_engine(tiny_folder).info
    assert info.model_id == "tiny"
    assert {sae.sae_id: sae.hook_point.layer for sae in info.saes} == {"0": 0, "1": 1}
    assert "paraphrase" in info.tasks
    assert all(sae.is_calibrated for sae in info.saes)


def test_hash_changes_when_a_weight_does(tmp_path: Path) -> None:
    first = load_engine(make_tiny_bundle(tmp_path / "a", seed=1)).info.sha256
    again = load_engine(make_tiny_bundle(tmp_path / "b", seed=1)).info.sha256
    other = load_engine(make_tiny_bundle(tmp_path / "c", seed=2)).info.sha256
    assert first == again != other


def test_stages_of_loading_are_reported_in_order(tiny_folder: Path) -> None:
    stages: list[str] = []
    load_engine(tiny_folder, stages.append)
    assert stages == ["reading the tokenizer", "reading the model", "reading the features"]


def test_plain_folder_of_another_architecture_loads_and_is_steered(tmp_path: Path) -> None:
    tiny = make_tiny_bundle(tmp_path / "tiny")
    folder = tmp_path / "gpt2"
    torch.manual_seed(0)
    config = GPT2Config(
        n_embd=24, n_layer=2, n_head=2, n_positions=64, vocab_size=420, bos_token_id=1,
        eos_token_id=2, pad_token_id=0, initializer_range=0.4,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny / "model" / name, folder / name)
    write_tiny_sae(folder / "my-sae", 1, d_model=24)
    engine = load_engine(folder)
    text = "A gull stood."
    term = SteeringTerm(ref=FeatureRef(sae_id="my-sae", feature_index=3), coefficient=3)
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=text),
        span=Span(start=0, end=len(text)),
        plan=SteeringPlan(terms=(term,)),
        with_twin=True,
        sampling=Sampling(max_new_tokens=12),
    )
    *_, finished = engine.run(request)
    assert isinstance(finished, Finished)
    assert any(found.text != found.twin for found in finished.suggestions)


def test_the_fastest_backend_that_is_exact_is_chosen_and_another_can_be_set(
    tiny_folder: Path,
) -> None:
    assert load_engine(tiny_folder).info.backend == "lean"
    assert load_engine(tiny_folder, backend="transformers").info.backend == "transformers"


def test_a_backend_that_cannot_run_a_model_refuses_instead_of_another_taking_its_place(
    tmp_path: Path,
) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    config = json.loads((folder / "model" / "config.json").read_text())
    config["attention_bias"] = True
    (folder / "model" / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnableError, match="plain Llama"):
        load_engine(folder, backend="lean")
    assert load_engine(folder).info.backend == "transformers"


def test_the_llama_backend_asks_for_one_gguf_and_gives_the_same_words(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    with pytest.raises(UnableError, match="needs a GGUF"):
        load_engine(folder, backend="llama")
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is an extra")
    pytest.importorskip("gguf", reason="gguf is an extra")
    export_gguf(folder / "model", folder / "tiny.gguf", "f32")
    engine, reference = load_engine(folder, backend="llama"), load_engine(folder)
    assert engine.info.backend == "llama.cpp"
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=TEXT),
        span=Span(start=0, end=len(TEXT)),
        plan=SteeringPlan(
            terms=(SteeringTerm(ref=FeatureRef(sae_id="1", feature_index=3), coefficient=1.0),)
        ),
        with_twin=True,
        sampling=Sampling(max_new_tokens=12),
    )
    *_, found = engine.run(request)
    *_, expected = reference.run(request)
    assert isinstance(found, Finished)
    assert isinstance(expected, Finished)
    for one, other in zip(found.suggestions, expected.suggestions, strict=True):
        assert (one.text, one.twin) == (other.text, other.twin)
    engine.close()
    (folder / "other.gguf").write_bytes(b"")
    with pytest.raises(UnableError, match="several GGUF"):
        load_engine(folder, backend="llama")


def test_the_lean_path_needs_neither_transformers_nor_sae_lens(tiny_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tinymorph.engine.loader import load_engine\n"
        "load_engine(Path(sys.argv[1]))\n"
        "found = {'transformers', 'sae_lens', 'huggingface_hub'} & set(sys.modules)\n"
        "sys.exit(', '.join(found) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tiny_folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model folder"):
        load_engine(tmp_path / "nowhere")


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"config\.json is missing"):
        load_engine(tmp_path)


def test_weights_that_could_run_code_are_never_read(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    (folder / "model" / "model.safetensors").rename(folder / "model" / "pytorch_model.bin")
    with pytest.raises(BundleError, match="safetensors"):
        load_engine(folder)


def test_sae_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    write_tiny_sae(folder / "saes" / "2", 2, d_model=8)
    with pytest.raises(BundleError, match="belongs to another model"):
        load_engine(folder)


def test_sae_of_the_untuned_sibling_is_refused(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "gemma-3-1b-it")
    (folder / "bundle.json").unlink()
    path = folder / "saes" / "1" / "cfg.json"
    config = json.loads(path.read_text())
    config["metadata"]["model_name"] = "google/gemma-3-1b-pt"
    path.write_text(json.dumps(config))
    with pytest.raises(BundleError, match="trained on google/gemma-3-1b-pt, and the model is its"):
        load_engine(folder)
