"""The rack: an ordered set of steering terms, one a feature, changed by making another."""

from __future__ import annotations

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringMode, SteeringTerm

Rack = tuple[SteeringTerm, ...]


def with_term(rack: Rack, term: SteeringTerm) -> Rack:
    """Return the rack with the term at its end, or the same rack if its feature is there."""
    return rack if any(old.ref == term.ref for old in rack) else (*rack, term)


def without_term(rack: Rack, ref: FeatureRef) -> Rack:
    """Return the rack without the feature."""
    return tuple(term for term in rack if term.ref != ref)


def with_coefficient(rack: Rack, ref: FeatureRef, coefficient: float) -> Rack:
    """Return the rack with the feature's slider at `coefficient`."""
    return _changed(rack, ref, {"coefficient": coefficient})


def with_bypass(rack: Rack, ref: FeatureRef, *, is_bypassed: bool) -> Rack:
    """Return the rack with the feature heard or not."""
    return _changed(rack, ref, {"is_bypassed": is_bypassed})


def with_mode(rack: Rack, ref: FeatureRef, mode: SteeringMode) -> Rack:
    """Return the rack with the feature acting in another mode."""
    return _changed(rack, ref, {"mode": mode})


def _changed(rack: Rack, ref: FeatureRef, update: dict[str, object]) -> Rack:
    return tuple(term.model_copy(update=update) if term.ref == ref else term for term in rack)
