"""The reference executors: each part of a plan is a line or two of numpy on strided slices.

In mod(l) every product of residues is below 2^62 and is reduced at once, and sums of reduced
products are reduced before 2^31 of them could pass 2^62.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.sums import tree_sum
from qvm_backends.reference.dirichlet import convolve
from qwasm.clock import look
from qwasm.qpu.plan import (
    Chain,
    Diagonal,
    Dirichlet,
    Exponential,
    Inverse,
    Outer,
    Part,
    Plan,
    Repeat,
    Shift,
    Strided,
    Weighted,
)

Array = NDArray[Any]
SHORT = 48  # terms with fewer points run together, one pass for each t
TERMS = 1 << 30  # reduced products added before a reduction
BLOCK = 1 << 16  # points at a time: their products stay in the cache


class ReferenceKernels:
    """apply(plan, x) for every part there is, on (N,) and on (k, N)."""

    def apply(self, plan: Plan, x: Array) -> Array:
        """The plan's action on a state or on each row of a field, as a new array of the plan's dtype."""
        x = padded(np.asarray(x).astype(plan.dtype, copy=False), plan.size)
        y = np.zeros(x.shape, x.dtype)  # unlike zeros_like, it touches no memory that nothing is written to
        for part in plan.parts:
            look()
            self.add(part, plan, x, y)
            if plan.modulus:
                np.remainder(y, plan.modulus, out=y)
        return y if plan.size == plan.N else y[..., : plan.N].copy()

    def add(self, part: Part, plan: Plan, x: Array, y: Array) -> None:
        """y += part x; in mod(l) residues below 2^62 come out."""
        l = plan.modulus
        match part:
            case Strided():
                strided(part, l, x, y)
            case Weighted(u=u, v=v, f=f):
                L = len(f)
                y[..., v - 1 : v * L : v] += reduced(f * x[..., u - 1 : u * L : u], l)
            case Diagonal(f=f):
                for a, b in blocks(len(f)):
                    y[..., a:b] += reduced(f[a:b] * x[..., a:b], l)
            case Dirichlet():
                y += convolve(part, l, x)
            case Shift():
                shift(part, l, x, y)
            case Outer(column=column, row=row):
                inner = reduced(tree_sum(reduced(row * x, l)), l)
                y += reduced(np.asarray(inner)[..., None] * column, l)
            case Chain(factors=factors, coefficient=c):
                z = x
                for factor in reversed(factors):
                    z = padded(self.apply(factor, z), x.shape[-1])
                y += scaled(c, z, l)
            case Repeat(base=base, k=k, coefficient=c):
                z = x
                for _ in range(k):
                    z = padded(self.apply(base, z), x.shape[-1])
                y += scaled(c, z, l)
            case Exponential(base=base, coefficient=c):
                from qvm.machine.exponential import plan_exponential

                y += scaled(c, padded(plan_exponential(self, base, x[..., : base.N]), x.shape[-1]), l)
            case Inverse(base=base, coefficient=c):
                y += scaled(c, padded(self.solve(base, x), x.shape[-1]), l)

    def solve(self, plan: Plan, x: Array) -> Array:
        """X^-1 x for X = a (I - T) with T strictly one-sided: T^k = 0 once 2^k > N, so the iteration ends."""
        first = np.zeros(plan.N, plan.dtype)
        first[0] = 1
        a = self.apply(plan, first)[0]
        l = plan.modulus
        x = x[..., : plan.N]
        inverse = pow(int(a), -1, l) if l else 1 / a
        y: Array = reduced(inverse * x, l)
        for _ in range(plan.N.bit_length()):
            y = reduced(y + reduced(inverse * reduced(x - self.apply(plan, y), l), l), l)
        return y


def blocks(L: int) -> Iterator[tuple[int, int]]:
    """0 .. L in pieces of at most BLOCK points, each as (first, behind the last)."""
    return ((a, min(a + BLOCK, L)) for a in range(0, L, BLOCK))


def padded(x: Array, size: int) -> Array:
    """x, or x with zeros behind it, or its first `size` entries."""
    N = x.shape[-1]
    if size <= N:
        return x if size == N else np.asarray(x[..., :size])
    return np.concatenate([x, np.zeros((*x.shape[:-1], size - N), x.dtype)], axis=-1)


def reduced(values: Any, l: int) -> Any:
    """Residues in [0, l), or the values themselves when there is no modulus."""
    return values % l if l else values


def scaled(c: Any, values: Array, l: int) -> Array:
    """c times the values."""
    if c == 1:
        return values
    result: Array = reduced((int(c) % l if l else c) * values, l)
    return result


def strided(part: Strided, l: int, x: Array, y: Array) -> None:
    """y[v t] += c x[u t]: one pair of slices for each long term, one gather for each t of the short ones."""
    # many short terms cost more in slices than in gathers
    count = len(part.u)
    short = part.length < SHORT if count > 4 * SHORT else np.zeros(count, dtype=bool)
    longest = int(part.length[~short].max(initial=0))
    room = np.empty((*x.shape[:-1], min(longest, BLOCK)), y.dtype)
    pending = 0
    rows = np.flatnonzero(~short)
    columns = (column[rows].tolist() for column in (part.u, part.v, part.length))
    for u, v, L, c in zip(*columns, part.coefficient[rows], strict=True):
        look()
        for a, b in blocks(L):
            source, target = x[..., u * (a + 1) - 1 : u * b : u], y[..., v * (a + 1) - 1 : v * b : v]
            if c == 1:
                target += source
            else:
                product = np.multiply(source, c, out=room[..., : b - a])
                if l:
                    np.remainder(product, l, out=product)
                target += product
        pending += 1
        if l and pending >= TERMS:
            np.remainder(y, l, out=y)
            pending = 0
    chosen = np.flatnonzero(short)
    for t in range(1, int(part.length[chosen].max(initial=0)) + 1):
        chosen = chosen[part.length[chosen] >= t]
        for a, b in blocks(len(chosen)):
            look()
            some = chosen[a:b]
            products = reduced(part.coefficient[some] * x[..., part.u[some] * t - 1], l)
            np.add.at(y.T, part.v[some] * t - 1, products.T)


def shift(part: Shift, l: int, x: Array, y: Array) -> None:
    """y(n) += c x(n + k)."""
    k, N = part.k, x.shape[-1]
    if part.cyclic:
        y += scaled(part.coefficient, np.roll(x, -k, axis=-1), l)
    elif 0 <= k < N:
        y[..., : N - k] += scaled(part.coefficient, x[..., k:], l)
    elif -N < k < 0:
        y[..., -k:] += scaled(part.coefficient, x[..., :k], l)
