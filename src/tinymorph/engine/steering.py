"""Change the residual stream while words are generated: add, clamp, ablate, per row.

Where the decoder is affine, moving feature `i` from `f_i` to `c` is exactly
`x + (c - f_i) * W_dec[i]`; the error term `x - decode(encode(x))` is kept by construction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tinymorph.engine.hooks import layer_at, stream_of
from tinymorph.engine.sae import Sae, encode
from tinymorph.errors import FeatureError
from tinymorph.schema.feature import FeatureRef, HookPoint
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm

Where = Literal["generated", "prompt", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Hold one feature at a value."""

    sae: Sae
    feature_index: int
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What one row's plan does at one hook point."""

    delta: Float[Tensor, " d_model"]
    """The sum of the `add` terms."""
    holds: tuple[Hold, ...]
    where: Where


EditsByPoint = dict[HookPoint, Edit]


@dataclass(slots=True)
class Rows:
    """Which of the original rows are still in the batch, in order."""

    kept: list[int] = field(default_factory=list)
    is_paused: bool = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the forward passes made inside the `with` block through unsteered."""
        self.is_paused = True
        try:
            yield
        finally:
            self.is_paused = False


def max_activation(sae: Sae, ref: FeatureRef) -> float:
    """Return a feature's max activation; FeatureError if it cannot be steered by coefficient."""
    if ref.feature_index >= sae.d_sae:
        raise FeatureError(
            f"There is no feature {ref}: layer {ref.sae_id} has {sae.d_sae} features.",
            hint=f"The last one is {ref.sae_id}:{sae.d_sae - 1}.",
        )
    if sae.stats is None:
        raise FeatureError(
            f"The features of SAE {ref.sae_id} have no known max activation.",
            hint="Run `tinymorph features --index FOLDER` with some of your own text first.",
        )
    value = float(sae.stats.max_activation[ref.feature_index])
    if value <= 0:
        raise FeatureError(
            f"Feature {ref} was never active in the reference text and cannot be steered.",
            hint="Choose a feature that `tinymorph features` lists.",
        )
    return value


def compile_plan(plan: SteeringPlan, saes: Mapping[str, Sae]) -> EditsByPoint:
    """Turn a plan's active terms into edits; empty if nothing would change."""
    terms: dict[HookPoint, list[tuple[Sae, SteeringTerm]]] = defaultdict(list)
    for term in plan.active_terms:
        sae = sae_of(term.ref, saes)
        terms[sae.hook_point].append((sae, term))
    return {point: _edit(found, plan.where) for point, found in terms.items()}


def sae_of(ref: FeatureRef, saes: Mapping[str, Sae]) -> Sae:
    """Return the SAE that a feature belongs to; FeatureError if it is not loaded."""
    if ref.sae_id not in saes:
        raise FeatureError(
            f"There is no feature {ref}: the model has no SAE {ref.sae_id!r}.",
            hint=f"It has SAEs for: {', '.join(sorted(saes)) or 'no layer at all'}.",
        )
    return saes[ref.sae_id]


def _edit(terms: list[tuple[Sae, SteeringTerm]], where: Where) -> Edit:
    delta = torch.zeros_like(terms[0][0].b_dec)
    holds: list[Hold] = []
    for sae, term in terms:
        index = term.ref.feature_index
        strength = term.coefficient * max_activation(sae, term.ref)
        match term.mode:
            case SteeringMode.ADD:
                delta = delta + strength * sae.W_dec[index]
            case SteeringMode.CLAMP:
                holds.append(Hold(sae, index, strength))
            case SteeringMode.ABLATE:
                holds.append(Hold(sae, index, 0.0))
    return Edit(delta, tuple(holds), where)


@contextmanager
def steered(model: nn.Module, edits: Sequence[EditsByPoint], n_prompt: int) -> Iterator[Rows]:
    """Steer the forward passes made inside the `with` block, row by row.

    `edits` has one entry per row of the batch; `n_prompt` is the prompt's length in tokens.
    Set `kept` of the yielded value when rows leave the batch. Rows without an edit pass through
    untouched, bit for bit, and no hook is attached where no row has an edit.
    """
    rows = Rows(list(range(len(edits))))
    points = sorted({point for row in edits for point in row}, key=str)
    with ExitStack() as stack:
        for point in points:
            by_row = {index: row[point] for index, row in enumerate(edits) if point in row}
            hook = _steering_hook(by_row, rows, n_prompt)
            handle = layer_at(model, point).register_forward_hook(hook, with_kwargs=True)
            stack.callback(handle.remove)
        yield rows


def _steering_hook(by_row: Mapping[int, Edit], rows: Rows, n_prompt: int) -> Any:
    """Return a forward hook that edits a new tensor; positions are absolute, from the caller."""

    def hook(_module: nn.Module, _args: object, kwargs: dict[str, Any], output: Any) -> Any:
        if rows.is_paused:
            return output
        resid = stream_of(output)
        positions: Int[Tensor, "batch pos"] = kwargs["position_ids"].expand(len(rows.kept), -1)
        changed = resid.clone()
        for place, row in enumerate(rows.kept):
            edit = by_row.get(row)
            if edit is None:
                continue
            mask = _mask(positions[place], edit.where, n_prompt)
            if mask.any():
                changed[place, mask] = _edited(resid[place, mask], edit)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    return hook


def _mask(positions: Int[Tensor, " pos"], where: Where, n_prompt: int) -> Bool[Tensor, " pos"]:
    """Return which positions are steered; position 0, BOS, never is."""
    match where:
        case "generated":
            return positions >= n_prompt
        case "prompt":
            return (positions > 0) & (positions < n_prompt)
        case "all":
            return positions > 0


def _edited(resid: Float[Tensor, "pos d_model"], edit: Edit) -> Float[Tensor, "pos d_model"]:
    """Hold features at their values, then add; holds are computed on the unsteered stream."""
    change = edit.delta.expand_as(resid).clone()
    for hold in edit.holds:
        row = hold.sae.W_dec[hold.feature_index]
        active = encode(hold.sae, resid)[:, hold.feature_index]
        change += (hold.value - active)[:, None] * row
    return resid + change.to(resid.dtype)
