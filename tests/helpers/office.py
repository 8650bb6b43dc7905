"""LibreOffice without a window, as a reader of our files who knows nothing of us."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import lxml.html
import pytest

_TIMEOUT_S = 100


def converted(path: Path, target: str) -> Path:
    """Let LibreOffice open a file and write it as another; skip the test where there is none."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed, so it was not asked to open the file")
    profile = path.parent / "office-profile"
    kind = "txt:Text (encoded):UTF8" if target == "txt" else target
    done = subprocess.run(
        [
            program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind,
            "--outdir", str(path.parent), str(path),
        ],
        check=False, capture_output=True, text=True, timeout=_TIMEOUT_S,
    )  # fmt: skip
    result = path.with_suffix(f".{target}")
    assert result.exists(), f"LibreOffice could not open {path.name}: {done.stdout} {done.stderr}"
    return result


def office_text(path: Path) -> str:
    """Return the words that LibreOffice reads in a file."""
    return converted(path, "txt").read_text(encoding="utf-8-sig")


def office_notes(path: Path) -> str:
    """Return the words that LibreOffice reads in a file's footnotes."""
    page = lxml.html.parse(str(converted(path, "html"))).getroot()
    notes = page.xpath("//div[starts-with(@id, 'sdfootnote')]")
    return " ".join(note.text_content() for note in notes)


def poppler(program: str, *arguments: str) -> str:
    """Return what one of poppler's programs says about a PDF; skip the test where there is none."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed, so it was not asked to read the file")
    done = subprocess.run([found, *arguments], check=True, capture_output=True, timeout=_TIMEOUT_S)
    return done.stdout.decode("utf-8", errors="replace")
