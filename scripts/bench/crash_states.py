"""The states in which a disk may legally be found after a power loss."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self


@dataclass(frozen=True, slots=True)
class Operation:
    """One call that changed, or secured, what is on the disk."""

    kind: str
    path: str
    other: str = ""
    data: bytes = b""

    @classmethod
    def read(cls, line: str) -> Self:
        """Read a line of the record."""
        kind, path, other, data = line.split("\t")
        return cls(kind, path, other, bytes.fromhex(data))


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file holds: the bytes that are secured, and those that may be lost."""

    secured: bytes = b""
    pending: bytes = b""

    def possible(self) -> Iterator[bytes]:
        """Yield what may be found: none, a part, all, or the right length without the words."""
        if not self.pending:
            yield self.secured
            return
        half = self.pending[: len(self.pending) // 2]
        for tail in (b"", half, bytes(len(self.pending)), self.pending):
            yield self.secured + tail


def harmed_states(
    operations: Sequence[Operation], target: str, before: bytes | None, after: bytes
) -> tuple[int, list[str]]:
    """Return how many states there are, and those in which the target is neither old nor new.

    After each call the power may go. Data that was not synced may be there, in part, as zeros,
    or not at all; names that were made, changed or removed since their folder was synced may be
    old or new, each for itself. When all is done nothing but the new file may be found.
    """
    states = 0
    harmed: list[str] = []
    for reached in range(len(operations) + 1):
        is_over = reached == len(operations)
        allowed = {after} if is_over else {before, after}
        for found in _found(operations[:reached], target, before):
            states += 1
            if found not in allowed:
                said = "nothing" if found is None else f"{len(found)} bytes"
                harmed.append(f"after {reached} of {len(operations)} calls: {said}")
    return states, harmed


def _found(
    operations: Sequence[Operation], target: str, before: bytes | None
) -> Iterator[bytes | None]:
    """Yield what may be found under the target's name."""
    disk = _Disk(target, before)
    for operation in operations:
        disk.follow(operation)
    for names in disk.possible_names():
        number = names.get(target)
        yield from [None] if number is None else disk.contents[number].possible()


class _Disk:
    """What the running system sees, and what of it is secured."""

    def __init__(self, target: str, before: bytes | None) -> None:
        self.contents = {0: _Content(before or b"")}
        self._names: dict[str, int] = {} if before is None else {target: 0}
        self._durable = dict(self._names)
        self._waiting: list[tuple[str, int | None]] = []
        """Changes of names that no sync has secured: a name, and what it stands for now."""

    def follow(self, operation: Operation) -> None:
        """Do what one call did."""
        path, names = operation.path, self._names
        match operation.kind:
            case "create":
                if path not in names:
                    names[path] = len(self.contents)
                    self._waiting.append((path, names[path]))
                self.contents[names[path]] = _Content()  # or it was opened to be emptied
            case "write":
                old = self.contents[names[path]]
                self.contents[names[path]] = _Content(old.secured, old.pending + operation.data)
            case "rename":
                names[operation.other] = names.pop(path)
                self._waiting.append((operation.other, names[operation.other]))
            case "unlink":
                names.pop(path, None)
                self._waiting.append((path, None))
            case _:
                self._sync(path)

    def possible_names(self) -> Iterator[dict[str, int]]:
        """Yield what the names may stand for: each unsecured change may have arrived or not."""
        for chosen in itertools.product((False, True), repeat=len(self._waiting)):
            names = self._durable
            for (name, number), is_there in zip(self._waiting, chosen, strict=True):
                names = _named(names, name, number) if is_there else names
            yield names

    def _sync(self, path: str) -> None:
        if path in self._names:
            old = self.contents[self._names[path]]
            self.contents[self._names[path]] = _Content(old.secured + old.pending)
            return
        for name, number in self._waiting:
            if str(PurePosixPath(name).parent) == path:
                self._durable = _named(self._durable, name, number)
        self._waiting = [one for one in self._waiting if str(PurePosixPath(one[0]).parent) != path]


def _named(names: dict[str, int], name: str, number: int | None) -> dict[str, int]:
    rest = {known: one for known, one in names.items() if known != name}
    return rest if number is None else rest | {name: number}
