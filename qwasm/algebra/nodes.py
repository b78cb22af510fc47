"""Nodes: the kinds of terms an operator is a sum of, beside its words.

A node is a plain value; the operators inside it are shared and hash-consed, and `node_order`
sorts nodes the same way in every process.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from qwasm.algebra.indices import Index, as_expr
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.words import Triple
from qwasm.record import record

if TYPE_CHECKING:
    from qwasm.algebra.value import Operator

Domain = Literal["primes", "ints"]


@record
class Word:
    """At n = m k the value F(k) psi(e k), for 1 <= k <= N // M; `multiplier` is F with n meaning k."""

    m: Index
    M: Index
    e: Index
    multiplier: Expr = ONE

    @property
    def triple(self) -> Triple:
        return (self.m, self.M, self.e)


@record
class Shift:
    """S[k]: psi(n + k) inside 1..N, or cyclic. Its coefficient may contain n, the row."""

    k: Index
    cyclic: bool = False


@record
class Dirichlet:
    """The sum over all d of f(d) A_d if `forward`, else of f(d) B_d."""

    f: Expr
    forward: bool


@record
class Outer:
    """psi -> u <v, psi> in the weight of the space."""

    u: Expr
    v: Expr


@record
class Family:
    """A sum or product over the primes or integers of low..high; never unrolled.

    `variable` is a canonical symbol, so families equal up to renaming are equal.  A product has
    its smallest index leftmost, or rightmost when `descending`.
    """

    kind: Literal["sum", "prod"]
    variable: Expr
    domain: Domain
    low: Index
    high: Index
    body: Operator
    descending: bool = False

    @property
    def name(self) -> str:
        """The name of the bound symbol."""
        return next(iter(self.variable.symbols))


@record
class Exp:
    """The exponential of the N x N matrix."""

    argument: Operator


@record
class Inverse:
    """The inverse of a one-sided operator c I + (strictly forward) or c I + (strictly backward)."""

    argument: Operator


@record
class Product:
    """A product kept factored, factors[0] outermost."""

    factors: tuple[Operator, ...]


@record
class Power:
    """A power kept factored; the exponent is >= 2 or an open expression."""

    base: Operator
    exponent: Index


@record
class Unknown:
    """Any operator at all, or its adjoint when `starred`: a free name of a rule or proof."""

    name: str
    starred: bool = False


Node = Shift | Dirichlet | Outer | Family | Exp | Inverse | Product | Power | Unknown
RANK: dict[type, int] = {
    Family: 1, Dirichlet: 2, Shift: 3, Outer: 4, Exp: 5, Inverse: 6, Power: 7, Product: 8, Unknown: 9
}  # fmt: skip


def word_order(triple: Triple) -> tuple[object, ...]:
    """A total order of triples: by M, then m, then e; open indices after concrete ones, by their text."""
    m, M, e = triple
    if isinstance(M, int) and isinstance(m, int) and isinstance(e, int):
        return (0, M, m, e)
    return (1, *_index_order(M), *_index_order(m), *_index_order(e))


def _index_order(index: Index) -> tuple[int, int, str]:
    return (0, index, "") if isinstance(index, int) else (1, 0, str(index))


def children(node: Node) -> tuple[Operator, ...]:
    """The operators a node is made of, left to right."""
    match node:
        case Family(body=x) | Exp(argument=x) | Inverse(argument=x) | Power(base=x):
            return (x,)
        case Product(factors=factors):
            return factors
        case _:
            return ()


def expressions(node: Node) -> tuple[Expr, ...]:
    """The scalar expressions a node is made of."""
    match node:
        case Shift(k=k):
            return (as_expr(k),)
        case Dirichlet(f=f):
            return (f,)
        case Outer(u=u, v=v):
            return (u, v)
        case Family(low=low, high=high):
            return (as_expr(low), as_expr(high))
        case Power(exponent=k):
            return (as_expr(k),)
        case _:
            return ()


def node_order(node: Node) -> tuple[int, int, str, bytes]:
    """A total order of nodes that is the same in every process; the last entry is a digest."""
    words = "|".join(str(x) for x in expressions(node))
    h = sha256(f"{type(node).__name__}({words}".encode())
    if isinstance(node, Shift):
        h.update(b"cyclic" if node.cyclic else b"")
        return (3, node.k if isinstance(node.k, int) else 0, words, h.digest())
    if isinstance(node, Dirichlet):
        h.update(b"forward" if node.forward else b"")
    if isinstance(node, Family):
        h.update(f"{node.kind}{node.variable}{node.domain}{node.descending}".encode())
    if isinstance(node, Unknown):
        h.update(f"{node.name}{node.starred}".encode())
    for child in children(node):
        h.update(child.digest)
    return (RANK[type(node)], 0, words, h.digest())


def node_symbols(node: Node) -> frozenset[str]:
    """The free symbols of a node, n included where it occurs."""
    if isinstance(node, Unknown):
        return frozenset((node.name,))
    found = frozenset[str]().union(*(x.symbols for x in expressions(node)), *(x.symbols for x in children(node)))
    return found - {node.name} if isinstance(node, Family) else found


def node_leaves(node: Node) -> int:
    """How many terms a node keeps; a power counts its base once per factor where the exponent is concrete."""
    match node:
        case Product(factors=factors):
            return sum(x.leaves for x in factors)
        case Power(base=base, exponent=k):
            return base.leaves * (k if isinstance(k, int) else 2)
        case Family(body=body) | Exp(argument=body) | Inverse(argument=body):
            return max(1, body.leaves)
        case _:
            return 1


def node_height(node: Node) -> int:
    inner = max((x.height for x in children(node)), default=0)
    return inner + 1 if isinstance(node, Family) else inner
