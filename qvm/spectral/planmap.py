"""Plans as linear maps, with everything a proof needs: transpose, majorant, diagonal, rounding, summands.

>>> import numpy as np
>>> one = np.array([1], dtype=np.int64)
>>> shift = Plan(8, 8, (Strided(2 * one, one, 4 * one, np.array([3.0])),))      # 3 A_2 on {1..8}
>>> X = plan_map(shift, lambda plan, x: x, selfadjoint=False)
>>> X.operations, X.enclosure is not None
(14, True)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qvm.spectral.linearmap import Array, Enclosure, LinearMap, Note
from qvm.spectral.plans import adjoint_plan, diagonal_and_rest, inner_plans, is_elementary, majorant_plan
from qvm.spectral.recurring import Recurring
from qvm.spectral.smooth import core_of
from qvm.spectral.sparse import from_plan
from qwasm.qpu.plan import Chain, Diagonal, Dirichlet, Exponential, Inverse, Outer, Part, Plan, Repeat, Strided
from qwasm.record import replace

Run = Callable[[Plan, Array], Array]


def operations(plan: Plan) -> int:
    """An upper bound of the roundings along one output of one application."""
    counts: dict[int, int] = {}
    stack: list[tuple[Plan, bool]] = [(plan, False)]
    while stack:
        current, ready = stack.pop()
        if not ready:
            stack.append((current, True))
            stack.extend((inner, False) for part in current.parts for inner in inner_plans(part))
            continue
        total = 4
        for part in current.parts:
            inner = [counts[id(p)] for p in inner_plans(part)]
            total += _operations(part, inner, current.size)
        counts[id(current)] = min(total, 10**9)
    return counts[id(plan)]


def _operations(part: Part, inner: list[int], size: int) -> int:
    match part:
        case Strided(u, _, _, _):
            return 2 * len(u) + 8
        case Dirichlet():
            return 2 * size.bit_length() ** 2 + 64 if part.multiplicative else 2 * _most_divisors(size) + 8
        case Outer():
            return 2 * size.bit_length() + 16
        case Chain():
            return sum(inner) + 4
        case Repeat(_, k, _):
            return int(k) * inner[0] + 4
        case Exponential():
            return 200 * inner[0]
        case Inverse():
            return size.bit_length() * inner[0] + 16
        case _:
            return 8


def _most_divisors(size: int) -> int:
    """More than any n <= size has divisors, and no more than the size itself."""
    return min(size, 2 * int(size ** (1 / 3)) + 64)


def plan_map(
    plan: Plan,
    run: Run,
    selfadjoint: bool,
    *,
    recurring: Recurring | None = None,
    bound: float | None = None,
    dense: Callable[[], Array] | None = None,
    note: Note | None = None,
    exponent: float | None = None,
) -> LinearMap:
    """The linear map of a plan run by `run(plan, x)`, with transpose, enclosure and splitting.

    `selfadjoint` is meant in the Euclidean sense, for a plan in the hilbert picture.  `recurring`
    are kernels that run steps of a recurrence with a plan.  `note` is told how far long computations with the map
    have come.  `exponent` s says that entry (i, j) is an integer times (j/i)^(s/2).
    """
    diagonal, rest = diagonal_and_rest(plan)
    radius = majorant_plan(rest)
    turned = adjoint_plan(radius)
    enclosure = Enclosure(
        diagonal,
        lambda v: run(radius, v),
        lambda v: run(turned, v),
        not rest.parts,
        is_elementary(rest),
        lambda: core_of(radius.parts, plan.N) if plan.size == plan.N else None,
    )
    back = adjoint_plan(plan)
    return LinearMap(
        plan.N,
        np.dtype(plan.dtype),
        lambda x: run(plan, x),
        (lambda x: run(plan, x)) if selfadjoint else (lambda x: run(back, x)),
        selfadjoint,
        bound,
        dense,
        enclosure,
        operations(plan),
        lambda: summands(plan, run, selfadjoint, note),
        lambda: from_plan(plan, exponent),
        note=note,
        steps=None if recurring is None else lambda *given: recurring.recurrence(plan, *given),
        polynomial=None if recurring is None else lambda *given: recurring.polynomial(plan, *given),
    )


def summands(plan: Plan, run: Run, selfadjoint: bool, note: Note | None = None) -> list[LinearMap]:
    """The plan as a sum of maps for a splitting: the diagonal, then pairs of transposed terms, then the rest."""
    diagonal, rest = diagonal_and_rest(plan)
    groups: list[tuple[Part, ...]] = []
    others: list[Part] = []
    for part in rest.parts:
        if isinstance(part, Strided):
            groups.extend(_pairs(part))
        else:
            others.append(part)
    if diagonal.any():
        groups.insert(0, (Diagonal(np.concatenate([diagonal, np.zeros(plan.size - plan.N, diagonal.dtype)])),))
    if others:
        groups.append(tuple(others))
    return [plan_map(replace(plan, parts=group), run, selfadjoint, note=note) for group in groups]


def _pairs(part: Strided) -> list[tuple[Part, ...]]:
    """Strided terms grouped with their transposes, in order of the pair (smaller, larger)."""
    low, high = np.minimum(part.u, part.v), np.maximum(part.u, part.v)
    order = np.lexsort((high, low))
    groups: list[tuple[Part, ...]] = []
    edges = np.flatnonzero((np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)) + 1
    for piece in np.split(order, edges):
        groups.append((Strided(part.u[piece], part.v[piece], part.length[piece], part.coefficient[piece]),))
    return groups
