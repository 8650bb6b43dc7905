from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tinymorph.cli import system_libraries

LDD = """
/x/libqxcb.so:
\tlibxcb-icccm.so.4 => not found
\tlibGL.so.1 => /usr/lib/libGL.so.1 (0x0000)
/x/QtWidgets.abi3.so:
\tlibxcb-icccm.so.4 => not found
\tlibstrange.so.9 => not found
"""


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "lib" / "python3.11" / "site-packages" / "PySide6").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def ldd(monkeypatch):
    def answer(command, **_options):
        return subprocess.CompletedProcess(command, 1, stdout=LDD, stderr="")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system_libraries.subprocess, "run", answer)


def test_each_missing_library_is_named_once(environment, ldd):
    assert system_libraries.missing_libraries(environment) == [
        "libstrange.so.9",
        "libxcb-icccm.so.4",
    ]


def test_missing_libraries_become_debian_packages_where_known(environment, ldd, monkeypatch):
    monkeypatch.setattr(system_libraries, "has_fonts", lambda: True)
    assert system_libraries.missing_packages(environment) == ["libstrange.so.9", "libxcb-icccm4"]


def test_tests_need_an_x_server_and_letters_need_fonts(environment, ldd, monkeypatch):
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda _environment: [])
    monkeypatch.setattr(system_libraries, "has_fonts", lambda: False)
    monkeypatch.setattr(system_libraries.shutil, "which", lambda _name: None)
    packages = system_libraries.missing_packages(environment, with_tests=True)
    assert packages == ["fonts-dejavu-core", "xvfb"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps these libraries apart")
def test_nothing_is_missing_where_the_window_tests_run():
    assert system_libraries.missing_packages(Path(sys.prefix), with_tests=True) == []
