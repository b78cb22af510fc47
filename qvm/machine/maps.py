"""Operators as linear maps for the spectral engine: exponentials, traces, spectra.

The map works in the hilbert picture, where an operator that is self-adjoint in the weight is a
symmetric matrix; the trace and the spectrum are the same in both pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.operators import Operator
from qwasm.algebra.residual import residual
from qwasm.qpu.plan import Diagonal, Dirichlet, Outer, Plan, Shift, Strided, Weighted
from qwasm.scalar import Scalar
from qwasm.space import Picture, Weight

if TYPE_CHECKING:
    from qvm.machine.context import Context

Array = NDArray[Any]
SIMPLE = (Strided, Weighted, Diagonal, Dirichlet, Shift, Outer)


def operator_map(run: Context, operator: Operator, picture: Picture = "hilbert") -> Any:
    """The cut matrix of an operator in a picture, with its transpose and whether it is symmetric there."""
    from qvm.spectral.planmap import plan_map

    weight = run.space.weight
    symmetric = (picture == "hilbert" or weight.s == 0) and bool(residual(operator, weight).ok)
    return plan_map(run.plan(operator, picture), run.kernels.apply, symmetric)


def laplacian_map(run: Context, diffusion: Operator, row_sums: Array) -> Any:
    """V(D 1) - D on psi(n); symmetric when D is, in the weight 1."""
    from qvm.spectral.planmap import plan_map

    negative = run.plan(run.algebra.scale(-1, diffusion))
    wider = np.concatenate([row_sums, np.zeros(negative.size - negative.N, row_sums.dtype)])
    plan = replace(negative, parts=(*negative.parts, Diagonal(wider)))
    return plan_map(plan, run.kernels.apply, bool(residual(diffusion, Weight()).ok))


def diagonal(plan: Plan) -> Array | None:
    """The diagonal of a plan made of simple parts, else None."""
    if plan.size != plan.N or not all(isinstance(part, SIMPLE) for part in plan.parts):
        return None
    N, l = plan.N, plan.modulus
    d = np.zeros(N, plan.dtype)
    for part in plan.parts:
        match part:
            case Strided(u=us, v=vs, length=lengths, coefficient=cs):
                for u, v, L, c in zip(us.tolist(), vs.tolist(), lengths.tolist(), cs):
                    if u == v:
                        d[u - 1 : u * L : u] += c
            case Weighted(u=u, v=v, f=f) if u == v:
                d[u - 1 : u * len(f) : u] += f
            case Diagonal(f=f):
                d += f
            case Dirichlet(f=f):
                d += f[0]
            case Shift(k=k, cyclic=cyclic, coefficient=c) if k == 0 or (cyclic and k % N == 0):
                d += c
            case Outer(column=column, row=row):
                d += column * row % l if l else column * row
        if l:
            d %= l
    return d


def trace(run: Context, operator: Operator, op: Any) -> Scalar:
    """Tr X: the sum of the diagonal where the plan shows it or the field is exact, else the spectral engine's."""
    plan = run.plan(operator)
    d = diagonal(plan)
    if d is None and run.space.field.exact:
        d = probed_diagonal(run, plan)
    if d is not None:
        return run.total(d, 3)
    result: Scalar = run.spectral.trace(run.linear_map(operator), **options(run, op))
    return result


def probed_diagonal(run: Context, plan: Plan) -> Array:
    """The diagonal by applying a plan to blocks of unit vectors. Raises QW0461 past the work limit."""
    N = plan.N
    if run.limits.work < N * N:
        raise run.fail(
            "QW0461",
            f"this trace touches {N * N} state elements; the limit is {run.limits.work}",
            "raise it with --max-work, or use a smaller N",
        )
    d = np.zeros(N, plan.dtype)
    block = max(1, min(64, (1 << 22) // N))
    for start in range(0, N, block):
        rows = np.arange(start, min(N, start + block))
        units = np.zeros((len(rows), N), plan.dtype)
        units[rows - start, rows] = 1
        d[rows] = run.kernels.apply(plan, units)[rows - start, rows]
    return d


def options(run: Context, op: Any) -> dict[str, Any]:
    """probes=, tol=, exact and the seed, as the spectral engine takes them."""
    tol, probes = op.get("tol"), op.get("probes")
    return {
        "tol": None if tol is None else run.real(tol),
        "probes": None if probes is None else int(probes),
        "exact": bool(op.get("exact")),
        "seed": run.seed,
        "limits": run.limits,
    }


def heat_trace(run: Context, operator: Operator, times: Sequence[float], op: Any) -> Sequence[Scalar]:
    """Tr e^{-tX} and its relatives, by the spectral engine."""
    insert = op.get("insert")
    found: Sequence[Scalar] = run.spectral.heat_trace(
        run.linear_map(operator),
        list(times),
        insert=None if insert is None else run.linear_map(insert),
        ratio=op.get("ratio") in ("on", True),
        **options(run, op),
    )
    return found


def spectrum(
    run: Context, operator: Operator, k: int, which: Any, vectors: bool, picture: Picture
) -> tuple[Sequence[Scalar], Any]:
    """k eigenvalues with error bars; their vectors as a field in the picture of the register."""
    word = which if isinstance(which, str) else which[0]
    wanted: Any = word if word != "near" else ("near", run.evaluate(which[1]))
    values, columns = run.spectral.spectrum(run.linear_map(operator), k, wanted, vectors)
    if columns is None:
        return values, None
    rows = np.asarray(columns)
    rows = rows if rows.shape[-1] == run.space.N else rows.T
    if picture == "nspace" and run.space.weight.s != 0:
        rows = rows * run.indices().astype(np.float64) ** (float(run.space.weight.s) / 2)
    return values, run.state(rows)
