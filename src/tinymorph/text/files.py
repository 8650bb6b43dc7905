"""Text files, opened without guessing and saved without ever being half written."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinymorph.errors import FileProblemError
from tinymorph.text.atomic import (
    NotConfirmedOSError,
    may_be_changed,
    read_file,
    refuse_what_is_no_file,
    replace_file,
    sweep_leftovers,
)
from tinymorph.text.encoding import UTF_8, decode, encode
from tinymorph.text.file_problems import name_of, problem

Newline = Literal["\n", "\r\n", "\r"]


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A text file as it was read or written: its words, and how its bytes put them down."""

    text: str
    """Every character as it stands in the file, line ends too; without byte order mark."""
    newline: Newline
    """The line end the file uses; the commonest one if it mixes them."""
    has_bom: bool
    digest: str
    """SHA-256 of the file's bytes, to notice that another program changed it."""
    encoding: str = UTF_8
    """What Python calls the encoding of the file."""


class NotConfirmedError(FileProblemError):
    """The file is new and whole, but the disk did not confirm it; keep the words until it does."""

    def __init__(self, title: str, opened: OpenedText, *, detail: str) -> None:
        super().__init__(title, hint="Save again, or somewhere else as well.", detail=detail)
        self.opened = opened
        """What the file is now."""


def open_text(path: Path, encoding: str | None = None) -> OpenedText:
    """Read a text file; FileProblemError says in one sentence why it cannot be.

    Its encoding is never guessed: EncodingUnknownError carries the candidates to choose from.
    """
    data = _read(path)
    read = decode(path, data, encoding)
    return OpenedText(
        read.text, newline_of(read.text), read.has_bom, _digest(data), encoding=read.encoding
    )


def save_atomically(path: Path, text: str, like: OpenedText | None = None) -> OpenedText:
    """Write exactly these characters, whole or not at all; return what the file now is.

    The encoding and its byte order mark are those of `like`. The bytes go to a new file beside
    the old one, which it replaces only when all of them are on the disk. The mode is kept, the
    owner where the system allows, and symlinks are followed.
    """
    encoding = like.encoding if like else UTF_8
    has_bom = like.has_bom if like else False
    newline = newline_of(text, like.newline if like else "\n")
    data = encode(name_of(path), text, encoding, has_bom=has_bom)
    opened = OpenedText(text, newline, has_bom, _digest(data), encoding=encoding)
    try:
        target = Path(os.path.realpath(path))
        _refuse_what_may_not_be_replaced(path, target)
        replace_file(target, data)
    except NotConfirmedOSError as error:
        title = f"The disk did not confirm that {name_of(path)} is saved."
        raise NotConfirmedError(title, opened, detail=str(error)) from error
    except (OSError, ValueError) as error:
        raise problem(path, error, "saved") from error
    sweep_leftovers(target.parent)
    return opened


def newline_of(text: str, default: Newline = "\n") -> Newline:
    """Return the commonest line end of a text; `default` if it has none."""
    windows = text.count("\r\n")
    unix, mac = text.count("\n") - windows, text.count("\r") - windows
    if not windows and not unix and not mac:
        return default
    if windows > unix and windows >= mac:
        return "\r\n"
    return "\r" if mac > unix else "\n"


def has_changed_on_disk(path: Path, opened: OpenedText) -> bool:
    """Say whether the file's bytes are no longer those that were read or written.

    A file that is gone has changed; one that cannot be read raises FileProblemError.
    """
    try:
        return _digest(read_file(path)) != opened.digest
    except FileNotFoundError:
        return True
    except (OSError, ValueError) as error:
        raise problem(path, error, "read") from error


def has_other_names(path: Path) -> bool:
    """Say whether the same file has another name (a hard link), which keeps the old text.

    To be whole at every moment a save makes a new file; a name elsewhere stays with the old one.
    """
    try:
        return path.stat().st_nlink > 1
    except (OSError, ValueError):
        return False


def is_read_only(path: Path) -> bool:
    """Say whether a file is there and may not be changed."""
    try:
        return not may_be_changed(path) if path.exists() else False
    except (OSError, ValueError):
        return False


def _read(path: Path) -> bytes:
    try:
        return read_file(path)
    except (OSError, ValueError) as error:
        raise problem(path, error, "opened") from error


def _refuse_what_may_not_be_replaced(path: Path, target: Path) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return
    refuse_what_is_no_file(status)
    if not may_be_changed(target):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
