"""Score the next tokens by the features they would carry, read cold.

Adding a decoder row to the stream does not always make a model write what the feature fires on:
many features only read. So the likeliest next tokens are tried in a second, unsteered copy of the
text (BOS and the words written so far, without the prompt), and those on which the wanted features
become active are preferred:

    log p + weight * sum(coefficient * zeal * sqrt(activation / max activation))

Candidates share one forward pass: they stand at the same position and none attends to another.

The zeal is a proportional controller: with `c` the sum of relative activations over the `n` tokens
written so far, it is `1 + rate * n - c`, within 0 and a limit. A feature that
is easy to write does not take the text over; one that finds no place is asked for more and more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.engine.backends.base import Backend, Context, Depth, depth_of
from tinymorph.engine.sae import FeatureColumns, Sae, cut_columns
from tinymorph.engine.steering import max_activation, sae_of
from tinymorph.schema.steering import SteeringMode, SteeringPlan

_RATE = 0.05
"""Relative activation per token that is asked for at coefficient 1, of the rarest feature."""
_RATE_OF_DENSITY = 1.0
"""For others their density more, so many times."""
_MOST_ZEAL = 2.0
_POWER = 0.5
"""Of the relative activation: that a feature is there counts for more than how strongly."""


@dataclass(slots=True, eq=False)
class _Target:
    """A feature that one row wants, or with a negative coefficient does not want."""

    depth: Depth
    columns: FeatureColumns
    token_ids: tuple[int, ...]
    """Those on which it was most active in the reference text."""
    max_activation: float
    coefficient: float
    rate: float
    carried: float = 0.0
    """The sum of relative activations over the words written so far."""

    def relative(self, stream: Float[Tensor, "k d_model"]) -> Float[Tensor, " k"]:
        """Return activations in units of max activation."""
        return self.columns.encode(stream)[:, 0].cpu() / self.max_activation

    def zeal(self, written: int) -> float:
        """Return how much is still missing; what is unwanted stays unwanted."""
        if self.coefficient < 0:
            return 1.0
        return min(_MOST_ZEAL, max(0.0, 1 + self.rate * written - self.carried))


class FeatureScorer:
    """The cold copies of those rows whose plans want features, no deeper than these are read."""

    def __init__(
        self, backend: Backend, saes: Mapping[str, Sae], plans: Mapping[int, SteeringPlan]
    ) -> None:
        self._targets = {row: _targets(plan, saes) for row, plan in plans.items()}
        self._wanted = _wanted_tokens(self._targets)
        self._depths = sorted({target.depth for row in self._targets.values() for target in row})
        self.rows = list(plans)
        """The rows that still go on, in the order of the batch."""
        self._relative: dict[int, list[Float[Tensor, " k"]]] = {}
        self._choices: dict[int, int] = {}
        self._n_written = 0
        self._context: Context = backend.begin(len(self.rows), depth=self._depths[-1])
        shape = backend.shape
        first = min(shape.eos_ids, default=0) if shape.bos_id is None else shape.bos_id
        self._context.extend([[first]] * len(self.rows), logits="none")

    def wanted(self, row: int) -> Int[Tensor, " w"] | None:
        """Return the tokens on which a row's features are known to be active; None for others.

        As many for each row, so that rows can share a pass.
        """
        return self._wanted.get(row)

    def score(self, candidates: Int[Tensor, "row k"]) -> Float[Tensor, "row k"]:
        """Return the weighted, relative activations that each candidate would have.

        `note` must follow for each row, then `follow`, before the next call.
        """
        streams = self._context.try_next(candidates, self._depths)
        scores = torch.zeros(candidates.shape)
        self._relative.clear()
        for place, row in enumerate(self.rows):
            for target in self._targets[row]:
                relative = target.relative(streams[target.depth][place])
                self._relative.setdefault(row, []).append(relative)
                zeal = target.coefficient * target.zeal(self._n_written)
                scores[place] += zeal * relative.pow(_POWER)
        return scores

    def note(self, row: int, choice: int) -> None:
        """Take note which candidate a row chose."""
        if row in self._targets:
            self._choices[row] = choice

    def follow(self, going: Sequence[int]) -> None:
        """Go on with the rows that go on, each with its chosen candidate."""
        if not self.rows:
            return
        self._context.take_tried([self._choices[row] for row in self.rows])
        self._n_written += 1
        for row in self.rows:
            for target, relative in zip(self._targets[row], self._relative[row], strict=True):
                target.carried += float(relative[self._choices[row]])
        places = [place for place, row in enumerate(self.rows) if row in set(going)]
        if len(places) < len(self.rows):
            self.rows = [self.rows[place] for place in places]
            if places:
                self._context.select(places)

    def close(self) -> None:
        """Give the memory back."""
        self._context.close()


def _targets(plan: SteeringPlan, saes: Mapping[str, Sae]) -> tuple[_Target, ...]:
    targets: list[_Target] = []
    for term in plan.active_terms:
        sae = sae_of(term.ref, saes)
        index = term.ref.feature_index
        coefficient = -1.0 if term.mode is SteeringMode.ABLATE else term.coefficient
        density = 0.0 if sae.stats is None else float(sae.stats.activation_density[index])
        rate = max(0.0, coefficient) * (_RATE + _RATE_OF_DENSITY * density)
        targets.append(
            _Target(
                depth=depth_of(sae.hook_point),
                columns=cut_columns(sae, [index]),
                token_ids=_known_tokens(sae, index),
                max_activation=max_activation(sae, term.ref),
                coefficient=coefficient,
                rate=rate,
            )
        )
    return tuple(targets)


def _wanted_tokens(targets: Mapping[int, Sequence[_Target]]) -> dict[int, Int[Tensor, " w"]]:
    """Return each row's tokens, as many for each: those of its features, else any."""
    found: dict[int, list[int]] = {}
    for row, wanted in targets.items():
        tokens: list[int] = []
        for target in wanted:
            if target.coefficient > 0:
                tokens += target.token_ids
        found[row] = list(dict.fromkeys(tokens))
    fewest = min(map(len, found.values()), default=0)
    return {row: torch.tensor(tokens[:fewest], dtype=torch.long) for row, tokens in found.items()}


def _known_tokens(sae: Sae, index: int) -> tuple[int, ...]:
    found = [] if sae.stats is None else sae.stats.token_ids[index].tolist()
    return tuple(token for token in found if token >= 0)
