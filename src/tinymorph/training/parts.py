"""Files in parts small enough to carry, and whole again."""

from __future__ import annotations

import lzma
import os
from collections import defaultdict
from pathlib import Path

PART_BYTES = 15_000_000
"""Below the 16 MiB that a carried file may have."""


def split_file(
    path: Path, folder: Path, size: int = PART_BYTES, *, is_packed: bool = False
) -> list[Path]:
    """Write `NAME.part000` and so on to `folder`, or `NAME.xz.part000` if it is to be packed."""
    folder.mkdir(parents=True, exist_ok=True)
    data = path.read_bytes()
    name = path.name
    if is_packed:
        data, name = lzma.compress(data, preset=2), f"{name}.xz"
    parts: list[Path] = []
    for start in range(0, max(1, len(data)), size):
        parts.append(folder / f"{name}.part{len(parts):03}")
        parts[-1].write_bytes(data[start : start + size])
    return parts


def join_files(folder: Path, target: Path) -> list[Path]:
    """Put every file that lies in parts in `folder`, or below it, together in `target`."""
    target.mkdir(parents=True, exist_ok=True)
    by_name: dict[str, list[Path]] = defaultdict(list)
    for part in folder.rglob("*.part[0-9]*"):
        by_name[part.name.rpartition(".part")[0]].append(part)
    joined: list[Path] = []
    for name, parts in sorted(by_name.items()):
        data = b"".join(part.read_bytes() for part in sorted(parts, key=lambda part: part.name))
        whole = target / name.removesuffix(".xz")
        temporary = whole.with_name(f"{whole.name}.joining")
        temporary.write_bytes(lzma.decompress(data) if name.endswith(".xz") else data)
        os.replace(temporary, whole)
        joined.append(whole)
    return joined


def group_parts(folder: Path, size: int) -> list[Path]:
    """Move the parts in `folder` to numbered folders in it, none with more than `size` bytes."""
    groups: list[Path] = []
    room = 0
    for part in sorted(folder.glob("*.part[0-9]*")):
        if not groups or part.stat().st_size > room:
            groups.append(folder / str(len(groups)))
            groups[-1].mkdir()
            room = size
        room -= part.stat().st_size
        part.rename(groups[-1] / part.name)
    return groups
