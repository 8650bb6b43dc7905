"""Steering through SAEs that scale each token: every mode keeps its algebra and the error term."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from helpers.generation import steered_streams
from helpers.tiny_bundle import TEXT
from tinymorph.engine.backends.base import depth_of
from tinymorph.engine.prompt import encode_text
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.sae import Sae, encode, hold_feature, unit_move
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm

INDEX = 7
NORMS = ["none", "layer_norm", "constant_norm_rescale"]


def steered(engine: Rewriter, sae: Sae, mode: SteeringMode, **said: Any) -> tuple[Tensor, Tensor]:
    """Return the stream without BOS, unsteered and steered everywhere at coefficient 1.5."""
    ref = FeatureRef(sae_id="1", feature_index=INDEX)
    term = SteeringTerm(ref=ref, mode=mode, coefficient=1.5, **said)
    plans = [SteeringPlan(), SteeringPlan(terms=(term,), where="all")]
    ids = list(encode_text(engine.tokenizer, TEXT).token_ids[:20])
    depth = depth_of(sae.hook_point)
    plain, changed = steered_streams(engine.backend, {"1": sae}, plans, ids, depth, 1)
    return plain[1:], changed[1:]


@pytest.fixture(params=NORMS)
def sae(tiny_engine: Rewriter, request: pytest.FixtureRequest) -> Sae:
    return replace(tiny_engine.saes["1"], norm=request.param)


def test_add_is_so_many_units_of_each_token(tiny_engine: Rewriter, sae: Sae) -> None:
    plain, changed = steered(tiny_engine, sae, SteeringMode.ADD)
    assert torch.allclose(changed, plain + 6.0 * unit_move(sae, INDEX, plain), atol=1e-4)


@pytest.mark.parametrize(("mode", "value"), [(SteeringMode.CLAMP, 6.0), (SteeringMode.ABLATE, 0.0)])
def test_held_feature_keeps_the_error_term(
    tiny_engine: Rewriter, sae: Sae, mode: SteeringMode, value: float
) -> None:
    plain, changed = steered(tiny_engine, sae, mode)
    assert torch.allclose(changed, hold_feature(sae, INDEX, plain, value), atol=1e-4)


def test_min_clamp_lifts_those_below_only(tiny_engine: Rewriter, sae: Sae) -> None:
    plain, changed = steered(tiny_engine, sae, SteeringMode.MIN_CLAMP)
    missing = (6.0 - encode(sae, plain)[:, INDEX]).clamp(min=0)[:, None]
    assert torch.allclose(changed, plain + missing * unit_move(sae, INDEX, plain), atol=1e-4)


def test_orthogonal_leaves_nothing_along_the_row(tiny_engine: Rewriter, sae: Sae) -> None:
    plain, changed = steered(tiny_engine, sae, SteeringMode.ORTHOGONAL)
    assert float((plain @ sae.W_dec[INDEX]).abs().max()) > 0.1
    assert float((changed @ sae.W_dec[INDEX]).abs().max()) < 1e-4


def test_projection_cap_is_counted_in_units_of_the_feature(tiny_engine: Rewriter, sae: Sae) -> None:
    assert sae.stats is not None
    low = replace(sae.stats, max_activation=sae.stats.max_activation * 0.02)
    plain, changed = steered(tiny_engine, replace(sae, stats=low), SteeringMode.PROJECTION_CAP)
    row = unit_move(sae, INDEX, plain)
    before, after = ((x * row).sum(-1) / row.square().sum(-1) for x in (plain, changed))
    assert float(before.max()) > 0.12
    assert torch.allclose(after, before.clamp(max=0.12), atol=1e-4)
