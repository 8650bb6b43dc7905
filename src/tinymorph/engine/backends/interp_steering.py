"""Say a row's plan in interp-engine's own steering values, or refuse what these cannot say exactly.

Two things differ from ours. interp-engine applies the operations of a place one after another,
where our terms all read the stream as it came: so a place takes at most one operation that reads
the stream, and that goes first. And it steers the chosen positions of a text all alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.backends.base import Depth
from tinymorph.engine.steering import Move, RowEdit
from tinymorph.engine.trouble import nonsense
from tinymorph.errors import UnableError
from tinymorph.schema.steering import SteeringMode

_READING = frozenset({SteeringMode.ORTHOGONAL, SteeringMode.PROJECTION_CAP})
"""Modes that read the stream and nothing of the SAE's encoder: interp-engine has them too."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """What interp-engine does with one vector at one depth."""

    depth: Depth
    mode: SteeringMode
    vector: Float[Tensor, " d_model"]
    ceiling: float = 0.0
    """How far the stream may point along the vector, for `projection_cap` alone."""

    def is_same(self, other: Operation) -> bool:
        """Say whether it does just what another does."""
        mine, theirs = ((at.depth, at.mode, at.ceiling) for at in (self, other))
        return mine == theirs and torch.equal(self.vector, other.vector)


Steering = tuple[Operation, ...]
"""What is done to the steered tokens of one row, in this order; nothing: not steered."""


def is_same_steering(first: Steering, second: Steering) -> bool:
    """Say whether two rows are steered alike."""
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(mine.is_same(other) for mine, other in pairs)


def steering_of(row: RowEdit) -> Steering:
    """Return what a row's plan does; UnableError names what interp-engine cannot do exactly."""
    return tuple(
        operation
        for depth, moves in sorted(row.moves.items())
        for operation in _operations(depth, moves)
    )


def specs_of(steering: Steering, engine: Any) -> list[Any]:
    """Return the `SteeringSpec`s of a row; `engine` is the package."""
    return [
        engine.SteeringSpec.at(point_of(operation.depth), _spec(operation, engine))
        for operation in steering
    ]


def point_of(depth: Depth) -> str:
    """Return the address of the stream at a depth."""
    return f"resid_post.{depth - 1}" if depth else "resid_pre.0"


def _operations(depth: Depth, moves: Sequence[Move]) -> Steering:
    for move in moves:
        _check(move)
    reading = [move for move in moves if move.mode in _READING]
    if len(reading) > 1:
        raise _unable("two terms at one layer that both read the stream")
    first = tuple(Operation(depth, move.mode, _row(move), _ceiling(move)) for move in reading)
    adding = [move.value * _row(move) for move in moves if move.mode is SteeringMode.ADD]
    if not adding:
        return first
    total = torch.stack(adding).sum(0)
    if not bool(total.isfinite().all()):
        raise nonsense("the vector to be added is not finite", is_steered=True)
    return (*first, Operation(depth, SteeringMode.ADD, total))


def _check(move: Move) -> None:
    if move.mode is not SteeringMode.ADD and move.mode not in _READING:
        raise _unable(f'the mode "{move.mode.value}", which reads the feature as words come')
    if move.gate is not None:
        raise _unable("a term with a condition")
    if move.decay != 1:
        raise _unable("a term that decays")
    if move.sae.scales_per_token:
        raise _unable("a feature of an SAE that scales every token by its norm")


def _row(move: Move) -> Float[Tensor, " d_model"]:
    return move.sae.W_dec[move.feature_index].float()


def _ceiling(move: Move) -> float:
    """Return the cap in lengths of the unit vector; ours counts in lengths of the row."""
    return move.value * float(_row(move).norm())


def _spec(operation: Operation, engine: Any) -> Any:
    if operation.mode is SteeringMode.ADD:
        return engine.AddSpec(operation.vector, 1.0)
    if operation.mode is SteeringMode.ORTHOGONAL:
        return engine.AblateSpec(operation.vector)
    return engine.ProjectionCapSpec(operation.vector, max=operation.ceiling)


def _unable(what: str) -> UnableError:
    return UnableError(
        f"interp-engine cannot steer exactly by {what}.",
        hint='Change that term, or set engine.backend to "auto".',
    )
