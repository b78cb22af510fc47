"""Plans: what a linear operator does to N numbers, in plain arrays a kernel can stream.

A plan is made from an operator value at one space and picture.  It holds no symbols: every
coefficient is a number of the field.  `Strided` is the universal term
y[v t] += c x[u t], t = 1..L; indices count from 1 as in psi(1..N).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.record import record

Array = NDArray[Any]


@record(eq=False)
class Strided:
    """Many terms y[v t] += c x[u t] for t = 1..L: four arrays of one length."""

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length: NDArray[np.int64]
    coefficient: Array  # dtype of the field


@record(eq=False)
class Weighted:
    """One term y[v t] += f[t-1] x[u t] for t = 1..len(f), f an array of the field."""

    u: int
    v: int
    f: Array


@record(eq=False)
class Diagonal:
    """y[n] += f[n-1] x[n]."""

    f: Array  # (N,)


@record(eq=False)
class Dirichlet:
    """y(n) += sum_{dn <= N} f(d) x(dn) if `forward`, else y(n) += sum_{d | n} f(d) x(n/d).

    `multiplicative` says f is, so the sum may run as an Euler product of sweeps over primes.
    """

    f: Array  # (N,), f(1..N)
    forward: bool
    multiplicative: bool = False


@record(eq=False)
class Shift:
    """y(n) += c x(n + k) inside 1..N, or cyclically."""

    k: int
    cyclic: bool
    coefficient: complex | float | int


@record(eq=False)
class Outer:
    """y += c * column * sum_n row[n-1] x[n]; weight and conjugation are already inside `row`."""

    column: Array
    row: Array


@record(eq=False)
class Chain:
    """The product of plans, factors[0] outermost (acts last), times a coefficient."""

    factors: tuple[Plan, ...]
    coefficient: complex | float | int = 1


@record(eq=False)
class Repeat:
    """The k-th power of a plan, times a coefficient."""

    base: Plan
    k: int
    coefficient: complex | float | int = 1


@record(eq=False)
class Exponential:
    """c * e^X for the plan X of N x N matrices (run by the machine's exponential)."""

    base: Plan
    coefficient: complex | float | int = 1


@record(eq=False)
class Inverse:
    """c * X^-1 for a plan X = a I + strictly one-sided part (run by substitution)."""

    base: Plan
    coefficient: complex | float | int = 1


Part = Strided | Weighted | Diagonal | Dirichlet | Shift | Outer | Chain | Repeat | Exponential | Inverse


@record(eq=False)
class Plan:
    """A sum of parts on {1..N}.

    `size` is N, or under free truncation the larger N' on which the product is formed before
    it is cut: the input is padded with zeros to N' and the output cut to N.  The plans inside a
    part are applied to vectors of length `size`; such a plan reads the first N of its own
    numbers, and what it gives is padded with zeros to the length it was given.
    """

    N: int
    size: int
    parts: tuple[Part, ...]
    modulus: int = 0  # of mod(l), else 0
    dtype: str = "float64"
