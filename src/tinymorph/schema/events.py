"""What the engine's thread says, each a value that could travel as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tinymorph.schema.base import Frozen
from tinymorph.schema.feature import FeatureReading, HookPoint
from tinymorph.schema.steering import Overlap
from tinymorph.schema.suggestion import Suggestion

BackendChoice = Literal["auto", "lean", "transformers", "llama", "interp"]
"""What runs the model; `auto` takes the fastest of its own that does so exactly: `lean` or
`transformers`. The others are extras."""
DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]
"""Where the model is computed; `auto` takes a GPU where the backend can use one."""


class ErrorNote(Frozen):
    """An error, as it is shown."""

    code: str
    title: str
    """One plain sentence for the writer."""
    hint: str = ""
    """What the writer can do about it."""
    detail: str = ""
    """For the log and the bug report; never shown unasked."""


class SaeInfo(Frozen):
    """One SAE of the loaded model."""

    sae_id: str
    hook_point: HookPoint
    d_sae: int
    is_calibrated: bool
    """Whether max activations are known, so that its features can be steered by coefficient."""
    sha256: str = ""
    """Of its weights: two SAEs of one hash have the same features."""


class ModelInfo(Frozen):
    """What is loaded."""

    model_id: str
    """The name a person would use."""
    sha256: str
    """Of the weights and SAEs, together."""
    n_parameters: int
    n_layers: int
    d_model: int
    n_ctx: int
    backend: str = ""
    """What runs it."""
    device: str = "cpu"
    """Where it is computed."""
    precision: str = "fp32"
    """In which its weights are held, as `bf16` or `Q8_0`."""
    tasks: tuple[str, ...]
    takes_instruction: bool = False
    """Whether it can be told what to do in the writer's own words."""
    styles: tuple[str, ...] = ()
    """Styles in plain words that it was taught; empty where it takes none, or any."""
    takes_any_style: bool = False
    """Whether a style may be named freely."""
    saes: tuple[SaeInfo, ...]


class ModelLoading(Frozen):
    """Loading goes on; `stage` names what is being done."""

    kind: Literal["model_loading"] = "model_loading"
    stage: str


class ModelReady(Frozen):
    """The engine can be asked."""

    kind: Literal["model_ready"] = "model_ready"
    model: ModelInfo


class TextStreamed(Frozen):
    """More words of one alternative, or of its unsteered twin."""

    kind: Literal["text_streamed"] = "text_streamed"
    request_id: str
    index: int
    is_twin: bool = False
    chunk: str
    n_tokens: int = 1
    """How many tokens were written for it."""


class Finished(Frozen):
    """The last event of a `SuggestionRequest` that succeeded."""

    kind: Literal["finished"] = "finished"
    request_id: str
    suggestions: tuple[Suggestion, ...]


class Inspected(Frozen):
    """The last event of an `InspectionRequest` that succeeded."""

    kind: Literal["inspected"] = "inspected"
    request_id: str
    base_revision: int
    reading: FeatureReading


class Overlapped(Frozen):
    """The last event of an `OverlapRequest` that succeeded."""

    kind: Literal["overlapped"] = "overlapped"
    request_id: str
    overlaps: tuple[Overlap, ...]
    """Every pair of the features asked for, once."""


class Cancelled(Frozen):
    """The last event of a request that was withdrawn or displaced by a newer one."""

    kind: Literal["cancelled"] = "cancelled"
    request_id: str


class Failed(Frozen):
    """The last event of a request that could not be honoured; without an id, of the load."""

    kind: Literal["failed"] = "failed"
    request_id: str | None
    note: ErrorNote


EngineEvent = Annotated[
    ModelLoading
    | ModelReady
    | TextStreamed
    | Finished
    | Inspected
    | Overlapped
    | Cancelled
    | Failed,
    Field(discriminator="kind"),
]
