"""Smooth components: a nonnegative matrix of strided terms, known by its largest component.

Terms t -> u t, v t whose u and v have prime factors up to P never leave n = m s with m rough (no prime factor up to
P) and s smooth (no other).  The component of m is the part s <= N / m of that of m = 1, where powers are cheap: among
n <= 10^6 there are 33,000 numbers with prime factors up to 47.  Components of like m are bounded together: with the
largest entry that a diagonal has at any of their m s, the first of them is in no entry below another one.

>>> one = np.array([1], dtype=np.int64)
>>> core = core_of([Strided(2 * one, one, 80 * one, np.ones(1))], 160)
>>> core.smooth.tolist(), [row.largest.tolist() for row in core.classes(np.arange(1.0, 161.0))][1:]
([1, 2, 4, 8, 16, 32, 64, 128], [[63.0, 126.0, 156.0, 152.0, 144.0], [159.0, 158.0]])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qwasm.arith.smooth import primes_of, rough_numbers, smooth_numbers
from qwasm.qpu.plan import Part, Strided
from qwasm.record import record

Array = NDArray[Any]
LEAST = 1 << 14  # entries from which a core pays
RATIO = 8  # of the largest to the least m of one class
ROOM = 1 << 18  # entries of a diagonal that are looked at together
SHARE = 16  # the whole has at least this many times the entries of its core


class Class(NamedTuple):
    """Components m s of like m: the terms among their s, and the extremes of a diagonal over m."""

    matrix: Any
    least: Array
    largest: Array


@record(eq=False)
class Core:
    """The component of m = 1: `smooth` are its n in order, `matrix` the terms among them, `rough` the m."""

    size: int
    smooth: NDArray[np.int64]
    rough: NDArray[np.int64]
    matrix: Any

    def classes(self, diagonal: Array) -> Iterator[Class]:
        """The components in classes of like m, with the extremes of a diagonal at m s for each s."""
        low = 1
        while low <= self.size:
            first, behind = np.searchsorted(self.rough, (low, RATIO * low))
            low *= RATIO
            if first == behind:
                continue
            s = self.smooth[: np.searchsorted(self.smooth, self.size // self.rough[first], side="right")]
            found = Class(self.matrix[: len(s), : len(s)], np.full(len(s), np.inf), np.full(len(s), -np.inf))
            step = max(1, ROOM // len(s))
            for at in range(first, behind, step):
                n = np.multiply.outer(s, self.rough[at : min(at + step, behind)])
                inside = n <= self.size
                entries = diagonal[np.minimum(n, self.size) - 1]
                np.minimum(found.least, np.where(inside, entries, np.inf).min(axis=1), out=found.least)
                np.maximum(found.largest, np.where(inside, entries, -np.inf).max(axis=1), out=found.largest)
            yield found


def core_of(parts: Sequence[Part], N: int) -> Core | None:
    """The core of a sum of strided terms with nonnegative coefficients; None where it is no small part."""
    terms = [part for part in parts if isinstance(part, Strided)]
    if not terms or len(terms) < len(parts):
        return None
    u, v, length = (np.concatenate([getattr(part, name) for part in terms]) for name in ("u", "v", "length"))
    c = np.concatenate([np.real(part.coefficient) for part in terms])
    primes = primes_of([*u.tolist(), *v.tolist()])
    smooth = smooth_numbers(primes, N, N // SHARE)
    if smooth is None:
        return None
    return Core(N, smooth, rough_numbers(primes, N), _matrix(smooth, u, v, length, c))


def _matrix(smooth: NDArray[np.int64], u: Array, v: Array, length: Array, c: Array) -> Any:
    from scipy.sparse import coo_array, csr_array

    rows, columns, values = [], [], []
    for left, right, most, coefficient in zip(v.tolist(), u.tolist(), length.tolist(), c.tolist()):
        t = smooth[: np.searchsorted(smooth, most, side="right")]
        rows.append(np.searchsorted(smooth, left * t))
        columns.append(np.searchsorted(smooth, right * t))
        values.append(np.full(len(t), coefficient))
    places = (np.concatenate(rows), np.concatenate(columns))
    return csr_array(coo_array((np.concatenate(values), places), shape=(len(smooth), len(smooth))))


__all__ = ["LEAST", "Core", "core_of"]
