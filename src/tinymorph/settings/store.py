"""The settings file: read with care, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from tinymorph.errors import BadInputError, FileProblemError
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import config_folder

_HEADER = "# tinymorph's settings: only what differs from the defaults.\n"

Sections = dict[str, dict[str, Any]]


class SettingsStore:
    """Loads and saves one settings file."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.toml"

    def load(self) -> Settings:
        """Read the settings; a file that is not there means the defaults."""
        return self._checked(self._read())

    def save(self, settings: Settings) -> None:
        """Write what changed since it was loaded; what came from the environment stays there."""
        sections = self._read()
        before = self._checked(sections).model_dump(mode="json")
        for name, section in settings.model_dump(mode="json").items():
            for key, value in section.items():
                if value != before[name][key]:
                    sections.setdefault(name, {})[key] = value
        try:
            _write_whole(self.path, _HEADER + _as_toml(sections))
        except OSError as error:
            raise FileProblemError(
                f"The settings could not be saved to {self.path}.", detail=str(error)
            ) from error

    def _read(self) -> Sections:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise FileProblemError(
                f"The settings in {self.path} cannot be read: {error}.",
                hint="Mend the file, or move it away to start from the defaults.",
            ) from error

    def _checked(self, sections: Sections) -> Settings:
        try:
            return Settings(**cast("dict[str, Any]", sections))
        except ValidationError as error:
            title = _describe(error, sections, self.path)
            raise BadInputError(title, detail=str(error)) from error


def _describe(error: ValidationError, sections: Sections, path: Path) -> str:
    """Name the first key that is wrong, where it stands, and what is wrong with it."""
    first = error.errors()[0]
    names = [str(part) for part in first["loc"]]
    key = ".".join(names)
    place = str(path) if _has(sections, names) else f"TINYMORPH_{'__'.join(names).upper()}"
    if first["type"] == "extra_forbidden":
        return f"There is no setting {key} (in {place})."
    message = first["msg"][:1].lower() + first["msg"][1:]
    return f"The setting {key} cannot be {first['input']!r}: {message} (in {place})."


def _has(sections: Sections, names: list[str]) -> bool:
    """Say whether the file itself has this key."""
    value: Any = sections
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return False
        value = cast("dict[str, Any]", value)[name]
    return True


def _as_toml(sections: Sections) -> str:
    """Write sections of plain values; a value of None is the default, and left out."""
    lines: list[str] = []
    for name, section in sections.items():
        values = {key: value for key, value in section.items() if value is not None}
        if values:
            lines.append(f"\n[{name}]")
            lines += (f"{key} = {_toml_value(value)}" for key, value in values.items())
    return "\n".join(lines) + "\n"


def _toml_value(value: str | float | bool) -> str:
    """Write one value; JSON's strings, numbers and truth values are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_whole(path: Path, text: str) -> None:
    """Replace the file in one step, so that a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
