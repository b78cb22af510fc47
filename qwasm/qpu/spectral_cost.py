"""How far an exponential reaches: |t| times a bound of the norm of X, cheaply and before anything is allocated.

The bound is the triangle inequality over terms in the hilbert picture.  Multipliers are looked at
in some hundred places of 1..N, so it is an estimate: exact for monotone ones.

>>> from fractions import Fraction
>>> from qwasm.algebra.operators import Algebra
>>> norm_size(Algebra().K(2), Space(100, Weight(Fraction(1))))
2.0
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.members import closed_range, last_index, member_array
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Node, Outer, Power, Product, Shift
from qwasm.algebra.ring import Expr
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import IDENTITY
from qwasm.diagnostics import QwasmError
from qwasm.space import Field, Space, Weight

COMPLEX = Field("complex")
NEAR, FAR = 256, 256  # places 1..256 that are looked at, and places spread geometrically beyond
COMPOSITE = (1, 2, 6, 12, 60, 360, 2520, 5040, 55440, 720720, 367567200)  # their multiples have many divisors
MEMBERS = 1 << 16  # indices of a family that are summed one by one


def norm_size(x: Operator, space: Space) -> float:
    """About an upper bound of the norm of X in the weight; infinite where none is seen, as for open names."""
    try:
        return _size(x.hilbert(space.weight), space.N)
    except (QwasmError, ValueError, OverflowError):
        return inf


@lru_cache(maxsize=1 << 14)
def is_selfadjoint(x: Operator, weight: Weight) -> bool:
    """Whether X = X* in the weight, as far as the normal form shows it."""
    try:
        return (x - x.adjoint(weight)).is_zero
    except (QwasmError, ValueError):
        return False


def is_diagonal(x: Operator) -> bool:
    """Whether X is a multiplication by a function."""
    return not x.nodes and all(triple == IDENTITY for triple in x.words)


def is_integral(x: Operator) -> bool:
    """Whether the matrix on psi(n) is seen to have integer entries: words, shifts, sums and products of them."""

    def visit(y: Operator, done: Callable[[Operator], bool]) -> bool:
        return all(map(_is_integer, y.words.values())) and all(
            _is_integer(c) and _holds_integers(node, done) for node, c in y.nodes.items()
        )

    return fold(x, visit)


def _is_integer(f: Expr) -> bool:
    value = f.rational() if f.is_constant else None
    return value is not None and value.denominator == 1


def _holds_integers(node: Node, done: Callable[[Operator], bool]) -> bool:
    match node:
        case Shift():
            return True
        case Dirichlet(f=f):
            return _is_integer(f)
        case Product(factors=factors):
            return all(map(done, factors))
        case Power(base=base, exponent=int(k)):
            return k >= 0 and done(base)
        case _:
            return False


def shows_diagonal(x: Operator) -> bool:
    """Whether the diagonal of X is read off its terms."""
    return all(
        isinstance(node, (Shift, Dirichlet, Outer))
        or (isinstance(node, Family) and node.kind == "sum" and not node.body.nodes)
        for node in x.nodes
    )


def places(N: int) -> NDArray[np.int64]:
    """1..256, and further places up to N in geometric steps."""
    if N <= NEAR + FAR:
        return np.arange(1, N + 1, dtype=np.int64)
    far = np.exp(np.linspace(log(NEAR + 1), log(N), FAR)).astype(np.int64)
    return np.unique(np.concatenate([np.arange(1, NEAR + 1, dtype=np.int64), far, np.array([N], dtype=np.int64)]))


def sizes(f: Expr, n: NDArray[np.int64]) -> NDArray[np.float64]:
    """abs(f) at places n."""
    found: NDArray[np.float64] = np.abs(np.asarray(evaluate(f, COMPLEX, {"n": n} if "n" in f.symbols else {})))
    return found * np.ones(len(n))


def _size(x: Operator, N: int) -> float:
    def visit(y: Operator, done: Callable[[Operator], float]) -> float:
        total = 0.0
        for (_, M, _), f in y.words.items():
            if not isinstance(M, int):
                return inf
            if M <= N:
                total += float(sizes(f, places(N // M)).max())
        for node, c in y.nodes.items():
            total += float(sizes(c, places(N)).max()) * _node(node, done, N)
        return total

    return fold(x, visit)


def _node(node: Node, done: Callable[[Operator], float], N: int) -> float:
    match node:
        case Shift():
            return 1.0
        case Dirichlet(f=f):
            return sqrt(_sum(f, N, 1) * _column(f, N))
        case Outer(u=u, v=v):
            return sqrt(_sum(u, N, 2) * _sum(v, N, 2))
        case Exp(argument=y):
            return exp(min(700.0, done(y)))
        case Product(factors=factors):
            bound = 1.0
            for y in factors:
                bound *= done(y)
            return bound
        case Power(base=base, exponent=int(k)):
            return float(done(base) ** min(k, 1000)) if done(base) < 2 else inf if k > 500 else float(done(base)) ** k
        case Family(kind="sum", body=body) if not body.nodes and body.symbols <= {node.name}:
            return _family(node, N)
        case _:
            return inf


def _sum(f: Expr, N: int, power: int) -> float:
    """sum of abs(f(n))^power over 1..N, a sample standing for the numbers up to the next."""
    n = places(N)
    gaps: Any = np.diff(np.concatenate([n, [N + 1]]))
    return float(np.sum(sizes(f, n) ** power * gaps))


def _column(f: Expr, N: int) -> float:
    """The largest sum of abs(f(d)) over the divisors d of a number up to N, among numbers with many divisors."""
    from qwasm.arith.sieve import factor

    best = 0.0
    for h in COMPOSITE:
        if h <= N < 2**63:
            divisors = [1]
            for p, k in factor(h * (N // h)):
                divisors = [d * p**j for d in divisors for j in range(k + 1)]
            best = max(best, float(sizes(f, np.array(divisors[:4096], dtype=np.int64)).sum()))
    return best


def _family(node: Family, N: int) -> float:
    low, high = closed_range(node)
    total = 0.0
    for triple, f in node.body.words.items():
        if "n" in f.symbols:
            return inf
        end = last_index(triple[1], node.name, N)
        top = high if end is None else min(high, end)
        values = member_array(node, upto=min(top, low + MEMBERS))
        if len(values):
            found = np.abs(np.asarray(evaluate(f, COMPLEX, {node.name: values}))) * np.ones(len(values))
            rest = max(0, top - int(values[-1])) / (log(top) if node.domain == "primes" and top > 2 else 1)
            total += float(found.sum()) + rest * float(found[-1])
    return total
