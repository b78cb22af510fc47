"""How each atom is read: in the field, and in exact rationals.

`reading` yields the subexpressions it needs as (mode, expression, scope) and returns the
value; exact readings return None where no exact value exists.
"""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from typing import Any

import numpy as np

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.evaluate import SHIFT, Context, Mode, Scope, Value, Work
from qwasm.algebra.meaning import EXACT_READ, split_exp
from qwasm.algebra.rationals import Rat, bound, int_power, times, wide
from qwasm.algebra.residues import divide_residue, power_residue
from qwasm.algebra.ring import Expr, Monomial, _intern, from_atom
from qwasm.algebra.settle import NEAR
from qwasm.algebra.truth import floor
from qwasm.diagnostics import fail

Reading = Generator[tuple[Mode, Expr, Scope], Any, Any]
LONG = 1 << 16  # bits of an exact power that is still worked out


def reading(context: Context, mode: Mode, e: Expr, scope: Scope) -> Work:
    """The generator that computes one expression in one mode."""
    return _exact(context, e, scope) if mode == "exact" else _in_field(context, e, scope)


# in the field --------------------------------------------------------------------------------------------------------


def _in_field(context: Context, e: Expr, scope: Scope) -> Reading:
    total, _ = yield from terms_in_field(context, e, scope)
    return total


def terms_in_field(context: Context, e: Expr, scope: Scope) -> Generator[Any, Any, tuple[Value, Value]]:
    """(value, sum of the sizes of the terms); the sizes are 0 in mod(l), where nothing rounds."""
    l = context.modulus
    total: Value = 0 if l else 0.0
    size: Value = 0.0
    for monomial, c in e.terms:
        if l:
            value: Value = c.numerator * pow(c.denominator, -1, l) % l
            for atom, exponent in monomial:
                value = value * (yield from _residue_factor(context, atom, exponent, scope)) % l
            total = (total + value) % l
            continue
        fixed, moving = _fold(monomial, c)
        value = fixed
        for atom, exponent in moving:
            factor = yield from _float_factor(context, atom, exponent, scope)
            value = factor if isinstance(value, float) and value == 1.0 else value * factor
        total = value if isinstance(total, float) and total == 0.0 else total + value
        size = size + np.abs(value)
    return total, size


def _fold(monomial: Monomial, c: Fraction) -> tuple[float | complex, list[tuple[Atom, Exponent]]]:
    """The exact constant of a term, rounded once, and the factors that vary."""
    fixed = tuple((a, e) for a, e in monomial if not a.symbols and not a.opaque)
    moving = [(a, e) for a, e in monomial if a.symbols or a.opaque]
    value = _intern(((fixed, c),)).approx()
    return (value.real if value.imag == 0 else value), moving


def _float_factor(context: Context, atom: Atom, exponent: Exponent, scope: Scope) -> Reading:
    name = atom.name
    if name == "exp" and exponent == 1:
        factors, rest = split_exp(atom.args[0])
        value: Value = np.exp((yield "field", rest, scope)) if rest.terms else 1.0
        for base, power in factors:
            value = value * _float_power((yield "field", base, scope), (yield "field", power, scope))
        return value
    if name in ("base", "inv"):
        inner = yield "field", atom.args[0], scope
        return _rational_power(inner, -exponent if name == "inv" else exponent, scope, atom)
    value = yield from _float_atom(context, atom, scope)
    return value if exponent == 1 else _rational_power(value, exponent, scope, atom)


def _float_power(base: Value, power: Value) -> Value:
    return np.power(np.asarray(base, dtype=np.float64), power)[()] if not np.iscomplexobj(base) else base**power


def _rational_power(value: Value, exponent: Exponent, scope: Scope, atom: Atom) -> Value:
    if exponent < 0 and np.any(value == 0):
        raise fail(
            "QW0640",
            f"division by zero: 1/({_text(atom)}) at {scope.first(value == 0)}",
            hint=SHIFT,
        )
    if isinstance(exponent, int):
        return np.power(value, float(exponent) if not np.iscomplexobj(value) else exponent)
    if not np.iscomplexobj(value) and np.any(value < 0):
        value = np.asarray(value, dtype=np.complex128)
    if abs(exponent) == Fraction(1, 2):
        root = np.sqrt(value)
        return root if exponent > 0 else 1.0 / root
    return np.power(value, float(exponent))


def _text(atom: Atom) -> str:
    if atom.name in ("inv", "base"):
        return str(atom.args[0]) if atom.key[3] < 40 else "..."
    return str(from_atom(atom)) if atom.key[3] < 40 else f"{atom.name}(...)"


def ordered(name: str, value: Any, scope: Scope) -> Any:
    """The real numbers of a function that compares; raises QW0643 for numbers that have no order."""
    if not np.iscomplexobj(value):
        return value
    off = np.abs(np.imag(value)) > NEAR * np.abs(value)
    if np.any(off):
        raise fail("QW0643", f"{name} of a complex number at {scope.first(off)}", hint="take re, im or abs of it first")
    return np.real(value)


def _float_atom(context: Context, atom: Atom, scope: Scope) -> Reading:
    name = atom.name
    if name == "symbol":
        return to_float(scope.env[str(atom.data[0])])
    if name == "log":
        inner = yield "field", atom.args[0], scope
        if np.any(inner == 0):
            raise fail("QW0640", f"log of 0 at {scope.first(inner == 0)}", hint="keep the argument of log away from 0")
        if not np.iscomplexobj(inner) and np.any(inner < 0):
            inner = np.asarray(inner, dtype=np.complex128)
        return np.log(inner)
    if name in ("sin", "cos", "exp", "conj"):
        inner = yield "field", atom.args[0], scope
        return {"sin": np.sin, "cos": np.cos, "exp": np.exp, "conj": np.conjugate}[name](inner)
    if name == "abs":
        return np.abs((yield "field", atom.args[0], scope))
    if name == "pow":
        return (yield from _pow_field(context, atom, scope))
    if name in ("min", "max"):
        values = []
        for argument in atom.args:
            values.append(ordered(name, (yield "field", argument, scope), scope))
        pick = np.minimum if name == "min" else np.maximum
        return _fold_left(pick, values)
    if name in EXACT_READ:
        value = yield from _decided(context, atom, scope)
        if value is None and name == "mod":
            a, m = (yield "field", atom.args[0], scope), (yield "field", atom.args[1], scope)
            quotient = yield "field", floor(atom.args[0] / atom.args[1]), scope
            return a - m * quotient
        if value is None:
            raise fail("QW0641", f"{_text(atom)} takes integers", hint="use floor(...) to make an integer")
        return to_float(value)
    from qwasm.algebra.tables import named

    return (yield from named(context, atom, scope, exact=False))


def _fold_left(pick: Any, values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = pick(result, value)
    return result


def _pow_field(context: Context, atom: Atom, scope: Scope) -> Reading:
    """x^y: signs exactly, everything else in floats."""
    y = yield "exact", atom.args[1], scope
    if atom.args[0].rational() == -1 and y is not None and _all(y.whole()):
        return to_float(1 - 2 * (y.floor() % 2))
    x = yield "field", atom.args[0], scope
    power = yield "field", atom.args[1], scope
    if np.any((x == 0) & (np.real(power) < 0)):
        raise fail(
            "QW0640",
            f"division by zero: {_text(atom)} at {scope.first((x == 0) & (np.real(power) < 0))}",
            hint=SHIFT,
        )
    if not np.iscomplexobj(x) and np.any((x < 0) & (power != np.floor(np.real(power)))):
        x = np.asarray(x, dtype=np.complex128)
    return np.power(x, power)


def to_float(value: Any) -> Value:
    """A number or array as float64 or complex128, each entry rounded once."""
    if isinstance(value, Rat):
        if isinstance(value.den, int) and value.den == 1:
            return to_float(value.num)
        if isinstance(value.num, np.ndarray) or isinstance(value.den, np.ndarray):
            return np.asarray(np.true_divide(wide(value.num), wide(value.den)), dtype=np.float64)
        return float(Fraction(value.num, value.den))
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "fc" else value.astype(np.float64)
    if isinstance(value, complex):
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _all(mask: Any) -> bool:
    return bool(np.all(mask))


# modulo l ------------------------------------------------------------------------------------------------------------


def _residue_factor(context: Context, atom: Atom, exponent: Exponent, scope: Scope) -> Reading:
    l = context.modulus
    if not isinstance(exponent, int):
        raise fail("QW0644", f"the root {_text(atom)} has no exact meaning in mod({l})", hint="use field = real")
    if atom.name == "exp":
        factors, _ = split_exp(atom.args[0])
        value: Value = 1
        for base, power in factors:
            residue = yield "field", base, scope
            k = yield "exact", power, scope
            value = value * power_residue(residue, _whole(k, power, scope), l, scope, atom) % l
        return value
    if atom.name in ("base", "inv"):
        value = yield "field", atom.args[0], scope
        return power_residue(value, -exponent if atom.name == "inv" else exponent, l, scope, atom)
    if atom.name == "pow":
        base = yield "field", atom.args[0], scope
        k = yield "exact", atom.args[1], scope
        value = power_residue(base, _whole(k, atom.args[1], scope), l, scope, atom)
    elif atom.name == "symbol" or atom.name in EXACT_READ:
        rat = yield from (_symbol(atom, scope) if atom.name == "symbol" else _decided(context, atom, scope))
        if rat is None:
            raise fail("QW0644", f"{_text(atom)} is not an exact number in mod({l})", hint="use a fraction")
        value = divide_residue(rat.num, rat.den, l, scope, atom)
    else:
        from qwasm.algebra.tables import named

        value = yield from named(context, atom, scope, exact=False)
    return value if exponent == 1 else power_residue(value, exponent, l, scope, atom)


def _whole(k: Rat | None, e: Expr, scope: Scope) -> Any:
    if k is None or not _all(k.whole()):
        raise fail("QW0644", f"the exponent {e} is not an integer", hint="use an integer exponent")
    return k.floor()


# exactly -------------------------------------------------------------------------------------------------------------


def _exact(context: Context, e: Expr, scope: Scope) -> Reading:
    total = Rat(0)
    for monomial, c in e.terms:
        value = Rat(c.numerator, c.denominator)
        for atom, exponent in monomial:
            factor = yield from _exact_factor(context, atom, exponent, scope)
            if factor is None:
                return None
            value = value * factor
        total = total + value
    return total


def _exact_factor(context: Context, atom: Atom, exponent: Exponent, scope: Scope) -> Reading:
    if not isinstance(exponent, int):
        return None
    if atom.name == "exp":
        factors, rest = split_exp(atom.args[0])
        if rest.terms:
            return None
        result = Rat(1)
        for base, power in factors:
            piece = yield from _exact_power(context, base, power, scope, atom)
            if piece is None:
                return None
            result = result * piece
        return result
    if atom.name == "pow":
        value = yield from _exact_power(context, atom.args[0], atom.args[1], scope, atom)
    elif atom.name in ("base", "inv"):
        value = yield "exact", atom.args[0], scope
        exponent = -exponent if atom.name == "inv" else exponent
    elif atom.name == "symbol":
        value = yield from _symbol(atom, scope)
    elif atom.name in EXACT_READ:
        value = yield from _decided(context, atom, scope)
    elif atom.args and atom.name not in ("log", "sin", "cos", "conj"):
        from qwasm.algebra.tables import named

        value = yield from named(context, atom, scope, exact=True)
    else:
        return None
    if value is None or exponent == 1:
        return value
    if bound(value.num).bit_length() * abs(exponent) > LONG:
        return None
    if exponent < 0:
        _refuse_zero(value.num, scope, atom)
        value = value.inverse()
    return value.power(abs(exponent))


def _refuse_zero(value: Any, scope: Scope, atom: Atom) -> None:
    if np.any(value == 0):
        raise fail(
            "QW0640",
            f"division by zero: 1/({_text(atom)}) at {scope.first(value == 0)}",
            hint=SHIFT,
        )


def _exact_power(context: Context, base: Expr, power: Expr, scope: Scope, atom: Atom) -> Reading:
    k = yield "exact", power, scope
    if k is None or not _all(k.whole()):
        return None
    exponent = k.floor()
    if base.rational() == -1:
        return Rat(1 - 2 * (exponent % 2))
    x = yield "exact", base, scope
    if x is None or max(bound(x.num), bound(x.den)).bit_length() * bound(exponent) > LONG:
        return None
    size = abs(exponent)
    up, down = int_power(x.num, size), int_power(x.den, size)
    negative = exponent < 0
    if not np.any(negative):
        return Rat(up, down)
    _refuse_zero(np.where(negative, x.num, 1), scope, atom)
    if not isinstance(negative, np.ndarray):
        return Rat(up, down).inverse()
    num, den = np.where(negative, down, up), np.asarray(np.where(negative, up, down))
    sign = np.where(np.less(den, 0), -1, 1)
    return Rat(times(num, sign), times(den, sign))


def _symbol(atom: Atom, scope: Scope) -> Reading:
    value = scope.env[str(atom.data[0])]
    if isinstance(value, np.ndarray):
        return Rat(value) if value.dtype.kind in "iO" else None
    if isinstance(value, complex) or (isinstance(value, float) and not np.isfinite(value)):
        return None
    exact = Fraction(value)
    return Rat(exact.numerator, exact.denominator)
    yield  # pragma: no cover - makes this a generator


def _decided(context: Context, atom: Atom, scope: Scope) -> Reading:
    """The functions of EXACT_READ in exact rationals; from floats, settled exactly, where there are none."""
    values: list[Rat | None] = []
    for argument in atom.args:
        values.append((yield "exact", argument, scope))
    if None in values:
        from qwasm.algebra.settle import settle

        return (yield from settle(context, atom, scope))
    return combine(atom, [v for v in values if v is not None], scope)


def combine(atom: Atom, values: list[Rat], scope: Scope) -> Rat | None:
    """One exact function at exact arguments."""
    a = values[0]
    match atom.name:
        case "pos":
            return Rat(_bit(a.num > 0))
        case "eq":
            return Rat(_bit(a.num == 0))
        case "floor":
            return Rat(a.floor())
        case "abs":
            return Rat(np.abs(a.num) if isinstance(a.num, np.ndarray) else abs(a.num), a.den)
        case "mod":
            m = values[1]
            if np.any(m.num == 0):
                place = scope.first(m.num == 0)
                raise fail("QW0640", f"{_text(atom)} has modulus 0 at {place}", hint="use a modulus >= 1")
            if _is_one(a.den) and _is_one(m.den):
                return Rat(a.num % m.num)
            return a + -(m * Rat((a * m.inverse()).floor()))
        case "gcd":
            if not (_all(a.whole()) and _all(values[1].whole())):
                raise fail("QW0641", f"{_text(atom)} takes integers", hint="use floor(...) to make an integer")
            return Rat(_gcd(a.floor(), values[1].floor()))
        case _:
            result = a
            for b in values[1:]:
                gap: Any = (result + -b).num
                first = gap < 0 if atom.name == "min" else gap > 0
                if isinstance(first, (bool, np.bool_)):
                    result = result if first else b
                else:
                    result = Rat(np.where(first, result.num, b.num), np.where(first, result.den, b.den))
            return result


def _gcd(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        from math import gcd

        return gcd(a, b)
    if bound(a) >= 1 << 63 or bound(b) >= 1 << 63:
        return np.gcd(np.asarray(a, dtype=object), np.asarray(b, dtype=object))
    return np.gcd(a, b)


def _is_one(den: Any) -> bool:
    return isinstance(den, int) and den == 1


def _bit(mask: Any) -> Any:
    return mask.astype(np.int64) if isinstance(mask, np.ndarray) else int(mask)
