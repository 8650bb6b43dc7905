"""KV-cached decoding of several rows in one batch, each with its own plan and its own seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache

from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import compile_plan, steered
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan


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
    generators = [torch.Generator().manual_seed(row.seed) for row in rows]
    written: list[list[int]] = [[] for _ in rows]
    eos = _eos_ids(model)
    steers_prompt = any(row.plan.where != "generated" and row.plan.active_terms for row in rows)
    with steered(model, edits, len(prompt_ids)) as state:
        logits, cache = _prefill(model, prompt_ids, len(rows), shared=not steers_prompt)
        limit = sampling.max_new_tokens or 1
        for step in range(limit):
            tokens = [
                _draw(logits[place], sampling, generators[row], written[row])
                for place, row in enumerate(state.kept)
            ]
            is_final = step == limit - 1
            ended = [is_final or token in eos for token in tokens]
            for row, token in zip(state.kept, tokens, strict=True):
                written[row].append(token)
            yield [
                NextToken(row, token, last, token in eos)
                for row, token, last in zip(state.kept, tokens, ended, strict=True)
            ]
            going = [place for place, last in enumerate(ended) if not last]
            if not going:
                return
            if len(going) < len(tokens):
                cache.batch_select_indices(torch.tensor(going))
                state.kept = [state.kept[place] for place in going]
            ids = torch.tensor([[tokens[place]] for place in going])
            logits = _step(model, ids, cache, len(prompt_ids) + step)


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


def _draw(
    logits: Float[Tensor, " d_vocab"],
    sampling: Sampling,
    generator: torch.Generator,
    written: Sequence[int],
) -> int:
    """Draw a token: no n-gram twice, then temperature, then nucleus (Holtzman et al. 2020)."""
    logits = logits.float().clone()
    banned = completing_tokens(written, sampling.no_repeat_ngram)
    if banned:
        logits[banned] = -torch.inf
    if sampling.temperature == 0:
        return int(logits.argmax())
    ordered = torch.softmax(logits / sampling.temperature, -1).sort(descending=True)
    before = ordered.values.cumsum(-1) - ordered.values
    kept = ordered.values.masked_fill(before >= sampling.top_p, 0)
    place = torch.multinomial(kept, 1, generator=generator)
    return int(ordered.indices[place])


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
