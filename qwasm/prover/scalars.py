"""Scalars as JSON: elements of the ring in the notation of statements and certificates.

>>> from qwasm.algebra.ring import const, symbol
>>> scalar(symbol("p", "prime") ** Fraction(-1, 2) * 3)
['*', 3, ['^', 'p', '-1/2']]
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.ring import Expr, from_atom
from qwasm.prover.definitions import times
from qwasm.prover.statement import Reader
from qwasm.syntax import parse_expression

JSON = Any


def exact(value: Fraction) -> JSON:
    """An integer as itself, another rational number as its text."""
    return int(value) if value.denominator == 1 else str(value)


@lru_cache(maxsize=8192)
def scalar(e: Expr) -> JSON:
    """The JSON of an expression; what the ring keeps as a function is spelled as the language spells it."""
    terms = [times([exact(c), *(_factor(atom, k) for atom, k in monomial)]) for monomial, c in e.terms]
    if not terms:
        return 0
    return terms[0] if len(terms) == 1 else ["+", *terms]


def _factor(atom: Atom, k: Exponent) -> JSON:
    base: JSON
    match atom.name:
        case "prime":
            base = int(atom.data[0])
        case "i":
            base = "%i"
        case "pi":
            base = "pi"
        case "symbol":
            base = str(atom.data[0]).lstrip("$")
        case "base":
            base = scalar(atom.args[0])
        case "inv":
            return ["^", scalar(atom.args[0]), exact(-Fraction(k))]
        case "table":
            base = [str(atom.data[0]), scalar(atom.args[-1])]
        case "conv" | "dinv":
            base = [atom.name, *(scalar(a.substitute({"$n": _POINT})) for a in atom.args[:-1]), scalar(atom.args[-1])]
        case "eq":
            base = ["==", scalar(atom.args[0]), 0]
        case "pos":
            base = [">", scalar(atom.args[0]), 0]
        case "pow":
            base = ["^", *map(scalar, atom.args)]
        case "exp" | "log" | "sin" | "cos" | "abs" | "floor" | "mod" | "min" | "max" | "conj" | "gcd" | "val":
            base = [atom.name, *map(scalar, atom.args)]
        case _ if atom.args and not atom.data:
            base = [atom.name, *map(scalar, atom.args)]
        case _:
            base = Reader({}).read(parse_expression(str(from_atom(atom))), "number")
    return base if k == 1 else ["^", base, exact(Fraction(k))]


from qwasm.algebra.ring import symbol  # noqa: E402

_POINT = symbol("n", "nat")
