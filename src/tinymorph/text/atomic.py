"""Bytes into a file whole or not at all: written beside it, forced to the disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from pathlib import Path

PREFIX, SUFFIX = ".tinymorph-", ".tmp"
LEFTOVER_SECONDS = 3600.0
"""No save takes so long: a temporary file that old is what a killed program left behind."""

_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access", "security.selinux")
_ACCESS_LIST = "system.posix_acl_access"
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}
_ALWAYS: int = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOT_WAITING: int = getattr(os, "O_NONBLOCK", 0)


class NotConfirmedOSError(OSError):
    """The file is new and whole, but the disk did not confirm that it will stay so."""


class NotRegularOSError(OSError):
    """There is something that is no file: a pipe, a device, a socket."""


def read_file(path: Path) -> bytes:
    """Read a regular file; read again if another program was writing to it meanwhile."""
    handle = os.open(path, os.O_RDONLY | _ALWAYS | _NOT_WAITING)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        refuse_what_is_no_file(status)
        data = file.read()
        for _ in range(2):
            now = os.fstat(handle)
            if (now.st_size, now.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
                break
            status = now
            file.seek(0)
            data = file.read()
    return data


def replace_file(target: Path, data: bytes, *, is_private: bool = False) -> None:
    """Put a new file in the place of `target`; until it is on the disk, the old one stays.

    A private one is for its owner's eyes only. Raise NotConfirmedOSError if only the very last
    step failed, that of making the new name durable: then the file is new already.
    """
    old = _stat(target)
    first_mode = 0o600 if is_private or old is not None else 0o666
    handle, name = _create_beside(target, first_mode)
    try:
        try:
            _write_all(handle, data)
            if old is not None and not is_private:
                _keep_who_may_use_it(target, old, handle)
            _sync(handle)
        finally:
            os.close(handle)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; where that cannot be asked for, the system does it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _ALWAYS)
    except OSError as error:
        _raise_unless_unsupported(error)
        return
    try:
        os.fsync(handle)
    except OSError as error:
        _raise_unless_unsupported(error)
    finally:
        os.close(handle)


def sweep_leftovers(folder: Path) -> None:
    """Remove the temporary files that killed programs left in a folder."""
    oldest = time.time() - LEFTOVER_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(PREFIX) or not entry.name.endswith(SUFFIX):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    os.unlink(entry.path)


def may_be_changed(path: Path) -> bool:
    """Ask the mode too: an administrator may write anywhere, but read-only was meant."""
    as_we_are = os.access in os.supports_effective_ids
    return os.access(path, os.W_OK, effective_ids=as_we_are) and bool(path.stat().st_mode & 0o222)


def refuse_what_is_no_file(status: os.stat_result) -> None:
    """Raise if a status is not that of a regular file; others would block, or swallow words."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularOSError(errno.EINVAL, "not a regular file")


def _stat(target: Path) -> os.stat_result | None:
    try:
        return os.stat(target)  # noqa: PTH116 - one stat tells whether it is there, and all of it
    except FileNotFoundError:
        return None


def _create_beside(target: Path, mode: int) -> tuple[int, str]:
    """Make a new empty file in the target's folder, under a name that fits any file system."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _ALWAYS
    for _ in range(100):
        name = str(target.parent / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}")
        with contextlib.suppress(FileExistsError):
            return os.open(name, flags, mode), name
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target.parent))


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync(handle: int) -> None:
    """Wait until the bytes are on the disk itself; a Mac's fsync stops at the drive's cache."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - Windows has none

        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def _keep_who_may_use_it(target: Path, old: os.stat_result, handle: int) -> None:
    """Give the new file the owner, mode and attributes of the old, as far as the system lets."""
    if hasattr(os, "fchown"):
        for owner, group in ((old.st_uid, -1), (-1, old.st_gid)):
            with contextlib.suppress(OSError):
                os.fchown(handle, owner, group)
    mode = stat.S_IMODE(old.st_mode)
    if not _keep_attributes(target, handle):
        mode &= ~0o070  # without its access list the group's bits would mean more than before
    if hasattr(os, "fchmod"):
        os.fchmod(handle, mode)


def _keep_attributes(target: Path, handle: int) -> bool:
    """Copy extended attributes; False if an access list could not be."""
    if not hasattr(os, "listxattr"):
        return True
    try:
        names = os.listxattr(target)
    except OSError:
        return True
    is_kept = True
    for name in names:
        if name.startswith(_KEPT_ATTRIBUTES):
            try:
                os.setxattr(handle, name, os.getxattr(target, name))
            except OSError:
                is_kept = is_kept and name != _ACCESS_LIST
    return is_kept


def _raise_unless_unsupported(error: OSError) -> None:
    if error.errno not in _NO_FOLDER_SYNC:
        raise NotConfirmedOSError(error.errno, error.strerror) from error
