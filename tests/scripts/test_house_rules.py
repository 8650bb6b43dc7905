from __future__ import annotations

import pytest

from house_rules import find_breaches


@pytest.fixture
def package(tmp_path):
    (tmp_path / "src").mkdir()
    return tmp_path


def test_small_module_breaks_no_rule(package):
    (package / "src" / "good.py").write_text("import urllib.parse\n\n\ndef f():\n    pass\n")
    assert find_breaches(package) == []


def test_file_over_400_lines_is_named(package):
    (package / "src" / "long.py").write_text("\n" * 401)
    assert find_breaches(package) == ["src/long.py: 401 lines, but a file has at most 400"]


def test_function_over_60_lines_is_named_with_its_line(package):
    body = "    pass\n" * 60
    (package / "src" / "long.py").write_text(f"# one\ndef f():\n{body}")
    (breach,) = find_breaches(package)
    assert breach.startswith("src/long.py:2: f has 61 lines")


@pytest.mark.parametrize(
    "line",
    [
        "import requests",
        "import urllib.request",
        "from urllib import request",
        "from huggingface_hub.file_download import x",
        "def f():\n    from PySide6.QtNetwork import QTcpSocket",
    ],
)
def test_any_way_to_the_network_is_named(package, line):
    (package / "src" / "online.py").write_text(line)
    (breach,) = find_breaches(package)
    assert "does not use the network" in breach
