"""Powers in the ring: what a factor's power reduces to, roots of numbers, inverses of sums.

Positive factors split off a root; what may be 0 or negative stays under it, on the principal
branch; an inverse that may not exist is an atom of its own and is never cancelled.

>>> from qwasm.algebra.ring import const
>>> str(power(const(12), Fraction(1, 2))), str(power(const(-8), Fraction(1, 2)))
('2*3^(1/2)', '2i*2^(1/2)')
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from qwasm.algebra.atoms import (
    BIT,
    NONNEGATIVE,
    NONZERO,
    POSITIVE,
    REAL,
    TERNARY,
    UNIT,
    Atom,
    Exponent,
    intern_atom,
)
from qwasm.algebra.ring import MINUS_ONE, ONE, PI, ZERO, Expr, I, Monomial, _intern, const, from_atom, too_long
from qwasm.diagnostics import fail
from qwasm.limits import DEFAULT

EXPANSION = 256  # terms up to which a positive power of a sum is expanded


def merge(name: str, factors: list[tuple[Atom, Exponent]]) -> Expr:
    """One exponential for a product of exponentials: e^a e^b = e^(a+b), (-1)^a (-1)^b = (-1)^(a+b)."""
    from qwasm.algebra.functions import call

    if name == "exp":
        return call("exp", Expr.sum(atom.args[0] * const(exponent) for atom, exponent in factors))
    return call("pow", MINUS_ONE, Expr.sum(atom.args[1] for atom, _ in factors))


def normal_power(atom: Atom, exponent: Exponent) -> tuple[Fraction | int, Exponent, Expr | None]:
    """Reduce atom^exponent: (rational factor, remaining exponent of the atom, further factor or None)."""
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = exponent.numerator
    if not exponent:
        return 1, 0, None
    name, flags = atom.name, atom.flags
    if name == "prime":
        whole = exponent.numerator // exponent.denominator
        prime = int(atom.data[0])
        if abs(whole) * prime.bit_length() > DEFAULT.exponent_bits + 64:
            raise too_long()
        return Fraction(prime) ** whole, exponent - whole, None
    if name == "i":
        turn = int(exponent) % 4
        return (1, -1)[turn // 2], turn % 2, None
    if name == "base" and (exponent >= 1 or (exponent > 0 and exponent == 1)):
        whole = exponent.numerator // exponent.denominator
        if expandable(atom.args[0], whole):
            return 1, exponent - whole, power(atom.args[0], whole)
        return 1, exponent, None
    if name == "exp" and exponent != 1:
        return 1, 0, merge("exp", [(atom, exponent)])
    if flags & UNIT:
        return 1, exponent % 2, None
    if flags & BIT and exponent > 0:
        return 1, 1, None
    if flags & TERNARY and isinstance(exponent, int) and exponent > 2:
        return 1, 2 - exponent % 2, None
    return 1, exponent, None


def expandable(base: Expr, exponent: int) -> bool:
    """True when base^exponent, expanded, stays within EXPANSION terms."""
    if exponent > EXPANSION:
        return False
    count, size = 1, len(base.terms)
    for step in range(1, exponent + 1):
        count = count * (size - 1 + step) // step
        if count > EXPANSION:
            return False
    return True


def power(base: Expr, exponent: int | Fraction) -> Expr:
    """base^exponent on the principal branch, for a rational exponent; 0^0 = 1.

    Raises QW0350 for a negative power of 0, QW0420 when a number would be too long.
    """
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = exponent.numerator
    if exponent == 1:
        return base
    if exponent == 0:
        return ONE
    if not base.terms:
        if exponent < 0:
            raise fail("QW0350", "division by zero", hint="exclude the place where the divisor is 0")
        return ZERO
    if len(base.terms) == 1:
        monomial, coefficient = base.terms[0]
        if isinstance(exponent, int):
            return _integer_power(coefficient, monomial, exponent)
        return _rational_power(coefficient, monomial, exponent)
    if isinstance(exponent, int) and exponent > 0 and expandable(base, exponent):
        return _expand(base, exponent)
    content = sum_content(base)
    inner = base * (1 / content)
    sign = ONE
    if isinstance(exponent, int) and inner.terms[0][1] < 0:
        inner, sign = -inner, const((-1) ** (exponent % 2))
    return number_power(content, exponent) * sign * base_power(inner, exponent)


def sum_content(base: Expr) -> Fraction:
    """The positive rational c that makes base / c have coprime integer coefficients."""
    top, bottom = 0, 1
    for _, c in base.terms:
        top, bottom = gcd(top, c.numerator), lcm(bottom, c.denominator)
    return Fraction(top, bottom)


def base_power(inner: Expr, exponent: Exponent) -> Expr:
    """The opaque power of a sum, or of a monomial whose root does not split."""
    if exponent < 0 and not inner.nonzero:
        return from_atom(intern_atom("inv", (), (inner,), _inverse_flags(inner.flags)), -exponent)
    atom = intern_atom("base", (), (inner,), inner.flags)
    _, remaining, more = normal_power(atom, exponent)
    result = from_atom(atom, remaining) if remaining else ONE
    return result if more is None else result * more


def _inverse_flags(flags: int) -> int:
    return flags & (REAL | NONNEGATIVE | NONZERO)


def _expand(base: Expr, exponent: int) -> Expr:
    result, square = ONE, base
    while exponent:
        if exponent & 1:
            result = result * square
        exponent >>= 1
        if exponent:
            square = square * square
    return result


def _integer_power(coefficient: Fraction, monomial: Monomial, exponent: int) -> Expr:
    over, under = coefficient.as_integer_ratio()
    if under == 1 and abs(over) == 1:
        result = ONE if over == 1 or exponent % 2 == 0 else const(-1)
    else:
        if (max(over.bit_length(), under.bit_length()) - 1) * abs(exponent) > DEFAULT.exponent_bits:
            raise too_long()
        result = const(coefficient**exponent)
    for atom, old in monomial:
        result = result * atom_power(atom, old * exponent)
    return result


def atom_power(atom: Atom, exponent: Exponent) -> Expr:
    """atom^exponent; the inverse of an atom that may be 0 is an atom of its own."""
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = exponent.numerator
    if not exponent:
        return ONE
    if atom.name == "inv" and exponent < 0:
        return power(atom.args[0], -exponent)
    if exponent < 0 and not atom.flags & NONZERO and atom.name != "base":
        return base_power(from_atom(atom), exponent)
    scale, remaining, more = normal_power(atom, exponent)
    result = from_atom(atom, remaining) if remaining else ONE
    if scale != 1:
        result = result * const(scale)
    return result if more is None else result * more


def _rational_power(coefficient: Fraction, monomial: Monomial, exponent: Fraction) -> Expr:
    """(c * m)^r: positive factors split off, what is left stays under one root."""
    outside = number_power(abs(coefficient), exponent)
    rest: list[tuple[Atom, Exponent]] = []
    for atom, old in monomial:
        if atom.positive or (atom.flags & NONNEGATIVE and exponent > 0 and old > 0):
            outside = outside * atom_power(atom, old * exponent)
        else:
            rest.append((atom, old))
    negative = coefficient < 0
    if not rest or (len(rest) == 1 and rest[0][0].name == "i"):
        quarter = Fraction(-1 if negative else 1, 2) if rest else Fraction(int(negative))
        if not quarter:
            return outside
        from qwasm.algebra.functions import call

        return outside * call("exp", I * PI * const(quarter * exponent))
    if len(rest) == 1 and rest[0][1] == 1 and not negative and rest[0][0].name != "inv":
        return outside * atom_power(rest[0][0], exponent)
    return outside * base_power(_intern(((tuple(rest), Fraction(-1 if negative else 1)),)), exponent)


def number_power(value: Fraction, exponent: int | Fraction) -> Expr:
    """A positive rational number to a rational power, as a product of primes with exponents in [0, 1)."""
    if value == 1:
        return ONE
    if isinstance(exponent, int) or exponent.denominator == 1:
        return _integer_power(value, (), int(exponent))
    from qwasm.arith.sieve import partial_factor

    result = ONE
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, multiplicity in partial_factor(number):
            atom = intern_atom("prime", (prime,), (), POSITIVE)
            result = result * atom_power(atom, exponent * multiplicity * sign)
    return result
