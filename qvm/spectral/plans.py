"""Plans transformed: transposes, entrywise majorants and diagonals read off the parts.

A plan is a sum of explicit parts, so its transpose is a plan, and so is the matrix of
magnitudes that bounds it entry by entry.  That is what turns estimates of norms and spectra
into proofs at any N.

>>> import numpy as np
>>> one = np.array([1], dtype=np.int64)
>>> shift = Strided(2 * one, one, 4 * one, np.array([3.0]))         # 3 A_2 on {1..8}
>>> adjoint_plan(Plan(8, 8, (shift,))).parts[0].v.tolist()
[2]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.spectral.linearmap import Array
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
from qwasm.record import replace

Number = complex | float | int


def adjoint_plan(plan: Plan) -> Plan:
    """The plan of the Euclidean conjugate transpose."""
    return rebuild(plan, lambda part, inner: [_transposed(part, inner)])


def majorant_plan(plan: Plan) -> Plan:
    """A plan with entries >= 0 that bounds |X| entry by entry; float64."""
    return rebuild(replace(plan, dtype="float64"), lambda part, inner: [_majorant(part, inner)])


def rebuild(plan: Plan, change: Callable[[Part, list[Plan]], Sequence[Part]]) -> Plan:
    """A plan with every part changed, innermost first; `change` gets the inner plans already changed."""
    done: dict[int, Plan] = {}
    stack: list[tuple[Plan, bool]] = [(plan, False)]
    while stack:
        current, ready = stack.pop()
        if id(current) in done:
            continue
        if not ready:
            stack.append((current, True))
            stack.extend((inner, False) for part in current.parts for inner in inner_plans(part))
            continue
        parts: list[Part] = []
        for part in current.parts:
            parts.extend(change(part, [done[id(inner)] for inner in inner_plans(part)]))
        done[id(current)] = replace(current, parts=tuple(parts), dtype=plan.dtype)
    return done[id(plan)]


def inner_plans(part: Part) -> tuple[Plan, ...]:
    """The plans inside a part."""
    if isinstance(part, Chain):
        return part.factors
    return (part.base,) if isinstance(part, (Repeat, Exponential, Inverse)) else ()


def _conj(value: Any) -> Any:
    return np.conj(value)


def _transposed(part: Part, inner: list[Plan]) -> Part:
    match part:
        case Strided(u, v, length, c):
            return Strided(v, u, length, _conj(c))
        case Weighted(u, v, f):
            return Weighted(v, u, _conj(f))
        case Diagonal(f):
            return Diagonal(_conj(f))
        case Dirichlet(f, forward, multiplicative):
            return Dirichlet(_conj(f), not forward, multiplicative)
        case Shift(k, cyclic, c):
            return Shift(-k, cyclic, _plain(_conj(c)))
        case Outer(column, row):
            return Outer(_conj(row), _conj(column))
        case Chain(_, c):
            return Chain(tuple(reversed(inner)), _plain(_conj(c)))
        case Repeat(_, k, c):
            return Repeat(inner[0], k, _plain(_conj(c)))
        case Exponential(_, c):
            return Exponential(inner[0], _plain(_conj(c)))
        case Inverse(_, c):
            return Inverse(inner[0], _plain(_conj(c)))


def _plain(value: Any) -> Number:
    number: Number = value.item() if hasattr(value, "item") else value
    return number


def _size(value: Any) -> NDArray[np.float64]:
    return np.asarray(np.abs(np.asarray(value)).astype(np.float64))


def _majorant(part: Part, inner: list[Plan]) -> Part:
    match part:
        case Strided(u, v, length, c):
            return Strided(u, v, length, _size(c))
        case Weighted(u, v, f):
            return Weighted(u, v, _size(f))
        case Diagonal(f):
            return Diagonal(_size(f))
        case Dirichlet(f, forward, multiplicative):
            return Dirichlet(_size(f), forward, multiplicative)
        case Shift(k, cyclic, c):
            return Shift(k, cyclic, abs(_plain(c)))
        case Outer(column, row):
            return Outer(_size(column), _size(row))
        case Chain(_, c):
            return Chain(tuple(inner), abs(_plain(c)))
        case Repeat(_, k, c):
            return Repeat(inner[0], k, abs(_plain(c)))
        case Exponential(_, c):
            return Exponential(inner[0], abs(_plain(c)))
        case Inverse(base, c):
            return Inverse(_inverse_majorant(base, inner[0]), abs(_plain(c)))


def _inverse_majorant(base: Plan, sizes: Plan) -> Plan:
    """|d| - |R| for a base d + R: the inverse of this M-matrix bounds the inverse of the base."""
    diagonal, rest = diagonal_and_rest(base)
    negative = rebuild(majorant_plan(rest), lambda part, inner: [_negated(part, inner)])
    return replace(sizes, parts=(Diagonal(_size(diagonal)), *negative.parts))


def _negated(part: Part, inner: list[Plan]) -> Part:
    match part:
        case Strided(u, v, length, c):
            return Strided(u, v, length, -c)
        case Weighted(u, v, f):
            return Weighted(u, v, -f)
        case Diagonal(f):
            return Diagonal(-f)
        case Dirichlet(f, forward, _):
            return Dirichlet(-f, forward, False)
        case Outer(column, row):
            return Outer(-column, row)
        case Shift(k, cyclic, c):
            return Shift(k, cyclic, -c)
        case _:
            return replace(part, coefficient=-part.coefficient)


def diagonal_and_rest(plan: Plan) -> tuple[Array, Plan]:
    """(d, R) with the plan = diag(d) + R, d holding every diagonal entry of the elementary parts."""
    kind = np.dtype(plan.dtype if plan.dtype != "int64" else "float64")
    diagonal = np.zeros(plan.size, kind)
    rest: list[Part] = []
    for part in plan.parts:
        rest.extend(_split(part, diagonal, plan))
    return diagonal[: plan.N].copy(), replace(plan, parts=tuple(rest))


def _split(part: Part, diagonal: Array, plan: Plan) -> list[Part]:
    """Add the part's diagonal to `diagonal`, and give back the parts that remain."""
    match part:
        case Strided(u, v, length, c):
            same = u == v
            for i in np.flatnonzero(same):
                diagonal[u[i] - 1 : u[i] * length[i] : u[i]] += c[i]
            return [Strided(u[~same], v[~same], length[~same], c[~same])] if not same.all() else []
        case Weighted(u, v, f) if u == v:
            diagonal[u - 1 : u * len(f) : u] += f
            return []
        case Diagonal(f):
            diagonal[: len(f)] += f
            return []
        case Dirichlet(f, forward, _) if len(f):
            diagonal += f[0]
            others = f.copy()
            others[0] = 0
            return [Dirichlet(others, forward, False)] if others.any() else []
        case Shift(k, cyclic, c) if k == 0 or (cyclic and k % plan.size == 0):
            diagonal += c
            return []
    return [part]


def is_elementary(plan: Plan) -> bool:
    """Whether every part's diagonal is read off by `diagonal_and_rest` (no products, no rank one left)."""
    return not any(isinstance(part, (Chain, Repeat, Exponential, Inverse, Outer)) for part in plan.parts)
