"""What is wished for besides the task, and the prompt that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tinymorph.errors import PromptTooLongError
from tinymorph.schema.request import PassageForm, SuggestionRequest
from tinymorph.schema.span import Span

Kind = Literal["taught", "instruct", "base"]
"""Taught: task tokens, like the bundled model's. Instruct: a chat template. Base: neither."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The piece of a long passage that stands before this one, and what became of it."""

    source: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request says besides its task."""

    instruction: str = ""
    """The writer's own words on what to do."""
    like: tuple[str, ...] = ()
    """Styles in plain words."""
    before: str = ""
    """The text before the passage; paragraphs stand apart by an empty line."""
    after: str = ""
    form: PassageForm = "paragraph"
    overlap: Overlap | None = None


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """A prompt, ready for the model."""

    token_ids: tuple[int, ...]
    n_source: int
    """Tokens of the passage alone."""
    steerable: tuple[range, ...]
    """Positions of the passage's own tokens; every other one is BOS, template or context, and
    must never be steered."""
    spans: tuple[Span, ...]
    """The characters of `source` that each of these positions stands for; empty for `fill`, which
    sends the text around the passage and not the passage."""
    limit: int
    """How many new tokens the reply may have where the request does not say."""
    kind: Kind
    task: str
    source: str
    """The passage as the writer has it, with the white space around it."""
    wishes: Wishes
    stop_ids: frozenset[int] = frozenset()
    """Tokens that end a reply besides the model's EOS, such as a template's end of turn."""

    @property
    def passage_ids(self) -> tuple[int, ...]:
        """Return the tokens of the passage, one per span; empty if it is not sent."""
        if not self.spans:
            return ()
        return self.token_ids[self.steerable[0].start : self.steerable[0].stop]

    @property
    def steerable_mask(self) -> tuple[bool, ...]:
        """Return, for each token, whether "prompt" and "all" may steer it."""
        inside = {position for stretch in self.steerable for position in stretch}
        return tuple(position in inside for position in range(len(self.token_ids)))


def wishes_of(request: SuggestionRequest) -> Wishes:
    """Return a request's wishes; what its paragraph has around the span is context too."""
    text, span = request.paragraph.text, request.span
    return Wishes(
        instruction=request.instruction.strip(),
        like=request.like,
        before=_join(request.before, text[: span.start]),
        after=_join(text[span.end :], request.after),
        form=request.form,
    )


def usual_limit(n_source: int) -> int:
    """Return how long a rewrite may become: half as long again, and 16 tokens."""
    return n_source * 3 // 2 + 16


def checked_room(prompt: TokenizedPrompt, n_ctx: int) -> TokenizedPrompt:
    """Return the prompt if a rewrite of the passage's length fits too, else raise."""
    if len(prompt.token_ids) + prompt.n_source < n_ctx:
        return prompt
    raise PromptTooLongError(
        f"The passage is too long for this model ({prompt.n_source} tokens; with its rewrite "
        f"it must stay under {n_ctx}).",
        hint="Select a part of it and ask again.",
    )


def _join(first: str, second: str) -> str:
    return (
        f"{first.rstrip()}\n\n{second.lstrip()}"
        if first.strip() and second.strip()
        else (first if first.strip() else second)
    )
