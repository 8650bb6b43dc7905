"""Alternatives and their twins while they are written, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from tinymorph.engine.flaws import find_flaw
from tinymorph.engine.generate import NextToken
from tinymorph.engine.prompt import TokenizedPrompt, finished_reply
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import Flaw


@dataclass(slots=True)
class Draft:
    """One text that is written: an alternative, or the unsteered twin of one."""

    plan: SteeringPlan
    seed: int
    index: int
    is_twin: bool
    written: list[str] = field(default_factory=list[str])
    """The rewrites of the pieces that are done; most passages are one piece."""
    n_tokens: int = 0
    n_told: int = 0
    """Of these, how many the page has heard of."""
    seconds: float = 0.0
    is_cut: bool = False
    _stream: DecodeStream = field(
        default_factory=lambda: DecodeStream(skip_special_tokens=True), repr=False
    )
    _raw: str = ""

    @property
    def text(self) -> str:
        """Return the rewrite, as far as its pieces are done."""
        return "".join(self.written)

    def take(self, tokenizer: Tokenizer, token: NextToken) -> str:
        """Take one more token; return the characters that it completed."""
        chunk = self._stream.step(tokenizer, token.token_id) or ""
        self._raw += chunk
        self.n_tokens += 1
        self.is_cut |= token.is_last and not token.is_end
        return chunk

    def tell(self) -> int:
        """Return how many tokens were written since the last time."""
        fresh, self.n_told = self.n_tokens - self.n_told, self.n_tokens
        return fresh

    def finish_piece(self, prompt: TokenizedPrompt) -> None:
        """Clean what came for a piece, and go on to the next."""
        self.written.append(finished_reply(prompt, self._raw))
        self._raw, self._stream = "", DecodeStream(skip_special_tokens=True)

    def flaw(self, source: str) -> Flaw | None:
        """Return what is wrong with the rewrite."""
        return find_flaw(self.text, source, is_cut=self.is_cut)

    def is_worth_showing(self, source: str) -> bool:
        """Say whether it has no flaw, or only ends early."""
        return self.flaw(source) in {None, Flaw.CUT}


def new_drafts(plan: SteeringPlan, seeds: Mapping[int, int], *, with_twin: bool) -> list[Draft]:
    """Return a draft for each alternative, and its twin if asked for and different."""
    drafts = [Draft(plan, seed, index, is_twin=False) for index, seed in seeds.items()]
    if with_twin and plan.active_terms:
        plain = SteeringPlan()
        drafts += [Draft(plain, seed, index, is_twin=True) for index, seed in seeds.items()]
    return drafts


def better(first: Sequence[Draft], second: Sequence[Draft], source: str) -> list[Draft]:
    """Take second tries, with their twins, where they came out without a flaw."""
    mended = {
        draft.index for draft in second if not draft.is_twin and draft.is_worth_showing(source)
    }
    kept = [draft for draft in first if draft.index not in mended]
    return kept + [draft for draft in second if draft.index in mended]
