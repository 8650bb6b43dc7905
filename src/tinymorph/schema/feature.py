"""SAE features, and what was read of them in a passage."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from tinymorph.schema.base import Frozen
from tinymorph.schema.span import Span


class HookPoint(Frozen):
    """A named place in the forward pass."""

    site: Literal["resid_pre", "resid_post"] = "resid_post"
    layer: int = Field(ge=0)

    @property
    def depth(self) -> int:
        """Return how many layers the stream has passed here: `resid_pre[L]` is `resid_post[L-1]`."""
        return self.layer + (self.site == "resid_post")

    def __str__(self) -> str:
        return f"blocks.{self.layer}.hook_{self.site}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `blocks.12.hook_resid_post`; ValueError for any other shape."""
        blocks, layer, hook = name.split(".")
        if blocks != "blocks" or hook not in {"hook_resid_pre", "hook_resid_post"}:
            msg = f"not a residual-stream hook name: {name!r}"
            raise ValueError(msg)
        return cls.model_validate({"site": hook.removeprefix("hook_"), "layer": int(layer)})


class FeatureRef(Frozen):
    """One SAE direction; prints as `sae_id:feature_index`, for the bundle `layer:index`."""

    sae_id: str
    """Which SAE of the loaded model; in a bundle, the layer it reads, as text."""
    feature_index: int = Field(ge=0)

    def __str__(self) -> str:
        return f"{self.sae_id}:{self.feature_index}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `layer:index`; ValueError for any other shape."""
        sae_id, colon, index = text.strip().rpartition(":")
        if not (sae_id and colon and index.isascii() and index.isdigit()):
            msg = f"a feature is written layer:index, for example 5:1234, not {text!r}"
            raise ValueError(msg)
        return cls(sae_id=sae_id, feature_index=int(index))


class FeatureExample(Frozen):
    """A window of text on which a feature was active."""

    tokens: tuple[str, ...]
    activations: tuple[float, ...]
    """One per token, in the same unit as `max_activation`."""


class SteeringBand(Frozen):
    """Which coefficients are of use, found by sweeping them from 0 to 4 on neutral prefixes."""

    first_effect: float | None = Field(default=None, ge=0)
    """The smallest that changed anything; None if none did."""
    collapse: float | None = Field(default=None, gt=0)
    """The smallest at which the words broke down; None if none did."""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        first, collapse = self.first_effect, self.collapse
        if first is not None and collapse is not None and first > collapse:
            msg = f"the words collapse at {collapse}, before {first} has any effect"
            raise ValueError(msg)
        return self


class Neighbour(Frozen):
    """Another feature whose decoder row points nearly the same way."""

    ref: FeatureRef
    cosine: float = Field(ge=-1.001, le=1.001)
    """Of the two decoder rows."""


class FeatureCard(Frozen):
    """What the catalogue knows of a feature; what was not measured is None or empty."""

    ref: FeatureRef
    label: str
    label_source: Literal["automatic", "written", "yours"] = "automatic"
    """Labels are claims: `automatic` ones were made from top tokens and nobody has read them."""
    activation_density: float = Field(ge=0, le=1)
    """Share of tokens, over the reference corpus, on which the feature is active."""
    max_activation: float = Field(ge=0)
    """The largest activation over the reference corpus; coefficient 1.0 adds this much."""
    top_logits: tuple[str, ...] = ()
    """Tokens that the decoder row raises most, through the unembedding."""
    bottom_logits: tuple[str, ...] = ()
    """Tokens that the decoder row lowers most."""
    examples: tuple[FeatureExample, ...] = ()
    """Windows where it was most active, strongest first."""
    group: str = ""
    """What kind of thing it is about: diction, syntax, tone, topic and so on."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """How sure whoever wrote the label was."""
    blind_test: float | None = Field(default=None, ge=0, le=1)
    """Share of unseen windows that a judge who saw only the label told right; 0.5 is chance."""
    histogram: tuple[float, ...] = ()
    """How its activations are spread: the share that falls into each of as many equal steps from
    zero to the max activation."""
    band: SteeringBand | None = None
    writes: bool | None = None
    """Whether steering with it changes what is written (True), or it only reads (False)."""
    output_score: float | None = None
    """How far steering lifts the tokens that its decoder row stands for."""
    neighbours: tuple[Neighbour, ...] = ()
    """Nearest by decoder row, nearest first."""


class TokenActivation(Frozen):
    """The activation of one feature on one token."""

    span: Span
    activation: float


class FeatureActivation(Frozen):
    """How strongly one feature was active in a passage."""

    ref: FeatureRef
    activation: float
    """The largest activation over the passage."""
    relative: float
    """`activation / max_activation`, the order in which features are shown."""
    mean: float
    """Mean activation over the tokens of the passage."""
    span: Span
    """The characters of the token on which it peaked, as indexes into the paragraph."""
    trace: tuple[TokenActivation, ...] = ()
    """Every token on which it was active (zero elsewhere): the heat map."""


class LayerReading(Frozen):
    """How well one SAE described the passage."""

    sae_id: str
    hook_point: HookPoint
    l0: float
    """Mean number of active features per token."""
    explained_variance: float


class FeatureProfile(Frozen):
    """Every feature of one SAE that a passage woke, dense ones left out, as columns of numbers.

    All columns are equally long; peaks and means are in units of each feature's max activation.
    """

    sae_id: str
    n_tokens: int
    """Tokens of the passage."""
    feature_indexes: tuple[int, ...] = ()
    """In rising order."""
    peaks: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    """Over all tokens of the passage."""
    counts: tuple[int, ...] = ()
    """On how many tokens it was active."""
    starts: tuple[int, ...] = ()
    """Where the token of the peak begins, as an index into the paragraph."""
    ends: tuple[int, ...] = ()


class FeatureReading(Frozen):
    """The features of a passage: plain numbers, no tensors."""

    layers: tuple[LayerReading, ...]
    top: tuple[FeatureActivation, ...]
    """Strongest first, by `relative`; dense features are left out."""
    asked: tuple[FeatureActivation, ...] = ()
    """Those asked for by name, whether active or not, in the order asked."""
    profiles: tuple[FeatureProfile, ...] = ()
    """One an SAE, where the request asked for them."""
    neighbours: tuple[Neighbour, ...] = ()
    """Of the feature that the request named, nearest first."""
