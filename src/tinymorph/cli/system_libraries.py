"""Which of the system's libraries the window lacks, and how to get them (standard library only).

The set-up scripts import this module before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""Debian's (and Ubuntu's) package for each library that Qt's X11 window links to."""

QT_FILES = ("Qt/plugins/platforms/libqxcb.so", "QtWidgets.abi3.so", "Qt/lib/libQt6DBus.so.6")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


def missing_libraries(environment: Path) -> list[str]:
    """Return the libraries that Qt, as installed in this environment, does not find."""
    folder = next(environment.glob("lib/python3*/site-packages/PySide6"), None)
    if sys.platform != "linux" or folder is None or shutil.which("ldd") is None:
        return []
    command = ["ldd", *(str(folder / name) for name in QT_FILES)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return sorted(set(re.findall(r"(\S+) => not found", done.stdout)))


def missing_packages(environment: Path, *, with_tests: bool = False) -> list[str]:
    """Return what to install, as Debian's packages where known."""
    if sys.platform != "linux":
        return []
    packages = {DEBIAN_PACKAGES.get(name, name) for name in missing_libraries(environment)}
    if not has_fonts():
        packages.add("fonts-dejavu-core")
    if with_tests and shutil.which("Xvfb") is None:
        packages.add("xvfb")
    return sorted(packages)


def has_fonts() -> bool:
    """Say whether any font is installed; without one, the window shows boxes for letters."""
    folders = [Path(name).expanduser() for name in FONT_FOLDERS]
    return any(path.suffix in {".ttf", ".otf", ".ttc"} for f in folders for path in f.rglob("*"))


def may_install() -> bool:
    """Say whether we can install the system's packages without asking anybody."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_line(packages: Iterable[str]) -> str:
    """Return what a person would type to install packages."""
    return f"sudo apt-get install -y {' '.join(packages)}"


def install(packages: Sequence[str]) -> None:
    """Install the system's packages; CalledProcessError if that does not succeed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
