"""One feature is moved, and the error term with all other features stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.random_sae import D_MODEL, D_SAE, random_sae, random_stream
from tinymorph.engine.sae import Sae, decode, encode_with_norm, hold_feature, unit_move

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = [
    ("standard", {}),
    ("jumprelu", {"apply_b_dec_to_input": False}),
    ("topk", {}),
    ("topk", {"rescale_acts_by_decoder_norm": True}),
    ("gated", {}),
]
CENTRED = {
    "hook_name": "blocks.1.hook_resid_pre",
    "model_from_pretrained_kwargs": {"center_writing_weights": True},
}


@pytest.fixture(scope="module")
def saes(tmp_path_factory: pytest.TempPathFactory) -> list[Sae]:
    """Return every architecture under every norm, centred and not."""
    folder = tmp_path_factory.mktemp("saes")
    found: list[Sae] = []
    for norm in ("none", "layer_norm", "constant_norm_rescale"):
        for kind, options in KINDS:
            found += (
                random_sae(
                    folder / str(len(found) + place),
                    kind,
                    normalize_activations=norm,
                    **options,
                    **more,
                )
                for place, more in enumerate(({}, {"metadata": CENTRED}))
            )
    return found


@given(
    which=st.integers(0, 29),
    feature_index=st.integers(0, D_SAE - 1),
    value=st.floats(-20, 20, width=32),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=150)
def test_held_feature_is_the_changed_decoding_plus_the_error_term(
    saes: list[Sae], which: int, feature_index: int, value: float, seed: int
) -> None:
    assert len(saes) == 30
    sae, resid = saes[which], random_stream(5, seed=seed)
    acts, norm = encode_with_norm(sae, resid)
    error_term = resid - decode(sae, acts, norm)
    changed = acts.clone()
    changed[:, feature_index] = value
    expected = decode(sae, changed, norm) + error_term
    tolerance = 4e-6 * float(max(1, expected.abs().max()))
    assert torch.allclose(
        hold_feature(sae, feature_index, resid, value), expected, rtol=0, atol=tolerance
    )


def test_one_unit_is_the_decoder_row_where_no_norm_scales_it(saes: list[Sae]) -> None:
    plain = [sae for sae in saes if not sae.scales_per_token]
    assert plain
    for sae in plain:
        assert torch.equal(unit_move(sae, 3, random_stream(4)), sae.W_dec[3])


def test_one_unit_is_as_long_as_its_token_is_under_a_norm(tmp_path: Path) -> None:
    resid = random_stream(4)
    for norm in ("layer_norm", "constant_norm_rescale"):
        sae = random_sae(tmp_path / norm, normalize_activations=norm)
        once, thrice = unit_move(sae, 3, resid), unit_move(sae, 3, 3 * resid)
        assert once.shape == (4, D_MODEL)
        assert torch.allclose(thrice, 3 * once, rtol=1e-5)


def test_one_unit_under_rescaling_is_one_long(tmp_path: Path) -> None:
    options: dict[str, Any] = {"rescale_acts_by_decoder_norm": True}
    row = unit_move(random_sae(tmp_path, "topk", **options), 3, random_stream(1))
    assert float(row.norm()) == pytest.approx(1, abs=1e-6)


def test_edit_keeps_the_precision_of_the_stream(tmp_path: Path) -> None:
    sae = random_sae(tmp_path, normalize_activations="layer_norm")
    resid = random_stream(4).bfloat16()
    assert hold_feature(sae, 3, resid, 2.0).dtype == torch.bfloat16
