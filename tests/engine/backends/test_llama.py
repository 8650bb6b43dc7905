"""What only the llama.cpp backend promises: what it refuses, what it shares, and what it parks."""

from __future__ import annotations

import gc
import importlib
import logging
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from torch import Tensor

from engine.backends.conftest import load_hooked, load_llama
from engine.backends.test_contexts import TOLERANCE, AddAt, cold, some_ids
from helpers.generation import written
from tinymorph.engine.backends import llama_graph, llama_library
from tinymorph.engine.backends.base import Backend, StreamEdit, Tokens
from tinymorph.engine.backends.llama import LlamaBackend, LlamaContext
from tinymorph.engine.generate import Row
from tinymorph.engine.gguf_file import export_gguf
from tinymorph.engine.sae import load_sae
from tinymorph.errors import BundleError, NotReadyError, TinymorphError, UnableError
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.settings.paths import resource

gguf = pytest.importorskip("gguf", reason='GGUF needs: pip install "tinymorph[gguf]"')
pytest.importorskip("llama_cpp", reason='GGUF needs: pip install "tinymorph[gguf]"')


@pytest.fixture(scope="module")
def llama(llama_folder: Path) -> Iterator[LlamaBackend]:
    backend = load_llama(llama_folder)
    assert isinstance(backend, LlamaBackend)
    yield backend
    backend.close()


class ToNan(StreamEdit):
    depths = frozenset({1})

    def changed(self, depth: int, stream: Tensor, tokens: Tokens) -> Tensor:
        return stream / 0


class Unseen(StreamEdit):
    """Put NaN where nobody looks for it, as a model could that computes it."""

    depths = frozenset({1})

    def changed(self, depth: int, stream: Tensor, tokens: Tokens) -> Tensor:
        return stream.fill_(torch.nan)


class Broken(StreamEdit):
    depths = frozenset({2})

    def changed(self, depth: int, stream: Tensor, tokens: Tokens) -> Tensor:
        raise KeyError("broken")


def test_sizes_are_those_of_the_model(llama: LlamaBackend, reference: Backend) -> None:
    assert llama.shape == reference.shape
    for mine, other in zip(llama.unembedding(), reference.unembedding(), strict=True):
        assert torch.equal(mine, other)


def test_a_text_longer_than_one_run_is_read_and_steered_as_a_whole(
    llama: LlamaBackend, reference: Backend
) -> None:
    texts = [some_ids(seed, 90) for seed in range(3)]
    edit = AddAt(2, torch.linspace(-1, 1, 32), 4, (1, 2))
    assert sum(map(len, texts)) > llama.memory.most_tokens
    passed = llama.begin(3).extend(texts, edit=edit, reads=(0, 2, 3))
    expected = reference.begin(3).extend(texts, edit=edit, reads=(0, 2, 3))
    assert torch.allclose(passed.logits, expected.logits, atol=TOLERANCE)
    for depth in (0, 2, 3):  # of numbers up to 40, each the sum of a long past
        assert torch.allclose(passed.streams[depth], expected.streams[depth], atol=1e-3)


def test_more_texts_than_llama_cpp_keeps_stay_open_because_old_ones_are_parked(
    llama: LlamaBackend, reference: Backend
) -> None:
    texts = [some_ids(seed, 20) for seed in range(300)]
    contexts = [llama.begin(1) for _ in texts]
    for context, text in zip(contexts, texts, strict=True):
        context.extend([text], logits="none")
    assert llama.memory.n_free > 200
    for at in (0, 299, 5):
        found = contexts[at].extend([[8]]).logits[0]
        assert torch.allclose(found, cold(reference, [*texts[at], 8])[0], atol=TOLERANCE)
        forked = contexts[at].fork(2).extend([[4], [5, 6]]).logits
        expected = cold(reference, [*texts[at], 8, 5, 6])[0]
        assert torch.allclose(forked[1], expected, atol=TOLERANCE)


def test_a_context_parked_between_trying_and_taking_goes_on_with_what_was_taken(
    llama: LlamaBackend, reference: Backend
) -> None:
    context, text = llama.begin(1), some_ids(1, 9)
    context.extend([text], logits="none")
    context.try_next(torch.tensor([[5, 6, 7]]), (3,))
    context.park()
    context.take_tried([2])
    assert context.lengths == (10,)
    expected = cold(reference, [*text, 7, 9])[0]
    assert torch.allclose(context.extend([[9]]).logits[0], expected, atol=TOLERANCE)


def test_memory_grows_when_texts_need_it_and_nothing_is_lost(
    llama_folder: Path, reference: Backend
) -> None:
    backend = load_llama(llama_folder)
    assert isinstance(backend, LlamaBackend)
    first, text = backend.begin(2), some_ids(7, 30)
    first.extend([text, text[:10]], logits="none")
    n_cells = backend.memory.n_cells
    context = backend.begin(40)
    context.extend([some_ids(row, 60) for row in range(40)], logits="none")
    assert backend.memory.n_cells > n_cells
    logits = first.extend([[5], [6]]).logits
    assert torch.allclose(logits[0], cold(reference, [*text, 5])[0], atol=TOLERANCE)
    assert torch.allclose(logits[1], cold(reference, [*text[:10], 6])[0], atol=TOLERANCE)
    backend.close()


def test_candidates_are_tried_group_by_group_where_there_are_too_few_sequences(
    llama: LlamaBackend, reference: Backend
) -> None:
    taken = llama.memory.take(llama.memory.n_free - 12)
    try:
        context, texts = llama.begin(2), [some_ids(seed, 9) for seed in range(2)]
        context.extend(texts, logits="none")
        candidates = torch.tensor([some_ids(30 + seed, 11) for seed in range(2)])
        streams = context.try_next(candidates, (1, 3))
        for row, place in ((0, 0), (1, 10), (1, 3)):
            text = [*texts[row], int(candidates[row, place])]
            for depth in (1, 3):
                expected = cold(reference, text)[1][depth][-1]
                assert torch.allclose(streams[depth][row, place], expected, atol=TOLERANCE)
        context.take_tried([4, 0])
        found = context.extend([[7], [7]]).logits[0]
        expected = cold(reference, [*texts[0], int(candidates[0, 4]), 7])[0]
        assert torch.allclose(found, expected, atol=TOLERANCE)
        context.close()
    finally:
        llama.memory.give(taken)


def test_a_context_that_nobody_closes_gives_its_memory_back(llama: LlamaBackend) -> None:
    gc.collect()
    free = llama.memory.n_free
    context = llama.begin(3)
    context.extend([[5], [6], [7]])
    context.try_next(torch.tensor([[8, 9]] * 3), (1,))
    assert llama.memory.n_free == free - 9
    del context
    gc.collect()
    assert llama.memory.n_free == free


@pytest.mark.parametrize(
    ("edit", "error"), [(ToNan(), UnableError), (Unseen(), UnableError), (Broken(), KeyError)]
)
def test_what_fails_while_steering_is_raised_and_reaches_no_other_text(
    llama: LlamaBackend, reference: Backend, edit: StreamEdit, error: type[Exception]
) -> None:
    other, text = llama.begin(1), some_ids(3, 20)
    other.extend([text], logits="none")
    context = llama.begin(2)
    with pytest.raises(error):
        context.extend([some_ids(1, 40), some_ids(2, 40)], edit=edit)
    assert context.lengths == (0, 0)
    found = other.extend([[5]]).logits[0]
    assert torch.allclose(found, cold(reference, [*text, 5])[0], atol=TOLERANCE)
    found = context.extend([[5], [6]]).logits[1]
    assert torch.allclose(found, cold(reference, [6])[0], atol=TOLERANCE)


def test_a_shallow_pass_costs_nothing_above_and_leaves_the_cells_sound(
    llama: LlamaBackend, reference: Backend
) -> None:
    for depth in (1, 2):
        shallow, whole, text = llama.begin(1, depth=depth), llama.begin(1), some_ids(depth, 25)
        passed = shallow.extend([text], reads=(depth,))
        assert passed.logits.shape == (0, 97)
        shallow.close()
        logits, _ = cold(reference, text)
        assert torch.allclose(whole.extend([text]).logits[0], logits, atol=TOLERANCE)


def test_nodes_that_lie_on_a_device_are_copied_there_and_back(
    llama: LlamaBackend, reference: Backend
) -> None:
    watcher, edit = llama.memory.watcher, AddAt(1, torch.linspace(-1, 1, 32), 2, (0,))
    watcher.is_in_host_memory = False
    try:
        passed = llama.begin(1).extend([some_ids(5, 12)], edit=edit, reads=range(4))
    finally:
        watcher.is_in_host_memory = True
    expected = reference.begin(1).extend([some_ids(5, 12)], edit=edit, reads=range(4))
    assert torch.allclose(passed.logits, expected.logits, atol=TOLERANCE)
    for depth in range(4):
        assert torch.allclose(passed.streams[depth], expected.streams[depth], atol=TOLERANCE)


@pytest.mark.parametrize("length", [0, 3, 100, 2000, -1])
def test_a_damaged_gguf_is_refused_by_name(llama_folder: Path, tmp_path: Path, length: int) -> None:
    load_llama(llama_folder).close()
    path = tmp_path / "cut.gguf"
    path.write_bytes((llama_folder / "model.gguf").read_bytes()[:length])
    with pytest.raises(BundleError, match=r"cut\.gguf"):
        LlamaBackend(path)
    with pytest.raises(BundleError, match="none"):
        LlamaBackend(tmp_path / "none.gguf")


@pytest.mark.parametrize("architecture", ["mamba", "no-such-kind"])
def test_a_kind_of_model_that_cannot_be_steered_is_refused_by_name(
    tmp_path: Path, architecture: str
) -> None:
    path = tmp_path / "other.gguf"
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_tensor("token_embd.weight", torch.zeros(8, 8).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(TinymorphError, match=architecture if "such" in architecture else "other"):
        LlamaBackend(path)


def test_weights_that_are_no_numbers_are_refused(llama_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 -- here alone

    for name in ("config.json", "generation_config.json"):
        (tmp_path / name).write_bytes((llama_folder / name).read_bytes())
    weights = load_file(llama_folder / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"][0, 0] = torch.nan
    save_file(weights, tmp_path / "model.safetensors")
    export_gguf(tmp_path, tmp_path / "nan.gguf")
    with pytest.raises(BundleError, match=r"nan\.gguf"):
        LlamaBackend(tmp_path / "nan.gguf")


def test_its_log_goes_to_ours_and_not_to_the_terminal(
    llama_folder: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, logger=llama_library.__name__):
        load_llama(llama_folder).close()
    assert "n_ctx" in caplog.text
    assert capfd.readouterr().err == ""


def test_the_backend_says_in_which_precision_the_weights_are(llama_folder: Path) -> None:
    backend = load_llama(llama_folder)
    assert (backend.precision, backend.computes_on) == ("fp32", "cpu")
    backend.close()


def test_a_gpu_is_used_if_llama_cpp_was_built_for_one_and_refused_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = llama_library.load_library().api
    monkeypatch.setattr(api, "llama_supports_gpu_offload", lambda: False)
    assert llama_library.gpu_layers_for("auto") == 0
    with pytest.raises(UnableError, match="without support for a GPU"):
        llama_library.gpu_layers_for("cuda")
    monkeypatch.setattr(api, "llama_supports_gpu_offload", lambda: True)
    assert llama_library.gpu_layers_for("cpu") == 0
    assert llama_library.gpu_layers_for("auto") > 1000


def test_a_binding_that_lacks_something_or_is_laid_out_otherwise_is_refused_by_name() -> None:
    api = importlib.import_module("llama_cpp.llama_cpp")
    llama_library.check_binding(api)
    lacking = types.SimpleNamespace(**vars(api))
    del lacking.llama_memory_seq_cp
    with pytest.raises(UnableError, match="llama_memory_seq_cp"):
        llama_library.check_binding(lacking)
    shifted = types.SimpleNamespace(**vars(api))
    params = api.llama_context_default_params()
    params.type_k = 77
    shifted.llama_context_default_params = lambda: params
    with pytest.raises(UnableError, match="type_k"):
        llama_library.check_binding(shifted)
    shrunk = types.SimpleNamespace(**vars(api))
    shrunk.llama_batch = types.SimpleNamespace(_fields_=api.llama_batch._fields_[:-1])
    with pytest.raises(UnableError, match=r"llama_batch\.logits"):
        llama_library.check_binding(shrunk)


@pytest.mark.parametrize("node", [b"attn_norm-0", b"no-such-node"])
def test_a_node_that_is_not_the_whole_stream_is_noticed_when_the_model_is_loaded(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch, node: bytes
) -> None:
    load_llama(llama_folder).close()
    monkeypatch.setitem(llama_graph.EMBEDDING_NODES, "llama", node)
    with pytest.raises(UnableError):
        LlamaBackend(llama_folder / "model.gguf")


def test_what_is_asked_of_a_closed_model_is_refused_and_does_not_end_the_program(
    llama_folder: Path,
) -> None:
    backend = load_llama(llama_folder)
    context, parked = backend.begin(1), backend.begin(1)
    for each in (context, parked):
        each.extend([[5, 6]])
    assert isinstance(parked, LlamaContext)
    parked.park()
    backend.close()
    backend.close()
    for use in (
        lambda: context.extend([[7]]),
        lambda: context.crop([1]),
        lambda: context.fork(2),
        lambda: parked.extend([[7]]),
        lambda: context.try_next(torch.tensor([[5, 6]]), (1,)),
    ):
        with pytest.raises(NotReadyError):
            use()
    context.close()
    parked.close()


def test_without_llama_cpp_one_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp.llama_cpp", None)
    with pytest.raises(UnableError) as caught:
        llama_library.load_library.__wrapped__()
    assert "tinymorph[gguf]" in caught.value.hint


def test_q8_0_reads_nearly_the_same_stream_from_a_smaller_file(
    tmp_path: Path, llama_folder: Path, reference: Backend
) -> None:
    export_gguf(llama_folder, tmp_path / "small.gguf", "q8_0")
    export_gguf(llama_folder, tmp_path / "large.gguf", "f32")
    assert (tmp_path / "small.gguf").stat().st_size < (tmp_path / "large.gguf").stat().st_size
    backend, ids = LlamaBackend(tmp_path / "small.gguf"), some_ids(0, 30)
    stream = backend.read([ids], (1,))[0][1]
    expected = cold(reference, ids)[1][1]
    assert not torch.equal(stream, expected)
    assert torch.cosine_similarity(stream, expected).mean() > 0.999
    backend.close()


def test_the_bundled_model_writes_the_words_of_the_reference_steered_and_not(
    tmp_path: Path,
) -> None:
    bundle = resource("assets/bundle")
    export_gguf(bundle / "model", tmp_path / "bundle.gguf")
    backend, reference = LlamaBackend(tmp_path / "bundle.gguf"), load_hooked(bundle / "model")
    assert backend.shape == reference.shape
    saes = {"2": load_sae("2", bundle / "saes" / "2")}
    tokenizer = Tokenizer.from_file(str(bundle / "model" / "tokenizer.json"))
    letter = resource("assets/samples/letter.md").read_text(encoding="utf-8")
    ids = [1, *tokenizer.encode(letter, add_special_tokens=False).ids[:120]]
    greedy = Sampling(temperature=0, feature_weight=0, no_repeat_ngram=0, max_new_tokens=48)
    stats = saes["2"].stats
    assert stats is not None
    common = stats.activation_density.topk(3).indices.tolist()
    refs = [FeatureRef(sae_id="2", feature_index=index) for index in common]
    plans = [SteeringPlan(), *(SteeringPlan(terms=(SteeringTerm(ref=ref),)) for ref in refs)]
    rows = [Row(plan, seed=0, sampling=greedy) for plan in plans]
    found = written(backend, saes, ids, rows)
    assert found == written(reference, saes, ids, rows)
    assert found[0] not in found[1:]
    backend.close()


def test_a_failed_export_leaves_what_was_there(llama_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.gguf"
    target.write_bytes(b"before")
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(UnableError):
        export_gguf(tmp_path, target)
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "config.json").write_bytes((llama_folder / "config.json").read_bytes())
    (damaged / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(BundleError):
        export_gguf(damaged, target)
    assert target.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "config.json",
        "damaged",
        "kept.gguf",
    ]
