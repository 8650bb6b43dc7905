"""Each edit does exactly its algebra, on a planted direction, at the right layer and positions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.backends.test_contexts import TOLERANCE, some_ids
from helpers.generation import steered_streams
from tinymorph.engine.backends.base import Backend, Tokens, depth_of
from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import BatchEdit, Places, compile_plan
from tinymorph.errors import FeatureError
from tinymorph.schema.feature import FeatureRef, HookPoint
from tinymorph.schema.span import Span
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm

INDEX, OTHER = 4, 9
DEPTH = 2
IDS = some_ids(11, 24)
MAX_ACTIVATION = 4.0


def ref(index: int = INDEX) -> FeatureRef:
    return FeatureRef(sae_id="1", feature_index=index)


def term(mode: SteeringMode, coefficient: float = 0.2, **more: object) -> SteeringTerm:
    return SteeringTerm.model_validate(
        {"ref": ref(), "mode": mode, "coefficient": coefficient} | more
    )


def streams(backend: Backend, sae: Sae, *plans: SteeringPlan, n_prompt: int = 1) -> Tensor:
    """Return the unsteered stream, then one a plan, after the hook point."""
    every = (SteeringPlan(), *plans)
    return steered_streams(backend, {"1": sae}, every, IDS, DEPTH, n_prompt)


def along(sae: Sae, stream: Tensor, index: int = INDEX) -> Tensor:
    """Return how far the tokens after the first point along a feature's direction."""
    return stream[1:] @ sae.W_dec[index]


EXPECTED = {
    SteeringMode.ADD: lambda x: x + 0.8,
    SteeringMode.CLAMP: lambda x: x + (0.8 - x.relu()),
    SteeringMode.MIN_CLAMP: lambda x: x + (0.8 - x.relu()).relu(),
    SteeringMode.ABLATE: lambda x: x - x.relu(),
    SteeringMode.ORTHOGONAL: lambda x: 0 * x,
    SteeringMode.PROJECTION_CAP: lambda x: x.clamp(max=0.8),
}


@pytest.mark.parametrize("mode", list(SteeringMode))
def test_each_mode_moves_the_planted_direction_as_it_says_and_nothing_else(
    backend: Backend, planted_sae: Sae, mode: SteeringMode
) -> None:
    plan = SteeringPlan(terms=(term(mode),))
    plain, steered = streams(backend, planted_sae, plan)
    before = along(planted_sae, plain)
    assert (before > 0.8).any(), "the case is empty"
    assert (before < 0).any(), "the case is empty"
    after = along(planted_sae, steered)
    assert torch.allclose(after, EXPECTED[mode](before), atol=TOLERANCE)
    row = planted_sae.W_dec[INDEX]
    rest = steered[1:] - after[:, None] * row
    assert torch.allclose(rest, plain[1:] - before[:, None] * row, atol=TOLERANCE)
    assert torch.equal(steered[0], plain[0])


def test_every_mode_is_tested() -> None:
    assert set(EXPECTED) == set(SteeringMode)


def test_a_term_acts_at_its_own_layer_and_not_one_off(backend: Backend, planted_sae: Sae) -> None:
    plan = SteeringPlan(terms=(term(SteeringMode.ADD),))
    edit = BatchEdit(
        (compile_plan(plan, {"1": planted_sae}, Places(1, torch.zeros(1, dtype=torch.bool))),)
    )
    plain = backend.begin(1).extend([IDS], reads=range(4)).streams
    steered = backend.begin(1).extend([IDS], edit=edit, reads=range(4)).streams
    assert [torch.equal(plain[depth], steered[depth]) for depth in range(4)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert planted_sae.hook_point == HookPoint(layer=1)
    assert depth_of(HookPoint(layer=1)) == depth_of(HookPoint(site="resid_pre", layer=2)) == DEPTH


def test_decay_weakens_a_term_with_every_new_token(backend: Backend, planted_sae: Sae) -> None:
    plan = SteeringPlan(terms=(term(SteeringMode.ADD, 1.0, decay=0.5),))
    plain, steered = streams(backend, planted_sae, plan, n_prompt=10)
    moved = along(planted_sae, steered) - along(planted_sae, plain)
    expected = torch.cat([torch.zeros(9), MAX_ACTIVATION * 0.5 ** torch.arange(14.0)])
    assert torch.allclose(moved, expected, atol=TOLERANCE)


@pytest.mark.parametrize("at_least", [0.0, 0.2])
def test_a_term_with_a_condition_acts_only_where_the_other_feature_is_active(
    backend: Backend, planted_sae: Sae, at_least: float
) -> None:
    condition = Condition(ref=ref(OTHER), at_least=at_least)
    plan = SteeringPlan(terms=(term(SteeringMode.ADD, condition=condition),))
    plain, steered = streams(backend, planted_sae, plan)
    is_open = along(planted_sae, plain, OTHER) > max(0.0, at_least * MAX_ACTIVATION)
    assert 0 < int(is_open.sum()) < len(is_open), "the case is empty"
    moved = along(planted_sae, steered) - along(planted_sae, plain)
    assert torch.allclose(moved, is_open * 0.8, atol=TOLERANCE)


def test_several_terms_are_summed_over_the_stream_as_it_came(
    backend: Backend, planted_sae: Sae
) -> None:
    other = SteeringTerm(ref=ref(OTHER), mode=SteeringMode.CLAMP, coefficient=0.5)
    plan = SteeringPlan(terms=(term(SteeringMode.ADD), term(SteeringMode.ABLATE), other))
    plain, steered = streams(backend, planted_sae, plan)
    first, second = along(planted_sae, plain), along(planted_sae, plain, OTHER)
    found = along(planted_sae, steered), along(planted_sae, steered, OTHER)
    assert torch.allclose(found[0], first + 0.8 - first.relu(), atol=TOLERANCE)
    assert torch.allclose(found[1], second + 2.0 - second.relu(), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("where", "touched"),
    [("generated", range(12, 24)), ("prompt", range(4, 9)), ("all", [*range(4, 9), *range(12, 24)]),
     ("span", range(5, 7))],
)  # fmt: skip
def test_only_the_writers_own_tokens_and_new_ones_are_steered(
    backend: Backend, planted_sae: Sae, where: str, touched: range
) -> None:
    passage, span = torch.zeros(12, dtype=torch.bool), torch.zeros(12, dtype=torch.bool)
    passage[4:9], span[5:7] = True, True
    said: dict[str, Any] = {"terms": (term(SteeringMode.ADD),), "where": where}
    if where == "span":
        said["span"] = Span(start=0, end=1)
    plan = SteeringPlan.model_validate(said)
    edit = BatchEdit((compile_plan(plan, {"1": planted_sae}, Places(12, passage, span)),))
    plain = backend.begin(1).extend([IDS], reads=[DEPTH]).streams[DEPTH]
    steered = backend.begin(1).extend([IDS], edit=edit, reads=[DEPTH]).streams[DEPTH]
    assert (plain != steered).any(-1).nonzero()[:, 0].tolist() == list(touched)


@pytest.mark.parametrize(
    "inert",
    [(), (term(SteeringMode.ADD, 0.0),), (term(SteeringMode.CLAMP, is_bypassed=True),)],
    ids=["empty", "add at 0", "bypassed"],
)
def test_an_inert_plan_is_bit_identical_beside_steered_rows(
    backend: Backend, planted_sae: Sae, inert: tuple[SteeringTerm, ...]
) -> None:
    beside = SteeringPlan(terms=(term(SteeringMode.CLAMP, 2.0),))
    plain, silent, steered = streams(backend, planted_sae, SteeringPlan(terms=inert), beside)
    assert torch.equal(plain, silent)
    assert not torch.equal(plain, steered)


def test_rows_that_leave_take_their_edits_with_them(planted_sae: Sae) -> None:
    places = Places(1, torch.zeros(1, dtype=torch.bool))
    plans = [SteeringPlan(terms=(term(SteeringMode.ADD, scale),)) for scale in (1.0, 2.0, 3.0)]
    edit = BatchEdit(tuple(compile_plan(plan, {"1": planted_sae}, places) for plan in plans))
    kept = edit.select([2, 0])
    tokens = Tokens(torch.tensor([0, 1]), torch.tensor([5, 5]))
    moved = kept.changed(DEPTH, torch.zeros(2, 32), tokens) @ planted_sae.W_dec[INDEX]
    assert torch.allclose(moved, torch.tensor([12.0, 4.0]), atol=1e-5)


def test_a_condition_above_the_term_is_refused(planted_sae: Sae) -> None:
    lower = replace_hook_point(planted_sae, HookPoint(layer=0))
    condition = Condition(ref=ref(OTHER))
    low = SteeringTerm(
        ref=FeatureRef(sae_id="0", feature_index=1), condition=condition, coefficient=1
    )
    with pytest.raises(FeatureError, match="read above the term"):
        compile_plan(
            SteeringPlan(terms=(low,)),
            {"0": lower, "1": planted_sae},
            Places(1, torch.zeros(1, dtype=torch.bool)),
        )


def replace_hook_point(sae: Sae, hook_point: HookPoint) -> Sae:
    return replace(sae, hook_point=hook_point)
