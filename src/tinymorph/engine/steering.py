"""Change the residual stream while words are generated, each row by its own plan.

Moving feature `i` from `f_i` to `c` is `x + (c - f_i) * unit_move`, which is `W_dec[i]` but for
SAEs that norm each token (`engine.sae.edits`); the error term `x - decode(encode(x))` is kept by
construction. All terms of a plan read the stream as it comes to their hook point; what they change
is summed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tinymorph.engine.backends.base import Depth, StreamEdit, Tokens, depth_of
from tinymorph.engine.sae import FeatureColumns, Sae, cut_columns, unit_move
from tinymorph.errors import FeatureError
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm

_HOLDING = frozenset({SteeringMode.CLAMP, SteeringMode.MIN_CLAMP, SteeringMode.ABLATE})
_UNCALIBRATED = frozenset({SteeringMode.ABLATE, SteeringMode.ORTHOGONAL})
"""Modes that use no max activation."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Which positions of a row may be steered."""

    n_prompt: int
    """From this position on tokens are generated."""
    passage: Bool[Tensor, " prompt"]
    """The tokens of the prompt that are the writer's own; BOS, marks and templates are not."""
    span: Bool[Tensor, " prompt"] | None = None
    """Those of them that a plan for a span steers."""


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One term, with the numbers that it needs."""

    sae: Sae
    feature_index: int
    columns: FeatureColumns
    """What reads the feature, and nothing else."""
    mode: SteeringMode
    value: float
    """`coefficient * max_activation`; 0 where the mode has no use for it."""
    decay: float
    gate: Gate | None

    @property
    def is_constant(self) -> bool:
        """Say whether it adds the same vector to every token."""
        is_even = self.decay == 1 and self.gate is None and not self.sae.scales_per_token
        return self.mode is SteeringMode.ADD and is_even


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A condition, with the numbers that it needs."""

    depth: Depth
    """Where the condition is read."""
    columns: FeatureColumns
    threshold: float

    def is_open(self, stream: Float[Tensor, "token d_model"]) -> Bool[Tensor, " token"]:
        """Say for each token whether the term may act."""
        acts = self.columns.encode(stream)[:, 0]
        return (acts > 0) & (acts >= self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class RowEdit:
    """What one row's plan does, by depth."""

    moves: Mapping[Depth, tuple[Move, ...]]
    plan: SteeringPlan
    places: Places

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Return the conditions of all terms."""
        moves = (move for found in self.moves.values() for move in found)
        return tuple(move.gate for move in moves if move.gate is not None)

    @property
    def steers_prompt(self) -> bool:
        """Say whether the passage itself is read otherwise than unsteered."""
        return bool(self.moves) and self.plan.where != "generated"

    def steered(self, positions: Int[Tensor, " token"]) -> Bool[Tensor, " token"]:
        """Say for each position whether the plan acts there."""
        is_new = positions >= self.places.n_prompt
        if self.plan.where == "generated":
            return is_new
        chosen = self.places.span if self.plan.where == "span" else self.places.passage
        if chosen is None:
            return torch.zeros_like(is_new)
        inside = chosen[positions.clamp(max=len(chosen) - 1)] & ~is_new
        return inside | is_new if self.plan.where == "all" else inside


@dataclass(slots=True, eq=False)
class BatchEdit(StreamEdit):
    """What the plans of a batch's rows do to the stream; a `StreamEdit`. One pass at a time."""

    rows: tuple[RowEdit, ...]
    depths: frozenset[Depth] = field(init=False)
    _deltas: dict[Depth, Tensor] = field(init=False)
    """Where all moves are constant: what is added to each row."""
    _is_edited: dict[Depth, Tensor] = field(init=False)
    _open: dict[int, Tensor] = field(init=False, default_factory=dict[int, Tensor])
    """By the identity of a gate, what it said of the tokens of this pass."""

    def __post_init__(self) -> None:
        acting = {depth for row in self.rows for depth in row.moves}
        self.depths = frozenset(acting | {gate.depth for row in self.rows for gate in row.gates})
        self._deltas, self._is_edited = {}, {}
        for depth in acting:
            moves = [row.moves.get(depth, ()) for row in self.rows]
            if all(move.is_constant for found in moves for move in found):
                like = next(found for found in moves if found)[0].sae.b_dec
                self._deltas[depth] = torch.stack([_sum(found, like) for found in moves])
            self._is_edited[depth] = torch.tensor([bool(found) for found in moves])

    def select(self, rows: Sequence[int]) -> BatchEdit:
        """Return the edit of the rows that go on, in this order."""
        return BatchEdit(tuple(self.rows[row] for row in rows))

    @property
    def steers_prompt(self) -> bool:
        """Say whether any row's passage is read otherwise than unsteered."""
        return any(row.steers_prompt for row in self.rows)

    def changed(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], tokens: Tokens
    ) -> Float[Tensor, "token d_model"]:
        """Return the stream that goes on; rows without a term here pass through, bit for bit."""
        self._read_gates(depth, stream)
        if depth not in self._is_edited:
            return stream
        is_steered = self._steered(depth, tokens)
        if not is_steered.any():
            return stream
        if depth in self._deltas:
            if is_steered.all():
                return stream + self._deltas[depth][tokens.rows].to(stream.dtype)
            delta = self._deltas[depth][tokens.rows[is_steered]]
        else:
            delta = self._moved(depth, stream, tokens)[is_steered]
        result = stream.clone()
        result[is_steered] += delta.to(stream.dtype)
        return result

    def _steered(self, depth: Depth, tokens: Tokens) -> Bool[Tensor, " token"]:
        is_edited = self._is_edited[depth]
        if len(self.rows) == 1:
            return self.rows[0].steered(tokens.positions) & is_edited
        result = torch.zeros_like(tokens.rows, dtype=torch.bool)
        for index, row in enumerate(self.rows):
            if is_edited[index]:
                result |= (tokens.rows == index) & row.steered(tokens.positions)
        return result

    def _moved(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], tokens: Tokens
    ) -> Float[Tensor, "token d_model"]:
        result = torch.zeros_like(stream, dtype=torch.float32)
        for index, row in enumerate(self.rows):
            own = (tokens.rows == index).nonzero()[:, 0]
            if not len(own):
                continue
            ages = (tokens.positions[own] - row.places.n_prompt).clamp(min=0)
            for move in row.moves.get(depth, ()):
                fading = (move.decay**ages)[:, None].to(stream.device)
                change = _change(move, stream[own].float()) * fading
                if move.gate is not None:
                    change = change * self._open[id(move.gate)][own, None]
                result[own] += change
        return result

    def _read_gates(self, depth: Depth, stream: Float[Tensor, "token d_model"]) -> None:
        for row in self.rows:
            for gate in row.gates:
                if gate.depth == depth:
                    self._open[id(gate)] = gate.is_open(stream.float())


def max_activation(sae: Sae, ref: FeatureRef) -> float:
    """Return a feature's max activation; FeatureError if it cannot be steered by coefficient."""
    check_index(sae, ref)
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


def check_index(sae: Sae, ref: FeatureRef) -> None:
    """Raise FeatureError if the SAE has no such feature."""
    if ref.feature_index >= sae.d_sae:
        raise FeatureError(
            f"There is no feature {ref}: layer {ref.sae_id} has {sae.d_sae} features.",
            hint=f"The last one is {ref.sae_id}:{sae.d_sae - 1}.",
        )


def compile_plan(plan: SteeringPlan, saes: Mapping[str, Sae], places: Places) -> RowEdit:
    """Turn a plan's active terms into moves; none if nothing would change."""
    moves: dict[Depth, list[Move]] = defaultdict(list)
    for term in plan.active_terms:
        sae = sae_of(term.ref, saes)
        moves[depth_of(sae.hook_point)].append(_move(sae, term, saes))
    return RowEdit({depth: tuple(found) for depth, found in moves.items()}, plan, places)


def sae_of(ref: FeatureRef, saes: Mapping[str, Sae]) -> Sae:
    """Return the SAE that a feature belongs to; FeatureError if it is not loaded."""
    if ref.sae_id not in saes:
        raise FeatureError(
            f"There is no feature {ref}: the model has no SAE {ref.sae_id!r}.",
            hint=f"It has SAEs for: {', '.join(sorted(saes)) or 'no layer at all'}.",
        )
    return saes[ref.sae_id]


def _move(sae: Sae, term: SteeringTerm, saes: Mapping[str, Sae]) -> Move:
    check_index(sae, term.ref)
    value = 0.0
    if term.mode not in _UNCALIBRATED:
        value = term.coefficient * max_activation(sae, term.ref)
    gate = None if term.condition is None else _gate(sae, term.condition, saes)
    index = term.ref.feature_index
    return Move(sae, index, cut_columns(sae, [index]), term.mode, value, term.decay, gate)


def _gate(sae: Sae, condition: Condition, saes: Mapping[str, Sae]) -> Gate:
    other = sae_of(condition.ref, saes)
    check_index(other, condition.ref)
    if depth_of(other.hook_point) > depth_of(sae.hook_point):
        raise FeatureError(
            f"Feature {condition.ref} cannot be a condition here: it is read above the term.",
            hint=f"Take a feature of {sae.hook_point} or of a lower layer.",
        )
    ceiling = max_activation(other, condition.ref) if condition.at_least else 0.0
    columns = cut_columns(other, [condition.ref.feature_index])
    return Gate(depth_of(other.hook_point), columns, condition.at_least * ceiling)


def _sum(moves: Sequence[Move], like: Float[Tensor, " d_model"]) -> Float[Tensor, " d_model"]:
    total = torch.zeros_like(like)
    for move in moves:
        total = total + move.value * move.sae.W_dec[move.feature_index]
    return total


def _change(move: Move, stream: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
    """Return what a term adds to each token."""
    unit = unit_move(move.sae, move.feature_index, stream)
    if move.mode is SteeringMode.ADD:
        return (move.value * unit).expand_as(stream)
    if move.mode in _HOLDING:
        missing = move.value - move.columns.encode(stream)
        if move.mode is SteeringMode.MIN_CLAMP:
            missing = missing.clamp(min=0)
        return missing * unit
    along = (stream * unit).sum(-1, keepdim=True) / unit.square().sum(-1, keepdim=True)
    surplus = along if move.mode is SteeringMode.ORTHOGONAL else (along - move.value).clamp(min=0)
    return -surplus * unit
