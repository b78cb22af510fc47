"""What a program and its counts say without any clock: letters by primes, strides, streams, work and energy.

Letters are those of the normal form of each term: a word m, e is B for the primes of m and A for those of e.
Elements are those of the cost model at the dearer end of loops, bytes and floating-point operations follow from them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from qvm.machine.recorder import Recorder, operators
from qvm.trace.schema import EXACT, typed
from qwasm.algebra.operators import Operator
from qwasm.arith.sieve import primes
from qwasm.diagnostics import QwasmError
from qwasm.qpu.cost import Frame, Walk
from qwasm.qpu.plan import (
    Chain,
    Diagonal,
    Dirichlet,
    Exponential,
    Inverse,
    Outer,
    Plan,
    Repeat,
    Shift,
    Strided,
    Weighted,
)
from qwasm.qpu.program import Instruct, MicroOp, QpuProgram

Letters = Counter[tuple[str, int]]
Strides = Counter[tuple[int, int]]
Planned = Callable[[Operator, Any], Plan]
SIEVED = 10**8  # the largest index whose primes are told apart; larger ones are counted as 0


class Work(Walk):
    """The cost model's walk, which keeps the elements of each operation."""

    def __init__(self, program: QpuProgram) -> None:
        super().__init__(program)
        self.elements: dict[int, int] = {}

    def charge(self, work: int, op: MicroOp, frame: Frame) -> None:
        """Note the work of one execution, the largest where there are several."""
        self.elements[id(op)] = max(self.elements.get(id(op), 0), work)
        super().charge(work, op, frame)


def elements(recorder: Recorder) -> np.ndarray[Any, Any]:
    """Elements that one execution of each operation touches, at most, by the cost model."""
    walk = Work(recorder.program)
    walk.run()
    return np.array([walk.elements.get(id(op), 1) for op in recorder.ops], np.int64)


def applied(recorder: Recorder) -> Iterator[tuple[int, Operator, Any, int]]:
    """(operation, closed operator, picture, how often) for every operator that ran.

    An exponential, a trace or a spectrum applies its operator many times, as the recorder counted; with several
    variants of one operation these applications are shared by their executions, rounded down.
    """
    for k, op in enumerate(recorder.ops):
        found = operators(op)
        picture = getattr(op, "picture", "nspace")
        if not found or not recorder.counts[k]:
            continue
        wanted = {name for operator in found for name in operator.symbols}
        names = [name for name, _ in op.captures if name in wanted]
        for values, times in recorder.variants.get(k, {(): int(recorder.counts[k])}).items():
            if isinstance(op, Instruct) and (inner := int(recorder.applied[k])):
                times = max(times, inner * times // int(recorder.counts[k]))
            env = {name: value for name, value in zip(names, values) if value is not None}
            for operator in found:
                closed = operator.substitute(env) if env else operator
                if closed.symbols <= {"N"}:
                    yield k, closed, picture, times


def letters_and_strides(recorder: Recorder, planned: Planned) -> tuple[Letters, Strides, dict[int, tuple[int, int]]]:
    """How often each letter ran with each prime; elements by stride; streams and bytes of a stream by operation."""
    letters: Letters = Counter()
    strides: Strides = Counter()
    streams: dict[int, tuple[int, int]] = {}
    size = recorder.program.space.N * recorder.program.space.field.itemsize
    for k, operator, picture, times in applied(recorder):
        try:
            plan = planned(operator, picture)
        except QwasmError:  # no plan: refused where it ran, or only a norm was asked of it
            continue
        parts, extra = told(plan, times, letters, strides)
        streams[k] = (max(streams.get(k, (0, 0))[0], 2 + extra + parts), size)
    return letters, strides, streams


def told(plan: Plan, times: int, letters: Letters, strides: Strides) -> tuple[int, int]:
    """Count a plan that is applied so often; the answer is how many terms it has, and how many arrays it reads."""
    stack, terms, arrays = [(plan, times)], 0, 0
    while stack:
        current, often = stack.pop()
        for part in current.parts:
            match part:
                case Strided(u=u, v=v, length=length):
                    terms += len(u)
                    factored(u, often, "A", letters)
                    factored(v, often, "B", letters)
                    for a, b, n in zip(u.tolist(), v.tolist(), length.tolist()):
                        strides[a, b] += n * often
                case Weighted(u=a, v=b, f=f):
                    terms, arrays = terms + 1, arrays + 1
                    factored(np.array([a]), often, "A", letters)
                    factored(np.array([b]), often, "B", letters)
                    letters["V", 0] += often
                    strides[a, b] += len(f) * often
                case Diagonal(f=f):
                    arrays += 1
                    letters["V", 0] += often
                    strides[1, 1] += len(f) * often
                case Dirichlet(forward=forward):
                    arrays += 1
                    letters["Dir" if forward else "coDir", 0] += often
                case Chain(factors=factors):
                    stack += [(factor, often) for factor in factors]
                case Repeat(base=base, k=k):
                    stack.append((base, often * int(k)))
                case Exponential(base=base):
                    letters["exp", 0] += often
                    stack.append((base, often))
                case Inverse():
                    letters["inv", 0] += often
                case Shift():
                    letters["S", 0] += often
                case Outer():
                    letters["out", 0] += often
    return terms, arrays


def factored(indices: Any, times: int, letter: str, letters: Letters) -> None:
    """Count the prime factors of indices."""
    values, many = np.unique(np.asarray(indices, np.int64), return_counts=True)
    values, many = values[values > 1], many[values > 1]
    if not len(values):
        return
    if values[-1] > SIEVED:
        letters[letter, 0] += int(many[values > SIEVED].sum()) * times
        values, many = values[values <= SIEVED], many[values <= SIEVED]
    known = primes(2, int(values[-1])) if len(values) else np.empty(0, np.int64)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1) if len(values) else values
    prime = known[at] == values if len(values) else np.zeros(0, bool)
    for p, count in zip(values[prime].tolist(), many[prime].tolist()):
        letters[letter, p] += count * times
    rest, often = values[~prime], many[~prime]
    for p in known[known <= math.isqrt(int(rest[-1]))].tolist() if len(rest) else ():
        divided = rest % p == 0
        while divided.any():
            letters[letter, p] += int(often[divided].sum()) * times
            rest = np.where(divided, rest // p, rest)
            divided &= rest % p == 0
    for n, count in zip(rest[rest > 1].tolist(), often[rest > 1].tolist()):
        letters[letter, n] += count * times


def histogram(letters: Letters) -> dict[str, Any]:
    """Columns of the letters: primes below EXACT one by one, larger ones from a power of two to the next."""
    rows: Counter[tuple[str, int, int]] = Counter()
    for (letter, p), count in letters.items():
        low = p if p < EXACT else 1 << (p.bit_length() - 1)
        rows[letter, low, p if p < EXACT else 2 * low - 1] += count
    ordered = sorted(rows.items())
    columns = {
        "letter": [row[0] for row, _ in ordered], "prime": [row[1] for row, _ in ordered],
        "upto": [row[2] for row, _ in ordered], "count": [count for _, count in ordered],
    }  # fmt: skip
    return {name: typed("counts.npz", name, values) for name, values in columns.items()}


def energy(recorder: Recorder, planned: Planned, touched: Any) -> dict[str, Any]:
    """E_flow, the sum of c_i ||O_i|| over the terms of all operators applied, and work; `unbounded` ones have none."""
    total, open_ones = [], 0
    s = float(recorder.program.space.weight.s)
    for _, operator, picture, times in applied(recorder):
        try:
            size = flow(planned(operator, picture), 0.0 if picture == "hilbert" else s)
        except (QwasmError, OverflowError):
            size = math.inf
        if math.isfinite(size):
            total.append(size * times)
        else:
            open_ones += times
    work = int((touched * recorder.counts).sum())
    return {
        "E_flow": math.fsum(total), "unbounded": open_ones, "elements": work, "flops": 2 * work,
        "bytes": work * recorder.program.space.field.itemsize,
    }  # fmt: skip


def flow(plan: Plan, s: float) -> float:
    """The sum of the norms of the terms of a plan in the weight n^-s, the plan being in the picture of psi(n).

    A word has the norm |c| (u / v)^(s/2), a multiplier its largest modulus; products multiply.  Infinity for parts
    that are none of these, and for residues, which have no size.
    """
    if plan.modulus:
        return math.inf
    total = 0.0
    for part in plan.parts:
        match part:
            case Strided(u=u, v=v, length=length, coefficient=c):
                sizes = np.abs(c) * (u / v) ** (s / 2)
                total += math.fsum(sizes[length > 0].tolist())
            case Weighted(u=a, v=b, f=f):
                total += float(np.abs(f).max(initial=0.0)) * (a / b) ** (s / 2)
            case Diagonal(f=f):
                total += float(np.abs(f).max(initial=0.0))
            case Dirichlet(f=f, forward=forward):
                d = np.arange(1, len(f) + 1, dtype=float)
                total += float(np.sum(np.abs(f) * d ** (s / 2 if forward else -s / 2)))
            case Chain(factors=factors, coefficient=c):
                total += abs(c) * math.prod(flow(factor, s) for factor in factors)
            case Repeat(base=base, k=k, coefficient=c):
                total += abs(c) * flow(base, s) ** int(k)
            case _:
                return math.inf
    return total


__all__ = ["applied", "elements", "energy", "flow", "histogram", "letters_and_strides"]
