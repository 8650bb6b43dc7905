"""The algebra of add, clamp and ablate, and which positions they touch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from helpers.generation import edit_of, steered_streams, written
from helpers.tiny_bundle import D_MODEL, N_LAYERS, TEXT
from tinymorph.engine.backends.base import checked_depth, depth_of
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.generate import Row
from tinymorph.engine.prompt import encode_text
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.sae import decode, encode
from tinymorph.errors import HookPointError
from tinymorph.schema.feature import FeatureRef, HookPoint
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm

POINT = HookPoint(layer=1)
INDEX = 7


def term(mode: SteeringMode, coefficient: float = 1.5) -> SteeringTerm:
    ref = FeatureRef(sae_id="1", feature_index=INDEX)
    return SteeringTerm(ref=ref, mode=mode, coefficient=coefficient)


def ids_of(engine: Rewriter) -> list[int]:
    return list(encode_text(engine.tokenizer, TEXT).token_ids[:20])


def stream(engine: Rewriter, plans: list[SteeringPlan], n_prompt: int = 1) -> Tensor:
    """Return the residual stream at POINT, as later layers see it, one row a plan."""
    ids = ids_of(engine)
    return steered_streams(engine.backend, engine.saes, plans, ids, depth_of(POINT), n_prompt)


def plan(mode: SteeringMode, coefficient: float = 1.5, where: str = "all") -> SteeringPlan:
    terms = (term(mode, coefficient),)
    return SteeringPlan.model_validate({"terms": terms, "where": where})


def test_add_adds_coefficient_times_max_activation_of_the_decoder_row(
    tiny_engine: Rewriter,
) -> None:
    plain, added = stream(tiny_engine, [SteeringPlan(), plan(SteeringMode.ADD)])
    sae = tiny_engine.saes["1"]
    assert sae.stats is not None
    delta = 1.5 * sae.stats.max_activation[INDEX] * sae.W_dec[INDEX]
    assert torch.allclose(added[1:] - plain[1:], delta.expand(19, D_MODEL), atol=1e-5)


@pytest.mark.parametrize(("mode", "value"), [(SteeringMode.CLAMP, 6.0), (SteeringMode.ABLATE, 0.0)])
def test_hold_moves_the_feature_along_its_row_and_keeps_the_error_term(
    tiny_engine: Rewriter, mode: SteeringMode, value: float
) -> None:
    plain, held = stream(tiny_engine, [SteeringPlan(), plan(mode)])
    sae = tiny_engine.saes["1"]
    acts = encode(sae, plain[1:])
    error_term = plain[1:] - decode(sae, acts)
    acts[:, INDEX] = value
    assert torch.allclose(held[1:], decode(sae, acts) + error_term, atol=1e-4)


@pytest.mark.parametrize(
    ("where", "touched"),
    [("generated", range(12, 20)), ("prompt", range(1, 12)), ("all", range(1, 20))],
)
def test_only_the_positions_of_the_plan_are_steered_and_never_bos(
    tiny_engine: Rewriter, where: str, touched: range
) -> None:
    plain, added = stream(
        tiny_engine, [SteeringPlan(), plan(SteeringMode.ADD, where=where)], n_prompt=12
    )
    changed = (plain != added).any(-1).nonzero().flatten().tolist()
    assert changed == list(touched)


def test_row_without_a_plan_is_untouched_bit_for_bit(tiny_engine: Rewriter) -> None:
    beside = stream(tiny_engine, [SteeringPlan(), plan(SteeringMode.ADD)])[0]
    alone = stream(tiny_engine, [SteeringPlan(), SteeringPlan()])[0]
    assert torch.equal(beside, alone)


@pytest.mark.parametrize("layer", [N_LAYERS, 99])
def test_hook_point_that_does_not_exist_is_an_error(tiny_engine: Rewriter, layer: int) -> None:
    with pytest.raises(HookPointError, match=f"blocks.{layer}.hook_resid_post"):
        checked_depth(HookPoint(layer=layer), tiny_engine.backend.shape)


def test_resid_pre_is_the_output_of_the_layer_before() -> None:
    before, after = HookPoint(site="resid_pre", layer=2), HookPoint(layer=1)
    assert depth_of(before) == depth_of(after) == 2
    assert depth_of(HookPoint(site="resid_pre", layer=0)) == 0


def rows_of(sampling: Sampling, *plans: SteeringPlan) -> list[Row]:
    return [Row(plan, seed, sampling) for seed, plan in enumerate(plans)]


@pytest.mark.parametrize("where", ["generated", "prompt", "all"])
def test_cached_decoding_takes_the_tokens_of_whole_forward_passes(
    tiny_engine: Rewriter, where: str
) -> None:
    sampling = Sampling(temperature=0, no_repeat_ngram=0, max_new_tokens=10, feature_weight=0)
    steering = plan(SteeringMode.ADD, 1.0, where)
    prompt, backend = ids_of(tiny_engine)[:12], tiny_engine.backend
    rows = rows_of(sampling, steering, SteeringPlan())
    tokens = written(backend, tiny_engine.saes, prompt, rows)
    ids = prompt
    for expected in tokens[0]:
        edit = edit_of([steering], tiny_engine.saes, ids, 12)
        assert int(backend.begin(1).extend([ids], edit=edit).logits[0].argmax()) == expected
        ids = [*ids, expected]


def test_unsteered_greedy_decoding_is_that_of_transformers(tiny_engine: Rewriter) -> None:
    sampling = Sampling(temperature=0, no_repeat_ngram=0, max_new_tokens=12)
    prompt = ids_of(tiny_engine)[:9]
    rows = rows_of(sampling, SteeringPlan())
    ours = written(tiny_engine.backend, {}, prompt, rows)[0]
    ids = torch.tensor([prompt])
    assert isinstance(tiny_engine.backend, HookedBackend)
    theirs = tiny_engine.backend.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False
    )
    assert ours == theirs[0, 9:].tolist()


def test_rows_that_end_early_leave_the_others_as_they_are(tiny_engine: Rewriter) -> None:
    sampling = Sampling(temperature=1.0, top_p=1.0, max_new_tokens=60)
    rows = rows_of(sampling, *[SteeringPlan()] * 12)
    prompt = ids_of(tiny_engine)[:9]
    together = written(tiny_engine.backend, {}, prompt, rows)
    assert len({len(tokens) for tokens in together}) > 1, "no row ended early: the test is empty"
    for seed in (0, 5, 11):
        assert written(tiny_engine.backend, {}, prompt, [rows[seed]])[0] == together[seed]


def test_no_ngram_is_written_twice(tiny_engine: Rewriter) -> None:
    sampling = Sampling(temperature=0, no_repeat_ngram=3, max_new_tokens=60)
    rows = rows_of(sampling, SteeringPlan())
    tokens = written(tiny_engine.backend, {}, ids_of(tiny_engine)[:9], rows)[0]
    runs = list(zip(tokens, tokens[1:], tokens[2:], strict=False))
    assert len(runs) == len(set(runs))
