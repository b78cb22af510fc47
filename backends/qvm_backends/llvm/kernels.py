"""The executors of the LLVM backend: a plan is one fused sweep, then what is left part by part."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache, partial
from itertools import pairwise
from math import isqrt
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Kernels, load
from qvm_backends.llvm.buffers import aligned, taken
from qvm_backends.llvm.dirichlet import convolve, portions
from qvm_backends.llvm.jit import kernel, trouble
from qvm_backends.llvm.largest import PORTIONS, Largest
from qvm_backends.llvm.layout import Layout, layout
from qvm_backends.llvm.plans import Fan, Ready, ready
from qvm_backends.llvm.speeds import speeds
from qvm_backends.llvm.sums import summed
from qwasm.clock import look
from qwasm.qpu.plan import Chain, Dirichlet, Exponential, Part, Plan, Repeat
from qwasm.qpu.program import Schedule

Array = NDArray[Any]
Pair = tuple[Array, Array]
Rows = Sequence[tuple[Any, Any, Any]]
WORTH = 1 << 20  # additions of one application for which code is made; below, the reference is as quick

NATURAL = Schedule()
ONCE = ((1.0, 0.0, 1.0),)  # one application as a recurrence of one step
TOGETHER = 64  # applications in a row that go by groups at once
TILES, FEW = (2048, 16384), 200  # blocks that are chosen for up to so many terms, and for more
STREAM = 1 << 24  # bytes of a result from which it is written past the caches
KEPT = 32  # plans made ready
ROOM = 1 << 27  # entries of all of them together


@cache
def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def pool() -> ThreadPoolExecutor:
    """The threads of the process, started as they are needed and kept."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="qvm-llvm")


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=pool.cache_clear)


class LlvmKernels:
    """apply(plan, x) on (N,) and on (k, N); `worth` is the size from which machine code is used."""

    def __init__(self, schedule: Schedule = NATURAL, worth: int | None = None) -> None:
        self.schedule = schedule
        self.threads = max(1, min(schedule.threads, cores()))
        self.worth = WORTH if worth is None else worth
        self.reference: Kernels = load("numpy").kernels(Schedule())
        self.prepared: dict[Plan, Ready] = {}  # of the plans used last
        self.ranges: dict[Plan, list[int]] = {}
        self.layouts: dict[Plan, Layout | None] = {}
        self.lock = Lock()  # an operator is used by several threads

    def apply(self, plan: Plan, x: Array) -> Array:
        """The plan's action on a state or on each row of a field, as a new array of the plan's dtype."""
        look()
        known = self.known(plan)
        kernels = known.sweeps or known.weighted or known.fans or known.large is not None
        small = plan.size + known.additions < self.worth or not kernels
        if small and not any(isinstance(part, (Chain, Repeat, Exponential, Dirichlet)) for part in known.others):
            return by_slices(plan, known, x) if known.sparse else self.reference.apply(plan, x)
        if trouble():
            return self.reference.apply(plan, x)
        if self.schedule.layout == "grouped" and (order := self.order(plan)) is not None:
            x = np.ascontiguousarray(x, dtype=plan.dtype)
            rows = [order.out_of(order.apply(order.into(row))) for row in x.reshape(-1, plan.N)]
            return np.stack(rows).reshape(x.shape)
        x = padded(np.asarray(x).astype(plan.dtype, copy=False), plan.size)
        y = taken(x.shape, x.dtype) if known.sweeps else np.zeros(x.shape, x.dtype)
        x = np.ascontiguousarray(x)
        states, outs = x.reshape(-1, plan.size), y.reshape(-1, plan.size)
        if known.sweeps or known.weighted:
            self.all_swept(plan, known, states, outs)
        for row, out in zip(states, outs, strict=True):
            for fan in known.fans:
                self.fanned(plan, fan, row, out)
            if known.large is not None:
                self.with_large_primes(plan.modulus, known.large, row, out)
        for part in known.others:
            y += self.part(part, plan, x)
            if plan.modulus:
                np.remainder(y, plan.modulus, out=y)
        return y if plan.size == plan.N else y[..., : plan.N].copy()

    def sums(self, factors: Sequence[Array]) -> tuple[float, float, int] | None:
        """The sum of the entrywise products of arrays, that of their sizes, and how many additions a term is in."""
        return summed(self, factors)

    def known(self, plan: Plan) -> Ready:
        """The plan made ready, kept among those used last."""
        with self.lock:
            if plan not in self.prepared:
                self.prepared[plan] = ready(plan)
                shortened(self.prepared, plan)
            return self.prepared[plan]

    def tile(self, known: Ready) -> int:
        """The entries of a block: more where many terms have little to do in each."""
        return max(64, self.schedule.tile) if self.schedule.tile else TILES[len(known.u) > FEW]

    def cuts(self, plan: Plan, known: Ready) -> list[int]:
        """The first rows of the threads' ranges, found once a plan."""
        if plan not in self.ranges:
            self.ranges[plan] = known.cuts(plan.size, self.threads)
            shortened(self.ranges, plan)
        return self.ranges[plan]

    def recurrence(self, plan: Plan, before: Array, here: Array, total: Array, shift: Any, rows: Rows) -> Pair | None:
        """The last two states of steps next = al (X - s) here + be before, total += ga next; None where none is made.

        Each step is one pass over memory; the arrays given are left as they are, but for `total`.
        """
        given = (before, here, total)
        kept = all(a.dtype == plan.dtype and a.shape == (plan.N,) and a.flags.c_contiguous for a in given)
        if plan.modulus or not kept or not self.whole(plan):
            return None
        if self.pays(plan, len(rows), True) and (grouped := self.grouped(plan)) is not None:
            for some in blocks(rows, self.schedule.time_block):
                before, here = self.by_groups(plan, grouped, (here, before, total), shift, some)
            return before, here
        known = self.known(plan)
        if known.diagonal is None:
            known = known._replace(diagonal=np.zeros(plan.size, plan.dtype))
            with self.lock:
                self.prepared[plan] = known
        own: list[Array] = []
        for al, be, ga in rows:
            look()
            scalars = np.array([al, be, ga, -shift], dtype=plan.dtype)
            y = before if any(before is mine for mine in own) else taken(here.shape, here.dtype)
            own = [*own[-1:], y]
            self.shared(self.cuts(plan, known), self.step, plan, known, (y, here, before, total), scalars)
            before, here = here, y
        return before, here

    def pays(self, plan: Plan, steps: int, planned: bool) -> bool:
        """Whether so many applications go by groups, as far as speed says; the schedule may say it too."""
        if self.schedule.layout != "auto":
            return self.schedule.layout == "grouped"
        return speeds().pays(plan.size, self.known(plan).additions, steps, planned)

    def whole(self, plan: Plan) -> bool:
        """Whether the sweep kernel does all of a plan that repays machine code."""
        known = self.known(plan)
        parted = known.fans or known.large is not None or known.weighted or known.others or plan.size != plan.N
        return bool(known.sweeps) and not parted and plan.size + known.additions >= self.worth and not trouble()

    def grouped(self, plan: Plan) -> Layout | None:
        """The grouped layout of a plan, made once."""
        if self.schedule.layout == "natural":
            return None
        known = self.known(plan)
        with self.lock:
            if plan not in self.layouts:
                made = layout(plan.size, known.u, known.v, known.length, known.c)
                if made is not None and known.diagonal is not None:
                    self.reordered("grouping", plan, made, known.diagonal, made.diagonal)
                self.layouts[plan] = made
                shortened(self.layouts, plan)
            return self.layouts[plan]

    def order(self, plan: Plan) -> GroupedOrder | None:
        """The grouped order of a plan's states, where its sweep has one."""
        if plan.modulus or not self.whole(plan) or (known := self.grouped(plan)) is None:
            return None
        return GroupedOrder(self, plan, known)

    def by_groups(self, plan: Plan, known: Layout, states: tuple[Array, ...], shift: Any, rows: Rows) -> Pair:
        """All steps of a recurrence, group by group."""
        here, before, total = states
        made = taken(here.shape, here.dtype), taken(here.shape, here.dtype)
        scalars = np.array([*(value for row in rows for value in row), -shift, 0.0], dtype=plan.dtype)
        arrays = (here, before, total, *made)
        self.shared(known.cuts(self.threads), self.groups, plan, known, arrays, scalars, len(rows), False)
        return made[1], made[0]

    def polynomial(self, plan: Plan, x: Array, shift: Any, start: Any, rows: Rows) -> Array | None:
        """start x + the sum of ga next over the steps from before = here = x; None where there are no groups."""
        if plan.modulus or x.dtype != plan.dtype or not self.whole(plan) or (known := self.grouped(plan)) is None:
            return None
        if 0 < self.schedule.time_block < len(rows):
            total = np.ascontiguousarray(start * x, dtype=plan.dtype)
            for row, out in zip(x.reshape(-1, plan.N), total.reshape(-1, plan.N), strict=True):
                row = np.ascontiguousarray(row)
                self.recurrence(plan, row, row, out, shift, rows)
            return total
        scalars = np.array([*(value for row in rows for value in row), -shift, start], dtype=plan.dtype)
        x = np.ascontiguousarray(x)
        total = taken(x.shape, x.dtype)
        within, made = (taken(known.diagonal.shape, x.dtype) for _ in range(2))
        for row, out in zip(x.reshape(-1, plan.N), total.reshape(-1, plan.N), strict=True):
            self.reordered("grouping", plan, known, row, within)
            for cuts in known.portions(self.threads, len(rows)):
                look()
                arrays = (within, within, made, made, made)
                self.shared(cuts, self.groups, plan, known, arrays, scalars, len(rows), True)
            self.reordered("ungrouping", plan, known, out, made)
        return total

    def reordered(self, name: str, plan: Plan, known: Layout, natural: Array, grouped: Array) -> None:
        """From the natural to the grouped order, or back, each thread its own n."""
        look()
        cuts = [1 + plan.N * k // self.threads for k in range(self.threads + 1)]

        def part(lo: int, hi: int) -> None:
            cursor, group = (np.ascontiguousarray(a, dtype=np.int64) for a in known.from_n(lo))
            kernel(plan.dtype, name)(
                at(natural), at(grouped), at(known.smooth), len(known.smooth), at(known.rough), at(known.table),
                at(cursor), at(group), lo, hi, known.block,
            )  # fmt: skip

        self.shared(cuts, part)

    def groups(
        self,
        plan: Plan,
        known: Layout,
        arrays: tuple[Array, ...],
        scalars: Array,
        steps: int,
        fresh: bool,
        lo: int,
        hi: int,
    ) -> None:
        """The groups lo..hi-1."""
        work = aligned(3 * known.largest * np.dtype(plan.dtype).itemsize)
        kernel(plan.dtype, "recurrence")(
            *map(at, (*arrays, known.smooth, known.rough, known.table, known.width, known.begin, known.near)),
            at(known.coefficient), at(known.diagonal), at(scalars), steps, at(work), known.largest, lo, hi, int(fresh),
            at(known.stop), at(known.side), at(known.beside), len(known.stop) - 1,
        )  # fmt: skip

    # ------------------------------------------------------------ kernels

    def all_swept(self, plan: Plan, known: Ready, states: Array, outs: Array) -> None:
        """Every state; each thread takes states of its own where there are as many, else a part of each."""
        if len(states) < self.threads or self.threads == 1:
            for row, out in zip(states, outs, strict=True):
                self.swept(plan, known, row, out)
            return

        def several(lo: int, hi: int) -> None:
            for k in range(lo, hi):
                look()
                self.rows(plan, known, states[k], outs[k], 1, plan.size + 1)

        self.shared([len(states) * k // self.threads for k in range(self.threads + 1)], several)

    def swept(self, plan: Plan, known: Ready, x: Array, y: Array) -> None:
        """y <- the strided terms, the diagonal and the weighted words, each thread its own rows."""
        self.shared(self.cuts(plan, known), self.rows, plan, known, x, y)

    def fanned(self, plan: Plan, fan: Fan, x: Array, y: Array) -> None:
        """y += many short terms."""
        made = kernel(plan.dtype, "gather" if fan.forward else "spread")
        for lo, hi in portions(fan.counts):
            look()
            made(
                at(y), at(x), at(fan.w), at(fan.d), at(fan.counts), lo + 1, hi + 1,
                plan.modulus, 1.0 / plan.modulus if plan.modulus else 0.0,
            )  # fmt: skip

    def with_large_primes(self, l: int, entries: Largest, x: Array, y: Array) -> None:
        """y += the terms of the primes above sqrt(N); x may be y, since what is read is not written here."""
        sums = np.zeros((PORTIONS if entries.forward is not None else 1, isqrt(len(y)) + 1), y.dtype)
        ends = entries.cuts

        def portions(lo: int, hi: int) -> None:
            for k in range(lo, hi):
                look()
                kernel(str(y.dtype), "largest")(
                    at(y), at(x), at(sums[k if len(sums) > 1 else 0]), at(entries.n), at(entries.m),
                    at(entries.forward), at(entries.backward), ends[k], ends[k + 1], l, 1.0 / l if l else 0.0,
                )  # fmt: skip

        self.shared(sorted({PORTIONS * k // self.threads for k in range(self.threads + 1)}), portions)
        if entries.forward is not None:
            total = sums.sum(axis=0) % l if l else sums.sum(axis=0)
            y[: sums.shape[1]] += total
            if l:
                y[: sums.shape[1]] %= l

    def shared(self, cuts: list[int], work: Callable[..., None], *given: Any) -> None:
        """work(*given, lo, hi) for the ranges between cuts, each on a thread of its own."""
        ranges = list(pairwise(cuts))
        running: list[Future[None]] = [pool().submit(work, *given, lo, hi) for lo, hi in ranges[1:]]
        try:
            work(*given, *ranges[0])
        finally:
            wait(running)
        for future in running:
            future.result()

    def step(self, plan: Plan, known: Ready, states: tuple[Array, ...], scalars: Array, lo: int, hi: int) -> None:
        """The rows lo..hi-1 of one step of a recurrence."""
        y, here, before, total = states
        kernel(plan.dtype, "step")(
            at(y), at(here), at(before), at(total), at(known.diagonal), lo, hi, plan.size, known.pulls, len(known.u),
            at(known.u), at(known.v), at(known.length), at(known.c), at(scalars), self.tile(known),
        )  # fmt: skip

    def rows(self, plan: Plan, known: Ready, x: Array, y: Array, lo: int, hi: int) -> None:
        """The rows lo..hi-1; the interpreter's lock is free meanwhile."""
        l = plan.modulus
        inverse = 1.0 / l if l else 0.0
        if known.sweeps:
            d0, d1 = known.affine or (0.0, 0.0)
            diagonal = at(None if known.affine else known.diagonal)
            kernel(plan.dtype, "sweep")(
                at(y), at(x), diagonal, lo, hi, plan.size, known.pulls, len(known.u),
                at(known.u), at(known.v), at(known.length), at(known.c), l, inverse, self.tile(known),
                int(known.affine is not None), d0, d1,
            )  # fmt: skip
        for part in known.weighted:
            f = np.ascontiguousarray(part.f, dtype=plan.dtype)
            kernel(plan.dtype, "weighted")(at(y), at(x), at(f), lo, hi, part.u, part.v, len(f), l, inverse)

    # ------------------------------------------------------------ the other parts

    def part(self, part: Part, plan: Plan, x: Array) -> Array:
        """One part that no kernel does."""
        match part:
            case Chain(factors=factors, coefficient=c):
                z = x
                for factor in reversed(factors):
                    z = padded(self.apply(factor, z), x.shape[-1])
            case Repeat(base=base, k=k, coefficient=c):
                z, left = x, k
                while left > 1 and x.shape[-1] == base.N and self.pays(base, left, base in self.layouts):
                    steps = min(left, TOGETHER)
                    found = self.polynomial(base, z, 0.0, 0.0, ((1.0, 0.0, 0.0),) * (steps - 1) + ONCE)
                    if found is None:
                        break
                    z, left = found, left - steps
                for _ in range(left):
                    z = padded(self.apply(base, z), x.shape[-1])
            case Exponential(base=base, coefficient=c):
                from qvm.machine.exponential import plan_exponential

                z = padded(plan_exponential(self, base, x[..., : base.N]), x.shape[-1])
            case Dirichlet() if plan.size * plan.size.bit_length() >= self.worth:
                made = partial(kernel, plan.dtype)
                large = partial(self.with_large_primes, plan.modulus)
                rows = [convolve(made, large, part, plan.modulus, row) for row in x.reshape(-1, plan.size)]
                return np.stack(rows).reshape(x.shape) if x.ndim > 1 else rows[0]
            case _:
                return self.reference.apply(Plan(plan.size, plan.size, (part,), plan.modulus, plan.dtype), x)
        if c == 1:
            return z
        return int(c.real) % plan.modulus * z % plan.modulus if plan.modulus else np.asarray(c * z, dtype=plan.dtype)


class GroupedOrder:
    """States of one plan in the grouped order: `size` entries, those beyond N zero."""

    def __init__(self, kernels: LlvmKernels, plan: Plan, known: Layout) -> None:
        self.kernels, self.plan, self.known = kernels, plan, known
        self.size = len(known.diagonal)

    def into(self, x: Array) -> Array:
        """A state (N,) in the grouped order."""
        made = taken(self.known.diagonal.shape, np.dtype(self.plan.dtype))
        made.fill(0)
        self.kernels.reordered("grouping", self.plan, self.known, np.ascontiguousarray(x, dtype=self.plan.dtype), made)
        return made

    def out_of(self, x: Array) -> Array:
        """A state (size,) in the natural order."""
        made = taken((self.plan.N,), np.dtype(self.plan.dtype))
        self.kernels.reordered("ungrouping", self.plan, self.known, made, np.ascontiguousarray(x))
        return made

    def apply(self, x: Array) -> Array:
        """The plan's action on a state (size,) in the grouped order, whose padding is zero and stays so."""
        look()
        known, x = self.known, np.ascontiguousarray(x, dtype=self.plan.dtype)
        y = taken(x.shape, x.dtype)
        y[known.table[0, 3] : known.table[1, 4] if len(known.table) > 1 else None] = 0  # what rounds the first group up
        lines = self.plan.dtype == "float64" and y.ctypes.data % 64 == 0  # rows begin at lines: eight columns are one
        name = "grouped_stream" if lines and y.nbytes >= STREAM else "grouped_sweep"

        def part(lo: int, hi: int) -> None:
            kernel(self.plan.dtype, name)(
                *map(at, (y, x, known.table, known.width, known.begin, known.near, known.coefficient, known.diagonal)),
                lo, hi, at(known.stop), at(known.side), at(known.beside), len(known.stop) - 1,
            )  # fmt: skip

        self.kernels.shared(known.cuts(self.kernels.threads), part)
        return y


def by_slices(plan: Plan, known: Ready, x: Array) -> Array:
    """A few short terms as numpy's slices, like the reference, in memory that was used before."""
    x = np.asarray(x).astype(plan.dtype, copy=False)
    y = taken(x.shape, x.dtype)
    y.fill(0)
    for u, v, length, c in zip(known.u.tolist(), known.v.tolist(), known.length.tolist(), known.c, strict=True):
        y[..., v - 1 : v * length : v] += c * x[..., u - 1 : u * length : u]
    return y


def blocks(rows: Rows, most: int) -> list[Rows]:
    """The steps in blocks of at most so many; 0 for one block."""
    return [rows[k : k + most] for k in range(0, len(rows), most)] if most else [rows]


def shortened(kept: dict[Plan, Any], newest: Plan) -> None:
    """Forget the oldest plans beyond what there is room for."""
    while len(kept) > max(1, min(KEPT, ROOM // newest.size)):
        del kept[next(iter(kept))]


def padded(x: Array, size: int) -> Array:
    """x, or x with zeros behind it, or its first `size` entries."""
    N = x.shape[-1]
    if size <= N:
        return x if size == N else np.asarray(x[..., :size])
    return np.concatenate([x, np.zeros((*x.shape[:-1], size - N), x.dtype)], axis=-1)


def at(array: Array | None) -> ctypes.c_void_p:
    """The address of an array's first entry; null for none."""
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


__all__ = ["LlvmKernels"]
