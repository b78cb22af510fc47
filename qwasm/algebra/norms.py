"""Operator norms: exact for one term, two-sided bounds for everything else.

Above stand the triangle inequality over terms and the Schur test on the matrix of absolute
values, whichever is smaller; below stand the longest column and row and a few steps of the power
method, all in the hilbert picture, where the norm is the Euclidean one.

>>> from fractions import Fraction
>>> from qwasm.algebra.operators import Algebra
>>> print(word_norm(Algebra().A(6), Weight(Fraction(1))))
2^(1/2)*3^(1/2)
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, sqrt
from typing import Any

import numpy as np

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.indices import as_expr
from qwasm.algebra.members import last_index, member_array
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift
from qwasm.algebra.ring import Expr
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import norm as bare_norm
from qwasm.record import record
from qwasm.space import Field, Space, Weight

WORK = 20_000_000  # elements up to which the matrix itself is asked
ROUNDING = 1e-9  # relative slack that covers the rounding of the bounds
COMPLEX = Field("complex")
STEPS = 12


@record
class NormBound:
    """lower <= ||X|| <= upper; `exact` is the norm as an expression where it is known."""

    lower: float
    upper: float
    exact: Expr | None = None
    method: str = ""


def word_norm(x: Operator, weight: Weight) -> Expr | None:
    """|c| (e/m)^(s/2) for a single word without a multiplier, for every N >= M; None for anything else."""
    if x.nodes or len(x.words) != 1:
        return None
    from qwasm.algebra.functions import call

    triple, c = next(iter(x.words.items()))
    if "n" in c.symbols:
        return None
    return call("abs", c) * as_expr(bare_norm(triple, weight.s))


def bounds(x: Operator, space: Space) -> NormBound:
    """Two-sided bounds of the norm of X on a space.

    Raises ValueError in mod(l), where there is no norm, and for open names.
    """
    if space.field.kind == "mod":
        raise ValueError(f"there is no operator norm in {space.field}")
    from qwasm.algebra.members import closed
    from qwasm.algebra.size import cost

    x = closed(x, space, "nspace")
    exact = word_norm(x, space.weight)
    if exact is not None:
        M = next(iter(x.words))[1]
        value = exact if isinstance(M, int) and M <= space.N else exact - exact
        number = abs(value.approx())
        return NormBound(number, number, value, "exact")
    y = x.hilbert(space.weight)
    plain = Space(space.N, Weight(), COMPLEX, space.truncation)
    upper = _triangle(y, plain)
    lower, method = 0.0, "triangle inequality"
    if len(y.words) == 1 and not y.nodes and upper < inf:
        lower, method = upper, "one term"  # each row and column of its matrix has one entry at most
    elif cost(y, plain)[0] <= WORK:
        lower, schur = _matrix_bounds(y, plain)
        if schur < upper:
            upper, method = schur, "Schur test"
    return NormBound(max(0.0, lower * (1 - ROUNDING)), upper * (1 + ROUNDING), None, method)


def _matrix_bounds(x: Operator, space: Space) -> tuple[float, float]:
    """(a lower bound, the Schur bound) from the sparse matrix."""
    matrix: Any = x.to_sparse(space)
    size = abs(matrix)
    squares = size.multiply(size)
    rows, columns = size.sum(axis=1), size.sum(axis=0)
    if not rows.size or not rows.max():
        return 0.0, 0.0
    lower = sqrt(max(float(squares.sum(axis=0).max()), float(squares.sum(axis=1).max())))
    v = np.asarray(columns, dtype=np.complex128)
    adjoint = matrix.conj().T.tocsr()
    for _ in range(STEPS):
        length = float(np.linalg.norm(v))
        if not length:
            break
        image = matrix @ (v / length)
        lower = max(lower, float(np.linalg.norm(image)))
        v = adjoint @ image
    return lower, sqrt(float(rows.max()) * float(columns.max()))


def _triangle(x: Operator, space: Space) -> float:
    """The sum of the bounds of the terms, in the weight 1."""

    def visit(y: Operator, done: Callable[[Operator], float]) -> float:
        total = 0.0
        for (_, M, _), f in y.words.items():
            if isinstance(M, int) and M <= space.N:
                total += largest(f, space.N // M)
        for node, c in y.nodes.items():
            if y.symbols:
                return inf
            total += largest(c, space.N) * _node(node, done, space)
        return total

    return fold(x, visit)


def largest(f: Expr, length: int) -> float:
    """The largest |F(k)| for k <= length."""
    if "n" not in f.symbols:
        return abs(f.approx()) if f.is_constant else inf
    if length > WORK:
        return inf
    values = evaluate(f, COMPLEX, {"n": np.arange(1, length + 1, dtype=np.int64)}, {})
    return float(np.abs(np.asarray(values)).max())


def _node(node: Node, done: Callable[[Operator], float], space: Space) -> float:
    match node:
        case Shift():
            return 1.0
        case Dirichlet(f=f):
            n = np.arange(1, space.N + 1, dtype=np.int64)
            return float(np.abs(np.asarray(evaluate(f, COMPLEX, {"n": n}, {})) * np.ones(space.N)).sum())
        case Outer(u=u, v=v):
            n = np.arange(1, space.N + 1, dtype=np.int64)
            ones = np.ones(space.N)
            lengths = [float(np.linalg.norm(np.asarray(evaluate(f, COMPLEX, {"n": n}, {})) * ones)) for f in (u, v)]
            return lengths[0] * lengths[1]
        case Exp(argument=y):
            return exp(done(y)) if done(y) < 700 else inf
        case Inverse():
            return inf
        case Product(factors=factors):
            bound = 1.0
            for y in factors:
                bound *= done(y)
            return bound
        case Power(base=base, exponent=int(k)):
            return done(base) ** k if done(base) < 1 or k * np.log2(max(done(base), 1)) < 1000 else inf
        case Family(kind="sum", body=body) if not body.nodes and body.symbols <= {node.name}:
            return _family(node, space)
        case _:
            return inf


def _family(node: Family, space: Space) -> float:
    total = 0.0
    for triple, f in node.body.words.items():
        if "n" in f.symbols:
            return inf
        values = member_array(node, upto=last_index(triple[1], node.name, space.N))
        if len(values):
            found = np.abs(np.asarray(evaluate(f, COMPLEX, {node.name: values}, {}))) * np.ones(len(values))
            total += float(found.sum())
    return total


__all__ = ["NormBound", "bounds", "word_norm"]
