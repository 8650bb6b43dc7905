"""Decode several rows in one batch, each with its own plan, dice and drafts."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.backends.base import Backend, Context
from tinymorph.engine.cache import CHUNK, PrefixCache
from tinymorph.engine.sae import Sae
from tinymorph.engine.sampling import Dice, Offer
from tinymorph.engine.scoring import FeatureScorer
from tinymorph.engine.speculation import Drafter
from tinymorph.engine.steering import BatchEdit, Places, compile_plan
from tinymorph.engine.trouble import nonsense, trouble_named
from tinymorph.errors import MemoryShortError
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan

Logits = Float[Tensor, "pos d_vocab"]
_MOST = 1e30
"""What wanted features may add to a log probability: more would overflow in the softmax."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text to be generated."""

    plan: SteeringPlan
    seed: int
    sampling: Sampling


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What all rows go on from."""

    token_ids: tuple[int, ...]
    places: Places
    """Which of its tokens a plan may steer."""
    passage: tuple[int, ...] = ()
    """The tokens that are rewritten, from which drafts are taken; none: no drafts."""
    stop_ids: frozenset[int] = frozenset()
    """Tokens that end a text besides the model's EOS."""

    @classmethod
    def of(cls, token_ids: Sequence[int]) -> Prompt:
        """Return a prompt of which all but the first token are the writer's own words."""
        is_own = torch.ones(len(token_ids), dtype=torch.bool)
        is_own[:1] = False
        return cls(tuple(token_ids), Places(len(token_ids), is_own))


@dataclass(frozen=True, slots=True)
class NextToken:
    """One more token of one row."""

    row: int
    token_id: int
    is_last: bool
    """The row ends with it, because it is EOS or the limit is reached."""
    is_end: bool
    """It is EOS."""


def sample_tokens(
    backend: Backend,
    saes: Mapping[str, Sae],
    prompt: Prompt,
    rows: Sequence[Row],
    cache: PrefixCache,
) -> Iterator[list[NextToken]]:
    """Yield the tokens of each step, for the rows that still go on; nothing while reading.

    Each row's words depend on that row alone. A row ends with the model's EOS (which is yielded),
    or at its `max_new_tokens`. Closing the generator stops the work and frees its memory.
    """
    try:
        with trouble_named():
            writing = _Writing(backend, saes, prompt, rows)
            with contextlib.closing(writing):
                yield from writing.read(cache)
                while writing.going:
                    yield writing.choose()
                    writing.step()
    except MemoryShortError:
        cache.clear()  # so that a smaller request finds what this one lacked
        raise


class _Writing:
    """The rows that go on, and the context they are written in."""

    def __init__(
        self, backend: Backend, saes: Mapping[str, Sae], prompt: Prompt, rows: Sequence[Row]
    ) -> None:
        self._backend, self._prompt = backend, prompt
        self._eos = backend.shape.eos_ids | prompt.stop_ids
        self._edit = BatchEdit(tuple(compile_plan(row.plan, saes, prompt.places) for row in rows))
        self._dice = [Dice(row.sampling, row.seed, self._eos) for row in rows]
        self._scorer = _scorer(backend, saes, rows)
        self._drafters = self._new_drafters(rows)
        self._drafts: dict[int, list[int]] = {}
        self._logits: dict[int, Logits] = {}
        """By row, after its last token and each of its drafts."""
        self._last: dict[int, int] = {}
        self._context: Context | None = None
        self.going = list(range(len(rows)))
        """The rows that are still written, in the order of the batch."""

    def read(self, cache: PrefixCache) -> Iterator[list[NextToken]]:
        """Read the prompt once for all rows.

        Where plans steer it, only the layers from their lowest hook point on are run for each
        row, if the backend can do that; otherwise all of them.
        """
        count = len(self.going)
        entry = min(self._edit.depths, default=0)
        if self._edit.steers_prompt and entry not in cache.depths:
            self._context = self._backend.begin(count)
            yield from self._read_whole(self._context)
            return
        for prefix in cache.read(self._prompt.token_ids):
            if prefix is None:
                yield []
                continue
            self._context = prefix.context.fork(count)
            self._logits = dict.fromkeys(self.going, prefix.logits[None])
            if self._edit.steers_prompt:
                passed = self._context.rerun_above(entry, prefix.streams[entry], self._edit)
                self._logits = {row: passed.logits[row : row + 1] for row in self.going}

    def _read_whole(self, context: Context) -> Iterator[list[NextToken]]:
        """Read a steered prompt for every row by itself."""
        ids, count = self._prompt.token_ids, len(self.going)
        for start in range(0, len(ids), CHUNK):
            chunk, is_last = ids[start : start + CHUNK], start + CHUNK >= len(ids)
            wanted = "last" if is_last else "none"
            passed = context.extend([chunk] * count, edit=self._edit, logits=wanted)
            if is_last:
                self._logits = {row: passed.logits[row : row + 1] for row in self.going}
            else:
                yield []

    def choose(self) -> list[NextToken]:
        """Choose each row's next tokens: one, and as many more as its drafts were right."""
        offers = {row: self._offer(row, 0) for row in self.going}
        bonuses = self._bonuses(offers)
        found: list[NextToken] = []
        for row in self.going:
            found += self._walk(row, offers[row], bonuses.get(row))
        self._forget_wrong_drafts(found)
        ended = {token.row for token in found if token.is_last}
        self._let_go(ended)
        return found

    def step(self) -> None:
        """Run the tokens just chosen, with drafts of what may follow."""
        if not self.going or self._context is None:
            return
        self._drafts = {row: self._draft(row) for row in self.going}
        tokens = [[self._last[row], *self._drafts[row]] for row in self.going]
        has_drafts = any(self._drafts.values())
        passed = self._context.extend(
            tokens, edit=self._edit, logits="all" if has_drafts else "last"
        )
        counts = [len(row) for row in tokens] if has_drafts else [1] * len(tokens)
        parts = passed.logits.split(counts)
        self._logits = dict(zip(self.going, parts, strict=True))

    def close(self) -> None:
        """Give the memory back."""
        if self._context is not None:
            self._context.close()
        if self._scorer is not None:
            self._scorer.close()

    def _offer(self, row: int, at: int) -> Offer:
        wanted = None if self._scorer is None else self._scorer.wanted(row)
        offer = self._dice[row].offer(self._logits[row][at], wanted)
        if not math.isfinite(float(offer.log_probs.max())):
            detail = f"the best logit of row {row} is {float(self._logits[row][at].max())}"
            raise nonsense(detail, is_steered=bool(self._edit.depths))
        return offer

    def _walk(self, row: int, offer: Offer, bonus: Float[Tensor, " k"] | None) -> list[NextToken]:
        """Choose tokens as long as they are what was drafted."""
        dice, drafts, found = self._dice[row], self._drafts.get(row, []), list[NextToken]()
        while True:
            place = dice.choose(offer, bonus)
            if self._scorer is not None:
                self._scorer.note(row, place)
            token = int(offer.token_ids[place])
            dice.write(token)
            if row in self._drafters:
                self._drafters[row].write(token)
            is_last = dice.is_over(token)
            found.append(NextToken(row, token, is_last, token in self._eos))
            at = len(found)
            if is_last or at > len(drafts) or drafts[at - 1] != token:
                break
            offer, bonus = self._offer(row, at), None
        if drafts:
            self._drafters[row].learn_from(len(drafts), len(found) - 1)
        self._last[row] = found[-1].token_id
        return found

    def _forget_wrong_drafts(self, found: Sequence[NextToken]) -> None:
        if self._context is None or not any(self._drafts.values()):
            return
        new = {row: sum(token.row == row for token in found) for row in self.going}
        lengths = [
            length - len(self._drafts[row]) + new[row] - 1
            for row, length in zip(self.going, self._context.lengths, strict=True)
        ]
        self._context.crop(lengths)

    def _let_go(self, ended: set[int]) -> None:
        """Take the rows that are over out of the batch."""
        places = [place for place, row in enumerate(self.going) if row not in ended]
        if self._scorer is not None:
            self._scorer.follow([self.going[place] for place in places])
        if len(places) == len(self.going):
            return
        self.going = [self.going[place] for place in places]
        if self._context is not None and places:
            self._context.select(places)
            self._edit = self._edit.select(places)

    def _draft(self, row: int) -> list[int]:
        drafter, dice = self._drafters.get(row), self._dice[row]
        if drafter is None:
            return []
        return drafter.draft((dice.sampling.max_new_tokens or 1) - len(dice.written) - 1)

    def _new_drafters(self, rows: Sequence[Row]) -> dict[int, Drafter]:
        """Return a drafter for each row that takes drafts: not those that are scored."""
        if not self._prompt.passage or not self._backend.abilities.has_ragged_rows:
            return {}
        scored = set() if self._scorer is None else set(self._scorer.rows)
        plain = [row for row in range(len(rows)) if row not in scored]
        return {row: Drafter(self._prompt.passage) for row in plain}

    def _bonuses(self, offers: Mapping[int, Offer]) -> dict[int, Float[Tensor, " k"]]:
        """Return what to add to the log probabilities of each row that wants features."""
        if self._scorer is None or not self._scorer.rows:
            return {}
        candidates = torch.stack([offers[row].token_ids for row in self._scorer.rows])
        scores = self._scorer.score(candidates)
        scores[torch.isin(candidates, torch.tensor(sorted(self._eos)))] = 0  # EOS carries nothing
        return {
            row: (self._dice[row].sampling.feature_weight * found).clamp(-_MOST, _MOST)
            for row, found in zip(self._scorer.rows, scores, strict=True)
        }


def _scorer(backend: Backend, saes: Mapping[str, Sae], rows: Sequence[Row]) -> FeatureScorer | None:
    wanting = {
        place: row.plan
        for place, row in enumerate(rows)
        if row.plan.active_terms and row.sampling.feature_weight > 0
    }
    if not wanting or not backend.abilities.tries_candidates:
        return None
    return FeatureScorer(backend, saes, wanting)
