"""The cost model's speeds on this machine: measured by `qvm doctor --calibrate`, kept beside the tuned schedules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns

from qvm.tuning.store import kept_speeds
from qwasm.diagnostics import fail
from qwasm.passes.speeds import Speeds, using

OWNER = "passes"  # whose speeds they are in the store
LEAST = 1e-3  # nanoseconds: no memory is faster, so a smaller difference of two times is noise


def measured() -> Speeds:
    """Nanoseconds of one addition in the cache, and of one byte streamed past it; some tenths of a second."""
    import numpy as np

    def best(size: int, times: int) -> float:
        x, y = np.ones(size), np.zeros(size)
        found = []
        for _ in range(times):
            start = perf_counter_ns()
            np.add(y, x, out=y)
            found.append(perf_counter_ns() - start)
        return min(found) / size

    element, streamed = best(4096, 200), best(1 << 22, 5)
    return Speeds(element, max(LEAST, (streamed - element) / 24))


@contextmanager
def calibrated() -> Iterator[Speeds]:
    """Inside the block passes decide by the speeds kept for this machine, so that code may differ from another's.

    Raises QwasmError QW0712 where none are kept.
    """
    found = kept_speeds(OWNER)
    if set(found) != set(Speeds._fields):
        said = "the speeds of this machine were not measured"
        raise fail("QW0712", said, hint="run `qvm doctor --calibrate`, or leave the cost model as it is")
    speeds = Speeds(**found)
    with using(speeds):
        yield speeds


__all__ = ["OWNER", "calibrated", "measured"]
