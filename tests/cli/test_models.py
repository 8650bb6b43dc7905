"""Promises of `tinymorph models`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinymorph.cli.main import main

pytest.importorskip("gguf", reason='GGUF needs: pip install "tinymorph[gguf]"')


def test_the_bundled_model_is_written_as_gguf_exactly_or_in_a_quarter_of_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes: list[int] = []
    for precision in ("f32", "q8_0"):
        target = tmp_path / f"{precision}.gguf"
        assert main(["models", "export", "--gguf", str(target), "--type", precision]) == 0
        assert target.read_bytes()[:4] == b"GGUF"
        assert precision in capsys.readouterr().out
        sizes.append(target.stat().st_size)
    assert 3.5 < sizes[0] / sizes[1] < 4


def test_a_file_that_exists_is_replaced_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "model.gguf"
    target.write_bytes(b"mine")
    assert main(["models", "export", "--gguf", str(target)]) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == b"mine"
    assert main(["models", "export", "--gguf", str(target), "--force"]) == 0
    assert target.read_bytes()[:4] == b"GGUF"


def test_a_folder_that_is_missing_or_closed_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["models", "export", "--gguf", str(tmp_path / "no" / "model.gguf")]) == 2
    assert "There is no folder" in capsys.readouterr().err

    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    assert main(["models", "export", "--gguf", str(tmp_path / "model.gguf")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_group_is_a_command_even_beside_a_folder_of_that_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    assert main(["models", "--help"]) == 0
    assert "export" in capsys.readouterr().out
