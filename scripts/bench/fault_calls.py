"""Let every call to the file system fail once, fill a disk, and cut the power in every order."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash_states import Operation, harmed_states

from tinymorph.errors import TinymorphError
from tinymorph.text.atomic import PREFIX
from tinymorph.text.files import NotConfirmedError, open_text, save_atomically
from tinymorph.text.history import History
from tinymorph.text.recovery import RecoveryEntry, RecoveryJournal

HERE = Path(__file__).resolve().parent
CODES = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
OLD = "The old words, all of them.\n" * 700
NEW = "The new words, and more of them.\n" * 900
TMPFS_KB = 512
PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Job:
    """Something that writes, and what must hold of it whatever fails."""

    name: str
    prepare: Callable[[Path], None]
    act: Callable[[Path], None]
    judge: Callable[[Path, TinymorphError | None], str]
    """Return what is wrong afterwards, or nothing."""


def run_calls(folder: Path) -> dict[str, Any]:
    """Run every job with every call failing; then on a disk that is full."""
    report = _in_preloaded_process(folder, "calls")
    full = _run_full_disk(folder)
    report["broken"] += full.pop("broken")
    return report | {"full disk": full}


def run_power_loss(folder: Path) -> dict[str, Any]:
    """Make every state that a disk may legally be in when the power goes during a save."""
    report: dict[str, Any] = {"broken": []}
    for name in _RECORDED:
        log = folder / f"{name}.log"
        before = _in_preloaded_process(folder, f"power {name}", {"FAULT_LOG": str(log)})
        operations = [Operation.read(line) for line in log.read_text().splitlines()]
        after = b"".join(one.data for one in operations if one.kind == "write")
        target, old = before["target"], bytes.fromhex(before["before"])
        states, harmed = harmed_states(operations, target, old, after)
        report[name] = {"calls": len(operations), "states": states, "harmed": len(harmed)}
        if bool(harmed) != (name in CONTROLS):
            said = harmed[0] if harmed else "this bench does not see the harm that it must see"
            report["broken"].append(f"power, {name}: {said}")
    return report


def _in_preloaded_process(
    folder: Path, what: str, environment: dict[str, str] | None = None
) -> dict[str, Any]:
    library = folder / "faulty_calls.so"
    source = HERE / "faulty_calls.c"
    if not library.exists():
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True
        )
    place = folder / "watched"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    inherited = {
        **os.environ,
        **(environment or {}),
        "LD_PRELOAD": str(library),
        "FAULT_FOLDER": str(place),
    }
    command = [sys.executable, str(HERE / "fault_calls.py"), *what.split(maxsplit=1), str(place)]
    done = subprocess.run(command, env=inherited, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"broken": [f"{what}: {done.stderr[-600:]}"]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# What the preloaded process does


def _be_preloaded(arguments: list[str]) -> None:
    what, *rest, place = arguments
    folder = Path(place)
    if what == "calls":
        print(json.dumps(_fail_every_call(folder)))
        return
    (name,) = rest
    log = os.environ.pop("FAULT_LOG")
    target = folder / "letter.md"
    target.write_text(OLD, encoding="utf-8")
    journal = RecoveryJournal(folder / "recovery")
    if name == "keep":
        journal.keep(RecoveryEntry("one", OLD))
        (target,) = folder.glob("recovery/*/*.entry")
    before = target.read_bytes().hex()
    os.environ["FAULT_LOG"] = log
    if name == "keep":
        journal.keep(RecoveryEntry("one", NEW))
    else:
        _RECORDED[name](folder)
    print(json.dumps({"target": str(target), "before": before}))


def _fail_every_call(place: Path) -> dict[str, Any]:
    library = ctypes.CDLL(None)
    report: dict[str, Any] = {"broken": []}
    for job in _jobs():
        calls = runs = told = 0
        for number in itertools.count(0):
            variants = [(0, 0)] if number == 0 else list(itertools.product(CODES, (0, 1)))
            for code, half in variants:
                folder = place / "run"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                job.prepare(folder)
                library.fault_arm(number, code, half)
                error = _acted(job, folder)
                calls = max(calls, library.fault_count()) if number == 0 else calls
                library.fault_arm(0, 0, 0)
                runs, told = runs + 1, told + (error is not None)
                trouble = job.judge(folder, error if isinstance(error, TinymorphError) else None)
                if error is not None and not isinstance(error, TinymorphError):
                    trouble = f"{type(error).__name__} came out: {error}"
                if trouble:
                    report["broken"].append(
                        f"{job.name}, call {number}, {errno.errorcode.get(code)}: {trouble}"
                    )
            if number == calls:
                break
        report[job.name] = {"calls": calls, "failures tried": runs - 1, "told": told}
    return report


def _acted(job: Job, folder: Path) -> Exception | None:
    try:
        job.act(folder)
    except Exception as error:  # noqa: BLE001 - whatever comes out is what is being judged
        return error
    return None


def _jobs() -> Iterator[Job]:
    yield Job("save", _prepare_letter, _save, _judge_letter)
    yield Job("save a new file", lambda _: None, _save, _judge_new_letter)
    yield Job("keep in the journal", _prepare_journal, _keep, _judge_journal)
    yield Job("keep for the first time", lambda _: None, _keep, _judge_new_journal)
    yield Job("remember a version", _prepare_history, _remember, _judge_history)
    yield Job("remember the first version", lambda _: None, _remember, _judge_new_history)


def _prepare_letter(folder: Path) -> None:
    (folder / "letter.md").write_text(OLD, encoding="utf-8")


def _save(folder: Path) -> None:
    save_atomically(folder / "letter.md", NEW)


def _judge_letter(folder: Path, error: TinymorphError | None) -> str:
    text = open_text(folder / "letter.md").text
    is_new = error is None or isinstance(error, NotConfirmedError)
    if text != (NEW if is_new else OLD):
        return "the file is neither whole" if text not in {OLD, NEW} else "the other one was told"
    return _left_beside(folder) or _unclear(error)


def _judge_new_letter(folder: Path, error: TinymorphError | None) -> str:
    if error is None or isinstance(error, NotConfirmedError):
        return _judge_letter(folder, error)
    there = (folder / "letter.md").exists()
    return "half a file is there" if there else _left_beside(folder) or _unclear(error)


def _prepare_journal(folder: Path) -> None:
    journal = RecoveryJournal(folder / "recovery")
    journal.keep(RecoveryEntry("one", OLD))
    journal.close()


def _keep(folder: Path) -> None:
    journal = RecoveryJournal(folder / "recovery")
    try:
        journal.keep(RecoveryEntry("two", NEW))
    finally:
        journal.close()


def _judge_journal(folder: Path, error: TinymorphError | None) -> str:
    texts = _journal_texts(folder)
    if OLD not in texts or (error is None and NEW not in texts) or texts - {OLD, NEW}:
        return f"the journal has {len(texts)} entries, and not the right ones"
    return _unclear(error)


def _judge_new_journal(folder: Path, error: TinymorphError | None) -> str:
    texts = _journal_texts(folder)
    if texts - {NEW} or (error is None and not texts):
        return f"the journal has {len(texts)} entries, and not the right ones"
    return _unclear(error)


def _journal_texts(folder: Path) -> set[str]:
    journal = RecoveryJournal(folder / "recovery")
    try:
        return {orphan.entry.text for orphan in journal.orphans()}
    finally:
        journal.close()


def _prepare_history(folder: Path) -> None:
    history = History(folder / "history.sqlite")
    history.remember("file:///letter.md", OLD, "opened")
    history.close()


def _remember(folder: Path) -> None:
    history = History(folder / "history.sqlite")
    try:
        history.remember("file:///letter.md", NEW, "saved")
    finally:
        history.close()


def _judge_history(folder: Path, error: TinymorphError | None) -> str:
    texts = _history_texts(folder)
    if texts[-1:] != [OLD] or (error is None and texts != [NEW, OLD]) or set(texts) - {OLD, NEW}:
        return f"the history has {len(texts)} versions, and not the right ones"
    return _unclear(error)


def _judge_new_history(folder: Path, error: TinymorphError | None) -> str:
    texts = _history_texts(folder)
    if set(texts) - {NEW} or (error is None and not texts):
        return f"the history has {len(texts)} versions, and not the right ones"
    return _unclear(error)


def _history_texts(folder: Path) -> list[str]:
    history = History(folder / "history.sqlite")
    try:
        return [history.text_of(version) for version in history.versions("file:///letter.md")]
    finally:
        history.close()


def _left_beside(folder: Path) -> str:
    beside = [path.name for path in folder.iterdir() if path.name.startswith(PREFIX)]
    return f"{beside[0]} was left behind" if beside else ""


def _unclear(error: TinymorphError | None) -> str:
    is_clear = error is None or (error.title.endswith(".") and "\n" not in error.title)
    return "" if is_clear else f"no clear sentence: {error}"


# The two ways of saving that must be found harmful, or the bench sees nothing


def _careless(folder: Path) -> None:
    """Rename without a sync, as many editors do."""
    temporary = folder / "letter.tmp"
    temporary.write_text(NEW, encoding="utf-8")
    temporary.rename(folder / "letter.md")


def _in_place(folder: Path) -> None:
    """Empty the file and write it anew."""
    (folder / "letter.md").write_text(NEW, encoding="utf-8")


CONTROLS = ("careless", "in place")
_RECORDED = {"save": _save, "keep": _keep, "careless": _careless, "in place": _in_place}


# A disk that is really full


def _run_full_disk(folder: Path) -> dict[str, Any]:
    """Save and keep on a small file system with ever less room."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_KB}k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        return {"broken": [], "left out": "no file system may be mounted here"}
    try:
        return _save_with_ever_less_room(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def _save_with_ever_less_room(disk: Path) -> dict[str, Any]:
    broken: list[str] = []
    refused = tries = 0
    for pages in range(TMPFS_KB * 1024 // PAGE_BYTES):
        for job in _jobs():
            for path in disk.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            room = disk / "run"
            room.mkdir()
            job.prepare(room)
            _fill(disk / "filler", pages)
            error = _acted(job, room)
            (disk / "filler").unlink()
            tries, refused = tries + 1, refused + (error is not None)
            is_ours = error is None or isinstance(error, TinymorphError)
            trouble = job.judge(room, error if isinstance(error, TinymorphError) else None)
            if trouble or not is_ours:
                broken.append(f"full disk, {job.name}, {pages} pages: {trouble or error}")
    return {"broken": broken, "tries": tries, "refused": refused}


def _fill(filler: Path, pages_left: int) -> None:
    with filler.open("wb", buffering=0) as file:
        status = os.statvfs(filler)
        size = max(status.f_bavail * status.f_frsize - pages_left * PAGE_BYTES, 0)
        with contextlib.suppress(OSError):
            file.write(bytes(size))


if __name__ == "__main__":
    _be_preloaded(sys.argv[1:])
