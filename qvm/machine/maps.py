"""Operators as linear maps for the spectral engine: exponentials, traces, spectra.

The map works in the hilbert picture, where an operator that is self-adjoint in the weight is a
symmetric matrix; the trace and the spectrum are the same in both pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.operators import Operator
from qwasm.algebra.residual import residual
from qwasm.diagnostics import QwasmError, fail
from qwasm.qpu.plan import Diagonal, Dirichlet, Outer, Plan, Shift, Strided, Weighted
from qwasm.qpu.spectral_cost import is_integral
from qwasm.record import replace
from qwasm.scalar import Scalar
from qwasm.space import Picture, Space, Weight

if TYPE_CHECKING:
    from qvm.machine.context import Context

Array = NDArray[Any]
SHARP = 1e-9  # relative width of a norm's interval that needs no second opinion
SIMPLE = (Strided, Weighted, Diagonal, Dirichlet, Shift, Outer)


def operator_map(run: Context, operator: Operator, picture: Picture = "hilbert") -> Any:
    """The cut matrix of an operator in a picture, with its transpose and whether it is symmetric there."""
    from qvm.spectral.planmap import plan_map
    from qvm.spectral.recurring import recurring

    weight = run.space.weight
    symmetric = (picture == "hilbert" or weight.s == 0) and bool(residual(operator, weight).ok)
    exponent = (float(weight.s) if picture == "hilbert" else 0.0) if is_integral(operator) else None
    plan = run.plan(operator, picture)
    steps = recurring(run.kernels)
    return plan_map(plan, run.kernels.apply, symmetric, recurring=steps, note=run.listener, exponent=exponent)


def laplacian_map(run: Context, diffusion: Operator, row_sums: Array, picture: Picture = "nspace") -> Any:
    """V(D 1) - D; symmetric on psi(n) when D is in the weight 1."""
    from qvm.spectral.planmap import plan_map
    from qvm.spectral.recurring import recurring

    negative = run.plan(run.algebra.scale(-1, diffusion), picture)
    weight = Weight() if picture == "nspace" else run.space.weight
    wider = np.concatenate([row_sums, np.zeros(negative.size - negative.N, row_sums.dtype)])
    plan = replace(negative, parts=(*negative.parts, Diagonal(wider)))
    steps, symmetric = recurring(run.kernels), bool(residual(diffusion, weight).ok)
    return plan_map(plan, run.kernels.apply, symmetric, recurring=steps, note=run.listener)


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
        run.note(f"trace: diagonal entry {start + 1} of {N}")
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


def operator_norm(run: Context, operator: Operator) -> Scalar:
    """The norm in the weight: exact for one word; else the engine's interval, narrowed by the algebra's if it is wide.

    The algebra's bounds come from the triangle inequality and Schur's test.
    """
    exact = exact_norm(operator, run.space)
    if exact is not None:
        return exact
    found: Scalar = run.spectral.operator_norm(run.linear_map(operator))
    value = float(found.value.real)
    if found.error <= SHARP * value:
        return found
    try:
        box = operator.norm(run.space)
    except (QwasmError, ValueError):  # a table of the user's, or a part without such bounds
        return found
    low, high = max(value - found.error, box.lower), min(value + found.error, box.upper)
    if found.kind != "bound" and box.upper - box.lower < 2 * found.error:
        low, high = box.lower, box.upper
    elif found.kind != "bound" or not low <= high or high - low >= 2 * found.error:
        return found
    return Scalar((low + high) / 2, (high - low) / 2 + 4 * math.ulp(high), "bound", f"{found.method}; {box.method}")


def exact_norm(operator: Operator, space: Space) -> Scalar | None:
    """The norm of a single word, |c| (e/m)^(s/2), or 0 past the end; None for anything else.

    Exact where a float holds it, else a bound of one unit in the last place.
    """
    from qwasm.algebra.norms import word_norm

    operator = operator.substitute({"N": space.N})
    if operator.is_zero:
        return Scalar(0, method="exact")
    exact = word_norm(operator, space.weight)
    triple = next(iter(operator.words), None)
    if exact is None or triple is None or not isinstance(triple[1], int) or not exact.is_constant:
        return None
    if triple[1] > space.N:
        return Scalar(0, method="exact")
    value, number = exact.rational(), float(exact.approx().real)
    if value is not None and value.denominator == 1:
        return Scalar(int(value), method="exact")
    if not math.isfinite(number):
        raise fail("QW0640", f"the norm of {operator} is not finite", hint="make the coefficients smaller")
    if value is not None and Fraction(number) == value:
        return Scalar(number, method="exact")
    return Scalar(number, math.ulp(number), "bound", "exact, rounded once")


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
