"""Grouped components: the order of the entries in which strided terms stay in the cache.

Terms t -> u t, v t whose u and v have prime factors up to P never leave n = m s with m rough and s smooth.
Neighbouring rough m are a group, stored as a rectangle: row i is the i-th smooth number, column j the j-th m of the
group.  The terms of all groups are one list of neighbours among the smooth numbers, of which a group with k rows uses
those below k.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qvm_backends.llvm.buffers import aligned
from qwasm.arith.smooth import primes_of, rough_numbers, smooth_numbers

Array = NDArray[Any]
Ints = NDArray[np.int64]
ENTRIES = (1 << 13, 1 << 14)  # of a group, of which a few arrays stay in the second cache; more where N is large
LARGE = 1 << 22
WORK = 1 << 30  # entries times steps of one portion
LANES = 8  # columns are a multiple of this
NARROW = 0.95  # of the rows that the first column of a group has, its last column has as many
SHARE = 16  # there are at least so many times more entries than smooth numbers
END = np.iinfo(np.int64).max


class Layout(NamedTuple):
    """Groups as rows of `table`: first rough number, columns, columns with padding, rows, first entry, first width.

    `near` and `coefficient` list for each smooth number its neighbours in order, ended by END; `begin` says where.
    The same once more for m = 1, in strips of neighbouring rows: `side` and `beside` hold the e-th neighbour of each
    row of a strip beside each other, rows with fewer filled up with 0 times themselves; `stop` says where strips end.
    `width` is how many columns of a row lie in 1..N; after the last rough number stands one that is none.
    """

    smooth: Ints
    rough: Ints
    table: Ints
    width: Ints
    begin: Ints
    near: Ints
    coefficient: Array
    stop: Ints
    side: Ints
    beside: Array
    diagonal: Array

    @property
    def largest(self) -> int:
        """The entries of the largest group."""
        return int((self.table[:, 2] * self.table[:, 3]).max())

    def cuts(self, parts: int) -> list[int]:
        """The first groups of equal shares of the work, and the number of groups."""
        work = np.cumsum(self.table[:, 2] * self.table[:, 3] * np.where(self.table[:, 2] == 1, LANES, 1))
        inside = np.searchsorted(work, work[-1] * np.arange(1, parts) / parts)
        return sorted({0, len(self.table), *(int(g) for g in inside)})

    @property
    def block(self) -> int:
        """The n that are brought into another order at once: far more than there are smooth numbers, if possible."""
        return min(1 << 18, max(1 << 15, 1 << (8 * len(self.smooth)).bit_length()))

    def from_n(self, n: int) -> tuple[Ints, Ints]:
        """For each s the first rough number m with m s >= n, and the group that it is in, as indices."""
        cursor = np.searchsorted(self.rough, -(-n // self.smooth))
        return cursor, np.searchsorted(self.table[:, 0], cursor, side="right") - 1

    def portions(self, threads: int, steps: int) -> list[list[int]]:
        """The groups in portions of bounded work, each cut for the threads; the clock is looked at between them."""
        many = max(1, len(self.diagonal) * steps // WORK)
        ends = self.cuts(threads * many)
        return [ends[k : k + threads + 1] for k in range(0, len(ends) - 1, threads)]


def layout(N: int, u: Ints, v: Ints, length: Ints, c: Array) -> Layout | None:
    """The grouped layout of a sum of terms, its diagonal 0; None where it is no gain or a term is cut short of N."""
    if not len(u) or np.any(length != N // np.maximum(u, v)):
        return None
    primes = primes_of([*u.tolist(), *v.tolist()])
    smooth = smooth_numbers(primes, N, N // SHARE)
    if smooth is None:
        return None
    rough = rough_numbers(primes, N)
    table, width = groups(N, smooth, rough)
    many = int(table[-1, 4] + table[-1, 2] * table[-1, 3])
    entries = aligned(many * c.dtype.itemsize).view(c.dtype)
    entries.fill(0)
    begin, near, coefficient = neighbours(N, smooth, u, v, c)
    beside = strips(begin, near, coefficient, 64 // c.dtype.itemsize)
    return Layout(smooth, np.append(rough, END // N), table, width, begin, near, coefficient, *beside, entries)


def groups(N: int, smooth: Ints, rough: Ints) -> tuple[Ints, Ints]:
    """The table of the groups and the widths of their rows; m = 1, which has most rows, is alone."""
    rows = np.searchsorted(smooth, N // rough, side="right")
    rising = -rows
    table: list[tuple[int, ...]] = []
    widths: list[Ints] = []
    a = offset = first = 0
    room = ENTRIES[N >= LARGE]
    while a < len(rough):
        k = int(rows[a])
        most = 1 if a == 0 else max(LANES, room // k // LANES * LANES)
        alike = int(np.searchsorted(rising, -int(NARROW * k), side="right"))
        count = min(most, max(LANES if a else 1, alike - a), len(rough) - a)
        columns = 1 if a == 0 else -(-count // LANES) * LANES
        table.append((a, count, columns, k, offset, first))
        full = int(np.searchsorted(smooth, N // rough[a + count - 1], side="right"))  # rows without a gap
        widths += [np.full(full, count), np.searchsorted(rough[a : a + count], N // smooth[full:k], side="right")]
        a, offset, first = a + count, offset + -(-k * columns // LANES) * LANES, first + k
    return np.array(table, dtype=np.int64), np.concatenate(widths).astype(np.int64)


def neighbours(N: int, smooth: Ints, u: Ints, v: Ints, c: Array) -> tuple[Ints, Ints, Array]:
    """(begin, near, coefficient) of the terms among the smooth numbers, each row's in order."""
    many = len(smooth)
    at = np.empty(N + 1, np.int32)  # of a smooth number its place
    at[smooth] = np.arange(many)
    rows, columns, values = [np.arange(many)], [np.full(many, many)], [np.zeros(many, c.dtype)]
    for right, left, coefficient in zip(u.tolist(), v.tolist(), c, strict=True):
        t = smooth[: np.searchsorted(smooth, N // max(right, left), side="right")]
        rows.append(at[left * t])
        columns.append(at[right * t])
        values.append(np.full(len(t), coefficient))
    row, column, value = (np.concatenate(parts) for parts in (rows, columns, values))
    order = np.argsort(row * (many + 1) + column, kind="stable")
    near = column[order].astype(np.int64)
    near[near == many] = END
    return np.searchsorted(row[order], np.arange(many + 1)).astype(np.int64), near, np.ascontiguousarray(value[order])


def strips(begin: Ints, near: Ints, coefficient: Array, lanes: int) -> tuple[Ints, Ints, Array]:
    """(stop, side, beside) of strips of so many rows; the rows after the last whole strip are in none."""
    many = (len(begin) - 1) // lanes
    counts = (np.diff(begin) - 1)[: many * lanes].reshape(many, lanes)  # without the END of each row
    stop = np.concatenate([[0], np.cumsum(counts.max(axis=1, initial=0))]).astype(np.int64)
    strip = np.repeat(np.arange(many), np.diff(stop))
    e = np.arange(stop[-1]) - stop[strip]
    row = strip[:, None] * lanes + np.arange(lanes)
    inside = e[:, None] < counts[strip]
    at = np.where(inside, begin[row] + e[:, None], 0)
    return (
        stop,
        np.where(inside, near[at], row).ravel(),
        np.where(inside, coefficient[at], 0).astype(coefficient.dtype).ravel(),
    )


__all__ = ["Layout", "layout"]
