"""The reference backend on each family: what it gives is what the model itself gives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import BloomConfig, Qwen3_5TextConfig

from engine.backends.test_contexts import AddAt
from helpers.families import COMMON, D_VOCAB, FAMILIES, WINDOW, Family, layers_of, random_model
from helpers.generation import edit_of, written
from helpers.tiny_bundle import write_tiny_sae
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.generate import Row
from tinymorph.engine.sae import load_sae
from tinymorph.errors import UnableError
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm

CLOSE: dict[str, Any] = {"atol": 1e-4, "rtol": 1e-4}
LENGTH = 5 * WINDOW + 3
"""Of a text that leaves every sliding window far behind."""


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(scope="module")
def backend(family: Family) -> HookedBackend:
    return HookedBackend(random_model(family.config()))


def some_ids(seed: int, count: int) -> list[int]:
    dice = random.Random(seed)
    return [dice.randrange(3, D_VOCAB - 3) for _ in range(count)]


@torch.inference_mode()
def own_run(
    backend: HookedBackend,
    family: Family,
    ids: list[int],
    add: tuple[int, Tensor, int] | None = None,
) -> tuple[Tensor, list[Tensor]]:
    """Return logits and every stream by plain hooks of our own, on the layers' written-down path.

    With `add` a vector is added to the stream of a depth, from a position on.
    """
    layers, streams = layers_of(backend.model, family), list[Tensor]()

    def moved(depth: int, stream: Tensor) -> Tensor:
        if add is not None and add[0] == depth:
            stream = stream.clone()
            stream[:, add[2] :] += add[1]
        streams.append(stream[0])
        return stream

    def before(_module: Any, args: tuple[Any, ...]) -> Any:
        return (moved(0, args[0]), *args[1:])

    handles = [layers[0].register_forward_pre_hook(before)]
    for at, layer in enumerate(layers, 1):
        handles.append(
            layer.register_forward_hook(lambda _module, _args, out, at=at: moved(at, out))
        )
    logits = backend.model(torch.tensor([ids]), use_cache=False).logits[0]
    for handle in handles:
        handle.remove()
    return logits, streams


def test_the_models_are_what_their_names_say(backend: HookedBackend, family: Family) -> None:
    embedding = backend.model.get_input_embeddings().weight
    head = backend.model.get_output_embeddings().weight
    assert (head.data_ptr() == embedding.data_ptr()) is family.is_tied
    windows = set(backend.reach.windows.values()) - {None}
    assert windows == ({WINDOW} if family.has_window else set())
    assert backend.shape.n_layers == len(layers_of(backend.model, family))
    assert backend.abilities.has_ragged_rows
    assert backend.abilities.tries_candidates


def test_logits_are_those_of_a_plain_forward(backend: HookedBackend, family: Family) -> None:
    ids = some_ids(0, LENGTH)
    found = backend.begin(1).extend([ids], logits="all").logits
    with torch.inference_mode():
        expected = backend.model(torch.tensor([ids]), use_cache=False).logits[0]
    assert torch.allclose(found, expected, **CLOSE)
    last = backend.begin(1).extend([ids]).logits
    assert torch.allclose(last[0], expected[-1], **CLOSE)


def test_every_stream_is_what_the_layers_pass_on(backend: HookedBackend, family: Family) -> None:
    ids, depths = some_ids(1, LENGTH), range(backend.shape.n_layers + 1)
    streams = backend.begin(1).extend([ids], reads=depths).streams
    (read,) = backend.read([ids], depths)
    _, expected = own_run(backend, family, ids)
    with torch.inference_mode():
        output = backend.model(torch.tensor([ids]), use_cache=False, output_hidden_states=True)
    for depth in depths:
        assert torch.allclose(streams[depth], expected[depth], **CLOSE)
        assert torch.allclose(read[depth], expected[depth], **CLOSE)
        hidden, is_last = output.hidden_states[depth][0], depth == depths[-1]
        assert torch.allclose(hidden, expected[depth], **CLOSE) is not is_last


def test_a_text_in_pieces_is_read_as_in_one_far_beyond_the_window(
    backend: HookedBackend, family: Family
) -> None:
    ids = some_ids(2, LENGTH)
    context, at, found = backend.begin(1), 0, list[Tensor]()
    for size in (WINDOW + 2, 1, 3, 1, 2 * WINDOW, 1, 1, LENGTH):
        piece = ids[at : at + size]
        found.append(context.extend([piece], logits="all").logits)
        at += len(piece)
    assert torch.allclose(torch.cat(found), own_run(backend, family, ids)[0], **CLOSE)


def test_rows_of_different_lengths_are_read_as_if_alone(
    backend: HookedBackend, family: Family
) -> None:
    texts = [some_ids(seed, count) for seed, count in ((3, LENGTH), (4, 1), (5, WINDOW))]
    depths = (0, backend.shape.n_layers)
    for text, streams in zip(texts, backend.read(texts, depths), strict=True):
        expected = own_run(backend, family, text)[1]
        assert all(torch.allclose(streams[depth], expected[depth], **CLOSE) for depth in depths)
    context = backend.begin(3)
    context.extend(texts, logits="none")
    more = [some_ids(6, 4), some_ids(7, 2 * WINDOW), some_ids(8, 1)]
    logits = context.extend(more).logits
    context.crop([WINDOW + 3, WINDOW, 2])
    again = context.extend([[5, 6]] * 3).logits
    for row, text in enumerate(texts):
        whole = [*text, *more[row]]
        assert torch.allclose(logits[row], own_run(backend, family, whole)[0][-1], **CLOSE)
        cut = [*whole[: (WINDOW + 3, WINDOW, 2)[row]], 5, 6]
        assert torch.allclose(again[row], own_run(backend, family, cut)[0][-1], **CLOSE)


def test_candidates_beyond_the_window_are_read_as_if_alone(
    backend: HookedBackend, family: Family
) -> None:
    texts = [some_ids(9, 2 * WINDOW), some_ids(10, WINDOW - 1)]
    candidates, depth = torch.tensor([some_ids(11, 5), some_ids(12, 5)]), backend.shape.n_layers
    context = backend.begin(2)
    context.extend(texts, logits="none")
    streams = context.try_next(candidates, (depth,))[depth]
    for row, text in enumerate(texts):
        for place, candidate in enumerate(candidates[row].tolist()):
            expected = own_run(backend, family, [*text, candidate])[1][depth][-1]
            assert torch.allclose(streams[row, place], expected, **CLOSE)
    context.take_tried([4, 1])
    logits = context.extend([[8], [8]]).logits
    for row, choice in enumerate((4, 1)):
        text = [*texts[row], int(candidates[row, choice]), 8]
        assert torch.allclose(logits[row], own_run(backend, family, text)[0][-1], **CLOSE)


def test_steering_at_each_depth_is_what_a_plain_hook_there_does(
    backend: HookedBackend, family: Family
) -> None:
    ids, start = some_ids(13, LENGTH), WINDOW + 4
    vector = torch.linspace(-2, 2, backend.shape.d_model)
    plain = own_run(backend, family, ids)[0]
    for depth in range(backend.shape.n_layers + 1):
        edit, context = AddAt(depth, vector, start, (0,)), backend.begin(1)
        first = context.extend([ids[: start + 3]], edit=edit, logits="all").logits
        found = torch.cat(
            [first, context.extend([ids[start + 3 :]], edit=edit, logits="all").logits]
        )
        expected = own_run(backend, family, ids, (depth, vector, start))[0]
        assert torch.allclose(found, expected, **CLOSE)
        assert torch.allclose(found[:start], plain[:start], **CLOSE)
        assert not torch.allclose(found[start:], plain[start:], **CLOSE)


def test_a_fork_of_a_prefix_goes_on_as_a_cold_run_would(
    backend: HookedBackend, family: Family
) -> None:
    cache, ids = PrefixCache(backend), some_ids(14, LENGTH)
    for text in (ids, ids[:20], [*ids[:15], 9, *ids[16:]], [*ids, 4, 5, 6]):
        *_, prefix = cache.read(text)
        assert prefix is not None
        assert torch.allclose(prefix.logits, own_run(backend, family, text)[0][-1], **CLOSE)
        fork = prefix.context.fork(3)
        logits = fork.extend([[7, 8], [9, 3], [8, 8]]).logits
        for row, more in enumerate(([7, 8], [9, 3], [8, 8])):
            expected = own_run(backend, family, [*text, *more])[0][-1]
            assert torch.allclose(logits[row], expected, **CLOSE)


def test_greedy_words_are_those_of_generate(backend: HookedBackend, family: Family) -> None:
    sampling = Sampling(temperature=0, feature_weight=0, no_repeat_ngram=0, max_new_tokens=24)
    seen = set[int]()
    for seed in range(4):
        ids = some_ids(seed, WINDOW + 2)
        (found,) = written(backend, {}, ids, [Row(SteeringPlan(), 0, sampling)])
        prompt = torch.tensor([ids])
        with torch.inference_mode():
            whole = backend.model.generate(
                prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=24
            )
        assert found == whole[0, len(ids) :].tolist()
        seen |= set(found)
    assert len(seen) > 3


def test_the_unembedding_of_the_last_stream_gives_the_logits(
    backend: HookedBackend, family: Family
) -> None:
    norm = type(backend.model.get_decoder()).__name__
    if norm.startswith(("GPT", "Gemma2")):
        pytest.skip("its final norm takes the mean off, or its logits are squeezed")
    scale, matrix = backend.unembedding()
    passed = backend.begin(1).extend([some_ids(16, 9)], reads=[backend.shape.n_layers])
    last = passed.streams[backend.shape.n_layers][-1]
    logits = (last / last.square().mean().sqrt() * scale) @ matrix.T
    assert torch.allclose(logits, passed.logits[0], atol=1e-2, rtol=1e-3)


def test_half_precision_reads_in_its_own_and_answers_in_full(family: Family) -> None:
    full = HookedBackend(random_model(family.config()))
    half = HookedBackend(random_model(family.config(), torch.bfloat16))
    ids, vector = some_ids(17, 12), torch.ones(half.shape.d_model)
    edit = AddAt(1, vector, 5, (0,))
    assert half.abilities == full.abilities
    context = half.begin(2)
    passed = context.extend([ids, ids[:3]], edit=edit, reads=[1])
    expected = full.begin(2).extend([ids, ids[:3]], edit=edit, reads=[1])
    assert passed.logits.dtype == passed.streams[1].dtype == torch.float32
    assert context.n_bytes * 2 == full_bytes(full, [ids, ids[:3]])
    assert torch.corrcoef(torch.stack([passed.logits[0], expected.logits[0]]))[0, 1] > 0.95


def full_bytes(backend: HookedBackend, texts: list[list[int]]) -> int:
    context = backend.begin(len(texts))
    context.extend(texts, logits="none")
    return context.n_bytes


def test_everything_is_made_on_the_device_of_the_model(
    backend: HookedBackend, family: Family
) -> None:
    """Another device is the default meanwhile: what forgets to say where would end up there."""
    with torch.device("meta"):
        context = backend.begin(2)
        context.extend([some_ids(18, 9), some_ids(19, 4)], reads=[0, 1], logits="all")
        context.try_next(torch.tensor([[4, 5], [6, 7]], device="cpu"), (1,))
        context.take_tried([1, 0])
        context.crop([6, 3])
        context.select([1])
        passed = context.fork(2).extend([[4], [5]], reads=[1])
        (read,) = backend.read([some_ids(20, 5)], [0])
    assert passed.logits.device.type == passed.streams[1].device.type == "cpu"
    assert read[0].device.type == "cpu"


@pytest.mark.parametrize("mode", list(SteeringMode))
@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_steering_too_goes_on_where_the_stream_is(
    tmp_path: Path, mode: SteeringMode, decay: float
) -> None:
    backend = HookedBackend(random_model(FAMILIES["qwen3"].config()))
    write_tiny_sae(tmp_path / "1", 1, d_model=backend.shape.d_model)
    ref, low = (FeatureRef(sae_id="1", feature_index=index) for index in (3, 5))
    terms = tuple(
        SteeringTerm(ref=ref, mode=mode, coefficient=0.05, decay=decay, condition=condition)
        for condition in (None, Condition(ref=low))
    )
    plans = (SteeringPlan(terms=terms, where="all"), SteeringPlan(), SteeringPlan(terms=terms[:1]))
    ids = some_ids(23, 12)
    edit = edit_of(plans, {"1": load_sae("1", tmp_path / "1")}, ids, 9)
    expected = backend.begin(3).extend([ids] * 3, edit=edit, logits="all").logits
    with torch.device("meta"):
        found = backend.begin(3).extend([ids] * 3, edit=edit, logits="all").logits
    assert found.device.type == "cpu"
    assert torch.equal(found, expected)
    plain = backend.begin(3).extend([ids] * 3, logits="all").logits
    assert torch.equal(found[12:24], plain[12:24])
    assert not torch.allclose(found[1:12], plain[1:12], **CLOSE)


def test_a_model_that_takes_no_masks_is_exact_in_even_rows_and_refuses_others() -> None:
    sizes: dict[str, Any] = {"hidden_size": 24, "n_layer": 2, "n_head": 3, "seq_length": 96}
    config = BloomConfig(**COMMON, **sizes)
    backend = HookedBackend(random_model(config))
    assert not backend.abilities.has_ragged_rows
    texts, context = [some_ids(21, 12), some_ids(22, 12)], backend.begin(2)
    found = [context.extend([text[:7] for text in texts]).logits]
    found.append(context.extend([text[7:] for text in texts]).logits)
    with torch.inference_mode():
        expected = backend.model(torch.tensor(texts), use_cache=False).logits
    assert torch.allclose(found[0], expected[:, 6], **CLOSE)
    assert torch.allclose(found[1], expected[:, 11], **CLOSE)
    with pytest.raises(UnableError, match="different lengths"):
        context.extend([[3], [4, 5]])
    with pytest.raises(UnableError, match="several tokens"):
        context.try_next(torch.tensor([[3, 4], [5, 6]]), (1,))
    *_, prefix = PrefixCache(backend).read(texts[0])
    assert prefix is not None
    assert torch.allclose(prefix.logits, expected[0, 11], **CLOSE)


def test_a_model_with_a_running_state_is_refused_in_a_sentence() -> None:
    sizes: dict[str, Any] = {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "linear_key_head_dim": 4, "linear_value_head_dim": 4, "linear_num_key_heads": 2,
        "linear_num_value_heads": 2, "max_position_embeddings": 64,
    }  # fmt: skip
    model = random_model(Qwen3_5TextConfig(**COMMON, **sizes))
    with pytest.raises(UnableError, match=r"qwen3_5_text.*running state"):
        HookedBackend(model)
