"""Make `.venv` what the lock files say: standard library only, for any Python from 3.11 on."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
LOCKS = ROOT / "requirements"
ENVIRONMENT = ROOT / ".venv"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

sys.path.insert(0, str(SOURCE))
from tinymorph.cli import system_libraries  # noqa: E402 - standard library only, found by the line above


class SetupError(Exception):
    """Setting up cannot go on; the message is one sentence for the person who typed."""


def ensure_environment(*, with_tests: bool = False) -> Path:
    """Bring `.venv` up to date, if it is not, and return its Python."""
    levels = ["runtime", "dev"] if with_tests else ["runtime"]
    python = environment_python(ENVIRONMENT)
    stale = [level for level in levels if not is_current(level)]
    if not stale:
        return python
    started = time.monotonic()
    if not runs(python):
        create_environment(ENVIRONMENT)
    for level in stale:
        say(f"Setting up {level} in .venv (the first time takes some minutes) ...")
        install = install_runtime if level == "runtime" else install_dev
        install(python, log=ENVIRONMENT / "set-up.log")
        stamp(level).write_text(lock_digest(), encoding="utf-8")
    add_source_to(python)
    say(f"Ready after {time.monotonic() - started:.0f} s.")
    return python


def environment_python(environment: Path) -> Path:
    """Return where the Python of an environment lies."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp(level: str) -> Path:
    """Return the file that says which lock a level was installed from."""
    return ENVIRONMENT / f"tinymorph-{level}.stamp"


def is_current(level: str) -> bool:
    """Say whether a level was installed, whole, from the lock files as they are now."""
    try:
        return stamp(level).read_text(encoding="utf-8") == lock_digest()
    except OSError:
        return False


def lock_digest() -> str:
    """Return a digest of all lock files."""
    digest = hashlib.sha256()
    for path in sorted(LOCKS.glob("*.txt")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def runs(python: Path) -> bool:
    """Say whether an environment's Python is there, new enough, and has pip."""
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([python, "-c", check], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def create_environment(folder: Path) -> None:
    """Make an empty virtual environment, getting Debian's module for it where we may."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if importlib.util.find_spec("ensurepip") is None:
        install_system_packages([f"python{version}-venv"], "Python's venv module is not installed")
    venv.create(folder, clear=True, with_pip=True)


def install_runtime(python: Path, log: Path) -> None:
    """Install what tinymorph needs to run, every file of it by its hash."""
    # setuptools comes first: with it, the few packages that have no wheel are built without
    # fetching anything that the lock does not name.
    install_locked(python, ["build"], log=log)
    install_torch(python, log=log)
    install_locked(python, ["runtime"], log=log)


def install_dev(python: Path, log: Path) -> None:
    """Install what checks, tests and builds tinymorph."""
    install_locked(python, ["dev"], log=log)


def install_torch(python: Path, log: Path) -> None:
    """Install PyTorch: without an NVIDIA GPU on Linux its CPU build, else the default one."""
    if sys.platform != "linux":
        install_locked(python, ["torch"], log=log)
        return
    if not has_nvidia_gpu():
        # First a wheel that lies on this machine where pip is configured to look, then the index.
        for source in (["--no-index"], ["--index-url", TORCH_CPU_INDEX]):
            try:
                install_locked(python, ["torch"], *source, log=log)
            except SetupError:
                continue
            return
        say("PyTorch's CPU build is out of reach; taking the default build, some gigabytes more.")
    install_locked(python, ["torch", "torch-cuda"], log=log)


def has_nvidia_gpu() -> bool:
    """Say whether this machine has NVIDIA's driver."""
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def install_locked(python: Path, locks: Iterable[str], *options: str, log: Path) -> None:
    """Install lock files, and nothing that they do not name."""
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--no-build-isolation", "--use-pep517", "--no-input", *options]
    command += ["--disable-pip-version-check"]
    for lock in locks:
        command += ["-r", str(LOCKS / f"{lock}.txt")]
    lines = run_logged(command, log=log)
    if lines is not None:
        problem = next((line for line in reversed(lines) if line.startswith("ERROR")), "no reason")
        msg = f"Setting up failed: pip says '{problem}' (all of it: {log})."
        raise SetupError(msg)


def run_logged(command: Sequence[str], log: Path) -> list[str] | None:
    """Run a command into the log, showing what is fetched; return its lines if it failed."""
    lines: list[str] = []
    show = show_progress if sys.stderr.isatty() else None
    with (
        log.open("a", encoding="utf-8") as out,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - for the type checker; PIPE was asked for
        for line in process.stdout:
            out.write(line)
            lines.append(line.rstrip())
            if show:
                show(lines[-1])
    if show:
        print("\r\x1b[K", end="", file=sys.stderr)
    return lines if process.returncode else None


def show_progress(line: str) -> None:
    """Replace the progress line by what pip does now."""
    match = re.match(r"\s*(Collecting|Downloading|Building|Installing) (\S+)(.*)", line)
    if match:
        words = f"{match[1].lower()} {match[2].rsplit('/')[-1]}{match[3]}"
        print(f"\r\x1b[K  {words[:76]}", end="", file=sys.stderr, flush=True)


def add_source_to(python: Path) -> None:
    """Let the environment import tinymorph from this checkout."""
    command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    Path(packages, "tinymorph-checkout.pth").write_text(f"{SOURCE}\n", encoding="utf-8")


def ensure_system_libraries(*, with_tests: bool = False) -> None:
    """Install the system's libraries that the window needs, or say what to type.

    Once nothing was missing, it is not asked again for this environment; doctor would tell.
    """
    level = "libraries-for-tests" if with_tests else "libraries"
    if is_current(level):
        return
    packages = system_libraries.missing_packages(ENVIRONMENT, with_tests=with_tests)
    if packages:
        install_system_packages(packages, "The system lacks libraries that the window needs")
    stamp(level).write_text(lock_digest(), encoding="utf-8")


def install_system_packages(packages: list[str], problem: str) -> None:
    """Install packages of the system where we may, or say what to type."""
    line = system_libraries.apt_line(packages)
    if not system_libraries.may_install():
        msg = f"{problem}; type: {line}"
        raise SetupError(msg)
    say(f"Installing {' '.join(packages)} ...")
    try:
        system_libraries.install(packages)
    except subprocess.CalledProcessError as error:
        msg = f"apt-get could not install what is missing; see what it says to: {line}"
        raise SetupError(msg) from error


def say(words: str) -> None:
    """Tell the person who waits, without touching what the program prints."""
    print(words, file=sys.stderr, flush=True)


def become(command: list[str]) -> int:
    """Run the program in place of this one, where the system can; return its exit code."""
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - there is nothing in it for a shell
    return subprocess.run(command, check=False).returncode


def at_the_door(work: Callable[[], int]) -> int:
    """Run a script's work; a set-up that cannot go on ends in one sentence."""
    try:
        return work()
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
