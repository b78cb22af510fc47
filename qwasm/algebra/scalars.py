"""Expressions of runtime scalars: values with error bars, propagated rigorously.

What is exact stays exact: integers and fractions go through the ring.  Everything else is
ball arithmetic with outward rounding.  A comparison that the error bars do not decide is
undecided, and every truth value that does not depend on it is still decided.

>>> from qwasm.algebra.functions import call
>>> from qwasm.algebra.ring import symbol
>>> s = symbol("s0", "real")
>>> around_one = {"s0": Scalar(1.0, 0.25, "bound")}
>>> [truth(scalar(call("<", s, bar), around_one, Field())) for bar in (2, 1, 0)]
[True, None, False]
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.intervals import Ball, rounded, ulps
from qwasm.algebra.ring import Expr, _intern, const, from_atom
from qwasm.algebra.walk import subexpressions
from qwasm.diagnostics import fail
from qwasm.scalar import Scalar, number_text, weakest
from qwasm.space import Field

UNKNOWNS = 10  # undecided comparisons whose cases are all tried


def truth(value: Scalar) -> bool | None:
    """True when a scalar is certainly not 0, False when it is certainly 0, None when undecided."""
    number = value.value
    size = abs(Fraction(number)) if isinstance(number, (int, Fraction)) else abs(number)
    if size > value.error:
        return True
    return False if value.error == 0 else None


def scalar(e: Expr, env: Mapping[str, Scalar], field: Field) -> Scalar:
    """The value of `e` with its error bar; the kind is the weakest of what it uses.

    In mod(l) the value is a residue in [0, l), and == compares residues.  Raises QW0640 where a
    value may not be finite, QW0643 for a complex value in a real field, QW0645 for a missing name.
    """
    missing = sorted(e.symbols - set(env))
    if missing:
        raise fail("QW0645", f"no value for {', '.join(missing)} in {e}", hint="set it before it is used")
    used = [env[name] for name in sorted(e.symbols)]
    if field.kind == "mod":
        return _residue(e, env, field)
    exact: dict[str, Expr | int | Fraction] = {
        name: item.value
        for name, item in sorted(env.items())
        if item.error == 0 and isinstance(item.value, (int, Fraction)) and name in e.symbols
    }
    e = e.substitute(exact)
    value = e.rational()
    kind = weakest(*(item.kind for item in used))
    if value is not None:
        return Scalar(int(value) if value.denominator == 1 else value, 0.0, kind)
    balls = {name: Ball(_number(item.value), item.error + _spelling(item.value)) for name, item in env.items()}
    result = _walk(e, balls)
    number, radius = result.value, result.radius
    if isinstance(number, complex) and field.kind != "complex":
        if abs(number.imag) > radius and not (e.is_real or e.conj() is e):
            said = f"{e} is not real: it is {number_text(number)}"
            raise fail("QW0643", said, hint="use field = complex, or take re(...)")
        number = number.real
    if not math.isfinite(abs(number)) or math.isnan(radius):
        raise fail("QW0640", f"{e} is not finite", hint="make the values smaller")
    if radius == 0 and not isinstance(number, complex) and e.is_integer:
        return Scalar(int(number), 0.0, kind)
    return Scalar(number, radius, kind if radius == 0 else weakest(kind, "bound"))


def _number(value: int | Fraction | float | complex) -> float | complex:
    return value if isinstance(value, (float, complex)) else rounded(Fraction(value)).value


def _spelling(value: int | Fraction | float | complex) -> float:
    return 0.0 if isinstance(value, (float, complex)) else rounded(Fraction(value)).radius


def _residue(e: Expr, env: Mapping[str, Scalar], field: Field) -> Scalar:
    from qwasm.algebra.evaluate import evaluate
    from qwasm.algebra.walk import apply_atom, rebuild

    values = {name: item.value for name, item in env.items()}

    def factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
        if atom.name == "eq":
            return const(1 if evaluate(args[0], field, values) == 0 else 0)
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    return Scalar(int(evaluate(rebuild(e, lambda x: True, factor), field, values)), 0.0, "exact")


def _walk(root: Expr, names: Mapping[str, Ball]) -> Ball:
    values: dict[Expr, Ball] = {}
    for node in subexpressions(root, lambda e: e.rational() is None):
        known: dict[Atom, Ball | None] = {}
        for monomial, _ in node.terms:
            for atom, _ in monomial:
                if atom.symbols and atom not in known:
                    known[atom] = _atom(atom, values, names)
        values[node] = _cases(node, known)
    return values[root]


def _cases(node: Expr, known: dict[Atom, Ball | None]) -> Ball:
    """The sum of the terms; undecided 0/1 atoms are tried both ways, and the answers hulled."""
    open_atoms = [atom for atom, value in known.items() if value is None]
    if len(open_atoms) > UNKNOWNS:
        for atom in open_atoms:
            known[atom] = Ball(0.5, 0.5)
        open_atoms = []
    hull: Ball | None = None
    for case in product((0.0, 1.0), repeat=len(open_atoms)):
        chosen = dict(zip(open_atoms, case))
        ones = [atom.args[0] for atom, bit in chosen.items() if bit]
        if len(set(ones)) < len(ones):
            continue  # d > 0 and d == 0 exclude each other
        total = _sum(node, {a: Ball(chosen[a]) if v is None else v for a, v in known.items()})
        hull = total if hull is None else _hull(hull, total)
    assert hull is not None
    return hull


def _hull(a: Ball, b: Ball) -> Ball:
    if a == b:
        return a
    middle = (a.value + b.value) / 2
    return Ball(
        middle,
        max(abs(a.value - middle) + a.radius, abs(b.value - middle) + b.radius)
        + ulps(middle) * (0.0 if middle in (0.5, 0.0, 1.0) and a.radius == b.radius == 0.0 else 1.0),
    )


def _sum(node: Expr, known: Mapping[Atom, Ball]) -> Ball:
    total = Ball(0.0)
    for monomial, c in node.terms:
        fixed = tuple((a, e) for a, e in monomial if not a.symbols)
        product_ball = _constant(_intern(((fixed, c),)))
        for atom, exponent in monomial:
            if atom.symbols:
                product_ball = product_ball.times(_power(known[atom], atom, exponent))
        total = total.plus(product_ball)
    return total


def _constant(e: Expr) -> Ball:
    value = e.rational()
    if value is not None:
        return rounded(value)
    number = e.approx()
    return Ball(number, ulps(number)) if number.imag else Ball(number.real, ulps(number.real))


def _power(value: Ball, atom: Atom, exponent: Exponent) -> Ball:
    if atom.name == "inv":
        exponent = -exponent
    if isinstance(exponent, int):
        return value if exponent == 1 else value.whole_power(exponent)
    if exponent < 0:
        return (
            value.inverse().real_power(-exponent)
            if not isinstance(value.value, complex) and value.value > 0
            else (value.real_power(exponent))
        )
    return value.real_power(exponent)


def _atom(atom: Atom, values: Mapping[Expr, Ball], names: Mapping[str, Ball]) -> Ball | None:
    """The ball of an atom; None for an undecided comparison."""
    args = [values[a] if a in values else rounded(a.rational() or Fraction(0)) for a in atom.args]
    match atom.name:
        case "symbol":
            return names[str(atom.data[0])]
        case "base" | "inv":
            return args[0]
        case "exp":
            return args[0].exp()
        case "log":
            x = args[0]
            return x.log() if isinstance(x.value, complex) or x.value > 0 else Ball(complex(x.value), x.radius).log()
        case "sin" | "cos":
            return _circle(atom.name, args[0])
        case "abs":
            z = args[0]
            return z.smooth(abs, 1.0) if isinstance(z.value, complex) else Ball(abs(z.value), z.radius)
        case "conj":
            return Ball(args[0].value.conjugate(), args[0].radius)
        case "min" | "max":
            pick = min if atom.name == "min" else max
            reals = [float(_real(a, "order").value.real) for a in args]
            low = pick(r - a.radius for r, a in zip(reals, args))
            high = pick(r + a.radius for r, a in zip(reals, args))
            middle = pick(reals)
            return Ball(middle, max(high - middle, middle - low) + (ulps(middle) if high != low else 0.0))
        case "pos" | "eq":
            return _compared(atom.name, args[0])
        case "floor":
            return _floor(args[0])
        case "mod":
            quotient = _floor(args[0].times(args[1].inverse()))
            return args[0].plus(args[1].times(quotient).times(Ball(-1.0)))
        case "pow":
            k = atom.args[1].integer()
            return args[0].whole_power(k) if k is not None else args[0].log().times(args[1]).exp()
    raise fail(
        "QW0641",
        f"{from_atom(atom)} takes an exact integer, not a number with an error bar",
        hint="use a constant, a parameter or a loop variable",
    )


def _compared(name: str, d: Ball) -> Ball | None:
    if name == "pos":
        d = _real(d, "order")
    if abs(d.value) > d.radius:
        return Ball(1.0 if name == "pos" and d.value.real > 0 else 0.0)
    return Ball(1.0 if name == "eq" else 0.0) if d.radius == 0 else None


def _real(x: Ball, why: str) -> Ball:
    """The ball of a number that has an order; raises QW0643 when it certainly is not real."""
    if not isinstance(x.value, complex):
        return x
    if abs(x.value.imag) > x.radius:
        said = f"{number_text(x.value)} is not a real number, so it has no {why}"
        raise fail("QW0643", said, hint="take abs, re or im of it")
    return Ball(x.value.real, x.radius)


def _floor(x: Ball) -> Ball:
    x = _real(x, "floor")
    if not math.isfinite(x.radius):
        return x
    low, high = math.floor(x.value.real - x.radius), math.floor(x.value.real + x.radius)
    return Ball(float(low)) if low == high else Ball((low + high) / 2, (high - low) / 2)


def _circle(name: str, x: Ball) -> Ball:
    if isinstance(x.value, complex):
        import cmath

        return x.smooth(cmath.sin if name == "sin" else cmath.cos, math.cosh(abs(x.value.imag) + x.radius))
    return x.smooth(lambda z: math.sin(z.real) if name == "sin" else math.cos(z.real), 1.0)
