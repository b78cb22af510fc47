"""Dirichlet convolution: the functions of products and inverses of one-sided families, simplified where known.

For a completely multiplicative g the inverse is mu g; besides, 1 * 1 = tau, phi * 1 = n,
Lambda * 1 = log and n^x * 1 = sigma(x).  Everything else stays `conv` or `dinv`.

>>> n = symbol("n", "nat")
>>> print(convolution(call("mu", n), ONE), convolution(ONE, ONE), inverse_series(n))
(n == 1) tau(n) n*mu(n)
"""

from __future__ import annotations

from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.diagnostics import QwasmError

POINT = symbol("n", "nat")
OTHER = symbol("$d", "nat")


def convolution(f: Expr, g: Expr) -> Expr:
    """The function n -> the sum over d e = n of f(d) g(e)."""
    a, f = _primitive(f)
    b, g = _primitive(g)
    if f.is_zero or g.is_zero:
        return f * g
    return a * b * _convolution(f, g)


def _convolution(f: Expr, g: Expr) -> Expr:
    unit = call("==", POINT, ONE)
    if f is unit or g is unit:
        return g if f is unit else f
    for x, y in ((f, g), (g, f)):
        if is_completely_multiplicative(y):
            quotient = x * (ONE / y) if y.nonzero else x
            if x is call("mu", POINT) * y:
                return unit
            if x is y:
                return call("tau", POINT) * y
            known = _with_one(quotient) if y is ONE else None
            if known is not None:
                return known
        first = at_one(y)
        if first is not None and not first.is_zero and inverse_series(y) is x:
            return unit
    return call("conv", f, g, POINT)


def _with_one(f: Expr) -> Expr | None:
    """f * 1 where it has a name."""
    if f is call("phi", POINT):
        return POINT
    if f is call("Lambda", POINT):
        return call("log", POINT)
    if len(f.terms) == 1 and len(f.terms[0][0]) == 1:
        atom, k = f.terms[0][0][0]
        if atom.name == "symbol" and atom.data[0] == "n" and isinstance(k, int):
            return call("sigma", const(k), POINT)
    return None


def inverse_series(f: Expr) -> Expr:
    """The Dirichlet inverse of f.  Raises QW035x when f(1) is 0."""
    c, f = _primitive(f)
    mu = call("mu", POINT)
    if is_completely_multiplicative(f):
        return mu * f / c
    found = call("dinv", f, POINT)
    for monomial, _ in f.terms:
        if any(atom.name == "mu" for atom, _ in monomial):
            g = _without_mu(f)
            found = g if g is not None and mu * g is f and is_completely_multiplicative(g) else found
    return found / c


def _without_mu(f: Expr) -> Expr | None:
    """g with f = mu g, for a single monomial."""
    if len(f.terms) != 1:
        return None
    from qwasm.algebra.ring import from_atom

    monomial, c = f.terms[0]
    g = const(c)
    for atom, k in monomial:
        if atom.name != "mu":
            g = g * from_atom(atom, k)
    return g


def is_completely_multiplicative(f: Expr) -> bool:
    """True when f(n d) = f(n) f(d) is seen to hold and f(1) = 1."""
    if f is ONE:
        return True
    if len(f.terms) != 1 or "n" not in f.symbols or at_one(f) is not ONE:
        return False
    return f.substitute({"n": POINT * OTHER}) is f * f.substitute({"n": OTHER})


def at_one(f: Expr) -> Expr | None:
    """f(1), or None where f has no value there."""
    try:
        return f.substitute({"n": ONE})
    except QwasmError:
        return None


def _primitive(f: Expr) -> tuple[Expr, Expr]:
    """f as a rational number times a function whose single term has coefficient 1; sums are left alone."""
    if len(f.terms) != 1 or f.terms[0][1] == 1:
        return ONE, f
    c = const(f.terms[0][1])
    return c, f / c
