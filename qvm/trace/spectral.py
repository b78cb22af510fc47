"""The spectral fingerprint of the operator that a program is about, on request: numbers with their methods and bars.

The operator is the one of the exponentials, traces and spectra of the program, else the one applied most often.
Features: heat_trace at a grid of times, Tr e^(-tX); radius, its norm in the weight; gap, the distance of its two
smallest eigenvalues; asymmetry, the norm of X - X*; curvature, the second derivative of log Tr e^(-tX) at t = 1, which
is the variance of X in the state e^(-X) / Tr e^(-X), by a difference of the traces at 1/2, 1 and 3/2 (its bar covers
the traces' bars, not the step); and share, the part of a prime p in the sum of the norms of the terms with p alone.
"""

from __future__ import annotations

import math
from typing import Any

from qvm.machine.context import Context
from qvm.machine.recorder import Recorder
from qvm.trace.derive import applied
from qvm.trace.schema import COLUMNS, typed
from qwasm.algebra.operators import Operator
from qwasm.diagnostics import QwasmError
from qwasm.qpu.program import Instruct
from qwasm.scalar import Scalar

TIMES = (0.25, 0.5, 1.0, 1.5, 2.0)
PRIMES = 64  # whose share is told, the smallest
Row = tuple[str, float, float, float, str]


def subject(recorder: Recorder) -> Operator | None:
    """The operator that the fingerprint is of; None where nothing was applied."""
    found: dict[Operator, tuple[bool, int]] = {}
    for k, operator, _, times in applied(recorder):
        op = recorder.ops[k]
        spectral = isinstance(op, Instruct) and op.mnemonic.split(".")[-1] in ("exp", "trace", "spectrum", "heat")
        before = found.get(operator, (False, 0))
        found[operator] = (spectral or before[0], times + before[1])
    return max(found, key=lambda x: (found[x], str(x)), default=None)


def features(context: Context, recorder: Recorder) -> dict[str, Any]:
    """Columns of spectral.npz; what has no meaning for the operator, or is refused by a limit, is left out."""
    rows: list[Row] = []
    operator = subject(recorder)
    if operator is not None and not context.space.field.exact:
        for make in (heat, radius, gap, asymmetry, shares):
            try:
                rows += make(context, operator)
            except (QwasmError, ValueError, ArithmeticError):
                continue
    columns = zip(*rows, strict=True) if rows else [()] * 5
    return {
        name: typed("spectral.npz", name, list(c)) for name, c in zip(COLUMNS["spectral.npz"], columns, strict=True)
    }


def row(name: str, at: float, value: Scalar) -> Row:
    return name, at, float(abs(complex(value.value))), float(value.error), value.method[:64]


def heat(context: Context, operator: Operator) -> list[Row]:
    traces = context.spectral.heat_trace(context.linear_map(operator), list(TIMES), seed=context.seed)
    rows = [row("heat_trace", t, value) for t, value in zip(TIMES, traces, strict=True)]
    by = {t: (float(complex(v.value).real), float(v.error)) for t, v in zip(TIMES, traces, strict=True)}
    if all(by[t][0] > by[t][1] for t in (0.5, 1.0, 1.5)):
        logs = {t: math.log(by[t][0]) for t in (0.5, 1.0, 1.5)}
        bar = sum(c * by[t][1] / (by[t][0] - by[t][1]) for t, c in ((0.5, 4), (1.0, 8), (1.5, 4)))
        rows.append(("curvature", 1.0, 4 * (logs[0.5] - 2 * logs[1.0] + logs[1.5]), bar, "second difference, step 1/2"))
    return rows


def radius(context: Context, operator: Operator) -> list[Row]:
    return [row("radius", 0.0, context.operator_norm(operator))]


def gap(context: Context, operator: Operator) -> list[Row]:
    values, _ = context.spectral.spectrum(context.linear_map(operator), 2, "small", seed=context.seed)
    if len(values) < 2:
        return []
    distance = abs(complex(values[1].value) - complex(values[0].value))
    return [("gap", 0.0, distance, values[0].error + values[1].error, values[0].method[:64])]


def asymmetry(context: Context, operator: Operator) -> list[Row]:
    difference = operator - operator.adjoint(context.space.weight)
    if difference.is_zero:
        return [("asymmetry", 0.0, 0.0, 0.0, "normal form")]
    return [row("asymmetry", 0.0, context.operator_norm(difference))]


def shares(context: Context, operator: Operator) -> list[Row]:
    from collections import Counter

    from qvm.trace.derive import Letters, factored
    from qwasm.qpu.plan import Strided

    sizes: dict[int, float] = {}
    for part in context.plan(operator).parts:
        if not isinstance(part, Strided):
            continue
        for u, v, c in zip(part.u.tolist(), part.v.tolist(), part.coefficient.tolist(), strict=True):
            found: Letters = Counter()
            factored([u, v], 1, "", found)
            primes = {p for _, p in found}
            if len(primes) == 1:
                p = primes.pop()
                sizes[p] = sizes.get(p, 0.0) + abs(complex(c)) * (u / v) ** (float(context.space.weight.s) / 2)
    total = math.fsum(sizes.values())
    chosen = sorted(sizes)[:PRIMES] if total else []
    return [("share", float(p), sizes[p] / total, 1e-12, "coefficients in the hilbert picture") for p in chosen]


__all__ = ["features", "subject"]
