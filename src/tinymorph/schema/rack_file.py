"""A rack as a file: what steers, and the model whose features it is made of."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from tinymorph.schema.base import Frozen
from tinymorph.schema.steering import SteeringTerm

RACK_VERSION = 1
LONGEST_NAME = 80
MOST_TERMS = 256


class RackModel(Frozen):
    """The model that a rack was made on."""

    model_id: str
    sha256: str
    """Of the weights and SAEs, together."""


class RackFile(Frozen):
    """A named rack, good for the model and SAEs that it names."""

    format: Literal["tinymorph-rack"] = "tinymorph-rack"
    version: Literal[1] = RACK_VERSION
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    model: RackModel
    saes: dict[str, str]
    """The SHA-256 of each SAE's weights, by the id that the terms use."""
    terms: tuple[SteeringTerm, ...] = Field(max_length=MOST_TERMS)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refs = [term.ref for term in self.terms]
        if len(set(refs)) != len(refs):
            msg = "a feature stands on the rack twice"
            raise ValueError(msg)
        missing = self.sae_ids - set(self.saes)
        if missing:
            msg = f"no hash is given for the SAE {min(missing)!r}"
            raise ValueError(msg)
        return self

    @property
    def sae_ids(self) -> frozenset[str]:
        """Return the SAEs that the terms and their conditions need."""
        conditions = (term.condition for term in self.terms if term.condition is not None)
        return frozenset(
            ref.sae_id
            for ref in (*(term.ref for term in self.terms), *(one.ref for one in conditions))
        )
