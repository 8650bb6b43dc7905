"""How bytes stand for characters: found out where they say so, and asked about where they do not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import FileProblemError

UTF_8 = "utf-8"

_BOMS = (
    # The order matters: the mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS = {
    UTF_8: "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, high byte first",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32, high byte first",
    "cp1252": "Western European (Windows-1252)",
    "iso8859-15": "Western European (ISO 8859-15)",
    "iso8859-1": "Western European (ISO 8859-1)",
    "mac-roman": "Western European (Macintosh)",
    "cp850": "Western European (DOS, 850)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp932": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC)",
    "gb18030": "Chinese, simplified (GB 18030)",
    "big5": "Chinese, traditional (Big5)",
    "cp949": "Korean (Windows-949)",
}
_SAMPLE_BYTES = 400_000
_PREVIEW_LENGTH = 240
_MOST_CANDIDATES = 12
_FEW_FOREIGN_BYTES = 0.25
"""Among Latin letters most words need none at all; in other scripts every letter does."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One encoding that would read every byte of a file, and how it would read."""

    encoding: str
    """What Python calls it."""
    label: str
    """What a writer calls it."""
    preview: str
    """The first lines that this choice decides about."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a file and how its bytes stand for them."""

    text: str
    """Without the byte order mark; its line ends as they are."""
    encoding: str
    has_bom: bool


class EncodingUnknownError(FileProblemError):
    """The bytes do not say what characters they stand for; the writer has to."""

    def __init__(self, title: str, candidates: tuple[Candidate, ...], *, detail: str = "") -> None:
        hint = (
            "Choose the encoding in which its words read well."
            if candidates
            else "It may be no text; save it as UTF-8 in the program it came from."
        )
        super().__init__(title, hint=hint, detail=detail)
        self.candidates = candidates


class CharacterDoesNotFitError(FileProblemError):
    """A character cannot be written in the file's encoding; UTF-8 would hold it."""

    def __init__(self, name: str, encoding: str, character: str) -> None:
        super().__init__(
            f"{name} was not saved: {label_of(encoding)} has no \u201c{character}\u201d.",
            hint="Save it as UTF-8, which has every character, or take that one out.",
        )
        self.encoding = encoding
        self.character = character


def decode(path: Path, data: bytes, encoding: str | None = None) -> Decoded:
    """Read bytes exactly: what is returned, encoded again, gives the same bytes.

    Without an encoding only a byte order mark or UTF-8 will do; anything else is asked about by
    an EncodingUnknownError that carries the candidates.
    """
    mark, marked = _mark_of(data)
    if encoding is not None:
        return _decode_as(path, data, encoding)
    if marked is not None and (text := _exactly(data[len(mark) :], marked)) is not None:
        return Decoded(text, marked, has_bom=True)
    if not _looks_like_wide_characters(data):
        try:
            return Decoded(data.decode(UTF_8), UTF_8, has_bom=False)
        except UnicodeDecodeError as error:
            detail = str(error)
    else:
        detail = "half of its bytes are zero"
    title = f"{path.name} is not written in UTF-8, so what its characters are is not certain."
    raise EncodingUnknownError(title, find_candidates(data), detail=detail)


def encode(name: str, text: str, encoding: str = UTF_8, *, has_bom: bool = False) -> bytes:
    """Write characters as bytes that read back as the same characters, or raise."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        character = text[error.start]
        if encoding.startswith("utf-") and 0xD800 <= ord(character) <= 0xDFFF:
            raise FileProblemError(
                f"{name} was not saved: it holds half a character that no file can hold.",
                hint=f"Look at the text around character {error.start + 1}.",
                detail=str(error),
            ) from error
        raise CharacterDoesNotFitError(name, encoding, character) from error
    if encoding != UTF_8 and (back := data.decode(encoding, errors="replace")) != text:
        pairs = zip(text, back, strict=False)
        wrong = next((one for one, other in pairs if one != other), text[-1:])
        raise CharacterDoesNotFitError(name, encoding, wrong)
    return next(mark for mark, name in _BOMS if name == encoding) + data if has_bom else data


def find_candidates(data: bytes) -> tuple[Candidate, ...]:
    """Return the encodings that read every byte and write it back, likeliest first."""
    found: dict[str, Candidate] = {}
    for encoding in _likely_encodings(data):
        mark, marked = _mark_of(data)
        rest = data[len(mark) :] if marked == encoding else data
        text = _exactly(rest, encoding)
        if text is None or text in found:
            continue
        if encoding == UTF_8 or "\0" not in text:
            found[text] = Candidate(encoding, label_of(encoding), _preview(text))
            if len(found) == _MOST_CANDIDATES:
                break
    return tuple(found.values())


def label_of(encoding: str) -> str:
    """Return what a writer calls an encoding."""
    return _LABELS.get(encoding, encoding.upper().replace("_", "-"))


def _decode_as(path: Path, data: bytes, encoding: str) -> Decoded:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise FileProblemError(f"There is no encoding called {encoding}.") from error
    mark, marked = _mark_of(data)
    if name in {"utf-8-sig", "utf-16", "utf-32"}:
        name = marked or f"{name[:6].removesuffix('-')}{'' if '8' in name else '-le'}"
    has_bom = marked == name
    text = _exactly(data[len(mark) :] if has_bom else data, name)
    if text is None:
        title = f"{path.name} cannot be read as {label_of(name)}."
        raise EncodingUnknownError(title, find_candidates(data))
    return Decoded(text, name, has_bom)


def _mark_of(data: bytes) -> tuple[bytes, str | None]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return mark, encoding
    return b"", None


def _exactly(data: bytes, encoding: str) -> str | None:
    """Decode, unless the bytes are wrong or would come out changed."""
    try:
        text = data.decode(encoding)
        return text if text.encode(encoding) == data else None
    except (UnicodeError, LookupError):
        return None


def _looks_like_wide_characters(data: bytes) -> bool:
    """Say whether bytes that happen to be valid UTF-8 are rather UTF-16 without its mark."""
    sample = data[:4096]
    return sample.count(0) * 3 > len(sample)


def _likely_encodings(data: bytes) -> Iterator[str]:
    if b"\0" in data[:4096]:
        yield from ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", UTF_8)
        return
    # Slow to import, and nearly no file needs it.
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only where it is used

    sample = data[: data.rfind(b"\n", 0, _SAMPLE_BYTES) + 1 or _SAMPLE_BYTES]
    if len(data) <= _SAMPLE_BYTES:
        sample = data
    guesses = (codecs.lookup(match.encoding).name for match in from_bytes(sample))
    known = [name for name in guesses if name in _LABELS and not name.startswith("utf-")]
    foreign = sum(byte > 0x7F for byte in sample) / max(len(sample), 1)
    if foreign < _FEW_FOREIGN_BYTES:
        yield "cp1252"  # of a few accents no language can be told, and most files are of these
    yield from known
    yield from (name for name in _LABELS if not name.startswith("utf-"))


def _preview(text: str) -> str:
    """Return the lines that other encodings would read in another way."""
    lines = [line.strip() for line in text.splitlines() if not line.isascii()]
    return "\n".join(lines)[:_PREVIEW_LENGTH]
