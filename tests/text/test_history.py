"""Promises about earlier versions of a document."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinymorph.text import history_file
from tinymorph.text.history import History, document_key
from tinymorph.text.history_file import HistoryError
from tinymorph.text.thinning import DAILY, MONTHLY, WEEKLY

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PROGRAM = """
import sys
from pathlib import Path
from tinymorph.text.history import History
history = History(Path(sys.argv[1]))
for number in range(25):
    history.remember("file:///shared.md", f"{sys.argv[2]} {number}", "saved")
    history.remember(f"file:///{sys.argv[2]}.md", f"own {number}", "saved")
"""


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> float:
        return self.now.timestamp()

    def advance(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.sqlite"


@pytest.fixture
def history(file: Path, clock: Clock) -> Iterator[History]:
    one = History(file, clock)
    yield one
    one.close()


def texts(history: History, document: str) -> list[str]:
    return [history.text_of(version) for version in history.versions(document)]


def test_every_version_comes_back_exactly_newest_first(history: History, clock: Clock) -> None:
    for text in ("one\r\n", "two 😀\u0301\n", "three\ud800\0"):
        assert history.remember("file:///a.md", text, "saved") is not None
        clock.advance(seconds=1)
    assert texts(history, "file:///a.md") == ["three\ud800\0", "two 😀\u0301\n", "one\r\n"]
    newest, *_ = history.versions("file:///a.md")
    assert (newest.why, newest.words, newest.at) == ("saved", 1, BEGAN + timedelta(seconds=2))
    assert history.versions("file:///b.md") == ()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(st.lists(st.text(alphabet=st.characters()), max_size=6), st.randoms())
def test_any_texts_come_back_after_any_removals(tmp_path: Path, written: list[str], random) -> None:
    history = History(tmp_path / f"{random.random()}.sqlite")
    long = "a line that fills\n" * 3000
    for text in written:
        history.remember("file:///gone.md", long + text, "saved")
        history.remember("file:///kept.md", text + long, "saved")
    wanted = [text + long for text in reversed(written)]
    wanted = [text for at, text in enumerate(wanted) if wanted[at + 1 : at + 2] != [text]]
    history.forget("file:///gone.md")
    assert texts(history, "file:///kept.md") == wanted
    assert history.versions("file:///gone.md") == ()
    history.forget("file:///kept.md")
    assert history._run(lambda it: it.execute("SELECT count(*) FROM chunk").fetchone()) == (0,)
    history.close()


def test_the_same_words_are_kept_once(history: History) -> None:
    assert history.remember("file:///a.md", "words", "opened") is not None
    assert history.remember("file:///a.md", "words", "saved") is None
    assert len(history.versions("file:///a.md")) == 1


@pytest.mark.parametrize("empty", ["", "\n", " \t\r\n"])
def test_an_emptied_document_never_takes_the_place_of_its_last_words(
    history: History, clock: Clock, empty: str
) -> None:
    history.remember("file:///a.md", "all my words", "saved")
    clock.advance(days=1)
    assert history.remember("file:///a.md", empty, "saved") is None
    history.thin(clock.advance(days=4000))
    assert texts(history, "file:///a.md") == ["all my words"]


def test_a_long_document_costs_only_what_changed(history: History, file: Path) -> None:
    lines = [f"Paragraph {number} with some words of its own.\n" for number in range(60_000)]
    history.remember("file:///a.md", "".join(lines), "saved")
    history.close()
    before = file.stat().st_size
    for number in range(20):
        lines[30_000] = f"Changed {number}.\n"
        history.remember("file:///a.md", "".join(lines), "saved")
    history.close()
    assert file.stat().st_size - before < before
    assert len(history.versions("file:///a.md")) == 21


def test_a_year_of_saving_is_thinned_and_the_file_shrinks(
    history: History, clock: Clock, file: Path
) -> None:
    for number in range(400):
        noise = " ".join(f"{number * 7919 + at * 104_729:x}" for at in range(2000))
        history.remember("file:///a.md", noise, "saved")
        clock.advance(hours=22)
    history.close()
    before = file.stat().st_size
    assert history.thin(clock.now) > 300
    history.close()
    assert file.stat().st_size < before / 4
    assert DAILY + WEEKLY + MONTHLY <= len(history.versions("file:///a.md")) <= 40
    assert len(texts(history, "file:///a.md")) > 0


def test_a_pinned_version_stays(history: History, clock: Clock) -> None:
    first = history.remember("file:///a.md", "first", "saved")
    assert first is not None
    history.pin(first, is_pinned=True)
    for number in range(100):
        clock.advance(hours=1)
        history.remember("file:///a.md", f"words {number}", "saved")
    history.thin(clock.advance(days=1000))
    left = texts(history, "file:///a.md")
    assert (left[0], left[-1], len(left) < 10) == ("words 99", "first", True)
    history.pin(first, is_pinned=False)
    assert not any(version.is_pinned for version in history.versions("file:///a.md"))


def test_a_renamed_file_keeps_its_versions(history: History, tmp_path: Path) -> None:
    old, new, copy = (tmp_path / name for name in ("Älter %.md", "new.md", "copy.md"))
    old.write_text("second")
    key = document_key(old, "")
    history.remember(key, "first", "saved")
    history.remember(key, "second", "saved")
    history.remember(document_key(copy, ""), "second", "opened")
    assert texts(history, document_key(copy, "")) == ["second"]
    old.rename(new)
    history.remember(document_key(new, ""), "second", "opened")
    assert texts(history, document_key(new, "")) == ["second", "first"]
    assert texts(history, key) == ["second", "first"]


def test_an_unnamed_document_takes_its_versions_to_its_file(
    history: History, tmp_path: Path
) -> None:
    unnamed, named = document_key(None, "ab12"), document_key(tmp_path / "a.md", "ab12")
    history.remember(unnamed, "first", "change")
    history.rename(unnamed, named)
    history.remember(named, "second", "saved")
    assert texts(history, named) == ["second", "first"]
    assert history.versions(unnamed) == ()


def test_the_same_file_by_another_way_is_the_same_document(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.touch()
    (tmp_path / "link.md").symlink_to(file)
    assert document_key(tmp_path / "link.md", "1") == document_key(file, "2")


def test_words_that_came_and_went_are_counted(history: History) -> None:
    one = history.remember("file:///a.md", "a b c d", "saved")
    two = history.remember("file:///a.md", "a b x y z", "saved")
    assert one is not None
    assert two is not None
    assert history.change(None, one) == (4, 0)
    assert history.change(one, two) == (3, 2)


@pytest.mark.parametrize("damage", ["noise", "empty head", "inside"])
def test_a_damaged_history_is_set_aside_and_a_new_one_begun(
    history: History, file: Path, damage: str
) -> None:
    for number in range(50):
        history.remember("file:///a.md", f"{number} " * 2000, "saved")
    history.close()
    data = bytearray(file.read_bytes())
    if damage == "noise":
        data[:] = os.urandom(len(data))
    elif damage == "empty head":
        data[:100] = bytes(100)
    else:
        data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)
    assert history.remember("file:///a.md", "new words", "saved") is not None
    assert texts(history, "file:///a.md") == ["new words"]
    assert history.set_aside is not None
    assert history.set_aside.read_bytes()[4096 : len(data)] == data[4096:]


def test_a_version_with_other_words_than_were_kept_is_not_given_back(history: History) -> None:
    version = history.remember("file:///a.md", "words", "saved")
    assert version is not None
    lie = zlib.compress(b"lies")
    history._run(lambda it: it.execute("UPDATE chunk SET data = ?", (lie,)))
    with pytest.raises(HistoryError, match="damaged"):
        history.text_of(version)
    history._run(lambda it: it.execute("UPDATE chunk SET data = x'00'"))
    with pytest.raises(HistoryError, match="damaged"):
        history.text_of(version)


def test_a_newer_programs_history_is_left_alone(history: History, file: Path) -> None:
    history.remember("file:///a.md", "words", "saved")
    history.close()
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(HistoryError, match="newer tinymorph"):
        history.remember("file:///a.md", "more", "saved")
    assert [one.name for one in file.parent.iterdir() if "damaged" in one.name] == []


def test_a_full_disk_loses_no_version_and_is_said_in_a_sentence(history: History) -> None:
    history.remember("file:///a.md", "words", "saved")
    history._run(lambda it: it.execute("PRAGMA user_version"))
    database = history._database
    assert database is not None
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryError, match="cannot be used just now"):
        history.remember("file:///a.md", os.urandom(100_000).hex(), "saved")
    assert texts(history, "file:///a.md") == ["words"]
    assert history.set_aside is None


def test_a_folder_that_takes_nothing_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="cannot be used just now"):
        History(tmp_path / "file" / "history.sqlite").remember("file:///a.md", "words", "saved")


def test_two_programs_and_many_threads_write_at_once(history: History, file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", PROGRAM, str(file)]
    programs = [subprocess.Popen([*command, name], env=environment) for name in ("ada", "bob")]
    threads = [
        threading.Thread(target=history.remember, args=("file:///t.md", f"{number}", "saved"))
        for number in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [program.wait() for program in programs] == [0, 0]
    assert len(history.versions("file:///shared.md")) == 50
    assert len(history.versions("file:///ada.md")) == 25
    assert len(history.versions("file:///t.md")) == 10


def test_nobody_else_may_read_the_history(history: History, file: Path) -> None:
    history.remember("file:///a.md", "secret", "saved")
    for one in file.parent.iterdir():
        assert one.stat().st_mode & 0o077 == 0, one


def test_every_table_is_made_or_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {1: history_file._MIGRATIONS[1] + "; CREATE TABLE version (x)"}
    with monkeypatch.context() as patch:
        patch.setattr(history_file, "_MIGRATIONS", broken)
        with pytest.raises(HistoryError):
            History(file).versions("file:///a.md")
    assert History(file).versions("file:///a.md") == ()
