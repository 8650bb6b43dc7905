from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tinymorph.cli import doctor, system_libraries
from tinymorph.cli.main import main


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    (folder / "model").mkdir(parents=True)
    (folder / "saes" / "3").mkdir(parents=True)
    (folder / "model" / "model.safetensors").write_bytes(b"x" * 1000)
    (folder / "saes" / "3" / "sae_weights.safetensors").write_bytes(b"x" * 500)
    (folder / "catalogue.sqlite").write_bytes(b"x" * 30)
    (folder / "README.md").write_text("a card")
    monkeypatch.setattr(doctor, "resource_path", lambda _name: folder)
    return folder


@pytest.fixture
def all_libraries(monkeypatch):
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda _environment: [])
    monkeypatch.setattr(system_libraries, "has_fonts", lambda: True)


def test_json_is_one_object_with_versions_and_sizes(bundle, all_libraries, capsys):
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["packages"]["torch"].startswith("2.13.0")
    assert report["packages"]["PySide6-Essentials"] == "6.11.3"
    assert report["model"]["parts"]["model"] == 1000
    assert report["model"]["parts"]["saes"] == 500
    assert report["memory_total"] > report["memory_available"] > 0


def test_missing_part_of_the_model_is_named_and_fails(bundle, all_libraries, capsys):
    (bundle / "catalogue.sqlite").unlink()
    assert main(["doctor"]) == 1
    assert "lacks catalogue.sqlite" in capsys.readouterr().out


def test_missing_library_gives_the_line_to_type(bundle, all_libraries, monkeypatch, capsys):
    missing = ["libxcb-icccm.so.4", "libEGL.so.1"]
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda _environment: missing)
    assert main(["doctor"]) == 1
    assert "sudo apt-get install -y libegl1 libxcb-icccm4" in capsys.readouterr().out


def test_missing_package_is_named_and_fails(bundle, all_libraries, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", (*doctor.PACKAGES, "no-such-package"))
    assert main(["doctor"]) == 1
    assert "no-such-package is not installed" in capsys.readouterr().out


def test_no_display_is_told_but_is_no_failure(bundle, all_libraries, monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["doctor"]) == 0
    assert "no display" in capsys.readouterr().out


def test_broken_settings_are_told(bundle, all_libraries, tmp_path, capsys):
    (tmp_path / "config" / "tinymorph").mkdir(parents=True)
    (tmp_path / "config" / "tinymorph" / "settings.toml").write_text("[editor]\ncolour = 1\n")
    assert main(["doctor"]) == 1
    assert "no setting editor.colour" in capsys.readouterr().out


def test_model_folder_of_the_settings_is_the_one_looked_at(
    bundle, all_libraries, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("TINYMORPH_ENGINE__MODEL", str(tmp_path / "nowhere"))
    assert main(["doctor"]) == 1
    assert f"no model in {tmp_path / 'nowhere'}" in capsys.readouterr().out


def test_doctor_imports_nothing_heavy():
    code = (
        "import sys; from tinymorph.cli.main import main; main(['doctor', '--json']); "
        "heavy = {'torch', 'PySide6', 'transformers', 'sae_lens'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
