"""Read a body of text through an SAE: how often and how strongly features fire, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tinymorph.engine.backends.base import Backend, depth_of
from tinymorph.engine.prompt import encode_text
from tinymorph.engine.reading import first_id
from tinymorph.engine.sae import FeatureStats, Sae, encode
from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef

_LOGITS = 10
_TOKENS = 8
"""Tokens remembered of a feature."""
_STRONGEST = 16
"""Places of a batch that are looked at for them."""
_BEFORE_PEAK = 2 / 3
"""Share of a window that lies before its peak."""

Batch = tuple[Int[Tensor, "batch pos"], Bool[Tensor, "batch pos"]]
"""Token ids that begin with BOS, and which of them are text."""


@dataclass(slots=True, eq=False)
class _Peaks:
    """The strongest places of every feature, at most one a row of text."""

    value: Float[Tensor, "d_sae examples"]
    row: Int[Tensor, "d_sae examples"]
    pos: Int[Tensor, "d_sae examples"]


def pad_rows(rows: Sequence[Sequence[int]], bos: int, pad: int) -> Batch:
    """Put rows of token ids into one batch, each after a BOS, padded on the right."""
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest + 1), pad)
    is_text = torch.zeros(ids.shape, dtype=torch.bool)
    ids[:, 0] = bos
    for place, row in enumerate(rows):
        ids[place, 1 : len(row) + 1] = torch.tensor(list(row), dtype=torch.long)
        is_text[place, 1 : len(row) + 1] = True
    return ids, is_text


@torch.inference_mode()
def measure_features(backend: Backend, sae: Sae, batches: Iterable[Batch]) -> FeatureStats:
    """Return each feature's max activation and activation density over a text."""
    largest, active, count = torch.zeros(sae.d_sae), torch.zeros(sae.d_sae), 0
    values, tokens = torch.zeros(0, sae.d_sae), torch.zeros(0, sae.d_sae, dtype=torch.long)
    for ids, is_text in batches:
        acts = _acts(backend, sae, ids)[is_text]
        if not len(acts):
            continue
        largest = torch.maximum(largest, acts.amax(0))
        active += (acts > 0).sum(0)
        count += len(acts)
        best = acts.topk(min(_STRONGEST, len(acts)), dim=0)
        found = torch.cat([values, best.values]), torch.cat([tokens, ids[is_text][best.indices]])
        order = found[0].topk(min(4 * _STRONGEST, len(found[0])), dim=0)
        values, tokens = order.values, found[1].gather(0, order.indices)
    return FeatureStats(largest, active / max(1, count), _distinct(values, tokens))


@torch.inference_mode()
def describe_features(
    backend: Backend,
    tokenizer: Any,
    sae: Sae,
    stats: FeatureStats,
    batches: Sequence[Batch],
    *,
    examples: int = 8,
    window: int = 24,
) -> Iterator[FeatureCard]:
    """Yield a card without a label for every feature, dead ones too."""
    peaks = _find_peaks(backend, sae, batches, examples)
    windows = _cut_windows(backend, tokenizer, sae, batches, peaks, window)
    highest, lowest = decoder_logits(backend, sae)
    for index in range(sae.d_sae):
        yield FeatureCard(
            ref=FeatureRef(sae_id=sae.sae_id, feature_index=index),
            label="",
            activation_density=float(stats.activation_density[index]),
            max_activation=float(stats.max_activation[index]),
            top_logits=_words(tokenizer, highest[index]),
            bottom_logits=_words(tokenizer, lowest[index]),
            examples=tuple(windows.get(index, ())),
        )


def batches_of(tokenizer: Any, texts: Iterable[str], n_ctx: int, rows: int = 16) -> list[Batch]:
    """Tokenize texts into padded batches; what exceeds the context goes on in a new row."""
    size = min(n_ctx - 1, 256)
    pieces: list[Sequence[int]] = []
    for text in texts:
        ids = encode_text(tokenizer, text).token_ids
        pieces += [ids[start : start + size] for start in range(0, len(ids), size)]
    pieces.sort(key=len)
    bos = first_id(tokenizer)
    return [pad_rows(pieces[at : at + rows], bos, bos) for at in range(0, len(pieces), rows)]


def decoder_logits(
    backend: Backend, sae: Sae
) -> tuple[Int[Tensor, "d_sae k"], Int[Tensor, "d_sae k"]]:
    """Return the tokens that each decoder row raises and lowers most.

    The row goes through the scale of the final norm and the unembedding (logit lens); what it
    does to all features' tokens alike is taken off.
    """
    scale, unembedding = backend.unembedding()
    logits = (sae.W_dec * scale) @ unembedding.T
    logits -= logits.mean(0)
    best, worst = logits.topk(_LOGITS), logits.topk(_LOGITS, largest=False)
    return best.indices.cpu(), worst.indices.cpu()


def _distinct(
    values: Float[Tensor, "found d_sae"], tokens: Int[Tensor, "found d_sae"]
) -> Int[Tensor, "d_sae k"]:
    """Return each feature's strongest tokens, each once, padded with -1."""
    distinct = torch.full((values.shape[1], _TOKENS), -1)
    for feature, (strengths, ids) in enumerate(
        zip(values.T.tolist(), tokens.T.tolist(), strict=True)
    ):
        pairs = zip(ids, strengths, strict=True)
        once = list(dict.fromkeys(token for token, value in pairs if value > 0))[:_TOKENS]
        distinct[feature, : len(once)] = torch.tensor(once, dtype=torch.long)
    return distinct


def _acts(
    backend: Backend, sae: Sae, ids: Int[Tensor, "batch pos"]
) -> Float[Tensor, "batch pos d_sae"]:
    depth = depth_of(sae.hook_point)
    streams = backend.read(ids.tolist(), [depth])
    return encode(sae, torch.stack([row[depth] for row in streams])).cpu()


def _find_peaks(backend: Backend, sae: Sae, batches: Sequence[Batch], count: int) -> _Peaks:
    empty = torch.zeros(sae.d_sae, count, dtype=torch.long)
    peaks = _Peaks(torch.zeros(sae.d_sae, count), empty, empty)
    first = 0
    for ids, is_text in batches:
        acts = _acts(backend, sae, ids) * is_text[..., None]
        value, pos = acts.max(dim=1)
        row = torch.arange(first, first + len(ids))[:, None].expand_as(pos)
        best = torch.cat([peaks.value, value.T], dim=1).topk(count, dim=1)
        peaks.row = torch.cat([peaks.row, row.T], dim=1).gather(1, best.indices)
        peaks.pos = torch.cat([peaks.pos, pos.T], dim=1).gather(1, best.indices)
        peaks.value = best.values
        first += len(ids)
    return peaks


def _cut_windows(
    backend: Backend, tokenizer: Any, sae: Sae, batches: Sequence[Batch], peaks: _Peaks, width: int
) -> dict[int, list[FeatureExample]]:
    """Return the windows around the peaks, strongest first."""
    wanted = _by_row(peaks)
    found: dict[int, dict[int, FeatureExample]] = {}
    first = 0
    for ids, is_text in batches:
        acts = _acts(backend, sae, ids)
        for place in range(len(ids)):
            end = int(is_text[place].sum()) + 1
            for feature, rank, pos in wanted.get(first + place, ()):
                start = max(1, min(pos - int(width * _BEFORE_PEAK), end - width))
                stop = min(end, start + width)
                found.setdefault(feature, {})[rank] = FeatureExample(
                    tokens=_words(tokenizer, ids[place, start:stop]),
                    activations=tuple(acts[place, start:stop, feature].tolist()),
                )
        first += len(ids)
    return {feature: [ranks[rank] for rank in sorted(ranks)] for feature, ranks in found.items()}


def _by_row(peaks: _Peaks) -> dict[int, list[tuple[int, int, int]]]:
    """Return (feature, rank, position) of every peak, by the row of text it lies in."""
    wanted: dict[int, list[tuple[int, int, int]]] = {}
    values, rows, places = peaks.value.tolist(), peaks.row.tolist(), peaks.pos.tolist()
    for feature, ranked in enumerate(values):
        for rank, value in enumerate(ranked):
            if value > 0:
                place = (feature, rank, places[feature][rank])
                wanted.setdefault(rows[feature][rank], []).append(place)
    return wanted


def _words(tokenizer: Any, ids: Int[Tensor, " pos"]) -> tuple[str, ...]:
    return tuple(tokenizer.decode([token]) for token in ids.tolist())
