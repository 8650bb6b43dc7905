"""Run one contender of the decoding bench, in a process of its own, when asked over a pipe.

A request is a line of JSON: how many rows, how many new tokens, steered or not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from contenders import Contender, HfContender, Job, OurContender, Ticks
from engines import our_backend
from peers import PlainLlama, load_peer
from shapes import gguf_file
from turns import MissingError


def load(name: str, folder: Path, place: Path, threads: int) -> Contender:
    """Load a contender by name; MissingError if it cannot take part."""
    precision = "q8_0" if name.endswith("q8_0") else "f32"
    match name.rpartition(":")[0] or name:
        case "hf":
            return HfContender(folder)
        case "hooked" | "lean":
            return OurContender(our_backend(name, folder, place, threads))
        case "llama":
            return OurContender(our_backend(precision, folder, place, threads))
        case "llama-plain":
            return PlainLlama(gguf_file(folder, place, precision), threads)
        case _:
            return load_peer(name, folder)


def main() -> None:
    """Serve requests from standard input until it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--peers", default="")
    options = parser.parse_args()
    if options.peers:
        sys.path.append(options.peers)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    torch.set_num_threads(options.threads)

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        with torch.inference_mode():
            contender = load(options.name, options.folder, options.place, options.threads)
    except Exception as error:  # noqa: BLE001 -- whatever keeps a peer out is reported, not raised
        say({"missing": f"{type(error).__name__}: {error}"[:200]})
        return
    say({"ready": True})
    for line in sys.stdin:
        try:
            say(measured(contender, Job(**json.loads(line))))
        except MissingError as error:
            say({"missing": str(error)})
        except Exception as error:  # noqa: BLE001 -- the same
            say({"missing": f"{type(error).__name__}: {error}"[:200]})


def measured(contender: Contender, job: Job) -> dict[str, Any]:
    """Run a job; return tokens a second while decoding and of the whole request."""
    ticks = Ticks()
    begun = time.perf_counter()
    with torch.inference_mode():
        contender.run(job, ticks)
    seconds = time.perf_counter() - begun
    return {
        "decode": decode_rate(ticks.times, job.rows),
        "cpu_decode": decode_rate(ticks.cpu_times, job.rows),
        "request": job.rows * job.n_new / seconds,
        "first_s": ticks.times[0] - begun,
        "tokens": ticks.tokens[0],
    }


def decode_rate(times: Sequence[float], rows: int) -> float:
    """Return tokens a second from the second tick on, when the prompt is done with."""
    return rows * (len(times) - 2) / (times[-1] - times[1])


if __name__ == "__main__":
    main()
