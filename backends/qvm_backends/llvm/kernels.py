"""The executors of the LLVM backend: a plan is one fused sweep, then what is left part by part."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Kernels, load
from qvm_backends.llvm.plans import Ready, ready
from qwasm.clock import look
from qwasm.qpu.plan import Chain, Dirichlet, Exponential, Part, Plan, Repeat
from qwasm.qpu.program import Schedule

Array = NDArray[Any]
WORTH = 1 << 20  # additions of one application for which code is made; below, the reference is as quick

KEPT = 32  # prepared plans


@cache
def pool() -> ThreadPoolExecutor:
    """The threads of the process, started as they are needed and kept."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="qvm-llvm")


class LlvmKernels:
    """apply(plan, x) on (N,) and on (k, N); `worth` is the size from which machine code is used."""

    def __init__(self, threads: int = 1, worth: int = WORTH) -> None:
        self.threads = max(1, min(threads, os.cpu_count() or 1))
        self.worth = worth
        self.reference: Kernels = load("numpy").kernels(Schedule())
        self.prepared: dict[Plan, Ready] = {}  # of the plans used last

    def apply(self, plan: Plan, x: Array) -> Array:
        """The plan's action on a state or on each row of a field, as a new array of the plan's dtype."""
        look()
        known = self.prepared.get(plan)
        if known is None:
            if len(self.prepared) >= KEPT:
                del self.prepared[next(iter(self.prepared))]
            known = self.prepared[plan] = ready(plan)
        additions = plan.size + int(known.length.sum())
        if not any(isinstance(part, (Chain, Repeat, Exponential, Dirichlet)) for part in known.others) and (
            additions < self.worth or not (known.sweeps or known.weighted)
        ):
            return self.reference.apply(plan, x)
        x = padded(np.asarray(x).astype(plan.dtype, copy=False), plan.size)
        y = np.zeros_like(x) if not known.sweeps else np.empty_like(x)
        x = np.ascontiguousarray(x)
        for row, out in zip(x.reshape(-1, plan.size), y.reshape(-1, plan.size), strict=True):
            if known.sweeps or known.weighted:
                self.swept(plan, known, row, out)
        for part in known.others:
            y += self.part(part, plan, x)
            if plan.modulus:
                np.remainder(y, plan.modulus, out=y)
        return y if plan.size == plan.N else y[..., : plan.N].copy()

    # ------------------------------------------------------------ kernels

    def swept(self, plan: Plan, known: Ready, x: Array, y: Array) -> None:
        """y <- the strided terms, the diagonal and the weighted words, each thread its own rows."""
        cuts = known.cuts(plan.size, self.threads)
        ranges = list(pairwise(cuts))
        if len(ranges) == 1:
            self.rows(plan, known, x, y, *ranges[0])
            return
        running: list[Future[None]] = [pool().submit(self.rows, plan, known, x, y, lo, hi) for lo, hi in ranges[1:]]
        try:
            self.rows(plan, known, x, y, *ranges[0])
        finally:
            wait(running)
        for future in running:
            future.result()

    def rows(self, plan: Plan, known: Ready, x: Array, y: Array, lo: int, hi: int) -> None:
        """The rows lo..hi-1; the interpreter's lock is free meanwhile."""
        from qvm_backends.llvm.jit import kernels

        made = kernels(plan.dtype)
        l = plan.modulus
        inverse = 1.0 / l if l else 0.0
        if known.sweeps:
            made["sweep"](
                at(y), at(x), at(known.diagonal), lo, hi, plan.size, known.pulls, len(known.u),
                at(known.u), at(known.v), at(known.length), at(known.c), l, inverse,
            )  # fmt: skip
        for part in known.weighted:
            f = np.ascontiguousarray(part.f, dtype=plan.dtype)
            made["weighted"](at(y), at(x), at(f), lo, hi, part.u, part.v, len(f), l, inverse)

    # ------------------------------------------------------------ the other parts

    def part(self, part: Part, plan: Plan, x: Array) -> Array:
        """One part that no kernel does."""
        match part:
            case Chain(factors=factors, coefficient=c):
                z = x
                for factor in reversed(factors):
                    z = padded(self.apply(factor, z), x.shape[-1])
            case Repeat(base=base, k=k, coefficient=c):
                z = x
                for _ in range(k):
                    z = padded(self.apply(base, z), x.shape[-1])
            case Exponential(base=base, coefficient=c):
                from qvm.machine.exponential import plan_exponential

                z = padded(plan_exponential(self, base, x[..., : base.N]), x.shape[-1])
            case Dirichlet() if plan.size * plan.size.bit_length() >= self.worth:
                from qvm_backends.llvm.dirichlet import convolve
                from qvm_backends.llvm.jit import kernels

                made = kernels(plan.dtype, "dirichlet")
                rows = [convolve(made, part, plan.modulus, row) for row in x.reshape(-1, plan.size)]
                return np.stack(rows).reshape(x.shape) if x.ndim > 1 else rows[0]
            case _:
                return self.reference.apply(Plan(plan.size, plan.size, (part,), plan.modulus, plan.dtype), x)
        if c == 1:
            return z
        return int(c.real) % plan.modulus * z % plan.modulus if plan.modulus else np.asarray(c * z, dtype=plan.dtype)


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
