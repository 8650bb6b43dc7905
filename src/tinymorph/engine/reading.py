"""Read a text cold: one forward pass without any steering, through every SAE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tinymorph.engine.backends.base import Backend, depth_of
from tinymorph.engine.prompt import TokenizedText
from tinymorph.engine.sae import Sae, encode, explained_variance
from tinymorph.engine.steering import sae_of
from tinymorph.engine.trouble import nonsense, trouble_named
from tinymorph.errors import FeatureError
from tinymorph.schema.feature import (
    FeatureActivation,
    FeatureProfile,
    FeatureReading,
    FeatureRef,
    HookPoint,
    LayerReading,
    Neighbour,
    TokenActivation,
)
from tinymorph.schema.request import InspectionRequest
from tinymorph.schema.span import Span

DENSE = 0.1
"""Features active on a larger share of tokens say little about a passage and are not ranked."""

NEIGHBOURS = 5

Acts = dict[str, Float[Tensor, "pos d_sae"]]


@dataclass(frozen=True, slots=True, eq=False)
class ColdReading:
    """The residual stream and feature activations of a text, BOS left out; on the CPU."""

    resid: dict[HookPoint, Float[Tensor, "pos d_model"]]
    acts: Acts

    def mean(self, ref: FeatureRef) -> float:
        """Return a feature's mean activation over the text; 0 for an empty one."""
        acts = self.acts[ref.sae_id]
        return float(acts[:, ref.feature_index].mean()) if len(acts) else 0.0


@torch.inference_mode()
def read_cold(
    backend: Backend, tokenizer: Any, saes: Mapping[str, Sae], token_ids: Sequence[int]
) -> ColdReading:
    """Run the text after a BOS; what exceeds the context is read in half-overlapping windows."""
    points = {sae.hook_point for sae in saes.values()}
    parts: dict[HookPoint, list[Tensor]] = {point: [] for point in points}
    for window, fresh in _windows(token_ids, backend.shape.n_ctx - 1):
        row = [first_id(tokenizer), *window]
        with trouble_named():
            (streams,) = backend.read([row], {depth_of(point) for point in points})
        for point in points:
            parts[point].append(streams[depth_of(point)][len(row) - fresh :])
    empty = torch.empty(0, backend.shape.d_model, device=backend.device)
    resid = {point: torch.cat([empty, *found]) for point, found in parts.items()}
    for point, stream in resid.items():
        if not bool(stream.isfinite().all()):
            raise nonsense(f"the stream at {point} is not finite", is_steered=False)
    acts = {sae_id: encode(sae, resid[sae.hook_point]).cpu() for sae_id, sae in saes.items()}
    return ColdReading({point: stream.cpu() for point, stream in resid.items()}, acts)


def first_id(tokenizer: Any) -> int:
    """Return the token that a text begins with: BOS, or EOS where a model has no BOS."""
    bos = tokenizer.bos_token_id
    return tokenizer.eos_token_id if bos is None else bos


def describe_reading(
    cold: ColdReading, saes: Mapping[str, Sae], text: TokenizedText, request: InspectionRequest
) -> FeatureReading:
    """Return the features of the tokens that touch the request's span, as plain numbers."""
    span = request.span
    chosen = torch.tensor(
        [token.start < span.end and token.end > span.start for token in text.spans],
        dtype=torch.bool,
    )
    layers = tuple(_layer(cold, sae, chosen) for sae in saes.values())
    ranked = _rank(cold, saes, chosen, request.top)
    for ref in request.asked:
        _check(ref, saes)
    traced = torch.ones_like(chosen) if request.traces_all else chosen
    described = [
        _describe(cold, saes, text, chosen, traced, ref) for ref in [*ranked, *request.asked]
    ]
    profiles = (_profile(cold, sae, text, chosen) for sae in saes.values())
    return FeatureReading(
        layers=layers,
        top=tuple(described[: len(ranked)]),
        asked=tuple(described[len(ranked) :]),
        profiles=tuple(profiles) if request.with_profiles else (),
        neighbours=_neighbours(request.neighbours_of, saes),
    )


def _check(ref: FeatureRef, saes: Mapping[str, Sae]) -> Sae:
    """Return a feature's SAE; FeatureError if there is no such feature."""
    sae = sae_of(ref, saes)
    if ref.feature_index >= sae.d_sae:
        raise FeatureError(
            f"There is no feature {ref}: layer {ref.sae_id} has {sae.d_sae} features."
        )
    return sae


def _neighbours(ref: FeatureRef | None, saes: Mapping[str, Sae]) -> tuple[Neighbour, ...]:
    """Return the living features of the same SAE with the largest cosine of decoder rows."""
    if ref is None:
        return ()
    sae = _check(ref, saes)
    rows = torch.nn.functional.normalize(sae.W_dec.float(), dim=-1)
    cosines = (rows @ rows[ref.feature_index]).cpu()
    cosines[ref.feature_index] = -torch.inf
    if sae.stats is not None:
        cosines[sae.stats.max_activation <= 0] = -torch.inf
    best = cosines.topk(min(NEIGHBOURS, sae.d_sae))
    return tuple(
        Neighbour(ref=FeatureRef(sae_id=ref.sae_id, feature_index=index), cosine=cosine)
        for cosine, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        if cosine > 0
    )


def _windows(token_ids: Sequence[int], size: int) -> list[tuple[Sequence[int], int]]:
    """Return windows with the number of their last tokens that no earlier one covered."""
    if len(token_ids) <= size:
        return [(token_ids, len(token_ids))] if token_ids else []
    windows = [(token_ids[:size], size)]
    done = size
    while done < len(token_ids):
        fresh = min(size // 2, len(token_ids) - done)
        windows.append((token_ids[done + fresh - size : done + fresh], fresh))
        done += fresh
    return windows


def _layer(cold: ColdReading, sae: Sae, chosen: Bool[Tensor, " pos"]) -> LayerReading:
    resid, acts = cold.resid[sae.hook_point][chosen], cold.acts[sae.sae_id][chosen]
    return LayerReading(
        sae_id=sae.sae_id,
        hook_point=sae.hook_point,
        l0=float((acts > 0).sum(-1).float().mean()) if len(acts) else 0.0,
        explained_variance=explained_variance(sae, resid, acts),
    )


def _rank(
    cold: ColdReading, saes: Mapping[str, Sae], chosen: Bool[Tensor, " pos"], top: int
) -> list[FeatureRef]:
    """Return the strongest features by activation / max activation, dense ones left out."""
    scored: list[tuple[float, FeatureRef]] = []
    for sae_id, sae in saes.items():
        acts = cold.acts[sae_id][chosen]
        if not len(acts):
            continue
        relative = _relative(sae, acts.amax(0))
        best = relative.topk(min(top, sae.d_sae))
        scored += [
            (value, FeatureRef(sae_id=sae_id, feature_index=index))
            for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
            if value > 0
        ]
    scored.sort(key=lambda pair: (-pair[0], str(pair[1])))
    return [ref for _, ref in scored[:top]]


def _relative(sae: Sae, acts: Float[Tensor, " d_sae"]) -> Float[Tensor, " d_sae"]:
    """Return activations in units of max activation, those of dense features at 0."""
    relative = acts / ceiling(sae)
    if sae.stats is not None:
        relative[sae.stats.activation_density > DENSE] = 0
    return relative


def _profile(
    cold: ColdReading, sae: Sae, text: TokenizedText, chosen: Bool[Tensor, " pos"]
) -> FeatureProfile:
    """Return all that the chosen tokens woke of one SAE."""
    acts = cold.acts[sae.sae_id][chosen]
    if not len(acts):
        return FeatureProfile(sae_id=sae.sae_id, n_tokens=0)
    largest, places = acts.max(0)
    peaks = _relative(sae, largest)
    found = peaks.nonzero().flatten()
    tokens = chosen.nonzero().flatten()[places[found]].tolist()
    return FeatureProfile(
        sae_id=sae.sae_id,
        n_tokens=len(acts),
        feature_indexes=tuple(found.tolist()),
        peaks=tuple(peaks[found].tolist()),
        means=tuple((acts.mean(0) / ceiling(sae))[found].tolist()),
        counts=tuple((acts > 0).sum(0)[found].tolist()),
        starts=tuple(text.spans[token].start for token in tokens),
        ends=tuple(text.spans[token].end for token in tokens),
    )


def ceiling(sae: Sae) -> Float[Tensor, " d_sae"]:
    """Return max activations, infinite where unknown, so that such features rank last."""
    if sae.stats is None:
        return torch.ones(sae.d_sae)
    known = sae.stats.max_activation
    return torch.where(known > 0, known, torch.inf)


def _describe(
    cold: ColdReading,
    saes: Mapping[str, Sae],
    text: TokenizedText,
    chosen: Bool[Tensor, " pos"],
    traced: Bool[Tensor, " pos"],
    ref: FeatureRef,
) -> FeatureActivation:
    everywhere = cold.acts[ref.sae_id][:, ref.feature_index]
    acts = (everywhere * chosen).tolist()
    count = max(1, int(chosen.sum()))
    peak = max(range(len(acts)), key=acts.__getitem__, default=None)
    limit = float(ceiling(saes[ref.sae_id])[ref.feature_index])
    return FeatureActivation(
        ref=ref,
        activation=0.0 if peak is None else acts[peak],
        relative=0.0 if peak is None else acts[peak] / limit,
        mean=sum(acts) / count,
        span=Span(start=0, end=0) if peak is None else text.spans[peak],
        trace=tuple(
            TokenActivation(span=span, activation=value)
            for span, value in zip(text.spans, (everywhere * traced).tolist(), strict=True)
            if value > 0 and span.end > span.start
        ),
    )
