"""Promises about the bench that harms the program: that it runs, and that it would see harm."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "scripts" / "bench"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bench is for Linux")


@pytest.fixture
def crash_states(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("crash_states")


def run(*arguments: str) -> dict:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "default"}
    command = [sys.executable, str(BENCH / "faults.py"), "--json", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return json.loads(done.stdout)


def operations(crash_states, *lines: str):
    return [crash_states.Operation(*line.split()) for line in lines]


def written(crash_states, path: str):
    return crash_states.Operation("write", path, "", b"new words")


def test_a_rename_that_overtakes_its_data_is_seen(crash_states) -> None:
    steps = [
        *operations(crash_states, "create /d/t"),
        written(crash_states, "/d/t"),
        *operations(crash_states, "rename /d/t /d/f", "sync /d"),
    ]
    _, harmed = crash_states.harmed_states(steps, "/d/f", b"old", b"new words")
    assert harmed
    steps.insert(2, *operations(crash_states, "sync /d/t"))
    states, harmed = crash_states.harmed_states(steps, "/d/f", b"old", b"new words")
    assert states > len(steps)
    assert harmed == []


def test_a_name_that_is_not_secured_when_all_is_done_is_seen(crash_states) -> None:
    steps = [
        *operations(crash_states, "create /d/t"),
        written(crash_states, "/d/t"),
        *operations(crash_states, "sync /d/t", "rename /d/t /d/f"),
    ]
    _, harmed = crash_states.harmed_states(steps, "/d/f", b"old", b"new words")
    assert {line.split(":")[0] for line in harmed} == {"after 4 of 4 calls"}


def test_writing_in_place_is_seen(crash_states) -> None:
    steps = [*operations(crash_states, "create /d/f"), written(crash_states, "/d/f")]
    _, harmed = crash_states.harmed_states(steps, "/d/f", b"old", b"new words")
    assert harmed


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc for the failing calls")
def test_no_order_of_a_power_cut_harms_a_file() -> None:
    report = run("--only", "power")["power"]
    assert report["save"]["harmed"] == report["keep"]["harmed"] == 0
    assert report["careless"]["harmed"] > 0
    assert report["in place"]["harmed"] > 0


def test_programs_killed_while_they_type_and_save_lose_nothing() -> None:
    report = run("--only", "kills", "--rounds", "3", "--first", "9000")["kills"]
    assert report["rounds"] == 3
    assert report["words typed"] > 0
    assert report["lost typing, most s"] < 2
