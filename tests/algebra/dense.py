"""An oracle that knows nothing of normal forms: matrices over Fractions, and a tiny interpreter of plans.

A matrix is a dict (row, column) -> Fraction.  `Letters` spells each letter by its definition.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.qpu import plan as plans
from qwasm.qpu.plan import Plan

Matrix = dict[tuple[int, int], Fraction]


def letter(name: str, index: int, N: int) -> Matrix:
    """A, B, P, Q, S by definition: which psi(j) each n reads."""
    one = Fraction(1)
    match name:
        case "A":
            return {(n, index * n): one for n in range(1, N + 1) if index * n <= N}
        case "B":
            return {(n, n // index): one for n in range(1, N + 1) if n % index == 0}
        case "P":
            return {(n, n): one for n in range(1, N + 1) if n % index == 0}
        case "Q":
            return {(n, n): one for n in range(1, N + 1) if n <= N // index}
        case "S":
            return {(n, n + index): one for n in range(1, N + 1) if 1 <= n + index <= N}
    raise KeyError(name)


def identity(N: int) -> Matrix:
    return {(n, n): Fraction(1) for n in range(1, N + 1)}


def plus(a: Matrix, b: Matrix, scale: Fraction | int = 1) -> Matrix:
    total = dict(a)
    for at, value in b.items():
        total[at] = total.get(at, Fraction(0)) + scale * value
    return {at: value for at, value in total.items() if value}


def times(a: Matrix, b: Matrix) -> Matrix:
    rows: dict[int, list[tuple[int, Fraction]]] = {}
    for (j, k), value in b.items():
        rows.setdefault(j, []).append((k, value))
    total: Matrix = {}
    for (i, j), x in a.items():
        for k, y in rows.get(j, []):
            total[i, k] = total.get((i, k), Fraction(0)) + x * y
    return {at: value for at, value in total.items() if value}


def cut(a: Matrix, N: int) -> Matrix:
    return {(i, j): value for (i, j), value in a.items() if i <= N and j <= N}


def exact(x: Any, N: int, weight: Any = None) -> Matrix:
    """An operator's exact matrix with rational entries, as Fractions."""
    found: Matrix = {}
    for at, value in x.exact_matrix(N, weight).items():
        rational = value.rational()
        assert rational is not None
        found[at] = rational
    return found


# ---------------------------------------------------------------- plans


def apply(plan: Plan, x: NDArray[Any]) -> NDArray[Any]:
    """A plan applied to a vector of any length, one number after the other."""
    inside = np.zeros(plan.size, dtype=plan.dtype)
    inside[: min(plan.N, len(x))] = x[: plan.N]
    total = np.zeros(plan.size, dtype=plan.dtype)
    for part in plan.parts:
        total = _reduced(total + _part(part, inside, plan), plan)
    result = np.zeros(len(x), dtype=plan.dtype)
    result[: plan.N] = total[: min(plan.N, len(x))]
    return result


def matrix_of(plan: Plan) -> NDArray[Any]:
    """The N x N matrix of a plan, column by column."""
    return np.column_stack([apply(plan, column) for column in np.eye(plan.N, dtype=plan.dtype)])


def _reduced(x: NDArray[Any], plan: Plan) -> NDArray[Any]:
    return x % plan.modulus if plan.modulus else x


def _part(part: plans.Part, x: NDArray[Any], plan: Plan) -> NDArray[Any]:
    y, size = np.zeros_like(x), len(x)
    match part:
        case plans.Strided():
            for u, v, length, c in zip(part.u.tolist(), part.v.tolist(), part.length.tolist(), part.coefficient):
                for t in range(1, length + 1):
                    y[v * t - 1] = _reduced(y[v * t - 1] + c * x[u * t - 1], plan)
        case plans.Weighted(u=u, v=v, f=f):
            for t in range(1, len(f) + 1):
                y[v * t - 1] += f[t - 1] * x[u * t - 1]
        case plans.Diagonal(f=f):
            y = f * x
        case plans.Dirichlet(f=f, forward=forward):
            for d in range(1, size + 1):
                for n in range(1, size // d + 1):
                    row, column = (n, d * n) if forward else (d * n, n)
                    y[row - 1] = _reduced(y[row - 1] + f[d - 1] * x[column - 1], plan)
        case plans.Shift(k=k, cyclic=cyclic, coefficient=c):
            for n in range(1, size + 1):
                j = (n + k - 1) % size + 1 if cyclic else n + k
                if 1 <= j <= size:
                    y[n - 1] = c * x[j - 1]
        case plans.Outer(column=column, row=row):
            inner = x.dtype.type(0)
            for a, b in zip(row, x):
                inner = _reduced(np.asarray(inner + a * b), plan)
            y = column * inner
        case plans.Chain(factors=factors, coefficient=c):
            y = x
            for factor in reversed(factors):
                y = apply(factor, y)
            y = c * y
        case plans.Repeat(base=base, k=k, coefficient=c):
            y = x
            for _ in range(k):
                y = apply(base, y)
            y = c * y
        case plans.Exponential(base=base, coefficient=c):
            from scipy.linalg import expm

            y[: base.N] = c * (expm(matrix_of(base)) @ x[: base.N])
        case plans.Inverse(base=base, coefficient=c):
            y[: base.N] = c * _solve(matrix_of(base), x[: base.N], plan.modulus)
    return _reduced(y, plan)


def _solve(a: NDArray[Any], b: NDArray[Any], modulus: int) -> NDArray[Any]:
    if not modulus:
        return np.asarray(np.linalg.solve(a, b))
    y = np.zeros_like(b)
    order = range(len(b)) if not np.triu(a, 1).any() else range(len(b) - 1, -1, -1)
    for i in order:
        rest = int(b[i]) - sum(int(a[i, j]) * int(y[j]) for j in range(len(b)) if j != i)
        y[i] = rest * pow(int(a[i, i]), -1, modulus) % modulus
    return y
