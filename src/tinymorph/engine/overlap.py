"""How much features overlap: the cosine of their decoder rows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch

from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import check_index, sae_of
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Overlap


@torch.inference_mode()
def overlaps_of(refs: Sequence[FeatureRef], saes: Mapping[str, Sae]) -> tuple[Overlap, ...]:
    """Return the overlap of every pair, in their order; FeatureError for a feature not there."""
    rows: list[torch.Tensor] = []
    for ref in refs:
        sae = sae_of(ref, saes)
        check_index(sae, ref)
        row = sae.W_dec[ref.feature_index].double().cpu()
        rows.append(row / row.norm().clamp(min=torch.finfo(torch.double).tiny))
    return tuple(
        Overlap(first=first, second=second, cosine=float(one @ other))
        for (first, one), (second, other) in itertools.combinations(zip(refs, rows, strict=True), 2)
    )
