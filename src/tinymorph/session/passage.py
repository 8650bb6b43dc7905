"""Which part of a paragraph is meant, and what is asked about it."""

from __future__ import annotations

from dataclasses import dataclass

from tinymorph.schema.events import ErrorNote
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Lane, Protected, SuggestionRequest, Surroundings
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan
from tinymorph.session.options import AskingOptions
from tinymorph.text.protected import find_protected


@dataclass(frozen=True, slots=True)
class Passage:
    """Part of a paragraph, and where it stands."""

    paragraph: ParagraphSnapshot
    span: Span
    around: Surroundings

    @property
    def text(self) -> str:
        """Return its words."""
        return self.span.of(self.paragraph.text)

    def request(self, lane: Lane, plan: SteeringPlan, options: AskingOptions) -> SuggestionRequest:
        """Return what asks for rewrites of it; an id is still to be given."""
        return SuggestionRequest(
            request_id="",
            lane=lane,
            paragraph=self.paragraph,
            span=self.span,
            plan=plan,
            task=options.task,
            instruction=options.instruction,
            like=options.like,
            alternatives=options.alternatives,
            with_twin=options.with_twin,
            seed=options.seed,
            sampling=options.sampling,
            before=self.around.before,
            after=self.around.after,
            form=self.around.form,
            protected=self._protected(options),
        )

    def _protected(self, options: AskingOptions) -> tuple[Protected, ...]:
        """Return what must stay of the passage: what the page says, and what the words show."""
        found = find_protected(self.paragraph.text, options.protect, self.span)
        given = (part for part in self.around.protected if part.span.touches(self.span))
        return (*given, *found)


def trimmed(span: Span | None, text: str) -> Span:
    """Return the selection, or the whole text if no word is selected, without outer spaces."""
    chosen = span if span is not None and span.of(text).strip() else Span(start=0, end=len(text))
    words = chosen.of(text)
    start = chosen.start + len(words) - len(words.lstrip())
    return Span(start=start, end=start + len(words.strip()))


def nothing_there(verb: str) -> ErrorNote:
    """Return the note for a passage without words."""
    return ErrorNote(
        code="NothingThere",
        title=f"There are no words here to {verb}.",
        hint="Put the cursor into a paragraph with text.",
    )
