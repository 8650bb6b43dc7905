"""What the inspector shows of a session."""

from __future__ import annotations

from dataclasses import dataclass

from tinymorph.schema.events import ErrorNote
from tinymorph.session.session import WritingSession
from tinymorph.session.surveys import SurveyView
from tinymorph.session.views import EngineState, ReadingView
from tinymorph.ui.inspector.scope import Scope


@dataclass(frozen=True, slots=True)
class InspectorView:
    """All that the inspector shows of a session."""

    scope: Scope
    reading: ReadingView | None
    survey: SurveyView | None
    trouble: ErrorNote | None
    is_reading: bool
    state: EngineState


def inspector_view(session: WritingSession, scope: Scope, *, is_many: bool) -> InspectorView:
    """Take from the session what the inspector shows: one paragraph's reading, or a survey."""
    state = session.status.state
    survey = session.surveys.view() if is_many else None
    if is_many:
        trouble = survey and survey.trouble
        return InspectorView(
            scope, None, survey, trouble, survey is not None and survey.is_reading, state
        )
    trouble = session.reading_trouble
    return InspectorView(scope, session.reading, None, trouble, session.is_reading, state)


def what_is_listed(view: InspectorView) -> object:
    """Return what the rows are made of: when it is the same, so are they."""
    if view.survey is not None:
        return view.scope, view.survey.features, view.survey.done
    return view.scope, view.reading and view.reading.reading
