"""Adjoints and pictures: X* in the weight n^-s, and V(n^t) X V(n^-t), exact term by term.

Each kind of node has one row in each of the two functions; products reverse, sums do not.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from qwasm.algebra.collect import Collector
from qwasm.algebra.families import family
from qwasm.algebra.indices import as_expr, to_index
from qwasm.algebra.inverse import inverse
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.products import POINT, exponential, power, product
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator, fold
from qwasm.algebra.words import IDENTITY, ratio_power
from qwasm.algebra.words import adjoint as word_adjoint
from qwasm.space import Truncation, Weight

Done = Callable[[Operator], Operator]


def adjoint(x: Operator, weight: Weight) -> Operator:
    """The adjoint in the weight n^-s, exact on {1..N} for every N.

    (F; m, M, e)* = (e/m)^s (conj F; e, M, m); Dir(f)* = coDir(conj f d^s); S[k]* = V(n^s) S[-k] V(n^-s);
    out(u, v)* = out(v, u).
    """
    s = weight.s

    def visit(y: Operator, done: Done) -> Operator:
        collector = Collector(y.truncation)
        for triple, f in y.words.items():
            other, factor = word_adjoint(triple, s)
            collector.word(other, f.conj() * factor)
        for node, c in y.nodes.items():
            if isinstance(node, Shift):
                collector.operator(_shift_adjoint(node, c, s, y.truncation))
                continue
            made = _adjoint_node(node, done, s, y.truncation)
            if isinstance(made, Operator):
                collector.operator(made, c.conj())
            else:
                collector.node(made, c.conj())
        return collector.finish()

    return fold(x, visit)


def _adjoint_node(node: Node, done: Done, s: Fraction, truncation: Truncation) -> Operator | Node:
    match node:
        case Dirichlet(f=f, forward=forward):
            return Dirichlet(f.conj() * POINT ** (s if forward else -s), not forward)
        case Outer(u=u, v=v):
            return Outer(v, u)
        case Family():
            return family(
                node.kind,
                node.variable,
                node.domain,
                node.low,
                node.high,
                done(node.body),
                node.kind == "prod" and not node.descending,
            )
        case Exp(argument=y):
            return exponential(done(y))
        case Inverse(argument=y):
            return inverse(done(y))
        case Product(factors=factors):
            return product([done(y) for y in reversed(factors)], truncation)
        case Power(base=base, exponent=k):
            return power(done(base), k)
        case Unknown(name=name, starred=starred):
            return Unknown(name, not starred)
        case Shift():
            raise AssertionError("shifts are handled with their coefficient")


def _shift_adjoint(node: Shift, c: Expr, s: Fraction, truncation: Truncation) -> Operator:
    """V(n^s) S[-k] V(n^-s) V(conj c): one term with a multiplier, or three factors when cyclic."""
    back = to_index(-as_expr(node.k))
    weighted, inner = POINT**s, POINT**-s * c.conj()
    if node.cyclic and "n" in inner.symbols:
        return product(
            [
                Operator(truncation, {IDENTITY: weighted}, {}),
                Operator(truncation, {}, {Shift(back, True): ONE}),
                Operator(truncation, {IDENTITY: inner}, {}),
            ],
            truncation,
        )
    moved = inner.substitute({"n": POINT + back}) if "n" in inner.symbols else inner
    collector = Collector(truncation)
    collector.node(Shift(back, node.cyclic), weighted * moved)
    return collector.finish()


def conjugate(x: Operator, t: Fraction) -> Operator:
    """V(n^t) X V(n^-t): words gain (m/e)^t, Dir(f) becomes Dir(f d^-t), out(u, v) becomes out(n^t u, n^t v).

    With t = -s/2 this is X in the hilbert picture, and the inner product of an `out` is then the plain one.
    """
    if t == 0:
        return x

    def visit(y: Operator, done: Done) -> Operator:
        collector = Collector(y.truncation)
        for triple, f in y.words.items():
            collector.word(triple, f * ratio_power(triple, -t))
        for node, c in y.nodes.items():
            made = _conjugate_node(node, c, done, t, y.truncation)
            collector.operator(made)
        return collector.finish()

    return fold(x, visit)


def _conjugate_node(node: Node, c: Expr, done: Done, t: Fraction, truncation: Truncation) -> Operator:
    collector = Collector(truncation)
    match node:
        case Shift(k=k, cyclic=False):
            collector.node(node, c * POINT**t * (POINT + k) ** -t)
        case Shift():
            collector.operator(
                product(
                    [
                        Operator(truncation, {IDENTITY: POINT**t * c}, {}),
                        Operator(truncation, {}, {node: ONE}),
                        Operator(truncation, {IDENTITY: POINT**-t}, {}),
                    ],
                    truncation,
                )
            )
        case Dirichlet(f=f, forward=forward):
            collector.node(Dirichlet(f * POINT ** (-t if forward else t), forward), c)
        case Outer(u=u, v=v):
            collector.node(Outer(u * POINT**t, v * POINT**t), c)
        case Family():
            collector.operator(
                family(node.kind, node.variable, node.domain, node.low, node.high, done(node.body), node.descending), c
            )
        case Exp(argument=y):
            collector.operator(exponential(done(y)), c)
        case Inverse(argument=y):
            collector.operator(inverse(done(y)), c)
        case Product(factors=factors):
            collector.operator(product([done(y) for y in factors], truncation), c)
        case Power(base=base, exponent=k):
            collector.operator(power(done(base), k), c)
        case Unknown():
            left, right = (Operator(truncation, {IDENTITY: POINT**r}, {}) for r in (t, -t))
            collector.operator(product([left, Operator(truncation, {}, {node: ONE}), right], truncation), c)
    return collector.finish()
