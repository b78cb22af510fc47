"""Losses: how far an operator is from itself when the exponentials inside it are computed approximately.

If each e^Y inside X gives a result that is off by at most `ratio` times the norm of what it is
applied to, then X is off by sum |c| loss of its terms, and a product XY by
loss(X) (norm(Y) + loss(Y)) + norm(X) loss(Y).

>>> from fractions import Fraction
>>> from qwasm.algebra.operators import Algebra
>>> from qwasm.space import Weight
>>> a = Algebra()
>>> X = a.multiply(a.scale(3, a.A(2)), a.exp(a.add(a.A(2), a.B(3))))
>>> round(loss(X, Space(20), 0.5), 6)
1.5
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, prod

from qwasm.algebra.members import closed
from qwasm.algebra.nodes import Exp, Family, Inverse, Node, Power, Product
from qwasm.algebra.norms import COMPLEX, bounds, largest
from qwasm.algebra.value import Operator, fold
from qwasm.scalar import OUTWARD
from qwasm.space import Space, Weight


def loss(x: Operator, space: Space, ratio: float) -> float:
    """A bound of the norm, in the weight, of the computed X minus X; infinity where none is known.

    Raises ValueError in mod(l), where there is no norm.
    """
    plain = Space(space.N, Weight(), COMPLEX, space.truncation)

    def visit(y: Operator, done: Callable[[Operator], float]) -> float:
        return sum(largest(c, space.N) * off for node, c in y.nodes.items() if (off := _node(node, done, plain, ratio)))

    return fold(closed(x, space, "nspace").hilbert(space.weight), visit) * OUTWARD


def _node(node: Node, done: Callable[[Operator], float], plain: Space, ratio: float) -> float:
    match node:
        case Exp(argument=y):
            return inf if done(y) else ratio
        case Product(factors=factors):
            return _product(factors, done, plain)
        case Power(base=base, exponent=int(k)):
            off = done(base)
            return 0.0 if not off else k * off * (bounds(base, plain).upper + off) ** (k - 1)
        case Inverse(argument=y) | Family(body=y):
            return inf if done(y) else 0.0
        case _:
            return 0.0


def _product(factors: tuple[Operator, ...], done: Callable[[Operator], float], plain: Space) -> float:
    """The sum over the inexact factors, the others counted with their norms: prod (n + d) - prod n, term by term."""
    losses = [done(y) for y in factors]
    total = 0.0
    for i, off in enumerate(losses):
        if off:
            outer = prod(bounds(y, plain).upper for y in factors[:i])
            total += off * outer * prod(bounds(y, plain).upper + d for y, d in zip(factors[i + 1 :], losses[i + 1 :]))
    return total
