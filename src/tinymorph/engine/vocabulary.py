"""Whether a tokenizer is the one of a model, as far as the two can tell."""

from __future__ import annotations

from typing import Any

from tinymorph.engine.backends.base import ModelShape
from tinymorph.errors import BundleError


def check_tokenizer(tokenizer: Any, shape: ModelShape) -> None:
    """Raise BundleError if a tokenizer gives tokens that the model has no embedding for.

    Added control tokens may lie beyond (Gemma 3 has one for pictures in all sizes): the writer's
    words never become one of those.
    """
    added = {
        str(token) for token in tokenizer.backend_tokenizer.get_added_tokens_decoder().values()
    }
    beyond = [
        token
        for token, token_id in tokenizer.get_vocab().items()
        if token_id >= shape.d_vocab and token not in added
    ]
    if beyond:
        raise BundleError(
            f"The tokenizer belongs to another model: {len(beyond)} of its tokens have no place "
            f"in this one's vocabulary of {shape.d_vocab}.",
            hint="Put the model's own tokenizer.json beside its weights.",
            detail=f"for one, {beyond[0]!r}",
        )
    first = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    if first is None or first >= shape.d_vocab:
        raise BundleError(
            "The model has no token that a text could begin with: neither BOS nor EOS.",
            hint="Name one of them in the model's tokenizer_config.json.",
        )
