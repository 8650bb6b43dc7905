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
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache

from tinymorph.engine.hooks import captured
from tinymorph.engine.sae import Sae, encode
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

    sae: Sae
    feature_index: int
    max_activation: float
    coefficient: float
    rate: float
    carried: float = 0.0
    """The sum of relative activations over the words written so far."""

    def relative(self, acts: Float[Tensor, "k d_sae"]) -> Float[Tensor, " k"]:
        """Return activations in units of max activation."""
        return acts[:, self.feature_index] / self.max_activation

    def zeal(self, written: int) -> float:
        """Return how much is still missing; what is unwanted stays unwanted."""
        if self.coefficient < 0:
            return 1.0
        return min(_MOST_ZEAL, max(0.0, 1 + self.rate * written - self.carried))


def can_score(model: Any) -> bool:
    """Say whether candidates can share a pass: every layer must see all positions."""
    layers: list[Any] = list(DynamicCache(config=model.config).layers)
    return not any(layer.is_sliding for layer in layers) and not _has_linear(layers)


def _has_linear(layers: Sequence[Any]) -> bool:
    return any(not hasattr(layer, "keys") for layer in layers)


class FeatureScorer:
    """The cold copies of those rows whose plans want features; owns their KV cache."""

    def __init__(
        self, model: Any, saes: Mapping[str, Sae], plans: Mapping[int, SteeringPlan]
    ) -> None:
        self._model = model
        self._targets = {row: _targets(plan, saes) for row, plan in plans.items()}
        self._wanted = _wanted_tokens(self._targets)
        self._points = {
            target.sae.hook_point for found in self._targets.values() for target in found
        }
        self.rows = list(plans)
        """The rows that still go on, in the order of the batch."""
        self._relative: dict[int, list[Float[Tensor, " k"]]] = {}
        self._cache: Any = DynamicCache(config=model.config)
        bos = model.config.get_text_config().bos_token_id
        self._length = 0
        self._forward(torch.full((len(self.rows), 1), bos))
        self._length = 1

    def wanted(self, row: int) -> Int[Tensor, " w"] | None:
        """Return the tokens on which a row's features are known to be active; None for others.

        As many for each row, so that rows can share a pass.
        """
        return self._wanted.get(row)

    def score(self, candidates: Int[Tensor, "batch k"]) -> Float[Tensor, "batch k"]:
        """Return the weighted, relative activations that each candidate would have.

        `keep` must follow, once, before the next call.
        """
        with captured(self._model, self._points) as streams:
            self._forward(candidates)
        scores = torch.zeros(candidates.shape)
        self._relative.clear()
        for place, row in enumerate(self.rows):
            for target in self._targets[row]:
                acts = encode(target.sae, streams[target.sae.hook_point][place])
                relative = target.relative(acts)
                self._relative.setdefault(row, []).append(relative)
                zeal = target.coefficient * target.zeal(self._length - 1)
                scores[place] += zeal * relative.pow(_POWER)
        return scores

    def keep(self, places: Sequence[int], choices: Sequence[int]) -> None:
        """Go on with the rows at `places` of the batch, each with its chosen candidate."""
        rows, columns = torch.tensor(list(places)), torch.tensor(list(choices)) + self._length
        for layer in self._cache.layers:
            layer.keys = _with_chosen(layer.keys, rows, columns, self._length)
            layer.values = _with_chosen(layer.values, rows, columns, self._length)
        self.rows = [self.rows[place] for place in places]
        self._length += 1
        for row, choice in zip(self.rows, choices, strict=True):
            for target, relative in zip(self._targets[row], self._relative[row], strict=True):
                target.carried += float(relative[choice])

    def _forward(self, ids: Int[Tensor, "batch k"]) -> None:
        """Run tokens that all stand at the next position and see only the past and themselves."""
        batch, width = ids.shape
        itself = torch.full((width, width), -torch.inf).fill_diagonal_(0.0)
        mask = torch.cat([torch.zeros(width, self._length), itself], dim=1)
        self._model.get_decoder()(
            input_ids=ids,
            attention_mask=mask.expand(batch, 1, -1, -1),
            position_ids=torch.full((batch, width), self._length),
            past_key_values=self._cache,
            use_cache=True,
        )


def _targets(plan: SteeringPlan, saes: Mapping[str, Sae]) -> tuple[_Target, ...]:
    targets: list[_Target] = []
    for term in plan.active_terms:
        sae = sae_of(term.ref, saes)
        index = term.ref.feature_index
        coefficient = -1.0 if term.mode is SteeringMode.ABLATE else term.coefficient
        density = 0.0 if sae.stats is None else float(sae.stats.activation_density[index])
        rate = max(0.0, coefficient) * (_RATE + _RATE_OF_DENSITY * density)
        largest = max_activation(sae, term.ref)
        targets.append(_Target(sae, index, largest, coefficient, rate))
    return tuple(targets)


def _wanted_tokens(targets: Mapping[int, Sequence[_Target]]) -> dict[int, Int[Tensor, " w"]]:
    """Return each row's tokens, as many for each: those of its features, else any."""
    found: dict[int, list[int]] = {}
    for row, wanted in targets.items():
        tokens: list[int] = []
        for target in wanted:
            if target.coefficient > 0 and target.sae.stats is not None:
                tokens += target.sae.stats.token_ids[target.feature_index].tolist()
        found[row] = list(dict.fromkeys(token for token in tokens if token >= 0))
    fewest = min(map(len, found.values()), default=0)
    return {row: torch.tensor(tokens[:fewest], dtype=torch.long) for row, tokens in found.items()}


def _with_chosen(
    entries: Float[Tensor, "batch heads pos d_head"],
    rows: Int[Tensor, " kept"],
    columns: Int[Tensor, " kept"],
    length: int,
) -> Float[Tensor, "kept heads grown d_head"]:
    """Return the past of the kept rows, grown by the chosen candidate's entry."""
    chosen = entries[rows, :, columns].unsqueeze(2)
    return torch.cat([entries[rows, :, :length], chosen], dim=2)
