"""One clear sentence for everything that a file system can say no to."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Literal

from tinymorph.errors import FileProblemError
from tinymorph.text.atomic import NotRegularOSError, may_be_changed

Verb = Literal["opened", "saved", "read"]

_Sentence = tuple[str, str]

_UNTOUCHED = "The old file is untouched; save it somewhere else."
_MAKE_ROOM = "The old file is untouched; make room and save again, or save somewhere else."
_AWAY = (
    "{name} could not be {verb}: its disk or network folder is gone.",
    "Connect it again, or use another place.",
)
_TOO_MUCH_OPEN = (
    "{name} could not be {verb}: the computer has too much open.",
    "Close something and try again.",
)
_DENIED = ("{name} cannot be {verb}: permission was denied.", "Check who may use it.")
_ALWAYS: dict[int, _Sentence] = {
    errno.ENOENT: ("There is no file {name}.", "It is not in {folder}."),
    errno.EISDIR: ("{name} is a folder, not a text file.", "Choose a file in it."),
    errno.ENOTDIR: ("{name} does not lie in a folder.", "Check the name and the folder."),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENAMETOOLONG: ("The name of the file is too long.", "Choose a shorter one."),
    errno.ELOOP: ("{name} is a link that leads back to itself.", "Choose what it was meant for."),
    errno.EIO: (
        "{name} could not be {verb}: the disk reports an error.",
        "Keep your words on another disk, and have this one looked at.",
    ),
    errno.EMFILE: _TOO_MUCH_OPEN,
    errno.ENFILE: _TOO_MUCH_OPEN,
    errno.ENOMEM: _TOO_MUCH_OPEN,
    errno.ENOTCONN: _AWAY,
    errno.ETIMEDOUT: _AWAY,
    errno.ESTALE: _AWAY,
    errno.ENODEV: _AWAY,
    errno.ENXIO: _AWAY,
}
_WHEN_SAVING: dict[int, _Sentence] = {
    errno.ENOENT: ("The folder of {name} does not exist any more.", "Save it somewhere else."),
    errno.EROFS: ("{name} was not saved: its disk is read-only.", _UNTOUCHED),
    errno.ENOSPC: ("{name} was not saved: the disk is full.", _MAKE_ROOM),
    errno.EDQUOT: ("{name} was not saved: your share of the disk is used up.", _MAKE_ROOM),
    errno.EFBIG: ("{name} was not saved: its disk cannot hold so large a file.", _UNTOUCHED),
    errno.EBUSY: ("{name} was not saved: another program holds it.", "Try again in a moment."),
    errno.EINVAL: ("{name} was not saved: its disk allows no such name.", "Choose another name."),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class SaveProblemError(FileProblemError):
    """The words were not saved there; another place may take them."""


def problem(path: Path, error: OSError | ValueError, verb: Verb) -> FileProblemError:
    """Return what to raise in place of the system's own error."""
    kind = SaveProblemError if verb == "saved" else FileProblemError
    if not isinstance(error, OSError):
        return kind("This is not a file name.", hint="Choose another.", detail=str(error))
    title, hint = _sentence(path, error, verb)
    return kind(title, hint=hint, detail=f"{type(error).__name__}: {error}")


def name_of(path: Path) -> str:
    """Return a file's name as it can be shown, whatever bytes it is made of."""
    name = os.fsencode(path.name or str(path)).decode("utf-8", errors="replace")
    return _CONTROL.sub("\ufffd", name)


def _sentence(path: Path, error: OSError, verb: Verb) -> _Sentence:
    code = error.errno or 0
    if isinstance(error, NotRegularOSError):
        title, hint = "{name} is a device or a pipe, not a text file.", "Choose a file."
    elif verb == "saved" and code in {errno.EACCES, errno.EPERM}:
        title, hint = _denied(path)
    elif verb == "saved" and code in _WHEN_SAVING:
        title, hint = _WHEN_SAVING[code]
    elif code in _ALWAYS:
        title, hint = _ALWAYS[code]
    else:
        title, hint = "{name} could not be {verb}: {reason}.", "Try again, or use another place."
    words = {
        "name": name_of(path),
        "folder": name_of(Path(os.path.realpath(path)).parent),
        "verb": verb,
        "reason": error.strerror or type(error).__name__,
    }
    return title.format(**words), hint.format(**words)


def _denied(path: Path) -> _Sentence:
    if _is_read_only(path):
        return "{name} was not saved: it is read-only.", _UNTOUCHED
    if path.exists():
        return "{name} was not saved: its folder {folder} lets nothing be changed.", _UNTOUCHED
    return (
        "{name} was not saved: nothing may be written in the folder {folder}.",
        "Save it somewhere else.",
    )


def _is_read_only(path: Path) -> bool:
    try:
        return path.exists() and not may_be_changed(path)
    except OSError:
        return False
