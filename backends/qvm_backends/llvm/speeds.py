"""What sweeps, steps by groups and changes of order cost on a machine, and when the grouped order pays.

The numbers built in are those of one machine; `qvm doctor --calibrate` measures them here and keeps them beside the
tuned schedules.  They choose between two ways to the same result, which differ in rounding alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from time import perf_counter
from typing import NamedTuple

import numpy as np

SIZE, PRIMES, STEPS = 1 << 22, (2, 3, 5, 7, 11, 13), 8  # of the measurement


class Speeds(NamedTuple):
    """Nanoseconds: of a sweep and of a step by groups for each row and addition, of the rest for each row."""

    natural: float = 0.7
    grouped: float = 0.18
    conversion: float = 3.7  # into the grouped order and back
    planning: float = 15.0  # the grouped order of an operator that has none yet

    def pays(self, rows: int, additions: int, steps: int, planned: bool) -> bool:
        """Whether so many applications in a row are cheaper by groups.

        >>> Speeds().pays(10**6, 3 * 10**6, 2, True), Speeds().pays(10**6, 3 * 10**6, 2, False)
        (True, False)
        """
        saved = steps * (rows + additions) * (self.natural - self.grouped)
        return saved > rows * (self.conversion + (0.0 if planned else self.planning))


@cache
def speeds() -> Speeds:
    """Those that were measured on this machine, or the ones built in."""
    from qvm.tuning.store import kept_speeds

    found = kept_speeds("llvm")
    return Speeds(**found) if set(found) == set(Speeds._fields) else Speeds()


def measured() -> Speeds:
    """Measure this machine: medians of a few rounds, on one thread; a second or two."""
    from qvm_backends.llvm.kernels import GroupedOrder, LlvmKernels
    from qwasm.qpu.plan import Plan, Strided

    p, one = np.array(PRIMES), np.ones(len(PRIMES), np.int64)
    u, v = np.concatenate([p, one]), np.concatenate([one, p])
    terms = Strided(u, v, SIZE // np.maximum(u, v), np.full(2 * len(p), 0.1))
    plan, kernels = Plan(SIZE, SIZE, (terms,), 0, "float64"), LlvmKernels()
    start = perf_counter()
    known = kernels.grouped(plan)
    planning = perf_counter() - start
    if known is None:
        return Speeds()
    x, y = np.ones(SIZE), np.zeros(SIZE)
    order, ready = GroupedOrder(kernels, plan, known), kernels.known(plan)

    def steps(count: int) -> Callable[[], object]:
        rows = ((0.5, 0.0, 0.1),) * count
        return lambda: kernels.polynomial(plan, x, 0.0, 0.0, rows)

    natural = middle(lambda: kernels.swept(plan, ready, x, y))
    one_step, many = middle(steps(1)), middle(steps(1 + STEPS))
    conversion = middle(lambda: order.out_of(order.into(x)))
    work = SIZE + ready.additions
    return Speeds(*(1e9 * value for value in (
        natural / work, (many - one_step) / STEPS / work, conversion / SIZE, planning / SIZE,
    )))  # fmt: skip


def middle(run: Callable[[], object], rounds: int = 5) -> float:
    """The median time of a few runs after one that is not counted, in seconds."""
    run()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return sorted(times)[rounds // 2]


__all__ = ["Speeds", "measured", "speeds"]
