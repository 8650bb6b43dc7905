"""Say whether an SAE belongs to a model, before it is used."""

from __future__ import annotations

import re

from tinymorph.engine.sae.autoencoder import Sae
from tinymorph.errors import BundleError

_TUNED = frozenset({"it", "instruct", "chat"})
_BASE = frozenset({"pt", "base"})
_TUNED_UNMARKED = ("qwen3",)
"""Families whose plain name is the tuned model."""
_CENTRED = frozenset({"gpt2", "gpt_neox", "gptneox"})
"""Those whose norms take the mean off, so that centring changes nothing of what they write."""


def check_fit(sae: Sae, *, d_model: int, model_name: str, model_type: str) -> None:
    """Refuse an SAE of another model; BundleError names what differs.

    `model_type` is that of the model's config.json, or the architecture in its GGUF.
    """
    if sae.d_model != d_model:
        raise BundleError(
            f"The SAE {sae.sae_id} reads vectors of {sae.d_model} numbers, "
            f"the model's have {d_model}: it belongs to another model."
        )
    if is_sibling(sae.model_name, model_name):
        raise BundleError(
            f"The SAE {sae.sae_id} was trained on {sae.model_name}, "
            f"and the model is its sibling {model_name}.",
            hint="The two have different weights; take the SAE of this model.",
        )
    if sae.centres and model_type not in _CENTRED:
        raise BundleError(
            f"The SAE {sae.sae_id} expects a mean-centred stream, "
            f"which a model of the type {model_type} does not have.",
            hint="Only GPT-2 and Pythia models do.",
        )


def is_sibling(first: str, second: str) -> bool:
    """Say whether two names mean the tuned and the untuned version of one model."""
    stem, is_tuned = _split(first)
    other_stem, other_is_tuned = _split(second)
    return bool(stem) and stem == other_stem and is_tuned != other_is_tuned


def _split(name: str) -> tuple[tuple[str, ...], bool]:
    """Return the words of a model's name before its mark, and whether it is a tuned one."""
    words = tuple(re.split(r"[-_ ]+", name.replace("\\", "/").rpartition("/")[2].lower()))
    for place, word in enumerate(words):
        if word in _TUNED | _BASE:
            return words[:place], word in _TUNED
    return words if any(words) else (), words[0].startswith(_TUNED_UNMARKED)
