"""Words: every product of A, B, P, Q is three integers, so equality is a dictionary comparison.

The triple (m, M, e) maps psi to the state with value psi(e k) at n = m k for 1 <= k <= N // M, and 0
elsewhere; M >= max(m, e), and the word is the zero matrix exactly when M > N.  On the infinite
space M carries no information and is kept at max(m, e).  A multiplier F(k) of the path point may
ride on a triple; composing then reads F''(j) = F(u j) F'(v j).

>>> chain([A(2), B(3)]), chain([B(3), A(2)])
((3, 6, 2), (3, 3, 2))
>>> adjoint((3, 6, 2), Fraction(1))
((2, 6, 3), Fraction(2, 3))
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

from qwasm.algebra.indices import Index, as_expr, coprime_rest, index_max, index_product

if TYPE_CHECKING:
    from qwasm.algebra.ring import Expr

IntTriple = tuple[int, int, int]
Triple = tuple[Index, Index, Index]
IDENTITY: IntTriple = (1, 1, 1)


def A(a: Index) -> Triple:
    """The triple of A[a]: forward, reads psi(a n)."""
    return (1, a, a)


def B(b: Index) -> Triple:
    """The triple of B[b]: backward, reads psi(n/b) where b divides n."""
    return (b, b, 1)


def P(m: Index) -> Triple:
    """The triple of P[m]: keeps the multiples of m."""
    return (m, m, m)


def Q(c: Index) -> Triple:
    """The triple of Q[c]: keeps n <= N/c."""
    return (1, c, 1)


def compose_int(left: IntTriple, right: IntTriple) -> IntTriple:
    """The product of two concrete triples on {1..N}, left factor outermost."""
    m, M, e = left
    m2, M2, e2 = right
    g = gcd(e, m2)
    u = m2 // g
    v = e // g
    a, b = M * u, M2 * v
    return (m * u, a if a >= b else b, e2 * v)


def compose(left: Triple, right: Triple, free: bool = False) -> tuple[Triple, Index, Index] | None:
    """The product triple with the dilations u, v of the two multipliers; None where symbols leave it undecided.

    Strict composition keeps M = max(M u, M' v); free composition drops it to max(m, e).
    """
    m, M, e = left
    m2, M2, e2 = right
    rest = coprime_rest(m2, e)
    if rest is None:
        return None
    u, v = rest
    row, column = index_product(m, u), index_product(e2, v)
    cut = index_max(row, column) if free else index_max(index_product(M, u), index_product(M2, v))
    return None if cut is None else ((row, cut, column), u, v)


def chain(triples: Iterable[IntTriple]) -> IntTriple:
    """The product of many concrete triples on {1..N}, the first outermost; a few hundred nanoseconds a letter."""
    m = M = e = 1
    for m2, M2, e2 in triples:
        if m2 == 1:  # A and Q: no common factor to remove
            M2 *= e
            if M2 > M:
                M = M2
            e *= e2
        else:
            g = gcd(e, m2)
            u = m2 // g
            v = e // g
            m *= u
            M *= u
            M2 *= v
            if M2 > M:
                M = M2
            e = e2 * v
    return (m, M, e)


def ratio_power(triple: Triple, s: Fraction) -> int | Fraction | Expr:
    """(e/m)^s: exact, an int or Fraction when it is rational by s being an integer."""
    m, _, e = triple
    if s == 0:
        return 1
    if isinstance(m, int) and isinstance(e, int):
        if m == e:
            return 1
        ratio = Fraction(e, m)
        if s.denominator == 1:
            return Fraction(ratio ** int(s))
    return as_expr(e) ** s * as_expr(m) ** -s


def adjoint(triple: Triple, s: Fraction) -> tuple[Triple, int | Fraction | Expr]:
    """The adjoint triple in the weight n^-s and its factor (e/m)^s; the multiplier is conjugated, its point k stays."""
    m, M, e = triple
    return (e, M, m), ratio_power(triple, s)


def norm(triple: Triple, s: Fraction) -> int | Fraction | Expr:
    """(e/m)^(s/2): the operator norm in the weight n^-s of the bare word, for N >= M; below M the word is 0."""
    return ratio_power(triple, Fraction(s) / 2)
