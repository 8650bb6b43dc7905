"""Fetch the CommonMark examples for the tests, out of markdown-it-py's source distribution."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / ".venv" / "markdown-examples"
WANTED = {
    "tests/test_cmark_spec/commonmark.json": "commonmark.json",
    "tests/test_port/fixtures/tables.md": "tables.md",
    "tests/test_port/fixtures/tasklists.md": "tasklists.md",
    "tests/test_port/fixtures/strikethrough.md": "strikethrough.md",
}
REQUIREMENT = (
    "markdown-it-py==4.3.0 "
    "--hash=sha256:91a58fa5b72c71a40cf7177250fd767480d7a2bb3ac426ccfb76fb90305fdaaa\n"
)


def fetch_examples(python: Path, folder: Path = EXAMPLES) -> bool:
    """Put the examples in a folder, unless they are there; say whether they are there now."""
    if all((folder / name).exists() for name in WANTED.values()):
        return True
    with tempfile.TemporaryDirectory() as work:
        wanted = Path(work, "wanted.txt")
        wanted.write_text(REQUIREMENT, encoding="utf-8")
        command = [str(python), "-m", "pip", "download", "--no-deps", "--no-input", "--quiet"]
        command += ["--disable-pip-version-check", "--no-binary", "markdown-it-py"]
        command += ["--require-hashes", "-r", str(wanted), "-d", work]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(next(Path(work).glob("*.tar.gz"))) as archive:
            for member in archive.getmembers():
                name = WANTED.get(member.name.partition("/")[2])
                content = archive.extractfile(member) if name else None
                if name and content:
                    (folder / name).write_bytes(content.read())
    return True


if __name__ == "__main__":
    found = fetch_examples(Path(sys.executable))
    print(f"The examples lie in {EXAMPLES}." if found else "The examples could not be fetched.")
    sys.exit(not found)
