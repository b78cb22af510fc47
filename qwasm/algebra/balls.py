"""Balls: constants to any number of digits, with a proven radius.

A ball is (re, im, radius) in decimal arithmetic; each step adds its rounding.  The sign, the
floor and the double nearest to a constant are read from a ball that is small enough.

>>> from qwasm.algebra.ring import const
>>> from fractions import Fraction
>>> (const(2) ** Fraction(1, 2)).approx()
(1.4142135623730951+0j)
"""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DecimalException, localcontext
from fractions import Fraction
from functools import lru_cache

from qwasm.algebra.atoms import INTEGER, Atom, Exponent
from qwasm.algebra.ring import ONE, Expr
from qwasm.diagnostics import fail

Ball = tuple[Decimal, Decimal, Decimal]
PRECISIONS = (40, 80, 160, 400)
WIDE = Context(Emax=MAX_EMAX, Emin=MIN_EMIN)
NOTHING = Decimal("1e-330")  # less than the smallest double
_0, _1, _2 = Decimal(0), Decimal(1), Decimal(2)


class _Wide(Exception):
    """A ball contains a place where the function has no value; more digits may help."""


def _slack(digits: int, size: Decimal) -> Decimal:
    return size.scaleb(4 - digits)


def ball(e: Expr, digits: int) -> Ball:
    """A ball around a constant, computed with that many digits."""
    from qwasm.algebra.walk import subexpressions

    if e.symbols:
        raise ValueError(f"not a constant: {', '.join(sorted(e.symbols))} is free in {e}")
    values: dict[Expr, Ball] = {}
    with localcontext(Context(prec=digits + 10, Emax=MAX_EMAX, Emin=MIN_EMIN)):
        for node in subexpressions(e, lambda x: x.rational() is None or x is e):
            total: Ball = (_0, _0, _0)
            for monomial, c in node.terms:
                product = _number(c, digits)
                for atom, exponent in monomial:
                    product = _mul(product, _factor(atom, exponent, values, digits), digits)
                total = (
                    total[0] + product[0],
                    total[1] + product[1],
                    total[2] + product[2] + _slack(digits, abs(product[0]) + abs(product[1])),
                )
            values[node] = total
        return values[e]


def _number(c: Fraction, digits: int) -> Ball:
    value = Decimal(c.numerator) / Decimal(c.denominator)
    return value, _0, _slack(digits, abs(value))


def _size(z: Ball) -> Decimal:
    return abs(z[0]) + abs(z[1]) + z[2]


def _mul(a: Ball, b: Ball, digits: int) -> Ball:
    size = _size(a) * _size(b)
    return (
        a[0] * b[0] - a[1] * b[1],
        a[0] * b[1] + a[1] * b[0],
        a[2] * _size(b) + b[2] * _size(a) + _slack(digits, size),
    )


def _inverse(z: Ball, digits: int) -> Ball:
    norm = z[0] * z[0] + z[1] * z[1]
    low = norm.sqrt() - z[2]
    if low <= 0:
        raise _Wide
    return z[0] / norm, -z[1] / norm, z[2] / (low * low) * 2 + _slack(digits, 1 / low)


def _whole_power(z: Ball, k: int, digits: int) -> Ball:
    if k < 0:
        return _whole_power(_inverse(z, digits), -k, digits)
    result: Ball = (_1, _0, _0)
    while k:
        if k & 1:
            result = _mul(result, z, digits)
        k >>= 1
        if k:
            z = _mul(z, z, digits)
    return result


def _power(z: Ball, exponent: Exponent, digits: int) -> Ball:
    if isinstance(exponent, int):
        return _whole_power(z, exponent, digits)
    if z == (_0, _0, _0):
        return z
    return _exp(_mul(_log(z, digits), _number(Fraction(exponent), digits), digits), digits)


@lru_cache(maxsize=8)
def pi_digits(digits: int) -> Decimal:
    """pi to the number of digits, by Machin's formula pi/4 = 4 arctan(1/5) - arctan(1/239)."""
    unit: int = 10 ** (digits + 20)

    def arctan(x: int) -> int:
        total = term = unit // x
        k = 1
        while term:
            term //= -x * x
            k += 2
            total += term // k
        return total

    return Decimal(4 * (4 * arctan(5) - arctan(239))).scaleb(-digits - 20)


def _sin_cos_real(x: Decimal, digits: int) -> tuple[Decimal, Decimal]:
    with localcontext(Context(prec=digits + 20 + max(0, x.adjusted()), Emax=MAX_EMAX, Emin=MIN_EMIN)):
        if x.adjusted() > 2 * digits:
            raise _Wide
        turn = 2 * pi_digits(digits + max(0, x.adjusted()))
        x = (x - (x / turn).to_integral_value() * turn) / 8
        sin, cos, term, k = _0, _0, _1, 0
        tiny = _1.scaleb(-digits - 15)
        while abs(term) > tiny or k < 4:
            if k % 2:
                sin += term if k % 4 == 1 else -term
            else:
                cos += term if k % 4 == 0 else -term
            k += 1
            term = term * x / k
        for _ in range(3):
            sin, cos = 2 * sin * cos, cos * cos - sin * sin
        return sin, cos


def _exp(z: Ball, digits: int) -> Ball:
    if z[0].adjusted() > 17 and abs(z[0]) > z[2]:
        raise fail("QW0420", "e to a number of more than 18 digits is too large", hint="make the exponent smaller")
    if z[2] > 1:
        raise _Wide
    size = z[0].exp()
    radius = size * z[2] * 3 + _slack(digits, size)
    if not z[1]:
        return size, _0, radius
    sin, cos = _sin_cos_real(z[1], digits)
    return size * cos, size * sin, radius


def _log(z: Ball, digits: int) -> Ball:
    modulus = (z[0] * z[0] + z[1] * z[1]).sqrt()
    low = modulus - z[2]
    if low <= 0 or (z[0] < 0 and z[1] and abs(z[1]) <= z[2]):
        raise _Wide
    value = modulus.ln()
    return value, _angle(z[0], z[1], digits), 2 * z[2] / low + _slack(digits, abs(value) + 4)


def _angle(x: Decimal, y: Decimal, digits: int) -> Decimal:
    if not y:
        return _0 if x > 0 else pi_digits(digits + 10) + 0
    turns, size = 0, (x * x + y * y).sqrt()
    x, y = x / size, y / size
    for _ in range(6):  # halve the angle: tan(a/2) through (1 + cos a, sin a)
        if 1 + x < Decimal("1e-6"):
            x, y = (1 + x) / 2, y  # cos^2(a/2), with sin(a/2) of the sign of y
            x = x.sqrt()
            y = (1 - x * x).sqrt().copy_sign(y)
        else:
            x, y = 1 + x, y
            size = (x * x + y * y).sqrt()
            x, y = x / size, y / size
        turns += 1
    t = y / x
    total, term, k = _0, t, 1
    while abs(term) > _1.scaleb(-digits - 12):
        total += term / k if k % 4 == 1 else -term / k
        term, k = term * t * t, k + 2
    return total * (1 << turns)


def _factor(atom: Atom, exponent: Exponent, values: dict[Expr, Ball], digits: int) -> Ball:
    args = [values[a] if a in values else _number(a.rational() or Fraction(0), digits) for a in atom.args]
    match atom.name:
        case "prime":
            return _power((Decimal(int(atom.data[0])), _0, _0), exponent, digits)
        case "i":
            return _0, _1, _0
        case "pi":
            return _power((pi_digits(digits + 10) + 0, _0, _slack(digits, _1)), exponent, digits)
        case "base":
            return _power(args[0], exponent, digits)
        case "inv":
            return _power(args[0], -exponent, digits)
        case "exp":
            value = _exp(args[0], digits)
        case "log":
            value = _log(args[0], digits)
        case "sin" | "cos":
            value = _circle(atom.name, args[0], digits)
        case "abs":
            value = ((args[0][0] ** 2 + args[0][1] ** 2).sqrt(), _0, args[0][2] + _slack(digits, _size(args[0])))
        case "conj":
            value = (args[0][0], -args[0][1], args[0][2])
        case "min" | "max":
            pick = min if atom.name == "min" else max
            value = (pick(a[0] for a in args), _0, max(a[2] for a in args))
        case "pow":
            whole = atom.args[1].integer()
            value = (
                _whole_power(args[0], whole, digits)
                if whole is not None
                else _exp(_mul(_log(args[0], digits), args[1], digits), digits)
            )
        case _:
            raise fail(
                "QW0422",
                f"the value of {_shown(atom)} is out of reach of exact computation",
                hint="use a smaller argument, or a state instead of a constant",
            )
    return value if exponent == 1 else _power(value, exponent, digits)


def _brief(e: Expr) -> str:
    text = str(e) if e.size < 200 else "this number"
    return text if len(text) <= 60 else text[:57] + "..."


def _shown(atom: Atom) -> str:
    from qwasm.algebra.ring import from_atom

    return str(from_atom(atom))


def _circle(name: str, z: Ball, digits: int) -> Ball:
    """sin and cos through e^(iz): cos z = (e^(iz) + e^(-iz))/2."""
    turned = (-z[1], z[0], z[2])
    up, down = _exp(turned, digits), _exp((-turned[0], -turned[1], turned[2]), digits)
    if name == "cos":
        return (up[0] + down[0]) / 2, (up[1] + down[1]) / 2, up[2] + down[2]
    return (up[1] - down[1]) / 2, (down[0] - up[0]) / 2, up[2] + down[2]


def _refined(e: Expr, accept: str) -> tuple[Ball, bool]:
    """The first ball that decides, trying growing precision; its radius is infinite when no precision gives one."""
    last: Ball = (_0, _0, Decimal("Infinity"))
    for digits in PRECISIONS:
        try:
            last = ball(e, digits)
        except _Wide:
            continue
        except DecimalException as error:
            raise fail("QW0420", f"{e} is too large to compute", hint="make the exponent smaller") from error
        re, im, radius = last[0].copy_abs(), last[1].copy_abs(), last[2]
        if accept == "relative" and max(re, im).scaleb(-20, WIDE) >= radius:
            return last, True
        if accept == "sign" and re > radius:
            return last, True
        if accept == "zero" and max(re, im) > radius:
            return last, True
    return last, False


def to_complex(e: Expr) -> complex:
    """A constant in double precision.  Raises QW0353 when its digits stay unknown."""
    value = e.rational()
    if value is not None:
        try:
            return complex(float(value))
        except OverflowError:
            return complex(float("inf") if value > 0 else float("-inf"))
    (re, im, radius), decided = _refined(e, "relative")
    if not decided and radius > NOTHING:
        said = f"the value of {_brief(e)} is not decided by {PRECISIONS[-1]} digits"
        raise fail("QW0353", said, hint="make the numbers in it smaller")
    return complex(*(float(part) if part.copy_abs() > radius else 0.0 for part in (re, im)))


def separate(e: Expr) -> int | None:
    """The sign of a constant that is not rational; None for one that is not real."""
    if not e.is_real:
        (_, im, radius), _ = _refined(e, "zero")
        if im.copy_abs() > radius:
            return None
    (re, _, _), decided = _refined(e, "sign")
    if not decided:
        if is_zero(e):
            return 0
        raise fail(
            "QW0353",
            f"the sign of {e} is not decided by {PRECISIONS[-1]} digits",
            hint="simplify the two sides; they may be equal",
        )
    return 1 if re > 0 else -1


def is_zero(e: Expr) -> bool:
    """Whether a constant is 0: by structure, else by digits.  Raises QW0353 when neither decides."""
    if e.is_zero:
        return True
    if e.nonzero or len(e.terms) == 1:
        return False
    (_, _, radius), decided = _refined(e, "zero")
    if decided:
        return False
    raise fail(
        "QW0353",
        f"{e} is 0 to within 1e{radius.adjusted()}, but not provably 0",
        hint="write both sides in the same form",
    )


def exact_floor(e: Expr) -> int:
    """The floor of a real constant that is not rational.  Raises QW0353 when undecided."""
    for digits in PRECISIONS:
        try:
            re, _, radius = ball(e, digits)
        except _Wide:
            continue
        with localcontext(Context(prec=digits + 60, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            low, high = (re - radius).to_integral_value("ROUND_FLOOR"), (re + radius).to_integral_value("ROUND_FLOOR")
        if low == high and re.adjusted() < digits:
            return int(low)
    nearest = round(re)
    if is_zero(e - ONE * nearest):
        return nearest
    raise fail("QW0353", f"the floor of {e} is not decided by {PRECISIONS[-1]} digits", hint="simplify its argument")


__all__ = ["INTEGER", "Ball", "ball", "exact_floor", "is_zero", "separate", "to_complex"]
