"""Where things lie: what ships with tinymorph, and what it keeps for the writer."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

from tinymorph.errors import TinymorphError

_APP = "tinymorph"
_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Find what ships with tinymorph, such as `assets/bundle` or `configs/bundle/v0.toml`.

    In a checkout these folders stand beside `src`; in an installed wheel, inside the package.
    """
    path = resource_path(name)
    if not path.exists():
        raise TinymorphError(
            f"{name} is missing from this installation of tinymorph.",
            hint="Install it again; `tinymorph doctor` says what else is missing.",
            detail=str(path),
        )
    return path


def resource_path(name: str) -> Path:
    """Return where a resource belongs, whether or not it is there."""
    folder, _, rest = name.partition("/")
    if folder not in {"assets", "configs"}:
        msg = f"a resource lies in assets/ or configs/, not {name!r}"
        raise ValueError(msg)
    installed = _PACKAGE / f"_{folder}"
    return (installed if installed.is_dir() else _PACKAGE.parent.parent / folder) / rest


def config_folder() -> Path:
    """Return the folder of the writer's settings; it may not exist yet."""
    return user_config_path(_APP, appauthor=False)


def data_folder() -> Path:
    """Return the folder of what is dear to the writer; it may not exist yet."""
    return user_data_path(_APP, appauthor=False)


def state_folder() -> Path:
    """Return the folder of logs and what can be lost without harm; it may not exist yet."""
    return user_state_path(_APP, appauthor=False)
