"""Files of any format, saved whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from tinymorph.text.atomic import may_be_changed, read_file, replace_file
from tinymorph.text.file_problems import problem


def load_bytes(path: Path) -> bytes:
    """Return a file's bytes; FileProblemError says in one sentence why they cannot be had."""
    try:
        return read_file(path)
    except (OSError, ValueError) as error:
        raise problem(path, error, "opened") from error


def save_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, following links; FileProblemError says what went wrong."""
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if target.exists() and not may_be_changed(target):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        replace_file(target, data)
    except (OSError, ValueError) as error:
        raise problem(path, error, "saved") from error


def save_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Put pictures into a folder of their own, made if need be; none that is there is replaced."""
    if not pictures:
        return
    try:
        folder.mkdir(exist_ok=True)
        for name, data in pictures.items():
            path = folder / Path(name).name
            if not path.exists() or path.read_bytes() != data:
                replace_file(path, data)
    except (OSError, ValueError) as error:
        raise problem(folder, error, "saved") from error


def free_picture_folder(beside: Path) -> str:
    """Return a name for a folder of pictures beside a file, one that nothing has yet."""
    stem = f"{beside.stem}-pictures"
    name, count = stem, 2
    while (beside.parent / name).exists():
        name, count = f"{stem}-{count}", count + 1
    return name
