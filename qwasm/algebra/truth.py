"""Comparisons, floor and mod: exact on constants, canonical on everything else.

A comparison of constants is decided exactly: the difference is 0 when the ring sees it, and
else its sign is read from a ball of growing precision.

>>> from qwasm.algebra.ring import const, symbol
>>> n = symbol("n", "nat")
>>> compare(">=", n, const(2)) is compare(">", n, const(1))
True
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from qwasm.algebra.atoms import BIT, INDICATOR, INTEGER, NONNEGATIVE, REAL, TERNARY, intern_atom
from qwasm.algebra.powers import sum_content
from qwasm.algebra.ring import ONE, ZERO, Expr, _intern, const, from_atom
from qwasm.diagnostics import fail


def sign_of(x: Expr) -> int | None:
    """The sign of a constant: -1, 0 or 1; None when it is not a real constant.

    Raises QW0353 when 400 digits do not separate it from 0.
    """
    value = x.rational()
    if value is not None:
        return (value > 0) - (value < 0)
    if not x.is_constant:
        return None
    from qwasm.algebra.balls import separate

    return separate(x)


def compare(op: str, a: Expr, b: Expr) -> Expr:
    """The indicator of a comparison.  Raises QW0353 for the order of complex constants."""
    d = a - b
    match op:
        case ">":
            return _positive(d)
        case "<":
            return _positive(-d)
        case ">=":
            return ONE - _positive(-d) if d.is_real else _positive(d) + _zero(d)
        case "<=":
            return ONE - _positive(d) if d.is_real else _positive(-d) + _zero(d)
        case "==":
            return _zero(d)
        case _:
            return ONE - _zero(d)


def _leading(d: Expr) -> Fraction:
    return next(c for m, c in d.terms if m)


def _split(d: Expr) -> tuple[Expr, Fraction]:
    """(integer-valued d0 with coprime coefficients, c) such that d has the sign of d0 + c."""
    constant = next((c for m, c in d.terms if not m), Fraction(0))
    rest = d - const(constant)
    content = sum_content(rest)
    return rest * (1 / content), constant / content


def _positive(d: Expr) -> Expr:
    if d.is_zero:
        return ZERO
    if d.positive:
        return ONE
    if (-d).flags & (REAL | NONNEGATIVE) == REAL | NONNEGATIVE:
        return ZERO
    if d.is_constant:
        sign = sign_of(d)
        if sign is None:
            raise fail("QW0353", f"{d} is not a real number, so it has no order", hint="compare abs, re or im")
        return ONE if sign > 0 else ZERO
    d0, c = _split(d)
    if d0.is_integer:
        negative = _leading(d0) < 0
        if negative:
            d0, c = -d0, -c  # [d > 0] = 1 - [d0 + c >= 0]
        low = -c
        floor_low = low.numerator // low.denominator
        if negative:
            floor_low = -(-low.numerator // low.denominator) - 1  # d0 >= low  iff  d0 > ceil(low) - 1
        shifted = d0 - floor_low
        if shifted.positive:
            inside = ONE
        elif (-shifted).flags & NONNEGATIVE:
            inside = ZERO
        else:
            inside = from_atom(intern_atom("pos", (), (shifted,), INDICATOR))
        return ONE - inside if negative else inside
    d = d * (1 / sum_content(d))
    if _leading(d) < 0:
        return (
            ONE - from_atom(intern_atom("pos", (), (-d,), INDICATOR)) - _zero(d)
            if d.is_real
            else (from_atom(intern_atom("pos", (), (d,), INDICATOR)))
        )
    return from_atom(intern_atom("pos", (), (d,), INDICATOR))


def _zero(d: Expr) -> Expr:
    if d.is_zero:
        return ONE
    if d.nonzero or (-d).nonzero:
        return ZERO
    if d.is_constant:
        from qwasm.algebra.balls import is_zero

        return ONE if is_zero(d) else ZERO
    d0, c = _split(d)
    if _leading(d0) < 0:
        d0, c = -d0, -c
    if d0.is_integer and c.denominator != 1:
        return ZERO
    shifted = d0 + const(c)
    if shifted.nonzero or (-shifted).nonzero:
        return ZERO
    return from_atom(intern_atom("eq", (), (shifted,), INDICATOR))


def floor(x: Expr) -> Expr:
    """The largest integer <= x; integer parts are split off, constants are decided exactly."""
    if x.is_integer:
        return x
    whole: list[Expr] = []
    rest: list[Expr] = []
    for monomial, c in x.terms:
        piece = _intern(((monomial, Fraction(1)),))
        if piece.is_integer:
            whole.append(piece * (c.numerator // c.denominator))
            c = c % 1
        if c:
            rest.append(piece * const(c))
    inner = Expr.sum(rest)
    value = inner.rational()
    if value is not None:
        return Expr.sum([*whole, const(value.numerator // value.denominator)])
    if inner.is_constant:
        if not inner.is_real and sign_of(inner) is None:
            raise fail("QW0353", f"floor of {x}, which is not a real number", hint="take re or im first")
        from qwasm.algebra.balls import exact_floor

        return Expr.sum([*whole, const(exact_floor(inner))])
    if inner.is_integer:
        return Expr.sum([*whole, inner])
    atom = intern_atom("floor", (), (inner,), REAL | INTEGER | (inner.flags & NONNEGATIVE))
    return Expr.sum([*whole, from_atom(atom)])


def modulo(a: Expr, m: Expr) -> Expr:
    """a mod m = a - m floor(a/m), in [0, m) for m > 0.  Raises QW0350 for m = 0."""
    if m.is_zero:
        raise fail("QW0350", f"{a} mod 0", hint="the modulus of mod must not be 0")
    if a.is_constant and m.is_constant:
        return a - m * floor(a / m)
    modulus = m.integer()
    if modulus is not None and modulus > 0 and a.is_integer:
        pieces = [(_intern(((mono, Fraction(1)),)), c) for mono, c in a.terms]
        if all(piece.is_integer for piece, _ in pieces):
            a = Expr.sum(piece * const(c % modulus) for piece, c in pieces)
        value = a.integer()
        if value is not None:
            return const(value % modulus)
        if modulus == 2 and len(a.terms) == 1 and a.terms[0][1] == 1 and all(x.flags & BIT for x, _ in a.terms[0][0]):
            return a
    flags = (a.flags & m.flags & (REAL | INTEGER)) | (m.flags & REAL and m.flags & NONNEGATIVE)
    if modulus == 2 and flags & INTEGER:
        flags |= BIT | TERNARY
    if m.integer() is not None and gcd(m.integer() or 1, 1) and a is m:
        return ZERO
    return from_atom(intern_atom("mod", (), (a, m), flags))
