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
from math import inf, isfinite, log, prod, sqrt
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
    """Of X psi: norm(X) times that of psi; the machine gives X, from `linear` of the row."""
    return product(run.bound(operator), max(sizes))


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
    """Of sum c_k T_k(X) psi: the norms of X^k, or of Chebyshev's T_k, at the norm of X or of the mapped X."""
    given = op["c"]
    c = given if isinstance(given, tuple) else (given,)
    basis: Any = op.get("basis") or ("power",)
    if basis == "power" or basis[0] == "power":
        b = run.bound(op["X"]) if len(c) > 1 else 0.0
        norms = [1.0]
        for _ in c[1:]:
            norms.append(product(norms[-1], b))
    else:
        norms = chebyshev_norms(run, op["X"], basis[1], basis[2], len(c))
    off = sum(product(n, abs(run.number(k)) + getattr(k, "error", 0.0)) for n, k in zip(norms, c))
    spread = sum(product(n, getattr(k, "error", 0.0)) for n, k in zip(norms, c))
    return product(off, sizes[0]) + (product(spread, length(run, op, inputs[0])) if spread else 0.0)


def chebyshev_norms(run: Run, X: Any, low: Any, high: Any, count: int) -> list[float]:
    """Bounds of the norms of T_k(Y), Y = X mapped from (low, high) to (-1, 1).

    T_k(max(1, norm Y)) when Y is self-adjoint, else the recurrence with absolute values.
    """
    shift = run.algebra.scale(-(high + low) / (high - low), run.algebra.identity())
    Y = run.algebra.add(run.algebra.scale(2 / (high - low), X), shift)
    b = run.bound(Y)
    normal = run.selfadjoint(Y)
    b, sign = (max(1.0, b), -1.0) if normal else (b, 1.0)
    norms = [1.0, b]
    while len(norms) < count:
        later = 2 * b * norms[-1] + sign * norms[-2] if isfinite(norms[-1]) else inf
        norms.append(later * OUTWARD + (norms[-1] * 2.0**-40 if normal else 0.0))
    return norms[:count]


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
    """Of psi, X psi, ..., X^depth psi together: the root of the sum of norm(X)^(2k)."""
    b = run.bound(op["X"])
    squares = term = 1.0
    for _ in range(int(op["depth"])):
        term = product(term, b, b)
        squares += term
        if term == 0.0 or not isfinite(squares):
            break
    return product(sizes[0], sqrt(squares))


def exponential(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of e^{-tX} psi: the growth of norms under it."""
    return product(run.growth(op["X"], run.real(op["t"]), bool(op.get("unitary"))), sizes[0])


def heat(run: Run, op: Any, inputs: Inputs, sizes: Sizes, found: Any) -> float:
    """Of e^{tau L} psi, L = D - V(D 1): the growth of norms under it, in the weight."""
    row_sums = run.apply(op["diffusion"], run.state(np.ones(run.space.N)))
    map = run.graph_laplacian(op["diffusion"], row_sums, "hilbert")
    return product(run.spectral.growth(map, run.real(op["tau"])), sizes[0])
