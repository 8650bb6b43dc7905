"""Kill a real program while it types and saves, and look at what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import select
import signal
import sqlite3
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinymorph.text.files import open_text
from tinymorph.text.recovery import RecoveryJournal

PROMISED_SECONDS = 2.0
TOKENS_A_PARAGRAPH = 12
TYPED, SAVED, SAVING, READY = b"t", b"s", b"b", b"r"
_RECORD = struct.Struct("<cid")
_TOKEN = re.compile(r"w(\d{7})")
SIZES = (30, 300, 3_000, 15_000)
"""Words of the document before the typing begins: from a note to 120 KB."""
SHORTEST_S, LONGEST_S = 0.02, 3.6
"""How long a program may type before it is killed."""
SAVE_SECONDS = 0.04
"""Longer than a save takes from its beginning to its news."""
STARTING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one killed program left."""

    words: int
    typed: int
    saves: int
    was_saving: bool
    """A save had begun that was not confirmed."""
    is_newer: bool
    """The file has that save's words already."""
    lost_seconds: float
    """Age, at the kill, of the oldest typed word that is in neither file nor journal."""
    lost_words: int
    leftovers: int
    trouble: str


def expected(count: int) -> str:
    """Return the document after so many words, as every save of it must read."""
    words = [f"w{number:07d}" for number in range(1, count + 1)]
    starts = range(0, count, TOKENS_A_PARAGRAPH)
    paragraphs = (" ".join(words[at : at + TOKENS_A_PARAGRAPH]) for at in starts)
    return "\n\n".join(paragraphs) + "\n"


def run_round(folder: Path, seed: int, words: int | None = None) -> Round:
    """Start a program on a new document, kill it at a random moment, and judge what is there."""
    chance = random.Random(seed)
    begin = chance.choice(SIZES)
    begin = words or begin
    letter = folder / "documents" / f"letter {seed}.md"
    letter.parent.mkdir(parents=True, exist_ok=True)
    letter.write_text(expected(begin), encoding="utf-8")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_program(letter, begin, writing, seed)
    os.close(writing)
    data, killed_at = _kill(child, reading, chance)
    records = list(_records(data))
    result = _judge(folder, letter, begin, records, killed_at)
    letter.unlink(missing_ok=True)
    return result


def _kill(child: int, reading: int, chance: random.Random) -> tuple[bytes, float]:
    """Wait until the program types, then a while longer, then kill it; half of them in a save."""
    data = _read_until(reading, b"", READY, STARTING_SECONDS)
    end = time.monotonic() + chance.uniform(SHORTEST_S, LONGEST_S)
    while time.monotonic() < end:
        data = _read_until(reading, data, b"", end - time.monotonic())
    if chance.random() < 0.5:
        data = _read_until(reading, data, SAVING, LONGEST_S / 2)
        time.sleep(chance.uniform(0, SAVE_SECONDS))
    killed_at = time.monotonic()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return data + pipe.read(), killed_at


def _read_until(reading: int, data: bytes, kind: bytes, seconds: float) -> bytes:
    """Read what the program says for so long, or until it says something of this kind."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        new = os.read(reading, _RECORD.size)
        data += new
        if not new or (kind and new[:1] == kind):
            break
    return data


def _records(data: bytes) -> Iterator[tuple[bytes, int, float]]:
    whole = len(data) - len(data) % _RECORD.size
    yield from _RECORD.iter_unpack(data[:whole])


def _judge(
    folder: Path,
    letter: Path,
    begin: int,
    records: list[tuple[bytes, int, float]],
    killed_at: float,
) -> Round:
    typed = {number: at for kind, number, at in records if kind == TYPED}
    confirmed = max([number for kind, number, _ in records if kind == SAVED], default=begin)
    last = max(typed, default=begin)
    in_file, trouble = _count(open_text(letter).text, "the file")
    if not trouble and in_file < confirmed:
        trouble = f"the file has {in_file} words, but {confirmed} were said to be saved"
    in_journal, problem = _journal(folder / "state" / "tinymorph" / "recovery")
    trouble = trouble or problem
    safe = max(in_file, in_journal)
    lost = [at for number, at in typed.items() if number > safe]
    lost_seconds = killed_at - min(lost) if lost else 0.0
    if not trouble and lost_seconds > PROMISED_SECONDS:
        trouble = f"{len(lost)} words of {lost_seconds:.2f} s are lost"
    beside = [path for path in letter.parent.iterdir() if path != letter]
    for path in beside:
        path.unlink()
    return Round(
        words=begin,
        typed=last - begin,
        saves=sum(kind == SAVED for kind, _, _ in records),
        was_saving=any(kind == SAVING and number > confirmed for kind, number, _ in records),
        is_newer=in_file > confirmed,
        lost_seconds=lost_seconds,
        lost_words=len(lost),
        leftovers=len(beside),
        trouble=trouble or _damage_of_history(folder),
    )


def _count(text: str, where: str) -> tuple[int, str]:
    """Return how many words a text has, and what is wrong with it if it is not whole."""
    last = _TOKEN.findall(text)[-1:]
    count = int(last[0]) if last else 0
    return (count, "") if text == expected(count) else (0, f"{where} is not whole")


def _journal(root: Path) -> tuple[int, str]:
    journal = RecoveryJournal(root)
    try:
        orphans = journal.orphans()
        if journal.damaged_folder.exists():
            return 0, "an entry of the journal is damaged"
        counts = [_count(orphan.entry.text, "an entry") for orphan in orphans]
        for orphan in orphans:
            orphan.discard()
        return max((count for count, _ in counts), default=0), next(
            (problem for _, problem in counts if problem), ""
        )
    finally:
        journal.close()


def _damage_of_history(folder: Path) -> str:
    path = folder / "data/tinymorph/history.sqlite"
    if not path.exists():
        return ""  # killed before it was made
    with contextlib.closing(sqlite3.connect(path)) as database:
        (said,) = database.execute("PRAGMA quick_check").fetchone()
    return "" if said == "ok" else f"the history is damaged: {said}"


def _be_the_program(letter: Path, begin: int, pipe: int, seed: int) -> None:
    """Run the real window, offscreen, type into it and save, until the kill."""
    try:
        from fault_program import type_for_ever  # noqa: PLC0415 - only the child has a window

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        def note(kind: bytes, number: int) -> None:
            os.write(pipe, _RECORD.pack(kind, number, time.monotonic()))

        type_for_ever(letter, begin, TOKENS_A_PARAGRAPH, seed, note)
    finally:
        os._exit(1)
