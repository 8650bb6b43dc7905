"""Pictures that lie beside the document; those on the network are never fetched."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.image.image import Image as MeasuredImage

from tinymorph.text.formats.addresses import is_remote

MAX_PICTURE_BYTES = 10_000_000
"""A larger picture stays where it is; the page leads to it by its name."""

EMU_PER_MM = 36_000
"""The unit in which Word measures."""

_UNMEASURABLE = (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
    ArithmeticError,
    LookupError,
    ValueError,
    struct.error,
)
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_SVG_LOOKAHEAD = 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """A local picture's bytes, and what they are."""

    data: bytes
    media_type: str
    path: Path


def local_picture(target: str, base_folder: Path | None) -> Picture | None:
    """Return a picture by what its bytes say it is; None if it is remote, too large or none."""
    path = picture_path(target, base_folder)
    if path is None:
        return None
    try:
        if not path.is_file() or path.stat().st_size > MAX_PICTURE_BYTES:
            return None
        data = path.read_bytes()
    except (OSError, ValueError):  # a name that no file can have
        return None
    media_type = _media_type(data)
    return Picture(data, media_type, path) if media_type else None


def size_mm(picture: Picture) -> tuple[float, float] | None:
    """Return a picture's width and height; None if it is damaged, or of a kind without a size."""
    try:
        measured = MeasuredImage.from_file(BytesIO(picture.data))
        width, height = int(measured.width), int(measured.height)
    except _UNMEASURABLE:
        return None
    return (width / EMU_PER_MM, height / EMU_PER_MM) if width > 0 and height > 0 else None


def picture_path(target: str, base_folder: Path | None) -> Path | None:
    """Return where a local picture would lie; None if it is remote or nobody knows."""
    if not target or is_remote(target):
        return None
    path = Path(unquote(target.split("#", 1)[0].split("?", 1)[0]))
    if path.is_absolute():
        return path
    return base_folder / path if base_folder is not None else None


def _media_type(data: bytes) -> str:
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in data[:_SVG_LOOKAHEAD].lower():
        return "image/svg+xml"
    return ""
