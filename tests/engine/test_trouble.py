"""What goes wrong while a model is at work, or is of the wrong kind, names itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken
from transformers import AutoTokenizer

from engine.test_rewriter import REF, ask, finish, inspect, plan
from helpers.tiny_bundle import TEXT, make_tiny_bundle
from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.vocabulary import check_tokenizer
from tinymorph.errors import BundleError, FeatureError, MemoryShortError
from tinymorph.schema.events import BackendChoice, Finished, Inspected
from tinymorph.schema.steering import SteeringTerm

BACKENDS: list[BackendChoice] = ["transformers", "lean"]


@pytest.fixture(params=BACKENDS)
def engine(
    request: pytest.FixtureRequest, tiny_engine: Rewriter, lean_engine: Rewriter
) -> Rewriter:
    return tiny_engine if request.param == "transformers" else lean_engine


SHORTAGES: list[Callable[[], Exception]] = [
    lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"),
    lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    lambda: RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB)"),
    MemoryError,
]


def failing_after(
    monkeypatch: pytest.MonkeyPatch, engine: Rewriter, passes: int, error: Exception
) -> None:
    """Let some passes through, then fail each as an allocator does."""
    kind = type(engine.backend.begin(1))
    whole, left = kind.extend, [passes]

    def extend(self: Any, *args: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise error
        return whole(self, *args, **named)

    monkeypatch.setattr(kind, "extend", extend)


@pytest.mark.parametrize("make_error", SHORTAGES, ids=["cuda", "windows", "linux", "mps", "python"])
@pytest.mark.parametrize("passes", [0, 5])
def test_running_out_of_memory_is_named_and_gives_back_what_was_kept(
    engine: Rewriter,
    monkeypatch: pytest.MonkeyPatch,
    make_error: Callable[[], Exception],
    passes: int,
) -> None:
    finish(engine, ask(TEXT[:60]))
    assert engine.cache.n_bytes > 0
    failing_after(monkeypatch, engine, passes, make_error())
    with pytest.raises(MemoryShortError, match="not enough memory"):
        finish(engine, ask(TEXT[40:120], plan=plan(SteeringTerm(ref=REF))))
    assert engine.cache.n_bytes == 0
    monkeypatch.undo()
    assert isinstance(finish(engine, ask(TEXT[:60])), Finished)


def test_other_errors_stay_what_they_are(engine: Rewriter, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_after(monkeypatch, engine, 3, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        finish(engine, ask(TEXT[30:90]))


def test_running_out_of_memory_while_reading_is_named(
    engine: Rewriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_args: Any, **_named: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(type(engine.backend), "read", read)
    with pytest.raises(MemoryShortError):
        finish(engine, inspect(TEXT[:40]))


def spoiled(folder: Path, name: str) -> Path:
    """Write a bundle in which one number of a weight is none."""
    path = make_tiny_bundle(folder) / "model" / "model.safetensors"
    weights = load_file(path)
    weights[name].view(-1)[0] = torch.nan
    save_file(weights, path, metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize("name", ["model.norm.weight", "model.layers.1.mlp.up_proj.weight"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_that_are_no_numbers_are_refused_at_the_first_pass(
    tmp_path: Path, name: str, backend: BackendChoice
) -> None:
    folder = spoiled(tmp_path / "spoiled", name)
    with pytest.raises(BundleError, match="weights are damaged"):
        finish(load_engine(folder, backend=backend), ask())


def test_a_reading_of_weights_that_are_no_numbers_is_refused(tmp_path: Path) -> None:
    folder = spoiled(tmp_path / "spoiled", "model.layers.0.mlp.up_proj.weight")
    engine = load_engine(folder, backend="lean")
    with pytest.raises(BundleError, match="weights are damaged"):
        finish(engine, inspect(TEXT[:40]))


@pytest.mark.parametrize("where", ["generated", "all"])
def test_steering_out_of_all_range_is_named_and_blamed_on_the_slider(
    engine: Rewriter, where: str
) -> None:
    term = SteeringTerm(ref=REF, coefficient=1e38)
    with pytest.raises(FeatureError, match="Steered this strongly"):
        finish(engine, ask(plan=plan(term, where=where)))
    assert isinstance(finish(engine, ask()), Finished)


def tokenizer_of(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder / "model", local_files_only=True)


def test_the_tokenizer_of_another_model_is_refused(
    tiny_folder: Path, engine: Rewriter, tmp_path: Path
) -> None:
    check_tokenizer(tokenizer_of(tiny_folder), engine.backend.shape)
    check_tokenizer(engine.tokenizer, engine.backend.shape)
    path = tiny_folder / "model" / "tokenizer.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    d_vocab = engine.backend.shape.d_vocab
    said["model"]["vocab"] |= {f"word{at}": d_vocab + at for at in range(3)}
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tokenizer.json").write_text(json.dumps(said), encoding="utf-8")
    config = path.with_name("tokenizer_config.json").read_text(encoding="utf-8")
    (tmp_path / "model" / "tokenizer_config.json").write_text(config, encoding="utf-8")
    with pytest.raises(BundleError, match="belongs to another model: 3 of its tokens"):
        check_tokenizer(tokenizer_of(tmp_path), engine.backend.shape)


def test_a_control_token_beyond_the_vocabulary_is_no_reason_to_refuse(
    tiny_folder: Path, tiny_engine: Rewriter
) -> None:
    tokenizer = tokenizer_of(tiny_folder)
    tokenizer.add_tokens([AddedToken("<image_soft_token>", special=True)], special_tokens=True)
    assert len(tokenizer) == tiny_engine.backend.shape.d_vocab + 1
    check_tokenizer(tokenizer, tiny_engine.backend.shape)


def without(folder: Path, *names: str) -> Path:
    """Take special tokens away from a bundle, as a model has it that never had them."""
    for file in ("tokenizer_config.json", "config.json", "generation_config.json"):
        path = folder / "model" / file
        said = json.loads(path.read_text(encoding="utf-8"))
        for name in names:
            said.pop(f"{name}_token", None)
            said.pop(f"{name}_token_id", None)
            if file == "config.json":
                said[f"{name}_token_id"] = None
        path.write_text(json.dumps(said), encoding="utf-8")
    return folder


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_without_a_bos_reads_and_writes_after_its_eos(
    tmp_path: Path, backend: BackendChoice
) -> None:
    engine = load_engine(without(make_tiny_bundle(tmp_path / "tiny"), "bos"), backend=backend)
    assert engine.tokenizer.bos_token_id is None
    check_tokenizer(engine.tokenizer, engine.backend.shape)
    assert isinstance(finish(engine, ask(plan=plan(SteeringTerm(ref=REF)))), Finished)
    inspected = finish(engine, inspect(TEXT[:40]))
    assert isinstance(inspected, Inspected)
    assert inspected.reading.top


def test_a_model_without_any_token_to_begin_with_is_refused(tmp_path: Path) -> None:
    folder = without(make_tiny_bundle(tmp_path / "tiny"), "bos", "eos")
    with pytest.raises(BundleError, match="neither BOS nor EOS"):
        load_engine(folder)
