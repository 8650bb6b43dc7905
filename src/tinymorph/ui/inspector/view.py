"""What the inspector shows of a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinymorph.schema.events import ErrorNote
from tinymorph.schema.feature import FeatureRef
from tinymorph.session.session import WritingSession
from tinymorph.session.surveys import ContrastView, ExampleView, SurveyView
from tinymorph.session.views import EngineState, ReadingView
from tinymorph.ui.inspector.scope import Scope


@dataclass(frozen=True, slots=True)
class InspectorView:
    """All that the inspector shows of a session."""

    scope: Scope
    reading: ReadingView | None
    """Of one passage; None where several paragraphs were asked for."""
    survey: SurveyView | None
    """Of several paragraphs; None where one passage was asked for."""
    document: SurveyView | None
    """What was read of the document, whatever was asked for last."""
    contrast: ContrastView
    example: ExampleView | None
    trouble: ErrorNote | None
    is_reading: bool
    state: EngineState


def inspector_view(
    session: WritingSession,
    scope: Scope,
    density: Callable[[FeatureRef], float],
    *,
    is_many: bool,
) -> InspectorView:
    """Take from the session what the inspector shows."""
    surveys = session.surveys
    document = surveys.view()
    survey = document if is_many else None
    is_reading = session.is_reading or (survey is not None and survey.is_reading)
    trouble = session.reading_trouble
    if is_many:
        trouble = survey.trouble if survey is not None else None
    return InspectorView(
        scope=scope,
        reading=None if is_many else session.reading,
        survey=survey,
        document=document,
        contrast=surveys.contrast(),
        example=surveys.example(density),
        trouble=trouble,
        is_reading=is_reading,
        state=session.status.state,
    )


def what_is_listed(view: InspectorView) -> object:
    """Return what the rows are made of: when it is the same, so are they."""
    example = view.example and (view.example.text, view.example.features)
    if view.survey is not None:
        return view.scope, view.survey.features, view.survey.done, example
    return view.scope, view.reading and view.reading.reading, example
