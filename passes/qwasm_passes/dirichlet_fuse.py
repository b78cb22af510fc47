"""Dirichlet fuse: products, powers and inverses of one-sided families become one family.

before:  arith.sum q1, q0, mu ; div.p q2, q1, 2 ; arith.sum q3, q2, 1
after:   qop.apply q3, q0, B[2]

Sums over d of f(d) B[d] multiply as Dirichlet series do: they commute with each other and with every B[b], products
are convolutions, (I + coDir(f))^2 is coDir of ([n = 1] + f) * ([n = 1] + f), inverses are inverse series; forward
likewise.  It is done within operators and along chains of instructions, where the one family costs no more: an
Euler product of a multiplicative f is N log log N, any other series N log N and its coefficients as well.

Right because these are identities of N x N matrices for every N, and of operators on the infinite space.
It stops at families with an open index or a coefficient in n, at mixed directions, whose products are no series,
at exponentials, which `evolve-lower` sums where they end, and where a coefficient may have no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from math import log2
from typing import ClassVar, Literal, NamedTuple

from qwasm.algebra.convolution import at_one, convolution, inverse_series
from qwasm.algebra.functions import call
from qwasm.algebra.nodes import Dirichlet, Inverse, Power, Product
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.algebra.value import fold
from qwasm.ir.module import Module
from qwasm.passes.context import Context
from qwasm.passes.cost import Cost
from qwasm.passes.operator_cost import series
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.applications import Link, ask, links, worth
from qwasm_passes.linear import bits, tame, uses

POINT = symbol("n", "nat")
UNIT = call("==", POINT, ONE)  # the coefficients of I
LARGEST = 16  # the largest power that is multiplied out
GROWTH = {"real32": 64}  # bits that coefficients of an inverse may have, fewer where floats are short
FAR = 512


class Series(NamedTuple):
    """A[shift] or B[shift] times the sum over d of f(d) A[d] or B[d]; `forward` is None for multiples of I."""

    forward: bool | None
    shift: int
    f: Expr


@record
class DirichletFuse:
    """One family in place of several, within operators and along chains of instructions."""

    name: ClassVar[str] = "dirichlet-fuse"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        """Ask for every chain that is one family, where that is no dearer."""
        known, space = uses(module), module.space

        def rewritten(link: Link) -> Link:
            made = fused(link.operator, space)
            new = made is not link.operator
            if new and not costs(made) <= costs(link.operator):
                return link
            if not new and (len(link.ops) == 1 or found(made, space) is None):
                return link
            return Link(made, link.source, link.ops, link.hits + Counter({"dirichlet-fuse": 1}))

        def costs(x: Operator) -> Cost:
            return worth(x, known, space) + series(space, False) * convolutions(x)

        for link in links(module, known, rewritten, lambda x: found(x, space) is not None):
            ask(link, context, "one-sided families multiply as Dirichlet series do")


@lru_cache(maxsize=1 << 14)
def fused(x: Operator, space: Space) -> Operator:
    """X as one family, or X itself where it is none or already one."""
    one = found(x, space)
    if one is None or not any(isinstance(node, (Product, Power, Inverse)) for node in x.nodes):
        return x
    algebra = Algebra(x.truncation)
    letter = algebra.A if one.forward else algebra.B
    made = algebra.multiply(letter(one.shift), algebra.Dir(one.f) if one.forward else algebra.coDir(one.f))
    if made.symbols != x.symbols:
        return x
    return made if tame(made, space) or (has_inverse(x) and moderate(x, space)) else x


@lru_cache(maxsize=1 << 14)
def found(x: Operator, space: Space) -> Series | None:
    """X as a one-sided family; None where it is none, or a coefficient may have no value."""
    return fold(x, one_sided) if tame(x, space) or (has_inverse(x) and moderate(x, space)) else None


def has_inverse(x: Operator) -> bool:
    """Whether X is one inverse."""
    return len(x) == 1 and any(isinstance(node, Inverse) for node in x.nodes)


def moderate(x: Operator, space: Space) -> bool:
    """Whether the coefficients of an inverse stay below 2^512, 2^64 in real32.

    g = dinv(f) has g(n) f(1) = [n = 1] - sum over d > 1 of f(d) g(n/d): at most log2 N factors f/f(1), in fewer
    than n^2 orders (Kalmar, "A factorisatio numerorum problemajarol", 1931).
    """
    (node,) = x.nodes
    assert isinstance(node, Inverse)
    of = fold(node.argument, one_sided) if tame(node.argument, space) and not space.field.exact else None
    first = at_one(of.f) if of is not None else None
    if of is None or first is None or first.rational() in (None, 0):
        return False
    size = bits(of.f * (ONE / first), space)
    return size is not None and (size + 2) * log2(2 * space.N) < GROWTH.get(space.field.kind, FAR)


def one_sided(x: Operator, done: Callable[[Operator], Series | None]) -> Series | None:
    """The sum of the terms of X."""
    terms: list[Series | None] = []
    for (m, M, e), c in x.words.items():
        if not (isinstance(m, int) and isinstance(e, int)) or max(m, e) != M or min(m, e) != 1 or c.symbols:
            return None
        terms.append(Series(None if m == e else e > m, max(m, e), UNIT * c))
    for node, c in x.nodes.items():
        if c.symbols:
            return None
        match node:
            case Dirichlet(f=f, forward=forward):
                one: Series | None = Series(forward, 1, f)
            case Product(factors=factors):
                one = product([done(y) for y in factors])
            case Power(base=base, exponent=int(k)) if k <= LARGEST:
                one = product([done(base)] * k)
            case Inverse(argument=y):
                one = inverse(done(y))
            case _:
                one = None
        terms.append(one._replace(f=one.f * c) if one is not None else None)
    return terms[0] if len(terms) == 1 else total(terms)


def total(terms: list[Series | None]) -> Series | None:
    """A sum: shifts become coefficients."""
    known = [term for term in terms if term is not None]
    directions = {term.forward for term in known} - {None}
    if len(known) < len(terms) or len(directions) > 1:
        return None
    shifted = (
        convolution(call("==", POINT, const(term.shift)), term.f) if term.shift > 1 else term.f for term in known
    )
    return Series(next(iter(directions), None), 1, Expr.sum(shifted))


def product(terms: list[Series | None]) -> Series | None:
    """A product: shifts multiply, coefficients are convolved."""
    known = [term for term in terms if term is not None]
    directions = {term.forward for term in known} - {None}
    if len(known) < len(terms) or len(directions) > 1:
        return None
    shift, f = 1, UNIT
    for term in known:
        shift, f = shift * term.shift, convolution(f, term.f)
    return Series(next(iter(directions), None), shift, f)


def inverse(x: Series | None) -> Series | None:
    """The inverse, where the series has one that can be written down."""
    if x is None or x.shift > 1:
        return None
    first = at_one(x.f)
    return Series(x.forward, 1, inverse_series(x.f)) if first is not None and not first.is_zero else None


def convolutions(x: Operator) -> int:
    """How many convolutions and inverse series its coefficients are made by, but the first that the price counts."""

    def count(f: Expr) -> int:
        atoms = {atom for monomial, _ in f.terms for atom, _ in monomial}
        return sum((atom.name in ("conv", "dinv")) + sum(map(count, atom.args)) for atom in atoms if atom.args)

    return sum(max(0, count(node.f) - 1) for node in x.nodes if isinstance(node, Dirichlet))


__all__ = ["DirichletFuse", "fused"]
