from __future__ import annotations

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import setup_environment as setup
from tinymorph.cli import system_libraries

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("run", "test", "check", "try_wheel")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a lock of its own, and an environment without Python."""
    monkeypatch.setattr(setup, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(setup, "ENVIRONMENT", tmp_path / ".venv")
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text("a==1\n")
    return tmp_path


@pytest.fixture
def installs(checkout, monkeypatch):
    """What would be installed, in order."""
    done: list[str] = []
    monkeypatch.setattr(setup, "runs", lambda _python: True)
    monkeypatch.setattr(setup, "add_source_to", lambda _python: None)
    monkeypatch.setattr(setup, "install_runtime", lambda *_args, **_kw: done.append("runtime"))
    monkeypatch.setattr(setup, "install_dev", lambda *_args, **_kw: done.append("dev"))
    return done


@pytest.fixture
def pip(monkeypatch):
    """Record pip's arguments; `refused` words make it fail."""
    recorder = PipRecorder()
    monkeypatch.setattr(setup, "run_logged", recorder.run)
    monkeypatch.setattr(sys, "platform", "linux")
    return recorder


class PipRecorder:
    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.refused: set[str] = set()

    def run(self, command, log):
        self.commands.append(list(command))
        return ["ERROR: no such thing"] if self.refused & set(command) else None

    def locks(self) -> list[list[str]]:
        return [[Path(word).stem for word in c if word.endswith(".txt")] for c in self.commands]


def test_second_start_installs_nothing(installs):
    setup.ensure_environment(with_tests=True)
    setup.ensure_environment(with_tests=True)
    setup.ensure_environment()
    assert installs == ["runtime", "dev"]


def test_changed_lock_is_installed_anew(installs, checkout):
    setup.ensure_environment()
    (checkout / "requirements" / "runtime.txt").write_text("a==2\n")
    setup.ensure_environment()
    assert installs == ["runtime", "runtime"]


def test_line_endings_of_another_system_change_nothing(checkout):
    before = setup.lock_digest()
    (checkout / "requirements" / "runtime.txt").write_bytes(b"a==1\r\n")
    assert setup.lock_digest() == before


def test_failed_set_up_is_taken_up_again(installs, monkeypatch):
    def fail(*_arguments, **_options):
        raise setup.SetupError("no network")

    with monkeypatch.context() as patch:
        patch.setattr(setup, "install_runtime", fail)
        with pytest.raises(setup.SetupError):
            setup.ensure_environment()
    setup.ensure_environment()
    assert installs == ["runtime"]


def test_nothing_is_installed_without_its_hash_or_beside_the_lock(pip, tmp_path):
    setup.install_runtime(Path("python"), log=tmp_path / "log")
    assert all({"--require-hashes", "--no-deps"} <= set(command) for command in pip.commands)


def test_cpu_build_comes_from_this_machine_first(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "has_nvidia_gpu", lambda: False)
    setup.install_torch(Path("python"), log=tmp_path / "log")
    (command,) = pip.commands
    assert "--no-index" in command


def test_cpu_build_comes_from_its_own_index_next(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "has_nvidia_gpu", lambda: False)
    pip.refused = {"--no-index"}
    setup.install_torch(Path("python"), log=tmp_path / "log")
    assert setup.TORCH_CPU_INDEX in pip.commands[-1]
    assert pip.locks() == [["torch"], ["torch"]]


def test_default_build_comes_last_and_with_what_it_needs(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "has_nvidia_gpu", lambda: False)
    pip.refused = {"--no-index", "--index-url"}
    setup.install_torch(Path("python"), log=tmp_path / "log")
    assert pip.locks()[-1] == ["torch", "torch-cuda"]


def test_nvidia_gets_the_default_build_at_once(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "has_nvidia_gpu", lambda: True)
    setup.install_torch(Path("python"), log=tmp_path / "log")
    assert pip.locks() == [["torch", "torch-cuda"]]


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_get_the_default_build_alone(pip, tmp_path, monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    setup.install_torch(Path("python"), log=tmp_path / "log")
    assert pip.locks() == [["torch"]]


def test_failure_is_one_sentence_with_pips_reason_and_the_log(pip, tmp_path):
    pip.refused = {"install"}
    with pytest.raises(setup.SetupError, match=r"no such thing.*set-up\.log"):
        setup.install_locked(Path("python"), ["runtime"], log=tmp_path / "set-up.log")


def test_missing_venv_module_names_the_apt_line(monkeypatch, tmp_path):
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(system_libraries, "may_install", lambda: False)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(setup.SetupError, match=f"apt-get install -y python{version}-venv"):
        setup.create_environment(tmp_path)


def test_missing_libraries_name_the_apt_line(checkout, monkeypatch):
    monkeypatch.setattr(
        system_libraries, "missing_packages", lambda *_args, **_kw: ["libegl1", "xvfb"]
    )
    monkeypatch.setattr(system_libraries, "may_install", lambda: False)
    with pytest.raises(setup.SetupError, match="sudo apt-get install -y libegl1 xvfb"):
        setup.ensure_system_libraries(with_tests=True)


def test_libraries_are_looked_at_until_none_is_missing(checkout, monkeypatch):
    installed: list[list[str]] = []
    missing = [["libegl1"], []]
    monkeypatch.setattr(system_libraries, "missing_packages", lambda *_args, **_kw: missing.pop(0))
    monkeypatch.setattr(system_libraries, "may_install", lambda: True)
    monkeypatch.setattr(system_libraries, "install", installed.append)
    setup.ensure_system_libraries()
    setup.ensure_system_libraries()
    setup.ensure_system_libraries(with_tests=True)
    assert installed == [["libegl1"]]
    assert missing == []


def test_failing_apt_is_one_sentence_with_the_line_to_try(checkout, monkeypatch):
    def fail(_packages):
        raise subprocess.CalledProcessError(100, "apt-get")

    monkeypatch.setattr(system_libraries, "missing_packages", lambda *_args, **_kw: ["libegl1"])
    monkeypatch.setattr(system_libraries, "may_install", lambda: True)
    monkeypatch.setattr(system_libraries, "install", fail)
    with pytest.raises(setup.SetupError, match="sudo apt-get install -y libegl1"):
        setup.ensure_system_libraries()


@pytest.mark.parametrize("name", COMMANDS)
def test_old_python_gets_one_sentence(name, monkeypatch):
    path = ROOT / "scripts" / name
    ast.parse(path.read_text(), feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is Python 3\.9\."):
        runpy.run_path(str(path), run_name="__main__")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_run_without_a_display_says_so_at_once_and_names_the_job():
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, str(ROOT / "scripts" / "run")]
    done = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "./scripts/run suggest FILE" in done.stderr
