"""Promises about words that were not saved when a program ended."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinymorph.errors import FileProblemError
from tinymorph.text import atomic
from tinymorph.text.recovery import RecoveryEntry, RecoveryJournal

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, time
from pathlib import Path
from tinymorph.text.recovery import RecoveryEntry, RecoveryJournal
journal = RecoveryJournal(Path(sys.argv[1]))
journal.keep(RecoveryEntry("letter", "unsaved words", Path("/home/ada/letter.md"), cursor=7))
print("kept", flush=True)
time.sleep(60)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def program(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run another program that has unsaved words and lives."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", PROGRAM, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"kept\n"
        yield running
        running.kill()


def words_left(root: Path) -> list[str]:
    journal = RecoveryJournal(root)
    try:
        return [orphan.entry.text for orphan in journal.orphans()]
    finally:
        journal.close()


def test_a_killed_programs_words_are_offered(program, root: Path) -> None:
    program.send_signal(signal.SIGKILL)
    program.wait()
    (orphan,) = RecoveryJournal(root).orphans()
    assert orphan.entry.text == "unsaved words"
    assert orphan.entry.path == Path("/home/ada/letter.md")
    assert orphan.entry.cursor == 7
    assert datetime.now().astimezone() - orphan.entry.kept_at < timedelta(minutes=1)


def test_a_living_programs_words_are_not(program, root: Path) -> None:
    assert words_left(root) == []
    program.kill()
    program.wait()
    assert words_left(root) == ["unsaved words"]


def test_two_programs_are_not_offered_the_same_words(program, root: Path) -> None:
    program.kill()
    program.wait()
    first, second = RecoveryJournal(root), RecoveryJournal(root)
    assert len(first.orphans()) == 1
    assert second.orphans() == ()
    first.close()
    assert len(second.orphans()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    text=st.text(alphabet=st.characters()),
    name=st.none() | st.text(st.characters(exclude_characters="\0"), min_size=1),
    cursor=st.integers(0, 10**9),
)
def test_any_words_come_back_as_they_were(root: Path, text: str, name: str | None, cursor: int):
    journal = RecoveryJournal(root)
    entry = RecoveryEntry(
        "one", text, None if name is None else Path(name), "ab12", cursor=cursor, has_bom=True
    )
    journal.keep(entry)
    journal._let_go()  # what the system does when a program is killed
    other = RecoveryJournal(root)
    (orphan,) = other.orphans()
    assert orphan.entry == entry
    orphan.discard()
    assert not list(root.iterdir())


def test_only_the_newest_words_of_each_document_are_kept(root: Path) -> None:
    journal = RecoveryJournal(root)
    for number in range(5):
        journal.keep(RecoveryEntry("one", f"draft {number}"))
        journal.keep(RecoveryEntry("two", f"other {number}"))
    journal._let_go()
    assert words_left(root) == ["other 4", "draft 4"]


def test_saved_words_are_forgotten_and_nothing_is_left(root: Path) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "words"))
    journal.keep(RecoveryEntry("two", "words"))
    journal.forget("one")
    journal.forget("two")
    journal.forget("never there")
    journal.close()
    assert list(root.iterdir()) == []


def test_what_is_put_off_is_offered_again(root: Path) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "words"))
    journal._let_go()
    assert words_left(root) == ["words"]
    assert words_left(root) == ["words"]


def test_discarding_one_leaves_the_others(root: Path) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "first", kept_at=datetime(2026, 1, 1).astimezone()))
    journal.keep(RecoveryEntry("two", "second", kept_at=datetime(2026, 1, 2).astimezone()))
    journal._let_go()
    other = RecoveryJournal(root)
    newest, _ = other.orphans()
    newest.discard()
    other.close()
    assert words_left(root) == ["first"]


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1])
def test_a_half_written_entry_is_set_aside_and_the_rest_is_offered(root: Path, cut: int) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("bad", "words that the disk lost"))
    journal.keep(RecoveryEntry("good", "words"))
    journal._let_go()
    (bad,) = root.glob("*/bad.entry")
    data = bad.read_bytes()[:cut]
    bad.write_bytes(data)
    other = RecoveryJournal(root)
    assert [orphan.entry.text for orphan in other.orphans()] == ["words"]
    (aside,) = other.damaged_folder.iterdir()
    assert aside.read_bytes() == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.binary(max_size=200))
def test_no_damage_stops_the_start(root: Path, data: bytes) -> None:
    folder = root / "1-dead"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.entry").write_bytes(data)
    assert words_left(root) == []


def test_a_folder_that_was_tidied_away_is_made_again(root: Path) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "words"))
    for path in sorted(root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    root.rmdir()
    journal.keep(RecoveryEntry("one", "more words"))
    assert words_left(root) == []
    journal._let_go()
    assert words_left(root) == ["more words"]


def test_a_full_disk_keeps_the_older_words_and_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "older words"))

    def write(_: int, __: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(atomic.os, "write", write)
    with pytest.raises(FileProblemError, match="cannot be kept safe"):
        journal.keep(RecoveryEntry("one", "newer words"))
    monkeypatch.undo()
    journal._let_go()
    assert words_left(root) == ["older words"]


def test_nobody_else_may_read_the_entries(root: Path) -> None:
    journal = RecoveryJournal(root)
    journal.keep(RecoveryEntry("one", "secret"))
    (file,) = root.glob("*/*.entry")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_many_entries_are_kept_in_well_under_the_pause_between_two(root: Path) -> None:
    journal = RecoveryJournal(root)
    entry = RecoveryEntry("one", "a hundred thousand letters " * 4_000)
    began = time.perf_counter()
    for _ in range(5):
        journal.keep(entry)
    assert (time.perf_counter() - began) / 5 < 1.0
