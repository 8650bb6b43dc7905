"""KV-cached decoding of several rows in one batch, each with its own plan and its own seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache

from tinymorph.engine.sae import Sae
from tinymorph.engine.scoring import FeatureScorer, can_score
from tinymorph.engine.steering import compile_plan, steered
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan

_OFFERED = 512
"""So many of the likeliest tokens can be drawn at all."""
_READ = 40
"""Where a plan wants features, so many are read for those they would carry, besides the tokens
on which the features are known to be active; only these can be drawn then."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text to be generated."""

    plan: SteeringPlan
    seed: int


@dataclass(frozen=True, slots=True)
class NextToken:
    """One more token of one row."""

    row: int
    token_id: int
    is_last: bool
    """The row ends with it, because it is EOS or the limit is reached."""
    is_end: bool
    """It is EOS."""


@torch.inference_mode()
def sample_tokens(
    model: Any,
    saes: Mapping[str, Sae],
    prompt_ids: Sequence[int],
    rows: Sequence[Row],
    sampling: Sampling,
) -> Iterator[list[NextToken]]:
    """Yield the tokens of each step, for the rows that still go on.

    Rows share one prefill unless a plan steers the prompt. Closing the generator takes every
    hook off. A row ends with the model's EOS (which is yielded), or at `max_new_tokens`.
    """
    edits = [compile_plan(row.plan, saes) for row in rows]
    dice = [_Dice(sampling, torch.Generator().manual_seed(row.seed)) for row in rows]
    eos = _eos_ids(model)
    limit = sampling.max_new_tokens or 1
    scorer = _scorer(model, saes, rows, sampling)
    steers_prompt = any(row.plan.where != "generated" and row.plan.active_terms for row in rows)
    with steered(model, edits, len(prompt_ids)) as state:
        logits, cache = _prefill(model, prompt_ids, len(rows), shared=not steers_prompt)
        for step in range(limit):
            offers = [
                dice[row].offer(row_logits, None if scorer is None else scorer.wanted(row))
                for row, row_logits in zip(state.kept, logits, strict=True)
            ]
            with state.paused():
                bonuses = _bonuses(state.kept, offers, scorer, sampling, eos)
            chosen = [
                dice[row].draw(offer, bonuses.get(row))
                for row, offer in zip(state.kept, offers, strict=True)
            ]
            tokens = [int(offer.token_ids[at]) for offer, at in zip(offers, chosen, strict=True)]
            ended = [step == limit - 1 or token in eos for token in tokens]
            yield [
                NextToken(row, token, last, token in eos)
                for row, token, last in zip(state.kept, tokens, ended, strict=True)
            ]
            going = [place for place, last in enumerate(ended) if not last]
            if not going:
                return
            if scorer is not None:
                _follow(scorer, state.kept, going, chosen)
            if len(going) < len(tokens):
                cache.batch_select_indices(torch.tensor(going))
                state.kept = [state.kept[place] for place in going]
            ids = torch.tensor([[tokens[place]] for place in going])
            logits = _step(model, ids, cache, len(prompt_ids) + step)


@dataclass(frozen=True, slots=True, eq=False)
class _Offer:
    """The tokens that may come next, likeliest first, with log probabilities."""

    token_ids: Int[Tensor, " k"]
    log_probs: Float[Tensor, " k"]


@dataclass(slots=True, eq=False)
class _Dice:
    """How one row draws, and what it has drawn."""

    sampling: Sampling
    generator: torch.Generator
    written: list[int] = field(default_factory=list)

    def offer(
        self, logits: Float[Tensor, " d_vocab"], wanted: Int[Tensor, " w"] | None = None
    ) -> _Offer:
        """Return the likeliest tokens that do not complete an n-gram written before.

        Where a plan wants features, only as many as can be read, with `wanted` among them.
        """
        logits = logits.float().clone()
        banned = completing_tokens(self.written, self.sampling.no_repeat_ngram)
        if banned:
            logits[banned] = -torch.inf
        log_probs = logits.log_softmax(-1)
        if wanted is None:
            best = log_probs.topk(min(_OFFERED, len(logits)))
            return _Offer(best.indices, best.values)
        likely = log_probs.clone()
        likely[wanted] = torch.inf
        best = likely.topk(min(_READ + len(wanted), len(logits)))
        return _Offer(best.indices, log_probs[best.indices])

    def draw(self, offer: _Offer, bonus: Float[Tensor, " k"] | None) -> int:
        """Return the place of a token: temperature, then nucleus (Holtzman et al. 2020)."""
        values = offer.log_probs if bonus is None else offer.log_probs + bonus
        if self.sampling.temperature == 0:
            place = int(values.argmax())
        else:
            probs = (values / self.sampling.temperature).softmax(-1)
            ordered = probs.sort(descending=True, stable=True)
            before = ordered.values.cumsum(-1) - ordered.values
            kept = ordered.values.masked_fill(before >= self.sampling.top_p, 0)
            drawn = torch.multinomial(kept, 1, generator=self.generator)
            place = int(ordered.indices[drawn])
        self.written.append(int(offer.token_ids[place]))
        return place


def _scorer(
    model: Any, saes: Mapping[str, Sae], rows: Sequence[Row], sampling: Sampling
) -> FeatureScorer | None:
    wanting = {place: row.plan for place, row in enumerate(rows) if row.plan.active_terms}
    if not wanting or sampling.feature_weight == 0 or not can_score(model):
        return None
    return FeatureScorer(model, saes, wanting)


def _bonuses(
    kept: Sequence[int],
    offers: Sequence[_Offer],
    scorer: FeatureScorer | None,
    sampling: Sampling,
    eos: set[int],
) -> dict[int, Float[Tensor, " k"]]:
    """Return what to add to the log probabilities of each row that wants features."""
    if scorer is None or not scorer.rows:
        return {}
    by_row = dict(zip(kept, offers, strict=True))
    candidates = torch.stack([by_row[row].token_ids for row in scorer.rows])
    scores = sampling.feature_weight * scorer.score(candidates)
    scores[torch.isin(candidates, torch.tensor(sorted(eos)))] = 0  # EOS is never part of a text
    return dict(zip(scorer.rows, scores, strict=True))


def _follow(
    scorer: FeatureScorer, kept: Sequence[int], going: Sequence[int], chosen: Sequence[int]
) -> None:
    """Let the cold copies of the rows that go on take the chosen tokens too."""
    on = {kept[place]: chosen[place] for place in going}
    places = [place for place, row in enumerate(scorer.rows) if row in on]
    if places:
        scorer.keep(places, [on[scorer.rows[place]] for place in places])
    else:
        scorer.rows = []


def _prefill(
    model: Any, prompt_ids: Sequence[int], rows: int, *, shared: bool
) -> tuple[Float[Tensor, "batch d_vocab"], DynamicCache]:
    """Read the prompt once for all rows, or once a row when the rows differ in it."""
    cache = DynamicCache(config=model.config)
    width = 1 if shared else rows
    ids = torch.tensor([list(prompt_ids)]).expand(width, -1)
    positions = torch.arange(len(prompt_ids)).expand(width, -1)
    output = model(input_ids=ids, position_ids=positions, past_key_values=cache, logits_to_keep=1)
    logits = output.logits[:, -1]
    if shared:
        cache.batch_repeat_interleave(rows)
        logits = logits.expand(rows, -1)
    return logits, cache


def _step(
    model: Any, ids: Int[Tensor, "batch 1"], cache: DynamicCache, position: int
) -> Float[Tensor, "batch d_vocab"]:
    positions = torch.full_like(ids, position)
    output = model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True)
    return output.logits[:, -1]


def completing_tokens(written: Sequence[int], size: int) -> list[int]:
    """Return the tokens that would end an n-gram of `size` which already stands in `written`."""
    if size == 0 or len(written) < size:
        return []
    tail = tuple(written[len(written) - size + 1 :])
    return [
        written[at + size - 1]
        for at in range(len(written) - size + 1)
        if tuple(written[at : at + size - 1]) == tail
    ]


def _eos_ids(model: Any) -> set[int]:
    eos = model.generation_config.eos_token_id
    if eos is None:
        eos = model.config.eos_token_id
    return set(eos) if isinstance(eos, list) else ({eos} if eos is not None else set())
