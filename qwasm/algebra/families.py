"""Families: sums and products over primes or integers as one node, never unrolled.

The bound variable is renamed canonically by nesting height, so families equal up to the name
of their variable are one object.
"""

from __future__ import annotations

from typing import Literal

from qwasm.algebra import words
from qwasm.algebra.collect import Collector, bound, scale
from qwasm.algebra.indices import Index, as_expr
from qwasm.algebra.nodes import Domain, Family
from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY
from qwasm.diagnostics import fail
from qwasm.space import Truncation

NESTING = 32


def family(
    kind: Literal["sum", "prod"],
    variable: Expr,
    domain: Domain,
    low: Index,
    high: Index,
    body: Operator,
    descending: bool = False,
) -> Operator:
    """The sum or product of `body` over low..high, both ends included; empty sums are 0, empty products I.

    Raises QW0430 when families are nested more than 32 deep.
    """
    truncation = body.truncation
    if body.height >= NESTING:
        raise fail(
            "QW0430",
            f"sums and products over ranges are nested more than {NESTING} deep",
            hint="name the inner parts with .op and use fewer ranges",
        )
    one = Operator(truncation, {IDENTITY: ONE}, {})
    zero = Operator(truncation, {}, {})
    if kind == "sum" and body.is_zero:
        return zero
    if kind == "prod" and body.is_identity:
        return one
    name = next(iter(variable.symbols))
    if isinstance(low, int) and isinstance(high, int):
        if high < low or (domain == "primes" and high < 2):
            return zero if kind == "sum" else one
        if domain == "ints":
            if low == high:
                return body.substitute({name: const(low)})
            if name not in body.symbols and kind == "sum":
                return scale(body, const(high - low + 1))
    canonical = bound(body.height + 1, domain, low)
    if canonical is not variable:
        body = body.substitute({name: canonical})
        if body.is_zero and kind == "sum":
            return zero
        if body.is_identity and kind == "prod":
            return one
        again = bound(body.height + 1, domain, low)
        if again is not canonical:
            body, canonical = body.substitute({next(iter(canonical.symbols)): again}), again
    if kind == "prod" and commutes(body):
        descending = False
    collector = Collector(truncation)
    collector.node(Family(kind, canonical, domain, low, high, body, descending), ONE)
    return collector.finish()


def commutes(body: Operator) -> bool:
    """True when all values of a product's body surely commute: all diagonal, all forward or all backward words."""
    if body.nodes:
        return False
    triples = body.words
    if all(m is e for m, _, e in triples):
        return True
    if any("n" in f.symbols for f in triples.values()):
        return False
    forward = all(isinstance(m, int) and m == 1 and M is e for m, M, e in triples)
    return forward or all(isinstance(e, int) and e == 1 and M is m for m, M, e in triples)


def diffusion(truncation: Truncation, c: Expr, low: Index, high: Index, variable: Expr | None = None) -> Operator:
    """D: the sum over the primes p of low..high of c(p) (A[p] + B[p])."""
    p = symbol("p", "prime") if variable is None else variable
    index = as_expr(p)
    body = Operator(truncation, {words.A(index): c, words.B(index): c}, {})
    return family("sum", p, "primes", low, high, body)
