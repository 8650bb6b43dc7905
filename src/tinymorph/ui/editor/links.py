"""Where links and pictures may lead: the one place that decides."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from PySide6.QtCore import QUrl

_WEB = ("http://", "https://", "mailto:")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")
_RUNS_WHEN_OPENED = re.compile(
    r"\.(app|bat|cmd|com|desktop|exe|jar|jse?|lnk|msi|ps1|py|scr|sh|vbs?|wsf)$", re.IGNORECASE
)
"""A file of these kinds would be run, not shown."""


def is_web(target: str) -> bool:
    """Say whether a target lies on the network, or is an address to write to."""
    return target.lower().startswith(_WEB) or target.startswith("//")


def is_address(target: str) -> bool:
    """Say whether a link from outside may stay: addresses on the web, and to write to."""
    return target.lower().startswith(_WEB)


def local_path(target: str, base_folder: Path | None) -> Path | None:
    """Return the file that a target names: beside the document, or below an absolute path.

    None for anything with a scheme, for the shares of other machines, and for what is relative
    when the document has no folder yet.
    """
    path = unquote(re.split(r"[?#]", target, maxsplit=1)[0])
    if not path or _CONTROLS.sub("", path) != path.replace(" ", "") or _SCHEME.match(path):
        return None
    if path.replace("\\", "/").startswith("//"):
        return None
    if PurePosixPath(path).is_absolute() or Path(path).is_absolute():
        return Path(path)
    return None if base_folder is None else base_folder / path


def followed(target: str, base_folder: Path | None) -> QUrl | None:
    """Return what may be opened for a link, or None: the web, mail, and files by the document."""
    if target.lower().startswith(_WEB):
        url = QUrl(target, QUrl.ParsingMode.TolerantMode)
        return url if url.isValid() else None
    path = local_path(target, base_folder)
    if path is None or base_folder is None or not path.is_file():
        return None
    found, folder = path.resolve(), base_folder.resolve()
    if not found.is_relative_to(folder) or _RUNS_WHEN_OPENED.search(found.name):
        return None
    return QUrl.fromLocalFile(str(found))


def target_of(path: Path, base_folder: Path | None) -> str:
    """Return how a document names a file: as it lies from its folder, once it has one."""
    shown = path
    if base_folder is not None and path.anchor == base_folder.absolute().anchor:
        shown = Path(os.path.relpath(path, base_folder.absolute()))
    return quote(shown.as_posix(), safe="/:~+,;=@()'!$&*")
