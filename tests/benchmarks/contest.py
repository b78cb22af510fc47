"""Contests: contestants take turns in shuffled rounds, and medians of processor time are compared.

A busy machine slows all contestants of a round alike, so ratios carry over where times do not.
`pytest tests/benchmarks -s` prints the times.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def medians(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each contestant answers: its seconds."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order, shuffle = list(contestants), random.Random(1)
    for _ in range(rounds):
        shuffle.shuffle(order)
        for name in order:
            times[name].append(contestants[name]())
    found = {name: statistics.median(values) for name, values in times.items()}
    print({name: f"{1000 * seconds:.1f} ms" for name, seconds in found.items()})
    return found


def timed(function: Callable[[], object]) -> Callable[[], float]:
    """A contestant: the seconds of processor time that a function takes here."""

    def seconds() -> float:
        start = time.process_time()
        function()
        return time.process_time() - start

    return seconds


def command(cache: Path, *words: str) -> Callable[[], float]:
    """A contestant: the seconds of processor time, user and system, that a Python command takes.

    Its bytecode is kept in `cache` and made before the first turn, as an installed package's is; numpy's
    threads are one, since starting more costs time that has nothing to do with the command.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(cache), "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    seconds()
    return seconds
