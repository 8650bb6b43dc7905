"""Sparse autoencoders in the formats of sae-lens, read and run without importing sae-lens.

Values only: nothing remembers a stream. What encoding takes from each token under a norm is
returned (`TokenNorm`) and given to `decode`.
"""

from tinymorph.engine.sae.autoencoder import Magnitude, Sae
from tinymorph.engine.sae.coding import (
    FeatureColumns,
    TokenNorm,
    cut_columns,
    decode,
    encode,
    encode_features,
    encode_with_norm,
    explained_variance,
    reconstruct,
    token_norm,
)
from tinymorph.engine.sae.edits import hold_feature, unit_move
from tinymorph.engine.sae.fit import check_fit
from tinymorph.engine.sae.stats import FeatureStats, load_stats, save_stats
from tinymorph.engine.sae.weights import load_sae

__all__ = [
    "FeatureColumns",
    "FeatureStats",
    "Magnitude",
    "Sae",
    "TokenNorm",
    "check_fit",
    "cut_columns",
    "decode",
    "encode",
    "encode_features",
    "encode_with_norm",
    "explained_variance",
    "hold_feature",
    "load_sae",
    "load_stats",
    "reconstruct",
    "save_stats",
    "token_norm",
    "unit_move",
]
