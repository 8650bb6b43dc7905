"""`tinymorph doctor`: what is here, what is missing, and what to type about it."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import psutil
import typer

from tinymorph import __version__
from tinymorph.cli import system_libraries
from tinymorph.cli.display import has_display
from tinymorph.cli.output import print_json
from tinymorph.errors import TinymorphError
from tinymorph.settings.paths import resource_path
from tinymorph.settings.store import SettingsStore

PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "sae-lens", "PySide6-Essentials")
BUNDLE_PARTS = ("README.md", "catalogue.sqlite", "model", "saes")
NEEDED_MEMORY = 1_500_000_000
"""Bytes that should be free: PyTorch and the window take 0.6 GB, the rest is for the model."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something missing, and what to do about it."""

    title: str
    hint: str
    is_needed: bool = True
    """Without it the main job does not run; else only a part, or more slowly."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The model that would be loaded."""

    folder: str
    parts: dict[str, int]
    """Bytes of each part that is there."""
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """All that doctor looks at."""

    tinymorph: str
    python: str
    platform: str
    packages: dict[str, str | None]
    missing_libraries: list[str]
    display: str | None
    model: ModelFolder
    memory_total: int
    memory_available: int
    cores: int
    problems: list[Problem]

    @property
    def is_well(self) -> bool:
        """Say whether nothing that is needed is missing."""
        return not any(problem.is_needed for problem in self.problems)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Say what is here, what is missing, and what to type about it."""
    report = examine()
    if as_json:
        print_json({"ok": report.is_well, **asdict(report)})
    else:
        print_report(report)
    return 0 if report.is_well else 1


def examine() -> Report:
    """Look at everything, importing nothing heavy."""
    problems: list[Problem] = []
    packages = {name: _version_of(name) for name in PACKAGES}
    problems += (
        Problem(f"The Python package {name} is not installed.", _reinstall_hint())
        for name, found in packages.items()
        if found is None
    )
    environment = Path(sys.prefix)
    libraries = system_libraries.missing_libraries(environment)
    missing = system_libraries.missing_packages(environment)
    if missing:
        line = system_libraries.apt_line(missing)
        problems.append(Problem(f"The window lacks {', '.join(missing)}.", f"Type: {line}"))
    if not has_display():
        hint = "Start it where DISPLAY or WAYLAND_DISPLAY is set; the command line works anyway."
        problems.append(Problem("There is no display for the window.", hint, is_needed=False))
    model = _examine_model(problems)
    memory = psutil.virtual_memory()
    if memory.available < NEEDED_MEMORY:
        title = f"Only {_size(memory.available)} of memory is free."
        problems.append(Problem(title, "Close other programs before loading the model.", False))
    return Report(
        tinymorph=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        packages=packages,
        missing_libraries=libraries,
        display=_display(),
        model=model,
        memory_total=memory.total,
        memory_available=memory.available,
        cores=os.cpu_count() or 1,
        problems=problems,
    )


def print_report(report: Report) -> None:
    """Print the report for a person."""
    rows = {"tinymorph": report.tinymorph, "Python": f"{report.python} ({report.platform})"}
    rows |= {name: found or "missing" for name, found in report.packages.items()}
    rows["libraries"] = ", ".join(report.missing_libraries) + " missing"
    if not report.missing_libraries:
        rows["libraries"] = "all that the window needs"
    rows["display"] = report.display or "none"
    parts = [f"{name} {_size(size)}" for name, size in report.model.parts.items()]
    rows["model"] = f"{report.model.folder} ({', '.join(parts) or 'nothing there'})"
    free = f"{_size(report.memory_available)} free of {_size(report.memory_total)}"
    rows["memory"] = f"{free}, {report.cores} cores"
    for name, words in rows.items():
        typer.echo(f"{name:20}{words}")
    for problem in report.problems:
        mark = "MISSING" if problem.is_needed else "note"
        typer.echo(f"\n{mark}: {problem.title}\n  {problem.hint}")
    typer.echo("\nAll is well." if report.is_well else "\nSomething that is needed is missing.")


def _examine_model(problems: list[Problem]) -> ModelFolder:
    """Look at the parts of the model folder, and note what is missing."""
    folder = bundled = resource_path("assets/bundle")
    try:
        folder = SettingsStore().load().engine.model or bundled
    except TinymorphError as error:
        problems.append(Problem(error.title, error.hint or "Mend the settings file."))
    expected = BUNDLE_PARTS if folder == bundled else ()
    parts = {path.name: _bytes_of(path) for path in sorted(folder.glob("*")) if path.name[0] != "."}
    missing = [name for name in expected if name not in parts]
    if not parts:
        hint = _reinstall_hint() if folder == bundled else "Change engine.model in the settings."
        problems.append(Problem(f"There is no model in {folder}.", hint))
    elif missing:
        title = f"The model in {folder} lacks {', '.join(missing)}."
        problems.append(Problem(title, _reinstall_hint()))
    return ModelFolder(folder=str(folder), parts=parts, missing=missing)


def _version_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _display() -> str | None:
    """Return what the window would open on."""
    if sys.platform in {"win32", "darwin"}:
        return sys.platform
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return None


def _reinstall_hint() -> str:
    """Say how to get what belongs to the installation, for a checkout or a wheel."""
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file():
        return (
            f"Type: git -C {root} checkout -- assets configs && {root / 'scripts' / 'run'} doctor"
        )
    return "Type: python -m pip install --force-reinstall tinymorph"


def _bytes_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _size(count: int) -> str:
    """Write a number of bytes for a person."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
