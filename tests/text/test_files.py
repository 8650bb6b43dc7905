"""Promises about the writer's files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinymorph.errors import FileProblemError
from tinymorph.text import files
from tinymorph.text.files import has_changed_on_disk, open_text, save_atomically


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.md"
    path.write_bytes(b"Dear Ada\n")
    return path


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


@pytest.mark.parametrize("failing", ["fsync", "fdopen"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failed_save_leaves_the_old_file_whole_and_nothing_beside_it(
    letter: Path, monkeypatch: pytest.MonkeyPatch, failing: str, code: int
) -> None:
    def fail(handle: int, *_: object) -> None:
        if failing == "fdopen":
            os.close(handle)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, failing, fail)
    with pytest.raises(FileProblemError) as caught:
        save_atomically(letter, "new " * 1000)
    assert letter.read_bytes() == b"Dear Ada\n"
    assert leftovers(letter) == []
    assert caught.value.title.startswith("letter.md ")
    assert ("disk is full" in caught.value.title) == (code == errno.ENOSPC)


def test_the_words_are_on_the_disk_before_they_get_their_name(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(letter.read_bytes())
        real(handle)

    monkeypatch.setattr(files.os, "fsync", fsync)
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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do anything")
def test_a_read_only_file_is_not_replaced(letter: Path) -> None:
    letter.chmod(0o444)
    with pytest.raises(FileProblemError, match="permission was denied"):
        save_atomically(letter, "new")
