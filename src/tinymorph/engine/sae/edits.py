"""What moves one feature in the stream and leaves everything else as it was.

For every SAE that is read here `decode` is affine in the activations, given what the norm took
from a token:

    decode(f) = scale * (f @ W_dec + b_dec) + mean

so that to change `f_i` by one moves the reconstruction by `scale * W_dec[i]`, and nothing else.
Added to the stream itself, this is `decode(changed) + error term` exactly, for the error term
`resid - decode(f)` is not touched (sae-lens calls this `use_error_term`, and takes two decodings).

- `scale` is 1 without a norm; the token's standard deviation under `layer_norm`; its length over
  `sqrt(d_model)` under `constant_norm_rescale`. Both are those of the stream before the edit.
- Under `rescale_acts_by_decoder_norm` the row is a unit vector: the norms are folded at loading.
- A mean that was taken off for the SAE alone (`centres`) is given back whole; the row stays.
- A feature that a top-k SAE did not keep has `f_i = 0`; to hold it at `c` adds all of `c`, and no
  other feature leaves the k for it.

What is not promised, of any SAE: that reading the changed stream again finds `c`. Encoders are not
the inverse of decoders, and a changed stream has another norm.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.sae.autoencoder import Sae
from tinymorph.engine.sae.coding import encode_features, token_norm


def unit_move(
    sae: Sae, feature_index: int, resid: Float[Tensor, "*batch d_model"]
) -> Float[Tensor, "*rows d_model"]:
    """Return the vector that moves a feature by one unit of activation.

    One for all tokens, unless `scales_per_token`: then one for each token of `resid`.
    """
    row = sae.W_dec[feature_index]
    norm = token_norm(sae, resid) if sae.scales_per_token else None
    return row if norm is None else norm.scale * row


def hold_feature(
    sae: Sae, feature_index: int, resid: Float[Tensor, "*batch d_model"], value: float
) -> Float[Tensor, "*batch d_model"]:
    """Return the stream with a feature at `value`; the error term is kept."""
    active = encode_features(sae, resid, [feature_index])
    change = (value - active) * unit_move(sae, feature_index, resid)
    return resid + change.to(resid.dtype)
