"""Promises about the writer's files."""

from __future__ import annotations

import errno
import os
import stat
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinymorph.errors import FileProblemError
from tinymorph.text import atomic
from tinymorph.text.file_problems import SaveProblemError
from tinymorph.text.files import (
    NotConfirmedError,
    has_changed_on_disk,
    has_other_names,
    is_read_only,
    open_text,
    save_atomically,
)

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = 65534


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_bytes(b"Dear Ada\n")
    return path


@pytest.fixture
def anybody() -> Iterator[Path]:
    """Give a folder of a writer who is no administrator, and be that writer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not IS_ROOT:
            yield folder
            folder.chmod(0o700)
            return
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)


def leftovers(path: Path) -> list[str]:
    return [one.name for one in path.parent.iterdir() if "tinymorph" in one.name]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_an_untouched_file_is_saved_byte_for_byte(
    letter: Path, bom: bytes, newline: str, end: str
) -> None:
    data = bom + f"Dear\tÄda 😀\n\nwords {end}".replace("\n", newline).encode()
    letter.write_bytes(data)
    opened = open_text(letter)
    assert opened.text == data.decode("utf-8-sig")
    assert opened.newline == newline
    saved = save_atomically(letter, opened.text, opened)
    assert letter.read_bytes() == data
    assert saved == opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was_saved(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.md"
    saved = save_atomically(path, text)
    assert path.read_bytes() == text.encode()
    if not text.startswith("\ufeff") and text.count("\0") * 3 <= len(text):
        assert open_text(path).text == text
    assert not has_changed_on_disk(path, saved)


def test_mixed_line_ends_stay_as_they_are(letter: Path) -> None:
    data = b"one\r\ntwo\nthree\rfour\r\n"
    letter.write_bytes(data)
    opened = open_text(letter)
    assert (opened.text, opened.newline) == (data.decode(), "\r\n")
    save_atomically(letter, opened.text, opened)
    assert letter.read_bytes() == data


def test_the_mode_is_kept(letter: Path) -> None:
    letter.chmod(0o640)
    save_atomically(letter, "new")
    assert stat.S_IMODE(letter.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.write_text("x")
    save_atomically(tmp_path / "new.md", "x")
    assert (tmp_path / "new.md").stat().st_mode == usual.stat().st_mode


def test_a_symlink_stays_one_and_its_target_is_saved(letter: Path) -> None:
    link = letter.parent / "link.md"
    link.symlink_to(letter.name)
    save_atomically(link, "new")
    assert link.is_symlink()
    assert letter.read_text() == "new"


def test_another_programs_change_is_noticed(letter: Path) -> None:
    opened = open_text(letter)
    assert not has_changed_on_disk(letter, opened)
    letter.write_bytes(b"Dear Bob\n")
    assert has_changed_on_disk(letter, opened)
    letter.unlink()
    assert has_changed_on_disk(letter, opened)


@pytest.mark.parametrize("failing", ["open", "write", "fchmod", "fsync", "close", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_failed_save_leaves_the_old_file_whole_and_nothing_beside_it(
    letter: Path, monkeypatch: pytest.MonkeyPatch, failing: str, code: int
) -> None:
    real_close = os.close

    def fail(handle: int, *_: object) -> None:
        if failing == "close":
            real_close(handle)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, failing, fail)
    with pytest.raises(SaveProblemError) as caught:
        save_atomically(letter, "new " * 1000)
    monkeypatch.undo()
    assert letter.read_bytes() == b"Dear Ada\n"
    assert leftovers(letter) == []
    assert caught.value.title.startswith("letter.md ")
    assert ("disk is full" in caught.value.title) == (code == errno.ENOSPC)


def test_a_write_that_takes_only_a_part_is_gone_on_with(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(atomic.os, "write", lambda handle, data: real(handle, data[:7]))
    save_atomically(letter, "new words " * 100)
    assert letter.read_text() == "new words " * 100


def test_a_disk_that_does_not_confirm_is_told_and_the_file_is_known(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "disk")
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    with pytest.raises(NotConfirmedError, match="did not confirm") as caught:
        save_atomically(letter, "new")
    assert letter.read_text() == "new"
    assert not has_changed_on_disk(letter, caught.value.opened)


def test_a_disk_that_cannot_sync_folders_is_no_trouble(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "unsupported")
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    save_atomically(letter, "new")
    assert letter.read_text() == "new"


def test_the_words_are_on_the_disk_before_they_get_their_name(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(letter.read_bytes())
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    save_atomically(letter, "new")
    assert seen == [b"Dear Ada\n", b"new"]


def test_a_missing_file_a_folder_and_a_foreign_encoding_are_said_in_a_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    for name, words in {
        "none.md": "There is no file",
        ".": "is a folder",
        "latin.md": "not written in UTF-8",
        "gone/x.md": "There is no file",
        "x" * 300: "too long",
        "nul\0": "not a file name",
    }.items():
        with pytest.raises(FileProblemError, match=words) as caught:
            open_text(tmp_path / name)
        assert caught.value.title.count(".") <= 3
        assert "\n" not in caught.value.title


def test_saving_where_nothing_can_be_saved_is_said_in_a_sentence(letter: Path) -> None:
    for path, words in {
        letter.parent: "is a folder",
        letter.parent / "gone" / "x.md": "folder of x.md does not exist",
        letter / "x.md": "does not lie in a folder",
    }.items():
        with pytest.raises(FileProblemError, match=words):
            save_atomically(path, "x")


def test_half_a_character_is_refused_and_the_file_stays(letter: Path) -> None:
    with pytest.raises(FileProblemError, match="half a character"):
        save_atomically(letter, "a\ud800")
    assert letter.read_bytes() == b"Dear Ada\n"


def test_a_read_only_file_is_not_replaced(letter: Path) -> None:
    letter.chmod(0o444)
    assert is_read_only(letter)
    with pytest.raises(SaveProblemError, match=r"letter\.md was not saved: it is read-only"):
        save_atomically(letter, "new")
    assert letter.read_bytes() == b"Dear Ada\n"


def test_a_folder_that_takes_nothing_is_named(anybody: Path) -> None:
    path = anybody / "letter.md"
    path.write_bytes(b"old")
    anybody.chmod(0o555)
    with pytest.raises(SaveProblemError, match="lets nothing be changed") as caught:
        save_atomically(path, "new")
    assert "somewhere else" in caught.value.hint
    with pytest.raises(SaveProblemError, match="nothing may be written in the folder"):
        save_atomically(anybody / "new.md", "new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in anybody.iterdir()] == ["letter.md"]


def test_a_file_that_may_not_be_read_is_said_in_a_sentence(anybody: Path) -> None:
    path = anybody / "letter.md"
    path.write_bytes(b"old")
    path.chmod(0o000)
    with pytest.raises(FileProblemError, match="cannot be opened: permission was denied"):
        open_text(path)


@pytest.mark.skipif(not IS_ROOT, reason="only an administrator gives files away")
def test_the_owner_is_kept_where_the_system_allows(letter: Path) -> None:
    os.chown(letter, 1234, 4321)
    save_atomically(letter, "new")
    assert (letter.stat().st_uid, letter.stat().st_gid) == (1234, 4321)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_and_access_lists_are_kept(letter: Path) -> None:
    entries = [(1, 6, -1), (2, 4, 1234), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
    access_list = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHi", tag, rights, who) for tag, rights, who in entries
    )
    try:
        os.setxattr(letter, "user.note", b"from Ada")
        os.setxattr(letter, "system.posix_acl_access", access_list)
    except OSError as error:
        pytest.skip(f"this file system keeps none: {error}")
    mode = letter.stat().st_mode
    save_atomically(letter, "new")
    assert os.getxattr(letter, "user.note") == b"from Ada"
    assert os.getxattr(letter, "system.posix_acl_access") == access_list
    assert letter.stat().st_mode == mode


def test_another_name_of_the_file_is_noticed_and_keeps_the_old_text(letter: Path) -> None:
    assert not has_other_names(letter)
    (letter.parent / "other.md").hardlink_to(letter)
    assert has_other_names(letter)
    save_atomically(letter, "new")
    assert (letter.parent / "other.md").read_bytes() == b"Dear Ada\n"
    assert not has_other_names(letter)


def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        with pytest.raises(FileProblemError, match="is a device or a pipe"):
            open_text(path)
        with pytest.raises(SaveProblemError, match="is a device or a pipe"):
            save_atomically(path, "words")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert leftovers(pipe) == []


def test_a_link_to_itself_and_a_nameless_file_are_said_in_a_sentence(tmp_path: Path) -> None:
    loop = tmp_path / "loop.md"
    loop.symlink_to("loop.md")
    with pytest.raises(FileProblemError, match="leads back to itself"):
        open_text(loop)
    for path in (loop, tmp_path / "nul\0.md"):
        with pytest.raises(SaveProblemError):
            save_atomically(path, "words")


@pytest.mark.parametrize(
    "name",
    [
        "Brief für Ada 😀.md",
        "e\u0301.md",
        "\u05e9\u05dc\u05d5\u05dd.md",
        " leading and trailing ",
        "-rf *.md",
        'quote".md',
        "{name}.md",
        "two\nlines.md",
        "x" * 252 + ".md",
        os.fsdecode(b"not \xff unicode.md"),
    ],
)
def test_any_name_that_the_disk_takes_is_opened_saved_and_shown(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("x"):
        path = tmp_path / name[-255:]
    saved = save_atomically(path, "words\n")
    assert open_text(path) == saved
    path.chmod(0o444)
    with pytest.raises(SaveProblemError) as caught:
        save_atomically(path, "new")
    assert "\n" not in caught.value.title
    caught.value.title.encode()


def test_a_name_that_is_too_long_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SaveProblemError, match="name of the file is too long"):
        save_atomically(tmp_path / ("ä" * 128), "words")


def test_what_a_killed_program_left_behind_is_swept_away(letter: Path) -> None:
    old, young = (letter.parent / f".tinymorph-{kind}.tmp" for kind in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * atomic.LEFTOVER_SECONDS
    os.utime(old, (long_ago, long_ago))
    save_atomically(letter, "new")
    assert not old.exists()
    assert young.exists()
