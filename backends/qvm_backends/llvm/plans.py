"""Plans made ready: the strided terms and diagonals of a plan as the arrays that the sweep kernel streams.

A plan is prepared once and kept while it lives.
"""

from __future__ import annotations

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qvm_backends.llvm.buffers import aligned
from qvm_backends.llvm.largest import LEAST, MOST, Largest, entries, large_primes
from qwasm.qpu.plan import Diagonal, Part, Plan, Strided, Weighted

Array = NDArray[Any]
SHORT = 512  # beyond this u or v a term has little to do in a block
MANY = 32  # such terms from which they go row by row instead
CHUNK = 1 << 16  # entries of a diagonal that are compared at once: most are found out in the first
SMALL = 1 << 14  # rows below which one thread does all
FEW, SPARSE = 4, 8  # terms, and rows for each addition, of a plan whose result is mostly zeros


class Fan(NamedTuple):
    """Many short terms of one kind: y[m] += w[k] x[m d[k]] forward, y[m d[k]] += w[k] x[m] backward, for m d[k] <= N.

    `counts` say for m = 1, 2, ... how many of the d, which are in order, it meets.
    """

    forward: bool
    d: NDArray[np.int64]
    w: Array
    counts: NDArray[np.int64]


class Ready(NamedTuple):
    """The terms that pull (v = 1), then those that push; the diagonal or None; short terms; and what no kernel does.

    Terms of all primes above sqrt(N) are in `large`.
    """

    pulls: int
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length: NDArray[np.int64]
    c: Array
    diagonal: Array | None
    fans: tuple[Fan, ...]
    large: Largest | None
    weighted: tuple[Weighted, ...]
    others: tuple[Part, ...]
    affine: tuple[float, float] | None  # d0, d1 where the diagonal is d0 + d1 n, to the last bit
    rows: int  # of the result; 0 for residues and where it is cut short

    @property
    def additions(self) -> int:
        """How many entries are added up in one application, beside the diagonal."""
        large = 0 if self.large is None else 2 * len(self.large.n)
        return int(self.length.sum()) + sum(int(fan.counts.sum()) for fan in self.fans) + large

    @property
    def sparse(self) -> bool:
        """Whether all there is are a few short terms over many rows, which slices do best."""
        alone = self.diagonal is None and not (self.fans or self.weighted or self.others or self.large)
        few = 0 < len(self.u) <= FEW and SPARSE * int(self.length.sum()) < self.rows
        return alone and few and self.rows >= SMALL

    @property
    def sweeps(self) -> bool:
        """Whether the sweep kernel has anything to do."""
        return len(self.u) > 0 or self.diagonal is not None

    def cuts(self, N: int, threads: int) -> list[int]:
        """The first rows of the ranges of the threads, and N + 1: equal shares of the additions."""
        if threads == 1 or N < SMALL:
            return [1, N + 1]
        rows = np.unique(np.geomspace(1, N, 256).astype(np.int64))
        work = rows.astype(float)  # the row itself, then what each term adds up to it
        for v, length in zip(self.v, self.length):
            work += np.minimum(rows // v, length)
        wanted = work[-1] * np.arange(1, threads) / threads
        inside = np.interp(wanted, work, rows).astype(np.int64) // 64 * 64 + 1
        return sorted({1, N + 1, *(int(n) for n in inside if 1 < n <= N)})


def ready(plan: Plan) -> Ready:
    """The plan for the kernels; pulls in the order of u, pushes in that of the plan."""
    dtype = np.dtype(plan.dtype)
    strided = [part for part in plan.parts if isinstance(part, Strided)]
    found: list[Array] = [
        np.concatenate([getattr(part, name) for part in strided] or [np.empty(0)])
        for name in ("u", "v", "length", "coefficient")
    ]
    u, v, length = (np.ascontiguousarray(a, dtype=np.int64) for a in found[:3])
    c = np.ascontiguousarray(found[3], dtype=dtype)
    fans: list[Fan] = []
    weights: dict[bool, Array] = {}
    for forward in (True, False):
        d = u if forward else v
        short = ((v if forward else u) == 1) & (d > SHORT) & (length == plan.size // d)
        found_weights = by_large_primes(plan, d, c, short)
        if found_weights is not None:
            weights[forward] = found_weights
            large = short & (d > isqrt(plan.size))
            u, v, length, c = (a[~large] for a in (u, v, length, c))
            continue
        if np.count_nonzero(short) >= MANY:
            at = np.flatnonzero(short)[np.argsort(d[short], kind="stable")]
            rows = plan.size // np.arange(1, plan.size // int(d[at[0]]) + 1)
            fans.append(Fan(forward, d[at], c[at], np.searchsorted(d[at], rows, side="right").astype(np.int64)))
            u, v, length, c = u[~short], v[~short], length[~short], c[~short]
    order = np.argsort(v != 1, kind="stable")
    diagonal: Array | None = None
    for part in plan.parts:
        if isinstance(part, Diagonal):
            f = np.ascontiguousarray(part.f, dtype=dtype)
            if len(f) < plan.size:
                f = np.concatenate([f, np.zeros(plan.size - len(f), dtype)])
            diagonal = f if diagonal is None else diagonal + f
    if diagonal is not None:
        lined = aligned(diagonal.nbytes).view(dtype)
        np.remainder(diagonal, plan.modulus, out=lined) if plan.modulus else np.copyto(lined, diagonal)
        diagonal = lined
    weighted = tuple(part for part in plan.parts if isinstance(part, Weighted))
    others = tuple(part for part in plan.parts if not isinstance(part, (Strided, Diagonal, Weighted)))
    pulls = int(np.count_nonzero(v == 1))
    order[:pulls] = order[:pulls][np.argsort(u[order[:pulls]], kind="stable")]
    large_ones = entries(plan.size, weights.get(True), weights.get(False)) if weights else None
    return Ready(
        pulls, u[order], v[order], length[order], c[order], diagonal, tuple(fans), large_ones, weighted, others,
        affine(diagonal), 0 if plan.modulus or plan.size != plan.N else plan.N,
    )  # fmt: skip


def affine(diagonal: Array | None) -> tuple[float, float] | None:
    """(d0, d1) where d0 + d1 n gives every entry to the last bit: computing it is cheaper than reading it."""
    if diagonal is None or diagonal.dtype != np.float64 or len(diagonal) < 2:
        return None
    first, second = float(diagonal[0]), float(diagonal[1])
    d1 = second - first
    d0 = first - d1
    for start in range(0, len(diagonal), CHUNK):
        n = np.arange(start + 1, min(start + CHUNK, len(diagonal)) + 1, dtype=np.float64)
        if not np.array_equal(d0 + d1 * n, diagonal[start : start + len(n)]):
            return None
    return d0, d1


def by_large_primes(plan: Plan, d: Array, c: Array, short: NDArray[np.bool_]) -> Array | None:
    """The coefficients of all primes above sqrt(N) where the short terms have these above it and no others."""
    if plan.size > MOST:
        return None
    at = np.flatnonzero(short & (d > isqrt(plan.size)))
    if len(at) < LEAST or len(at) != len(large_primes(plan.size)):
        return None
    at = at[np.argsort(d[at], kind="stable")]
    return c[at] if np.array_equal(d[at], large_primes(plan.size)) else None


__all__ = ["Ready", "ready"]
