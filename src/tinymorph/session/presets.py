"""Racks with a name: kept in the writer's folder, read from files, and fitted to the model."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from tinymorph.errors import BadInputError, FileProblemError, NotReadyError, TinymorphError
from tinymorph.schema.events import ModelInfo
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.rack_file import LONGEST_NAME, RACK_VERSION, RackFile, RackModel
from tinymorph.schema.steering import SteeringTerm
from tinymorph.text.atomic import read_file, replace_file

log = logging.getLogger(__name__)

SUFFIX = ".rack.json"
MOST_BYTES = 1_000_000
"""A longer file is no rack: 256 terms with conditions take a tenth of it."""
FOLDER, INTENTS = "racks", "intents"


class PresetShelf:
    """The writer's saved racks, and the intents that came with the model."""

    def __init__(self, own: Path, bundle: Path) -> None:
        self._own, self._intents = own / FOLDER, bundle / INTENTS

    def saved(self) -> tuple[RackFile, ...]:
        """Return the writer's racks by name; a damaged file is left out and left alone."""
        return _read_all(self._own)

    def intents(self) -> tuple[RackFile, ...]:
        """Return the racks that came with the model; none if it has none."""
        return _read_all(self._intents)

    def has(self, name: str) -> bool:
        """Say whether saving under this name would replace a rack."""
        return self.path_of(name).exists()

    def save(self, file: RackFile) -> None:
        """Keep a rack; one of the same name is replaced."""
        write_rack(self.path_of(file.name), file)

    def path_of(self, name: str) -> Path:
        """Return where a rack is kept: a readable name, and a hash so that no two share it."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "rack"
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return self._own / f"{plain}-{digest}{SUFFIX}"


def rack_file(name: str, terms: tuple[SteeringTerm, ...], model: ModelInfo | None) -> RackFile:
    """Name a rack, and the model that it is good for."""
    known = _known(model)
    name = " ".join(name.split())[:LONGEST_NAME].strip()
    if not name:
        raise BadInputError("The rack needs a name.")
    if not terms:
        raise BadInputError("There is nothing on the rack.", hint="Add a feature first.")
    hashes = {sae.sae_id: sae.sha256 for sae in known.saes}
    file = RackFile(
        name=name,
        model=RackModel(model_id=known.model_id, sha256=known.sha256),
        saes=hashes,
        terms=terms,
    )
    return file.model_copy(update={"saes": {key: hashes[key] for key in sorted(file.sae_ids)}})


def fitted(file: RackFile, model: ModelInfo | None) -> tuple[SteeringTerm, ...]:
    """Return the terms for the loaded model, where its SAEs are the very same.

    SAEs of the same weights may have other ids there. BadInputError says what does not fit.
    """
    known = _known(model)
    names: dict[str, str] = {}
    for sae_id in file.sae_ids:
        same = [sae for sae in known.saes if sae.sha256 and sae.sha256 == file.saes[sae_id]]
        if not same:
            raise BadInputError(
                f"The rack \u201c{file.name}\u201d was made for {file.model.model_id}, whose "
                f"features {known.model_id} does not have.",
                hint="Load that model to use it.",
                detail=f"no SAE with the hash {file.saes[sae_id]}",
            )
        kept = [sae for sae in same if sae.sae_id == sae_id]
        names[sae_id] = (kept or same)[0].sae_id
    terms = tuple(_renamed(term, names) for term in file.terms)
    _check_indexes(file, terms, known)
    return terms


def read_rack(path: Path) -> RackFile:
    """Read a rack; FileProblemError says in one sentence what is wrong with the file."""
    try:
        is_too_large = path.stat().st_size > MOST_BYTES
        data = b"" if is_too_large else read_file(path)
    except OSError as error:
        raise FileProblemError(
            f"{path.name} could not be read.", hint=error.strerror or "", detail=str(error)
        ) from error
    if is_too_large:
        raise FileProblemError(f"{path.name} is too large to be a rack.")
    try:
        return RackFile.model_validate_json(data)
    except ValidationError as error:
        raise FileProblemError(_fault(path.name, data), detail=str(error)) from error


def write_rack(path: Path, file: RackFile) -> None:
    """Write a rack, whole or not at all."""
    data = file.model_dump_json(indent=2).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        raise FileProblemError(
            f"The rack could not be written to {path.name}.",
            hint=error.strerror or "",
            detail=str(error),
        ) from error


def _known(model: ModelInfo | None) -> ModelInfo:
    if model is None:
        raise NotReadyError(
            "The model is not loaded, and a rack belongs to a model.", hint="Try again when it is."
        )
    return model


def _renamed(term: SteeringTerm, names: dict[str, str]) -> SteeringTerm:
    def other(ref: FeatureRef) -> FeatureRef:
        return ref.model_copy(update={"sae_id": names[ref.sae_id]})

    condition = term.condition
    if condition is not None:
        condition = condition.model_copy(update={"ref": other(condition.ref)})
    return term.model_copy(update={"ref": other(term.ref), "condition": condition})


def _check_indexes(file: RackFile, terms: tuple[SteeringTerm, ...], model: ModelInfo) -> None:
    sizes = {sae.sae_id: sae.d_sae for sae in model.saes}
    for term in terms:
        for ref in (term.ref, *([term.condition.ref] if term.condition else [])):
            if ref.feature_index >= sizes[ref.sae_id]:
                raise BadInputError(
                    f"The rack \u201c{file.name}\u201d names a feature {ref} that is not there."
                )


def _fault(name: str, data: bytes) -> str:
    """Say what is wrong with a file that is no rack that we can read."""
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return f"{name} is damaged, or no rack at all."
    if not isinstance(found, dict):
        return f"{name} holds no rack."
    entries = cast("dict[str, object]", found)
    if entries.get("format") != "tinymorph-rack":
        return f"{name} holds no rack."
    version = entries.get("version")
    if isinstance(version, int) and version > RACK_VERSION:
        return f"{name} was written by a newer tinymorph than this one."
    return f"{name} is a damaged rack."


def _read_all(folder: Path) -> tuple[RackFile, ...]:
    return tuple(sorted(_readable(folder), key=lambda file: (file.name.casefold(), file.name)))


def _readable(folder: Path) -> Iterator[RackFile]:
    try:
        paths = sorted(folder.glob(f"*{SUFFIX}"))
    except OSError:
        log.exception("the folder of racks could not be listed")
        return
    for path in paths:
        try:
            yield read_rack(path)
        except TinymorphError as error:
            log.warning("left out %s: %s (%s)", path, error, error.detail)
