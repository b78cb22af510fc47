"""exp, log, symbolic powers and the circle: canonical by splitting over positive factors.

log of a product of positive factors is the sum of their logs; exp undoes it; n^x is
exp(x log n), so that n^x n^y = n^(x+y); (-1)^n is a sign of square 1.
"""

from __future__ import annotations

from fractions import Fraction

from qwasm.algebra.atoms import INTEGER, NONZERO, POSITIVE, REAL, SIGN, Atom, intern_atom
from qwasm.algebra.powers import number_power, power, sum_content
from qwasm.algebra.ring import MINUS_ONE, ONE, PI, ZERO, Expr, I, Monomial, _intern, const, from_atom
from qwasm.diagnostics import fail

_SINES = {
    Fraction(0): ("0", 0),
    Fraction(1, 6): ("1/2", 1),
    Fraction(1, 4): ("1/2", 2),
    Fraction(1, 3): ("1/2", 3),
    Fraction(1, 2): ("1", 1),
}


def log(x: Expr) -> Expr:
    """The principal logarithm.  Raises QW0352 for log 0."""
    if x.is_zero:
        raise fail("QW0352", "log of 0", hint="log is defined for n >= 1; exclude the place where its argument is 0")
    if len(x.terms) > 1:
        content = sum_content(x)
        inner = x * (1 / content)
        return log(const(content)) + _log_atom(inner) if content != 1 else _log_atom(inner)
    monomial, coefficient = x.terms[0]
    parts = [_log_number(abs(coefficient))]
    rest: list[tuple[Atom, int | Fraction]] = []
    for atom, exponent in monomial:
        if atom.name == "exp" and atom.args[0].is_real:
            parts.append(atom.args[0])
        elif atom.positive:
            inner = atom.args[0] if atom.name == "base" else from_atom(atom)
            parts.append(
                const(exponent)
                * (_log_number(Fraction(int(atom.data[0]))) if atom.name == "prime" else _log_atom(inner))
            )
        else:
            rest.append((atom, exponent))
    if rest == [] or (len(rest) == 1 and rest[0][0].name == "i"):
        half = Fraction(0 if not rest else 1, 2)
        angle = half if coefficient > 0 else (Fraction(1) if not rest else -half)
        parts.append(I * PI * const(angle))
    else:
        parts.append(_log_atom(_intern(((tuple(rest), Fraction(1 if coefficient > 0 else -1)),))))
    return Expr.sum(parts)


def _log_atom(x: Expr) -> Expr:
    if len(x.terms) == 1 and len(x.terms[0][0]) == 1 and x.terms[0][0][0][0].name == "exp":
        inner = x.terms[0][0][0][0].args[0]
        if inner.is_real:
            return inner
    flags = REAL if x.positive else 0
    value = x.rational()
    if value is not None and value > 1:
        flags = POSITIVE
    elif x.positive and x.flags & INTEGER:
        flags |= 4
    if x.terms and len(x.terms) == 1 and x.terms[0][0] and x.terms[0][0][0][0].data[1:] == ("prime",):
        flags = POSITIVE
    return from_atom(intern_atom("log", (), (x,), flags))


def _log_number(value: Fraction) -> Expr:
    from qwasm.arith.sieve import partial_factor

    parts: list[Expr] = []
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, multiplicity in partial_factor(number):
            parts.append(const(multiplicity * sign) * _log_atom(const(prime)))
    return Expr.sum(parts) if parts else ZERO


def exp(x: Expr) -> Expr:
    """e^x, with powers of log arguments and signs split off: exp(2 log n + i pi n) = (-1)^n n^2."""
    outside, kept = ONE, []
    for monomial, c in x.terms:
        if len(monomial) == 1 and monomial[0][0].name == "log" and monomial[0][1] == 1:
            outside = outside * power(monomial[0][0].args[0], c)
            continue
        angle = _half_turn(monomial)
        if angle is None:
            kept.append((monomial, c))
            continue
        c = c % 2
        if angle is ONE:
            while c >= Fraction(1, 2):
                outside, c = outside * I, c - Fraction(1, 2)
        elif c >= 1:
            outside, c = outside * parity(angle), c - 1
        if c:
            kept.append((monomial, c))
    if not kept:
        return outside
    inner = _intern(tuple(kept))
    return outside * from_atom(intern_atom("exp", (), (inner,), POSITIVE if inner.is_real else NONZERO))


def _half_turn(monomial: Monomial) -> Expr | None:
    """The integer-valued cofactor of i pi in a monomial, or None."""
    rest = tuple((a, e) for a, e in monomial if a.name not in ("i", "pi"))
    names = [(a.name, e) for a, e in monomial if a.name in ("i", "pi")]
    if sorted(names) != [("i", 1), ("pi", 1)]:
        return None
    cofactor = _intern(((rest, Fraction(1)),))
    return cofactor if cofactor.is_integer else None


def parity(y: Expr) -> Expr:
    """(-1)^y for an integer-valued y, with y reduced modulo 2."""
    total: list[Expr] = []
    for monomial, c in y.terms:
        piece = _intern(((monomial, Fraction(1)),))
        if not piece.is_integer:
            total.append(piece * const(c))
            continue
        if c.denominator == 1:
            piece = _intern(
                (
                    (
                        tuple((a, 1 if a.flags & INTEGER and isinstance(e, int) and e > 0 else e) for a, e in monomial),
                        Fraction(1),
                    ),
                )
            )
        total.append(piece * const(c % 2))
    reduced = Expr.sum(total)
    if any(c.denominator == 1 and not 0 <= c < 2 for _, c in reduced.terms):
        return parity(reduced)
    value = reduced.integer()
    if value is not None:
        return ONE if value % 2 == 0 else MINUS_ONE
    whole = Fraction(0)
    if reduced.terms and not reduced.terms[-1][0] and reduced.terms[-1][1] >= 1:
        whole = Fraction(1)
        reduced = reduced - 1
    atom = intern_atom("pow", (), (MINUS_ONE, reduced), SIGN)
    return from_atom(atom) * (MINUS_ONE if whole else ONE)


def power_expr(x: Expr, y: Expr) -> Expr:
    """x^y for a symbolic exponent; 0^0 = 1."""
    value = y.rational()
    if value is not None:
        return power(x, value)
    if x is ONE:
        return ONE
    if x.positive:
        return exp(y * log(x))
    if x is MINUS_ONE:
        return parity(y) if y.is_integer else exp(I * PI * y)
    if len(x.terms) == 1 and y.is_integer:
        monomial, coefficient = x.terms[0]
        outside = parity(y) if coefficient < 0 else ONE
        if abs(coefficient) != 1:
            outside = outside * exp(y * log(const(abs(coefficient))))
        rest: list[tuple[Atom, int | Fraction]] = []
        for atom, exponent in monomial:
            if atom.positive:
                outside = outside * exp(y * log(from_atom(atom, exponent)))
            else:
                rest.append((atom, exponent))
        return outside * _pow_atom(_intern(((tuple(rest), Fraction(1)),)), y) if rest else outside
    return _pow_atom(x, y)


def _pow_atom(x: Expr, y: Expr) -> Expr:
    flags = REAL if x.is_real and y.is_integer else 0
    if y.is_integer and y.flags & 4:
        flags |= x.flags & (INTEGER | 4)
    return from_atom(intern_atom("pow", (), (x, y), flags | (x.flags & NONZERO)))


def sin_cos(name: str, x: Expr) -> Expr:
    """sin or cos: exact at multiples of pi/4 and pi/6, at whole half turns, odd or even in the sign."""
    if x.is_zero:
        return ZERO if name == "sin" else ONE
    if x.terms[0][1] < 0:
        return -sin_cos(name, -x) if name == "sin" else sin_cos(name, -x)
    if len(x.terms) == 1:
        monomial, c = x.terms[0]
        if len(monomial) == 1 and monomial[0][0].name == "pi" and monomial[0][1] == 1:
            turn = (c if name == "sin" else c + Fraction(1, 2)) % 2
            negative, turn = turn >= 1, turn % 1
            turn = min(turn, 1 - turn)
            if turn in _SINES:
                scale, square = _SINES[turn]
                value = const(Fraction(scale)) * number_power(Fraction(square), Fraction(1, 2)) if square else ZERO
                return -value if negative else value
        cofactor = _half_turn((*monomial, (intern_atom("i"), 1)))
        if cofactor is not None and c.denominator == 1:
            return ZERO if name == "sin" else power(parity(cofactor), c)
    return from_atom(intern_atom(name, (), (x,), REAL if x.is_real else 0))


__all__ = ["exp", "log", "parity", "power_expr", "sin_cos"]
