"""Inverses: only those that exist at every N, of operators that are one-sided with a non-zero diagonal.

The inverse of a Dirichlet series is the series of the Dirichlet inverse; the inverse of
c I + X with X strictly forward or strictly backward is kept as a node and run by substitution.
"""

from __future__ import annotations

from qwasm.algebra.collect import Collector
from qwasm.algebra.convolution import inverse_series
from qwasm.algebra.nodes import Dirichlet, Family, Inverse
from qwasm.algebra.ring import ONE, ZERO, Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY, Triple
from qwasm.diagnostics import QwasmError, fail


def inverse(x: Operator) -> Operator:
    """The inverse of a one-sided operator.

    Raises QW0302 when X is not one-sided and QW0303 when its diagonal is 0 or not a constant.
    """
    c = x.constant_multiple
    if c is not None:
        _check(c)
        return Operator(x.truncation, {IDENTITY: ONE / c}, {})
    if not x.words and len(x.nodes) == 1:
        node, d = next(iter(x.nodes.items()))
        if isinstance(node, Inverse):
            from qwasm.algebra.collect import scale

            return scale(node.argument, ONE / d)
        if isinstance(node, Dirichlet):
            _check(node.f.substitute({"n": ONE}))
            collector = Collector(x.truncation)
            collector.node(Dirichlet(inverse_series(node.f), node.forward), ONE)
            return collector.finish()
    _check(triangle(x)[0])
    collector = Collector(x.truncation)
    collector.node(Inverse(x), ONE)
    return collector.finish()


def _check(value: Expr) -> None:
    if value.is_zero or (value.is_constant and abs(value.approx()) == 0):
        raise fail(
            "QW0303",
            "inv needs a value at 1 that is not 0, here it is 0",
            hint="add a multiple of I, as in inv(I - 1/2*B[2])",
        )


def side(x: Operator) -> int:
    """1 for an operator with terms above the diagonal, -1 with terms below, 0 for a multiple of I."""
    return triangle(x)[1]


def triangle(x: Operator) -> tuple[Expr, int]:
    """(the constant diagonal, the side) of a one-sided operator.  Raises QW0302 for any other."""
    diagonal, sides = ZERO, set[int]()
    for triple, f in x.words.items():
        if triple == IDENTITY:
            if "n" in f.symbols:
                raise not_one_sided(x)
            diagonal = f
        else:
            sides.add(_side(triple))
    for node, _ in x.nodes.items():
        if isinstance(node, Dirichlet):
            sides.add(1 if node.forward else -1)
            diagonal = diagonal + node.f.substitute({"n": ONE})
        elif isinstance(node, Family) and node.kind == "sum" and not node.body.nodes and _starts_at_two(node):
            sides |= {_side(triple) for triple in node.body.words}
        else:
            raise not_one_sided(x)
    if 0 in sides or len(sides) > 1:
        raise not_one_sided(x)
    return diagonal, next(iter(sides), 0)


def _starts_at_two(node: Family) -> bool:
    return node.domain == "primes" or (isinstance(node.low, int) and node.low >= 2)


def _side(triple: Triple) -> int:
    """1 for a word strictly above the diagonal, -1 for one strictly below, 0 for anything else."""
    m, _, e = triple
    if isinstance(m, int) and isinstance(e, int):
        return (e > m) - (e < m)
    if isinstance(m, int) and m == 1:
        return 1
    return -1 if isinstance(e, int) and e == 1 else 0


def not_one_sided(x: Operator) -> QwasmError:
    """The error for an operator without an inverse at every N."""
    return fail(
        "QW0302",
        "inv needs a one-sided operator: c I plus only forward or only backward terms, or one Dir or coDir",
        hint="write inv(coDir(f)), inv(Dir(f)) or inv(I - c*B[p])",
    )
