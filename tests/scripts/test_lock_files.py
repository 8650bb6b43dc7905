from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
CUDA_NAMES = re.compile(r"nvidia|cuda|triton")


def entries(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    return {re.split(r"[ =]", entry)[0]: entry for entry in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_requirement_is_pinned_with_a_hash(lock):
    for name, entry in entries(lock.stem).items():
        assert re.match(rf"{name}==[0-9][0-9a-z.]*( ;| \\|$)", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_no_lock_names_a_place_to_fetch_from(lock):
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("--hash=", ""), flags=re.MULTILINE)


def test_torch_stands_apart_and_brings_no_cuda_unasked():
    assert set(entries("torch")) == {"torch"}
    names = set(entries("runtime")) | set(entries("dev")) | set(entries("build"))
    assert not {name for name in names if name == "torch" or CUDA_NAMES.match(name)}


def test_both_builds_of_torch_are_accepted():
    entry = entries("torch")["torch"]
    listed = (ROOT / "requirements" / "torch-cpu-wheels.sha256").read_text().split()
    cpu = [word for word in listed if re.fullmatch(r"[0-9a-f]{64}", word)]
    assert cpu
    assert all(f"--hash=sha256:{digest}" in entry for digest in cpu)
    assert entry.count("--hash=") > len(cpu)


def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    locked = set(entries("runtime")) | set(entries("dev")) | {"torch"}
    assert {re.split(r"[>=<!]", name)[0].lower() for name in wanted} <= locked
