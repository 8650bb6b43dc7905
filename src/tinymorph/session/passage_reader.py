"""Reading many passages, one after the other, behind everything else that the engine does."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tinymorph.features.profiles import PassageProfile
from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Inspected
from tinymorph.schema.feature import FeatureActivation, FeatureRef, Neighbour
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import InspectionRequest
from tinymorph.schema.span import Span
from tinymorph.session.client import EngineClient

Purpose = Literal["neighbours", "example", "contrast", "traces", "survey"]
"""What passages are read for; the first goes first."""
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
MOST_KNOWN = 12_000
"""Readings that are kept, some 8 kB each: a novel and its drafts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one paragraph."""

    paragraph: ParagraphSnapshot
    span: Span

    @property
    def text(self) -> str:
        """Return its words."""
        return self.span.of(self.paragraph.text)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of some words; equal words are asked about once."""

    text: str
    span: Span
    traced: FeatureRef | None = None
    """The feature whose trace is wanted; all features without traces otherwise."""
    near: FeatureRef | None = None
    """The feature whose neighbours are wanted, of no words at all."""


_Answer = PassageProfile | FeatureActivation | tuple[Neighbour, ...]


class PassageReader:
    """Answer what is wanted from what was read before, and have the engine read the rest."""

    def __init__(self, client: EngineClient, numbers: Iterator[int]) -> None:
        self._client, self._numbers = client, numbers
        self._known: OrderedDict[_Question, _Answer] = OrderedDict()
        self._wanted: dict[Purpose, deque[_Question]] = {name: deque() for name in PURPOSES}
        self._running: tuple[str, Purpose, _Question] | None = None
        self.trouble: ErrorNote | None = None

    def want(
        self, purpose: Purpose, parts: Sequence[Part], traced: FeatureRef | None = None
    ) -> None:
        """Read these for a purpose, in their order, in place of what was wanted for it before."""
        self._want(purpose, [_question(part, traced) for part in parts])

    def want_neighbours(self, ref: FeatureRef | None) -> None:
        """Ask for the neighbours of one feature, or of none any more."""
        self._want("neighbours", [] if ref is None else [_near(ref)])

    def profile(self, part: Part) -> PassageProfile | None:
        """Return what a passage woke, once it was read."""
        found = self._known.get(_question(part, None))
        return found if isinstance(found, PassageProfile) else None

    def trace(self, part: Part, ref: FeatureRef) -> FeatureActivation | None:
        """Return one feature over a passage, once it was read."""
        found = self._known.get(_question(part, ref))
        return found if isinstance(found, FeatureActivation) else None

    def neighbours(self, ref: FeatureRef) -> tuple[Neighbour, ...] | None:
        """Return the features nearest to one, once they were asked for."""
        found = self._known.get(_near(ref))
        return found if isinstance(found, tuple) else None

    def is_reading(self, purpose: Purpose) -> bool:
        """Say whether something is still to be read for a purpose."""
        is_running = self._running is not None and self._running[1] == purpose
        return is_running or bool(self._wanted[purpose])

    def stop(self) -> bool:
        """Want nothing more; say whether anything was wanted."""
        was_busy = self._running is not None or any(self._wanted.values())
        for waiting in self._wanted.values():
            waiting.clear()
        if self._running is not None:
            self._client.cancel(self._running[0])
        return was_busy

    def heard(self, event: Inspected | Failed | Cancelled) -> Purpose | None:
        """Take in an event; return what it was read for, None if it is no answer to us."""
        if self._running is None or event.request_id != self._running[0]:
            return None
        _, purpose, question = self._running
        self._running = None
        if isinstance(event, Inspected):
            self._keep(question, event)
        elif isinstance(event, Failed):
            self.trouble = event.note
            for waiting in self._wanted.values():
                waiting.clear()
        self._go_on()
        return purpose

    def _want(self, purpose: Purpose, asked: list[_Question]) -> None:
        self._wanted[purpose] = deque(one for one in dict.fromkeys(asked) if not self._has(one))
        self.trouble = None
        if self._running is None:
            self._go_on()
        elif self._running[1] == purpose and self._running[2] not in asked:
            self._client.cancel(self._running[0])

    def _has(self, question: _Question) -> bool:
        """Say whether the answer is known, and keep it for longer if so."""
        is_known = question in self._known
        if is_known:
            self._known.move_to_end(question)
        return is_known

    def _keep(self, question: _Question, event: Inspected) -> None:
        if question.near is not None:
            self._known[question] = event.reading.neighbours
        elif question.traced is None:
            self._known[question] = PassageProfile(event.reading.profiles)
        elif event.reading.asked:
            self._known[question] = event.reading.asked[0]
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _go_on(self) -> None:
        for purpose in PURPOSES:
            waiting = self._wanted[purpose]
            while waiting:
                question = waiting.popleft()
                if not self._has(question):
                    self._ask(purpose, question)
                    return

    def _ask(self, purpose: Purpose, question: _Question) -> None:
        request_id = f"survey-{next(self._numbers)}"
        self._running = (request_id, purpose, question)
        self._client.submit(
            InspectionRequest(
                request_id=request_id,
                lane="survey",
                paragraph=ParagraphSnapshot(paragraph_id="", revision=0, text=question.text),
                span=question.span,
                asked=(question.traced,) if question.traced is not None else (),
                top=0,
                with_profiles=question.traced is None and question.near is None,
                neighbours_of=question.near,
            )
        )


def _near(ref: FeatureRef) -> _Question:
    return _Question("", Span(start=0, end=0), near=ref)


def _question(part: Part, traced: FeatureRef | None) -> _Question:
    return _Question(part.paragraph.text, part.span, traced)
