"""Dirichlet series: arithmetic functions in a ring in which convolution is the product.

The generators are L(g), the series of a completely multiplicative g, which have inverses; the logarithmic
derivatives of these, the first being the series of Lambda g; a^-s, the function [n = a]; and functions of which
nothing is known.  Multiplying by log n is a derivation, and by a completely multiplicative g an automorphism.

>>> from qwasm.algebra.functions import call
>>> mu, one, Lambda = call("mu", POINT), ONE, call("Lambda", POINT)
>>> times(series(mu), series(one)) == UNIT, times(series(Lambda), series(one)) == series(call("log", POINT))
(True, True)
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from qwasm.algebra.atoms import Atom
from qwasm.algebra.convolution import is_completely_multiplicative
from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.algebra.walk import apply_atom
from qwasm.prover.strings import POINT

BODY = symbol("$n", "nat")
LAMBDA = call("lambda", POINT)
Generator = tuple[str, Expr]  # ("L", g), or ("F", f) for an unknown f


class Basis(NamedTuple):
    """a^-s times a product of powers of generators, times logarithmic derivatives: (g, order) for each factor."""

    shift: Expr = ONE
    powers: tuple[tuple[Generator, int], ...] = ()
    derivatives: tuple[tuple[Expr, int], ...] = ()


Series = dict[Basis, Expr]
UNIT: Series = {Basis(): ONE}


def series(f: Expr) -> Series:
    """The series of a function of n."""
    total: Series = {}
    for monomial, c in f.terms:
        outside, logs, twist = const(c), 0, ONE
        special: list[tuple[Atom, int | Fraction]] = []
        for atom, exponent in monomial:
            factor = from_atom(atom, exponent)
            if "n" not in atom.symbols:
                outside = outside * factor
            elif (
                factor.terms
                and atom.name == "log"
                and atom.args[0] is POINT
                and isinstance(exponent, int)
                and exponent > 0
            ):
                logs = exponent
            elif is_completely_multiplicative(factor):
                twist = twist * factor
            else:
                special.append((atom, exponent))
        found = _special(special)
        if found is None:
            whole = Expr.product(from_atom(atom, exponent) for atom, exponent in special) * twist
            found = {Basis(ONE, ((("F", whole), 1),)): ONE}
        else:
            found = twisted(found, twist)
        for _ in range(logs):
            found = derived(found)
        for basis, d in found.items():
            _add(total, basis, d * outside)
    return total


def _special(atoms: list[tuple[Atom, int | Fraction]]) -> Series | None:
    """The series of a product of functions that are not completely multiplicative, where it is known."""
    one = ("L", ONE)
    if not atoms:
        return {Basis(ONE, ((one, 1),)): ONE}
    if len(atoms) > 1:
        return None
    atom, exponent = atoms[0]
    point = atom.args[-1] if atom.args else None
    if exponent == 2 and atom.name == "mu" and point is POINT:
        return {Basis(ONE, ((("L", LAMBDA), -1),)): ONE}
    if exponent != 1:
        return None
    if atom.name == "eq":
        return _delta(atom.args[0])
    if point is not POINT:
        return None
    match atom.name:
        case "mu":
            return {Basis(ONE, ((one, -1),)): ONE}
        case "tau":
            return {Basis(ONE, ((one, 2),)): ONE}
        case "phi":
            return {Basis(ONE, _sorted({("L", POINT): 1, one: -1})): ONE}
        case "J":
            return times({Basis(ONE, ((("L", POINT ** atom.args[0]), 1),)): ONE}, {Basis(ONE, ((one, -1),)): ONE})
        case "sigma":
            return times({Basis(ONE, ((("L", POINT ** atom.args[0]), 1),)): ONE}, {Basis(ONE, ((one, 1),)): ONE})
        case "Lambda":
            return {Basis(ONE, (), ((ONE, 1),)): ONE}
        case "omega":
            return {Basis(ONE, _sorted({one: 1, ("F", call("isprime", POINT)): 1})): ONE}
        case "conv":
            return times(*(series(body.substitute({"$n": POINT})) for body in atom.args[:2]))
        case "dinv":
            return inverted(atom.args[0].substitute({"$n": POINT}))
    return None


def _delta(d: Expr) -> Series | None:
    """[n = a]."""
    a = POINT - d
    if "n" in a.symbols:
        a = POINT + d
    return None if "n" in a.symbols else {Basis(a): ONE}


def inverted(f: Expr) -> Series:
    """The inverse under convolution."""
    found = series(f)
    if len(found) == 1:
        (basis, c), *_ = found.items()
        if basis.shift is ONE and not basis.derivatives:
            return {Basis(ONE, tuple((g, -k) for g, k in basis.powers)): ONE / c}
    return {Basis(ONE, ((("F", f), -1),)): ONE}


# ---------------------------------------------------------------- the ring


def _add(total: Series, basis: Basis, c: Expr) -> None:
    c = total[basis] + c if basis in total else c
    if c.terms:
        total[basis] = c
    else:
        total.pop(basis, None)


def _sorted(powers: dict[Generator, int]) -> tuple[tuple[Generator, int], ...]:
    return tuple(sorted(((g, k) for g, k in powers.items() if k), key=lambda item: (item[0][0], item[0][1].digest)))


def product(a: Basis, b: Basis) -> Basis:
    powers = Counter(dict(a.powers))
    for g, k in b.powers:
        powers[g] += k
    derivatives = tuple(sorted((*a.derivatives, *b.derivatives), key=lambda item: (item[0].digest, item[1])))
    return Basis(a.shift * b.shift, _sorted(powers), derivatives)


def times(left: Series, right: Series) -> Series:
    """The convolution."""
    total: Series = {}
    for a, c in left.items():
        for b, d in right.items():
            _add(total, product(a, b), c * d)
    return total


def derived(x: Series) -> Series:
    """The function times log n."""
    total: Series = {}
    for basis, c in x.items():
        if basis.shift is not ONE:
            _add(total, basis, c * call("log", basis.shift))
        for generator, k in basis.powers:
            kind, g = generator
            if kind == "L":
                _add(total, product(basis, Basis(ONE, (), ((g, 1),))), c * k)
            else:
                logged = ("F", g * call("log", POINT))
                _add(total, product(basis, Basis(ONE, _sorted({generator: -1, logged: 1}))), c * k)
        for i, (g, order) in enumerate(basis.derivatives):
            raised = (*basis.derivatives[:i], (g, order + 1), *basis.derivatives[i + 1 :])
            ordered = tuple(sorted(raised, key=lambda item: (item[0].digest, item[1])))
            _add(total, basis._replace(derivatives=ordered), c)
    return total


def twisted(x: Series, g: Expr) -> Series:
    """The function times a completely multiplicative g."""
    if g is ONE:
        return x
    total: Series = {}
    for basis, c in x.items():
        powers = {(kind, f * g): k for (kind, f), k in basis.powers}
        derivatives = tuple(
            sorted(((f * g, k) for f, k in basis.derivatives), key=lambda item: (item[0].digest, item[1]))
        )
        factor = g.substitute({"n": basis.shift}) if basis.shift is not ONE else ONE
        _add(total, Basis(basis.shift, _sorted(powers), derivatives), c * factor)
    return total


def function(basis: Basis) -> Expr:
    """The function of n that an element of the basis stands for."""
    factors: list[Expr] = []
    for (kind, g), k in basis.powers:
        if k > 0:
            factors += [g] * k
        else:
            factors += [call("mu", POINT) * g if kind == "L" else call("dinv", g, POINT)] * -k
    for g, order in basis.derivatives:
        factors.append(call("Lambda", POINT) * g * call("log", POINT) ** (order - 1))
    if basis.shift is not ONE or not factors:
        factors.append(call("==", POINT, basis.shift))
    result = factors[0]
    for other in factors[1:]:
        result = call("conv", result, other, POINT)
    return result


__all__ = ["Basis", "Series", "apply_atom", "derived", "function", "series", "times", "twisted"]
