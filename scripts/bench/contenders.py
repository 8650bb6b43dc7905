"""The contenders of the decoding bench: transformers with a hook, and our own backends.

All draw greedily after the same prompt, and add the same vector at the same layer to each
generated token. A tick is taken at the same place of every step, so that the time between ticks is
one step of decoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from shapes import one_feature_sae, prompt_ids, steering_plan, steering_vector


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a contender."""

    rows: int
    n_new: int
    is_steered: bool
    n_prompt: int = 200
    feature_weight: float = 0.0


@dataclass(slots=True)
class Ticks:
    """When the steps of a run were taken, and what was written."""

    times: list[float] = field(default_factory=list[float])
    cpu_times: list[float] = field(default_factory=list[float])
    tokens: list[list[int]] = field(default_factory=list[list[int]])

    def take(self) -> None:
        """Note that a step is taken now."""
        self.times.append(time.perf_counter())
        self.cpu_times.append(time.process_time())


class Contender(Protocol):
    """Something that generates."""

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate; take a tick at each step, and leave the tokens of each row."""


class HfContender:
    """`generate` of transformers, with a forward hook that adds the vector, or with none."""

    def __init__(self, folder: Path) -> None:
        self.model = load_hf(folder)
        self._middle = self.model.config.num_hidden_layers // 2
        self._vector = steering_vector(self.model.config.hidden_size)

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate."""
        ids = prompt_of(job)
        vector = self._vector if job.is_steered else None
        handle = self.model.model.layers[self._middle].register_forward_hook(
            adding_hook(vector, ticks)
        )
        try:
            found = self.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=job.n_new,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
            )
        finally:
            handle.remove()
        ticks.tokens = found[:, ids.shape[1] :].tolist()


class OurContender:
    """Our own generation through one of the backends, as the program runs it."""

    def __init__(self, backend: Any) -> None:
        backend.shape = replace(backend.shape, eos_ids=frozenset())
        self._backend = backend
        self._sae = one_feature_sae(backend.shape.d_model, backend.shape.n_layers // 2)

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate."""
        from tinymorph.engine.cache import PrefixCache  # noqa: PLC0415 -- not for every contender
        from tinymorph.engine.generate import Prompt, Row, sample_tokens  # noqa: PLC0415
        from tinymorph.schema.request import Sampling  # noqa: PLC0415
        from tinymorph.schema.steering import SteeringPlan  # noqa: PLC0415

        sampling = Sampling(
            temperature=0,
            feature_weight=job.feature_weight,
            no_repeat_ngram=0,
            max_new_tokens=job.n_new,
        )
        plan = steering_plan(self._sae) if job.is_steered else SteeringPlan()
        rows = [Row(plan, seed, sampling) for seed in range(job.rows)]
        prompt = Prompt.of(prompt_ids(job.n_prompt))
        cache = PrefixCache(self._backend)
        ticks.tokens = [[] for _ in rows]
        saes = {self._sae.sae_id: self._sae}
        for step in sample_tokens(self._backend, saes, prompt, rows, cache):
            if not step:
                continue
            ticks.take()
            for token in step:
                ticks.tokens[token.row].append(token.token_id)
        cache.clear()


def load_hf(folder: Path) -> Any:
    """Load a causal LM in fp32."""
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 -- slow
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    return model.requires_grad_(requires_grad=False)


def prompt_of(job: Job) -> torch.Tensor:
    """Return the prompt, once for each row."""
    return torch.tensor([prompt_ids(job.n_prompt)]).repeat(job.rows, 1)


def adding_hook(vector: torch.Tensor | None, ticks: Ticks) -> Callable[..., Any]:
    """Return a forward hook that adds a vector to each generated token, and ticks."""

    def hook(_module: object, _args: object, output: Any) -> Any:
        ticks.take()
        stream = output[0] if isinstance(output, tuple) else output
        if vector is None or stream.shape[1] > 1:
            return None
        changed = stream + vector
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    return hook
