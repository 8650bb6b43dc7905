"""What the engine is doing, in one state and one sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinymorph.schema.events import ErrorNote, Failed, ModelInfo, ModelLoading, ModelReady
from tinymorph.session.asked import AskedSuggestions
from tinymorph.session.views import EngineState, EngineStatus


@dataclass(frozen=True, slots=True)
class Loading:
    """How far the model is: heard of, loaded, or failed."""

    stage: str = ""
    model: ModelInfo | None = None
    trouble: ErrorNote | None = None

    def after(self, event: ModelLoading | ModelReady | Failed) -> Loading:
        """Return what an event makes of it."""
        match event:
            case ModelLoading():
                return replace(self, stage=event.stage, trouble=None)
            case ModelReady():
                return Loading(model=event.model)
            case Failed():
                return Loading(trouble=event.note)


def status_of(
    loading: Loading,
    asked: AskedSuggestions | None,
    *,
    is_reading: bool,
    read: int = 0,
    parts: int = 0,
) -> EngineStatus:
    """Say what goes on; writing comes before reading, and both wait for the model.

    `read` of `parts` paragraphs are read, where there are several.
    """
    if loading.trouble is not None:
        return EngineStatus(EngineState.FAILED, loading.trouble.title)
    if loading.model is None:
        waits = " Your request waits for it." if asked or is_reading else ""
        if not loading.stage:
            return EngineStatus(EngineState.STARTING, f"The model has not been loaded yet.{waits}")
        return EngineStatus(EngineState.LOADING, f"Loading the model: {loading.stage}.{waits}")
    if asked is not None:
        count = asked.request.alternatives
        what = "a rewrite" if count == 1 else f"{count} rewrites"
        return EngineStatus(EngineState.WRITING, f"Writing {what}. Esc stops it.")
    if is_reading and parts > 1:
        sentence = f"Reading features: {read:,} of {parts:,} paragraphs. Esc stops it."
        return EngineStatus(EngineState.READING, sentence)
    if is_reading:
        return EngineStatus(EngineState.READING, "Reading the features of the passage.")
    ready = f"{loading.model.model_id} is ready."
    return EngineStatus(EngineState.READY, ready, _described(loading.model))


def _described(model: ModelInfo) -> str:
    """Say how large a model is and what runs it."""
    millions = model.n_parameters / 1e6
    where = "CPU" if model.device == "cpu" else "GPU"
    features = sum(sae.d_sae for sae in model.saes)
    return (
        f"{millions:,.1f} million parameters, {features:,} features, "
        f"run by the {model.backend} backend in {model.precision} on the {where}."
    )
