"""Guess the next tokens of a rewrite from the passage itself: most of it is copied.

Prompt lookup (Saxena 2023): where the last tokens written stand in the passage, or earlier in the
rewrite, what followed there is the draft. The model then reads the draft in one pass, and
exactly those tokens are kept that it would have chosen one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_LONGEST_MATCH = 4
_MOST_DRAFTED = 8
_TRIALS = 6
"""So many drafts are tried before a row judges whether drafting pays."""
_HALF_LIFE = 0.8
_WORTH = 0.55
"""Share of drafted tokens that must be right for drafting to pay."""
_REST = 12
"""After so many steps without drafts a row tries again."""


@dataclass(slots=True)
class Drafter:
    """Drafts one row's tokens, as many as have proved right of late."""

    passage: Sequence[int]
    """The tokens of the passage that is rewritten."""
    _followers: dict[tuple[int, ...], int] = field(
        init=False, default_factory=dict[tuple[int, ...], int]
    )
    """By the last tokens, where what follows them begins in `_text`."""
    _text: list[int] = field(init=False, default_factory=list[int])
    _n_passage: int = field(init=False, default=0)
    _share: float = field(init=False, default=1.0)
    _trials: int = field(init=False, default=0)
    _resting: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        for token in self.passage:
            self._learn(token)
        self._n_passage = len(self._text)

    def write(self, token: int) -> None:
        """Take a token for written."""
        self._learn(token)

    def draft(self, room: int) -> list[int]:
        """Return the tokens that may come next; none where drafting does not pay."""
        if self._resting > 0:
            self._resting -= 1
            return []
        start = self._start()
        if start is None:
            return []
        size = min(room, max(1, round(_MOST_DRAFTED * self._share)))
        return self._text[start : start + size]

    def learn_from(self, drafted: int, right: int) -> None:
        """Take note of how many of the drafted tokens were right."""
        if not drafted:
            return
        self._trials += 1
        self._share = _HALF_LIFE * self._share + (1 - _HALF_LIFE) * right / drafted
        if self._trials >= _TRIALS and self._share < _WORTH:
            self._resting, self._share, self._trials = _REST, _WORTH, 0

    def _start(self) -> int | None:
        """Return where the longest match goes on; where nothing is written, the passage begins."""
        n_written = len(self._text) - self._n_passage
        if n_written == 0:
            return 0 if self._n_passage else None
        for size in range(min(_LONGEST_MATCH, n_written), 0, -1):
            start = self._followers.get(tuple(self._text[-size:]))
            if start is not None:
                return start
        return None

    def _learn(self, token: int) -> None:
        """Add a token; what stands before it is found from now on."""
        at = len(self._text)
        for size in range(1, min(_LONGEST_MATCH, at) + 1):
            if self._n_passage and at - size < self._n_passage <= at:
                break  # the passage's end and the rewrite's beginning are no neighbours
            gram = tuple(self._text[at - size :])
            if not (self._n_passage and gram in self._followers):
                self._followers[gram] = at  # what the passage says goes before what was written
        self._text.append(token)
