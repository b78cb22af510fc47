"""How errors travel: how far a result may be when the states it is made from are off.

A register that holds a state also holds how far that state may be from the one that exact methods
give: one number, in the norm of its space, sqrt(sum w abs(x)^2) in nspace and the plain 2-norm in
hilbert, over all states of a field.  Each function here is the `error(run, op, inputs, sizes, found)`
of some rows: from the distances of the inputs to that of the result, absolute for a scalar.  They
are asked only when some distance is not 0; infinity says that nothing is known.

>>> product(2.0, 0.0, inf), product(1.0, 3.0) > 3
(0.0, True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import expm1, inf, isfinite, log, prod, sqrt
from typing import Any

import numpy as np

from qwasm.instructions.interface import Run
from qwasm.instructions.reductions import norm
from qwasm.scalar import OUTWARD, Scalar

Inputs = tuple[Any, ...]
Sizes = tuple[float, ...]


def product(*factors: float) -> float:
    """The product of numbers >= 0, rounded up; 0 times anything is 0."""
    return 0.0 if 0.0 in factors else max(prod(factors) * OUTWARD, 5e-324)


def root(count: int) -> float:
    """The root of a number of states: each within e, all of them within root e."""
    return sqrt(count)


def length(run: Run, op: Any, x: Any) -> float:
    """An upper bound of the norm of a state or field."""
    found = norm(run, op, x)
    return (float(found.value.real) + found.error) * OUTWARD


def stretch(run: Run, op: Any) -> Any:
    """w(n)^(-1/2): how far one stored number may be off when the state is off by 1."""
    s = float(run.space.weight.s)
    return run.indices().astype(np.float64) ** (s / 2) if s and op.picture == "nspace" else np.ones(run.space.N)


def kept(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of an isometry, and of the norm itself: abs(norm(x) - norm(y)) <= norm(x - y)."""
    return max(sizes)


def scalars(value: Any) -> tuple[Scalar, ...]:
    """The scalars that a value is or holds."""
    if isinstance(value, Scalar):
        return (value,)
    return tuple(item for item in value if isinstance(item, Scalar)) if isinstance(value, tuple) else ()


def linear(operator: Any, run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of X psi: norm(X) times that of psi, and what exponentials inside X lose; the machine gives X, from `linear`."""
    x, size, lost = inputs[0], sizes[0], run.loss(operator)
    own = product(lost, length(run, op, x) + size) if lost else 0.0
    return own + (product(run.bound(operator), size) if size else 0.0)


def combined(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of a x + b y: abs(a) e_x + abs(b) e_y, and the errors of a and b times the lengths of x and y."""
    return weighted(run, op, ((op["a"], inputs[0], sizes[0]), (op["b"], inputs[1], sizes[1])))


def weighted(run: Run, op: Any, terms: Any) -> float:
    """Of sum c x, from each (c, x, distance of x)."""
    total = 0.0
    for c, x, size in terms:
        spread = c.error if isinstance(c, Scalar) else 0.0
        total += product(abs(run.number(c)) + spread, size) + (product(spread, length(run, op, x)) if spread else 0.0)
    return total * OUTWARD


def superposed(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of sum v_i f_i: norm(v) e by Cauchy-Schwarz, and the errors of v times the lengths of f."""
    field, v = inputs
    size = product(sqrt(sum(abs(run.number(c)) ** 2 for c in v)) + sqrt(sum(c.error**2 for c in v)), sizes[0])
    return size + sum(product(c.error, length(run, op, x)) for c, x in zip(v, field) if c.error)


def polynomial(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of sum c_k T_k(X) psi: the norms of X^k, or of Chebyshev's T_k of the mapped X, and what X itself loses."""
    given: Any = op["c"]
    basis: Any = op.get("basis") or ("power",)
    c = given if isinstance(given, tuple) else (given,)
    if basis == "power" or basis[0] == "power":
        norms = powers(run.bound(op["X"]), run.loss(op["X"]), len(c)) if len(c) > 1 else [(1.0, 0.0)]
    else:
        norms = chebyshev(run, op["X"], basis[1], basis[2], len(c))
    all_of_x = all_of_e = 0.0
    for (size, lost), k in zip(norms, c, strict=True):
        number, spread = abs(run.number(k)), getattr(k, "error", 0.0)
        all_of_e += product(size + lost, number + spread)
        all_of_x += product(size + lost, spread) + product(lost, number)
    reached = product(all_of_x, length(run, op, inputs[0])) if all_of_x else 0.0
    return product(all_of_e, sizes[0]) + reached


def powers(b: float, lost: float, count: int) -> list[tuple[float, float]]:
    """(bound of norm(X^k), how far the computed power is off) for k < count, when X is off by `lost`."""
    found = [(1.0, 0.0)]
    while len(found) < count:
        size, off = found[-1]
        found.append((product(size, b), product(off, b + lost) + product(size, lost)))
    return found


def chebyshev(run: Run, X: Any, low: Any, high: Any, count: int) -> list[tuple[float, float]]:
    """The same of T_k(Y), Y = X mapped from (low, high) to (-1, 1), by the recurrence in absolute values.

    For a self-adjoint Y the norms are at most T_k(max(1, norm Y)).
    """
    scale = 2 / (high - low)
    Y = run.algebra.add(
        run.algebra.scale(scale, X), run.algebra.scale(-(high + low) / (high - low), run.algebra.identity())
    )
    b, lost = run.bound(Y), product(abs(run.real(scale)), run.loss(X))
    sign, b = (-1.0, max(1.0, b)) if run.selfadjoint(Y) else (1.0, b)
    found = [(1.0, 0.0), (b, lost)]
    while len(found) < count:
        (before, off_before), (size, off) = found[-2:]
        later = (2 * b * size * OUTWARD + sign * before) * OUTWARD if isfinite(size) else inf
        found.append((later, product(2.0, off, b + lost) + product(2.0, lost, size) + off_before))
    return found[:count]


def inner(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of <x, y>: e_x norm(y) + e_y norm(x) + e_x e_y, by Cauchy and Schwarz."""
    (x, y), (dx, dy) = inputs, sizes
    return (
        (product(dx, length(run, op, y)) if dx else 0.0)
        + (product(dy, length(run, op, x)) if dy else 0.0)
        + product(dx, dy)
    ) * OUTWARD


def chord(run: Run, op: Any, x: Any, size: float) -> float:
    """How far x / norm(x) is from y / norm(y) when norm(x - y) <= size: the angle has a sine of size / norm(x)."""
    measured = norm(run, op, x)
    least = float(measured.value.real) - measured.error
    if not size < least:
        return 2.0
    sine = min(1.0, size / least * OUTWARD)
    return product(sine, sqrt(2 / (1 + sqrt(1 - sine * sine))))


def normalized(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of x / norm(x)."""
    return chord(run, op, inputs[0], sizes[0])


def entry(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of x(n): e / sqrt(w(n))."""
    return product(sizes[0], float(stretch(run, op)[int(op["n"]) - 1]))


def total(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of the plain sum: e times the norm of the functional, the root of sum 1/w(n)."""
    states = inputs[0].size // run.space.N
    return product(sizes[0], sqrt(states), sqrt(float(np.sum(stretch(run, op) ** 2))))


def extreme(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of the largest or smallest entry, and of the plain 2-norm: the largest error of an entry."""
    return product(sizes[0], float(np.max(stretch(run, op))))


def argmax(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of the place of the largest entry: how far away the entries stand that may be larger.

    Entry j is certainly smaller than entry a when x(a) - x(j) > e sqrt(1/w(a) + 1/w(j)).
    """
    x, a = run.wide(inputs[0]), int(found.value) - 1
    wide = stretch(run, op)
    maybe = x[a] - x <= sizes[0] * np.sqrt(wide[a] ** 2 + wide**2) * OUTWARD
    maybe[a] = True
    places = np.flatnonzero(maybe)
    return float(max(a - places[0], places[-1] - a))


def count(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of the number of entries not 0: it lies between those certainly not 0 and all of them."""
    x = run.wide(inputs[0])
    certain = int(np.count_nonzero(np.abs(x) > sizes[0] * stretch(run, op) * OUTWARD))
    return float(max(int(found.value) - certain, x.size - int(found.value)))


def entropy(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of -sum q log q: T log(M - 1) + h(T), T the total variation of q, at most the chord of the states.

    Audenaert, "A sharp continuity estimate for the von Neumann entropy", 2007; the classical case.
    """
    M, T = inputs[0].size, min(1.0, chord(run, op, inputs[0], sizes[0]))
    if T > 1 - 1 / M:
        return log(M) * OUTWARD
    return (T * log(max(1, M - 1)) - sum(p * log(p) for p in (T, 1 - T) if p > 0)) * OUTWARD


REDUCED: Mapping[str, Callable[..., float]] = {
    "inner": inner,
    "norm": kept,
    "sum": total,
    "max": extreme,
    "min": extreme,
    "l2": extreme,
    "entropy": entropy,
    "argmax": argmax,
    "count": count,
}


def reduced(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of the reduction that the word `kind` names."""
    return REDUCED[str(op["kind"]).lower()](run, op, inputs, sizes, found)


def scanned(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of prefix sums by Schur's test on sqrt(w(n) / w(j)), j <= n; of prefix maxima by the largest error so far."""
    wide = stretch(run, op)
    if str(op["kind"]).upper() == "MAX":
        return product(sizes[0], float(np.linalg.norm(np.maximum.accumulate(wide) / wide)))
    rows = np.cumsum(wide) / wide
    columns = np.cumsum((1 / wide)[::-1])[::-1] * wide
    return product(sizes[0], sqrt(float(rows.max()) * float(columns.max())))


def multiplied(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of x(n) y(n): sup abs(y) e_x + sup abs(x) e_y + e_x sup abs(y' - y)."""
    (x, y), (dx, dy) = inputs, sizes
    both = product(dx, dy, float(np.max(stretch(run, op))))
    return (product(float(np.max(np.abs(y))), dx) + product(float(np.max(np.abs(x))), dy) + both) * OUTWARD


def mapped(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of f(x(n), n): the largest Lipschitz constant of f(., n) around x(n)."""
    return product(run.steepness(op["expression"], inputs[0], sizes[0] * stretch(run, op)), sizes[0])


def compared(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of equality: 0 when the states are further apart than both errors together, else open."""
    apart = norm(run, op, run.state(inputs[0] - inputs[1]))
    return 0.0 if float(apart.value.real) - apart.error > sum(sizes) * OUTWARD else 1.0


def orbit(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of psi, X psi, ..., X^depth psi together: the root of the sum of squares."""
    lost = run.loss(op["X"])
    x = length(run, op, inputs[0]) if lost else 0.0
    norms = powers(run.bound(op["X"]), lost, int(op["depth"]) + 1)
    return float(np.hypot.reduce([product(size + off, sizes[0]) + product(off, x) for size, off in norms])) * OUTWARD


def within(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of x that stands for T z, norm(x - T z) <= delta norm(z): what z is off counts delta times as well."""
    return sizes[0] + product(run.real(op["delta"]), sizes[1])


def exponential(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of e^{-tX} psi: the growth of norms under it."""
    return product(run.growth(op["X"], run.real(op["t"]), bool(op.get("unitary"))), sizes[0])


def heat(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of e^{tau L} psi, L = D - V(D 1): the growth of norms under it, in the weight."""
    row_sums = run.apply(op["diffusion"], run.state(np.ones(run.space.N)))
    map = run.graph_laplacian(op["diffusion"], row_sums, "hilbert")
    return product(run.spectral.growth(map, run.real(op["tau"])), sizes[0])


def heat_trace(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of Tr e^{-tX} at times that are off by d: eigenvalue by eigenvalue at most the trace times e^{d norm(X)} - 1.

    So for a self-adjoint X; for any other N times the growth instead of the trace.
    """
    if op.get("insert") is not None or op.get("ratio") in ("on", True):
        return inf
    X, times = op["X"], op["t"] if isinstance(op["t"], tuple) else (op["t"],)
    b, selfadjoint, worst = run.bound(X), run.selfadjoint(X), 0.0
    for t, value in zip(times, scalars(found), strict=True):
        spread = getattr(t, "error", 0.0) * b
        trace = abs(complex(value.value)) + value.error
        size = trace if selfadjoint else run.space.N * run.growth(X, run.real(t), False)
        worst = max(worst, product(size, expm1(spread)) if spread < 700 else inf)
    return worst
