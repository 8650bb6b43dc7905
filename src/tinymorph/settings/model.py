"""What the writer can choose, with the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tinymorph.schema.events import BackendChoice, DeviceChoice


class EditorSettings(BaseModel):
    """The page."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    theme: Literal["system", "light", "dark"] = "system"
    """Light or dark, or as the system has it."""
    zoom_percent: int = Field(default=100, ge=50, le=400)
    """Size of everything, letters and buttons alike."""


class EngineSettings(BaseModel):
    """The language model, and when it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: Path | None = None
    """Folder of the model to load; none for the one that ships with tinymorph."""
    backend: BackendChoice = "auto"
    """What runs the model; `auto` takes the fastest that does so exactly."""
    device: DeviceChoice = "auto"
    """Where the model is computed; `auto` takes a GPU where the backend can use one."""
    suggest_after_pause: bool = False
    """Ask for rewrites when the writer pauses, without a key being pressed for it."""
    pause_ms: int = Field(default=1500, ge=200, le=60_000)
    """How long a pause is."""
    alternatives: int = Field(default=3, ge=1, le=16)
    """How many rewrites to ask for at once."""


class Settings(BaseSettings):
    """All settings; a variable such as `TINYMORPH_EDITOR__THEME` overrules the file."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="TINYMORPH_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    editor: EditorSettings = EditorSettings()
    engine: EngineSettings = EngineSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file, which the store hands in as arguments."""
        return env_settings, init_settings
