"""Text files, opened without guessing and saved without ever being half written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinymorph.errors import FileProblemError
from tinymorph.text.encoding import UTF_8, decode, encode

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
    data = encode(path.name, text, encoding, has_bom=has_bom)
    target = Path(os.path.realpath(path))
    try:
        _refuse_what_is_no_file(path, target)
        _replace(target, data)
    except OSError as error:
        raise _problem(path, error, "saved") from error
    return OpenedText(text, newline, has_bom, _digest(data), encoding=encoding)


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
        return _digest(path.read_bytes()) != opened.digest
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _problem(path, error, "read") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _problem(path, error, "opened") from error
    except ValueError as error:
        raise FileProblemError("This is not a file name.", detail=str(error)) from error


def _refuse_what_is_no_file(path: Path, target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".tinymorph-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _keep_owner_and_mode(target, file.fileno(), name)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(target.parent)


def _keep_owner_and_mode(target: Path, handle: int, name: str) -> None:
    try:
        old = target.stat()
    except FileNotFoundError:
        Path(name).chmod(0o666 & ~_umask())
        return
    if hasattr(os, "fchown") and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
    Path(name).chmod(stat.S_IMODE(old.st_mode))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; where folders cannot be synced, the system does it later."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network file systems refuse; the file is whole
            os.fsync(handle)
    finally:
        os.close(handle)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _problem(path: Path, error: OSError, verb: str) -> FileProblemError:
    title, hint = _sentence(path, error, verb)
    return FileProblemError(title, hint=hint, detail=f"{type(error).__name__}: {error}")


def _sentence(path: Path, error: OSError, verb: str) -> tuple[str, str]:
    name = path.name or str(path)
    match error.errno:
        case errno.ENOENT if verb == "saved":
            return f"The folder of {name} does not exist.", "Choose another place to save it."
        case errno.ENOENT:
            return f"There is no file {path}.", "Check the name and the folder."
        case errno.EISDIR:
            return f"{path} is a folder, not a text file.", "Choose a file in it."
        case errno.ENOTDIR:
            return f"{path} does not lie in a folder.", "Check the name and the folder."
        case errno.EACCES | errno.EPERM:
            return f"{name} cannot be {verb}: permission was denied.", "Check who may use it."
        case errno.EROFS:
            return f"{name} cannot be saved: the disk is read-only.", "Save it somewhere else."
        case errno.ENOSPC | errno.EDQUOT:
            return (
                f"{name} was not saved: the disk is full.",
                "The old file is untouched; make room and save again, or save somewhere else.",
            )
        case errno.ENAMETOOLONG:
            return "The name of the file is too long.", "Choose a shorter one."
        case _:
            reason = error.strerror or type(error).__name__
            return f"{name} could not be {verb}: {reason}.", "Try again, or another place."
