"""Short ways to run plans and rows through a backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from tinymorph.engine.backends.base import Backend, Depth
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.generate import Prompt, Row, sample_tokens
from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import BatchEdit, compile_plan
from tinymorph.schema.steering import SteeringPlan


def edit_of(
    plans: Sequence[SteeringPlan], saes: Mapping[str, Sae], prompt: Sequence[int], n_prompt: int
) -> BatchEdit:
    """Compile one plan a row, over a prompt whose tokens but the first are the writer's own."""
    places = Prompt.of(prompt[:n_prompt]).places
    return BatchEdit(tuple(compile_plan(plan, saes, places) for plan in plans))


def steered_streams(
    backend: Backend,
    saes: Mapping[str, Sae],
    plans: Sequence[SteeringPlan],
    ids: Sequence[int],
    depth: Depth,
    n_prompt: int = 1,
) -> Tensor:
    """Return the residual stream at a depth as later layers see it, one row a plan."""
    edit = edit_of(plans, saes, ids, n_prompt)
    passed = backend.begin(len(plans)).extend([ids] * len(plans), edit=edit, reads=[depth])
    return passed.streams[depth].view(len(plans), len(ids), -1)


def written(
    backend: Backend,
    saes: Mapping[str, Sae],
    prompt: Prompt | Sequence[int],
    rows: Sequence[Row],
    cache: PrefixCache | None = None,
) -> list[list[int]]:
    """Return the tokens that each row writes."""
    asked = prompt if isinstance(prompt, Prompt) else Prompt.of(prompt)
    tokens: list[list[int]] = [[] for _ in rows]
    for step in sample_tokens(backend, saes, asked, rows, cache or PrefixCache(backend)):
        for token in step:
            tokens[token.row].append(token.token_id)
    return tokens
