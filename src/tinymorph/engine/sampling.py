"""How the next token of a row is chosen: by its own dice, whatever else is in the batch.

A token is drawn as `argmax(log p / temperature + gumbel(seed, position, token))` among the nucleus
(Holtzman et al. 2020). The noise is a function of its three arguments alone (a counter-based
generator), so a row draws the same words alone and in company, cold and from a cache, and a
drafted token is right exactly when it equals that choice: speculation changes no word. By the
Gumbel-max identity (Gumbel 1954; Maddison et al. 2014) this samples the nucleus exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.schema.request import Sampling

_OFFERED = 512
"""So many of the likeliest tokens can be drawn at all."""
_READ = 40
"""Where a plan wants features, so many are read for those they would carry, besides the tokens
on which the features are known to be active; only these can be drawn then."""
_GOLDEN, _MIX_1, _MIX_2 = -7046029254386353131, -4658895280553007687, -7723592293110705685
"""The constants of SplitMix64 (Steele et al. 2014), as signed 64-bit numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The tokens that may come next, likeliest first, with log probabilities."""

    token_ids: Int[Tensor, " k"]
    log_probs: Float[Tensor, " k"]


@dataclass(slots=True, eq=False)
class Dice:
    """How one row draws, and what it has drawn."""

    sampling: Sampling
    seed: int
    eos_ids: Collection[int]
    written: list[int] = field(default_factory=list[int])

    def offer(
        self, logits: Float[Tensor, " d_vocab"], wanted: Int[Tensor, " w"] | None = None
    ) -> Offer:
        """Return the likeliest tokens that do not complete an n-gram written before.

        Where a plan wants features, only as many as can be read, with `wanted` among them.
        """
        logits = logits.float()
        banned = completing_tokens(self.written, self.sampling.no_repeat_ngram)
        if banned:
            logits = logits.clone()
            logits[banned] = -torch.inf
        if wanted is None:
            best = logits.topk(min(_OFFERED, len(logits)))
            return Offer(best.indices, best.values - logits.logsumexp(-1))
        log_probs = logits.log_softmax(-1)
        likely = log_probs.clone()
        likely[wanted] = torch.inf
        best = likely.topk(min(_READ + len(wanted), len(logits)))
        return Offer(best.indices, log_probs[best.indices])

    def choose(self, offer: Offer, bonus: Float[Tensor, " k"] | None = None) -> int:
        """Return the place of the next token in the offer; the row is left as it is."""
        values = offer.log_probs if bonus is None else offer.log_probs + bonus
        if self.sampling.temperature == 0:
            return int(values.argmax())
        scaled = values / self.sampling.temperature
        probs = scaled.softmax(-1)
        ordered = probs.sort(descending=True, stable=True)
        before = ordered.values.cumsum(-1) - ordered.values
        kept = ordered.indices[before < self.sampling.top_p]
        noise = gumbel(self.seed, len(self.written), offer.token_ids[kept])
        return int(kept[(scaled[kept].double() + noise).argmax()])

    def write(self, token_id: int) -> None:
        """Take a token for written."""
        self.written.append(token_id)

    def is_over(self, token_id: int) -> bool:
        """Say whether the row ends with the token that was just written."""
        limit = self.sampling.max_new_tokens or 1
        return token_id in self.eos_ids or len(self.written) >= limit


def gumbel(seed: int, position: int, token_ids: Int[Tensor, " k"]) -> Float[Tensor, " k"]:
    """Return standard Gumbel noise for tokens, by SplitMix64 of seed, position and token id."""
    key = _scrambled(torch.tensor([seed]) * _GOLDEN + position)
    bits = _scrambled(key + (token_ids + 1) * _GOLDEN)
    uniform = (_shifted(bits, 11).double() + 0.5) * 2.0**-53
    return -(-uniform.log()).log()


def completing_tokens(written: Sequence[int], size: int) -> list[int]:
    """Return the tokens that would end an n-gram of `size` which already stands in `written`."""
    if size == 0 or len(written) < size:
        return []
    tail = tuple(written[len(written) - size + 1 :])
    return [
        written[at + size - 1]
        for at in range(len(written) - size + 1)
        if tuple(written[at : at + size - 1]) == tail
    ]


def _scrambled(bits: Int[Tensor, " k"]) -> Int[Tensor, " k"]:
    """Mix 64 bits as SplitMix64 does; products wrap around."""
    bits = (bits ^ _shifted(bits, 30)) * _MIX_1
    bits = (bits ^ _shifted(bits, 27)) * _MIX_2
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Int[Tensor, " k"], places: int) -> Int[Tensor, " k"]:
    """Shift to the right as unsigned numbers do."""
    return (bits >> places) & ((1 << (64 - places)) - 1)
