"""The recorder: which micro-operation ran when, in records of fixed size.

A reference and one look at the clock are all that a micro-operation costs: it began when the one before it ended.
Everything else is derived from the program after the run.  Beyond a capacity only every second, fourth, ... execution
of each operation keeps its record; the counts stay exact.
"""

from __future__ import annotations

from array import array
from collections import Counter
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Kernels
from qwasm.algebra.operators import Operator
from qwasm.qpu.plan import Plan
from qwasm.qpu.program import Instruct, MicroOp, QpuProgram, Sweep
from qwasm.qpu.touched import walk

CAPACITY = 1 << 20  # records, and references that wait to become records
COLUMNS = np.dtype([("op", "<i4"), ("iteration", "<i8"), ("start_ns", "<i8"), ("dur_ns", "<i8"), ("error", "<i2")])
Records = NDArray[Any]


class Recorder:
    """Records of one run of a program.

    ops: the micro-operations in program order; records name them by their place there.
    counts: how often each ran.  applied: to how many states each applied an operator, an exponential many times (a
    sweep to as many as it has terms; those over a field count as one).
    variants: of those whose operators read registers, how often with which integers (None for other numbers), in the
    order of the captures that an operator mentions.
    records: an array of COLUMNS in the order of time, of every `every`-th execution of each operation.
    """

    def __init__(self, program: QpuProgram, capacity: int = CAPACITY) -> None:
        self.program, self.capacity = program, max(2, capacity)
        self.ops: list[MicroOp] = list(walk(program))
        self.place = {id(op): k for k, op in enumerate(self.ops)}
        self.counts = np.zeros(len(self.ops), np.int64)
        self.applied = np.zeros(len(self.ops), np.int64)
        self.sweeps = [(k, len(operators(op))) for k, op in enumerate(self.ops) if isinstance(op, Sweep)]
        self.marks = array("q")  # pairs: place among those that ran, states that its operator was applied to
        self.watched = {id(op): slots for op in self.ops if (slots := integers(op))}
        self.variants: dict[int, Counter[tuple[int | None, ...]]] = {}
        self.ran: list[MicroOp] = []
        self.ends = array("q")
        self.began = self.last = 0
        self.parts: list[Records] = []
        self.every = 1

    def counted(self, kernels: Kernels) -> Kernels:
        """Kernels that do the same and count the states they apply an operator to."""
        return CountedSteps(kernels, self) if hasattr(kernels, "recurrence") else Counted(kernels, self)

    def start(self) -> None:
        """The run begins now."""
        self.began = self.last = perf_counter_ns()

    def variant(self, op: MicroOp, values: Any) -> None:
        """Count the numbers that the operators of an operation read."""
        read = tuple(values[slot] for slot in self.watched[id(op)])
        self.variants.setdefault(self.place[id(op)], Counter())[tuple(map(whole, read))] += 1

    def fold(self, failed: MicroOp | None = None) -> None:
        """Turn what waits into records; `failed` is an operation that did not end."""
        if failed is not None:
            self.ran.append(failed)
            self.ends.append(perf_counter_ns())
        if not self.ran:
            return
        made = np.zeros(len(self.ran), COLUMNS)
        made["op"] = k = np.fromiter((self.place[id(op)] for op in self.ran), np.int32, len(self.ran))
        ends = np.array(self.ends, np.int64)
        starts = np.concatenate([[self.last], ends[:-1]])
        made["start_ns"], made["dur_ns"] = starts - self.began, ends - starts
        order = np.argsort(k, kind="stable")
        many = np.bincount(k, minlength=len(self.ops))
        within = np.arange(len(k)) - np.repeat(np.cumsum(many) - many, many)
        made["iteration"][order] = self.counts[k[order]] + within
        if failed is not None:
            made["error"][-1] = 1
        self.counts += many
        at, states = np.array(self.marks, np.int64).reshape(-1, 2).T
        np.add.at(self.applied, k[at], states)
        del self.marks[:]
        for place, terms in self.sweeps:
            self.applied[place] = terms * self.counts[place]
        self.last = int(ends[-1])
        self.ran.clear()
        del self.ends[:]
        self.parts.append(self.kept(made))
        while sum(map(len, self.parts)) > self.capacity:
            self.every *= 2
            self.parts = [self.kept(part) for part in self.parts]

    def kept(self, records: Records) -> Records:
        """Those of an execution whose number the distance divides, and failures."""
        return np.asarray(records[(records["iteration"] % self.every == 0) | (records["error"] != 0)])

    @property
    def records(self) -> Records:
        """All records in the order of time."""
        self.fold()
        return np.concatenate(self.parts) if self.parts else np.zeros(0, COLUMNS)


class Counted:
    """Kernels that count their applications in a recorder."""

    def __init__(self, kernels: Any, recorder: Recorder) -> None:
        self.kernels, self.ran, self.mark = kernels, recorder.ran, recorder.marks.extend

    def apply(self, plan: Plan, x: Any) -> Any:
        """The plan's action on a state (N,) or on each row of a field (k, N)."""
        self.mark((len(self.ran), len(x) if x.ndim > 1 else 1))  # the running operation is not yet among those that ran
        return self.kernels.apply(plan, x)


class CountedSteps(Counted):
    """The same for kernels that run recurrences: every step of one is an application."""

    def recurrence(self, plan: Plan, before: Any, here: Any, total: Any, shift: Any, rows: Any) -> Any:
        """The steps of the kernels, counted where they were made."""
        found = self.kernels.recurrence(plan, before, here, total, shift, rows)
        if found is not None:
            self.mark((len(self.ran), len(rows)))
        return found

    def polynomial(self, plan: Plan, x: Any, shift: Any, start: Any, rows: Any) -> Any:
        """The polynomial of the kernels, its steps counted for each state where it was made."""
        found = self.kernels.polynomial(plan, x, shift, start, rows)
        if found is not None:
            self.mark((len(self.ran), len(rows) * (len(x) if x.ndim > 1 else 1)))
        return found


def integers(op: MicroOp) -> tuple[int, ...]:
    """The slots that the operators of an operation read."""
    wanted = {name for operator in operators(op) for name in operator.symbols}
    return tuple(slot for name, slot in op.captures if name in wanted)


def operators(op: MicroOp) -> list[Operator]:
    """The operators that an operation applies or is about."""
    if isinstance(op, Sweep):
        return [term.operator for term in op.terms if term.operator is not None]
    values = op.attributes.values() if isinstance(op, Instruct) else ()
    return [value for value in values if isinstance(value, Operator)]


def whole(value: Any) -> int | None:
    """An integer as itself, anything else as None."""
    return int(value) if isinstance(value, (int, np.integer)) else None


__all__ = ["CAPACITY", "COLUMNS", "Recorder", "operators"]
