"""Indices: the integers inside letters, concrete or open, and what can be decided about open ones.

An open index is an expression in symbols that stand for integers >= 1 (primes >= 2).  Only what
holds for every value of the symbols is decided; anything else answers None.

>>> p, q = symbol("p", "prime"), symbol("q", "prime")
>>> index_gcd(6 * p, 4 * p**2), index_gcd(p, q), index_max(2 * p, p)
(None, None, Expr(2*p))
>>> index_gcd(2 * p, 2 * p * q), index_gcd(p, 1)
(Expr(2*p), 1)
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from qwasm.algebra.atoms import COUNT, Atom
from qwasm.algebra.ring import Expr, const, symbol
from qwasm.diagnostics import fail

__all__ = [
    "Index",
    "as_expr",
    "index_gcd",
    "index_max",
    "index_product",
    "index_quotient",
    "least_value",
    "positive",
    "still_open",
    "symbol",
    "to_index",
]

Index = int | Expr


def as_expr(value: Expr | int | Fraction) -> Expr:
    """The value as an expression."""
    return value if isinstance(value, Expr) else const(value)


def to_index(value: Expr | int | Fraction) -> Index:
    """The value as an index: an int when it is one, else the open expression.

    Raises QW0300 when it is a number but not an integer.
    """
    if isinstance(value, int):
        return value
    whole = as_expr(value).integer()
    if whole is not None:
        return whole
    expression = as_expr(value)
    if expression.is_constant:
        raise fail("QW0300", f"an index is an integer, {expression} is not one", hint="write an integer, as in A[2]")
    return expression


def positive(value: Expr | int | Fraction, letter: str) -> Index:
    """The value as an index of a letter that takes integers >= 1.

    Raises QW0300 for a number that is no integer and QW0301 for an integer below 1.
    """
    index = to_index(value)
    if isinstance(index, int) and index < 1:
        hint = f"write {letter}[{-index}]" if index < 0 else f"indices of {letter} count from 1; {letter}[1] is I"
        raise fail("QW0301", f"{letter} takes an integer >= 1, {index} is not one", hint=hint)
    return index


def still_open(index: object) -> ValueError:
    """What using an operator with free symbols as a matrix raises: a mistake of the caller, not of a program."""
    return ValueError(f"{index} has no value yet: substitute every symbol first")


def index_product(a: Index, b: Index) -> Index:
    """a b."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    return to_index(as_expr(a) * as_expr(b))


def index_quotient(a: Index, b: Index) -> Index:
    """a / b for a divisor b."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if b == 1 and isinstance(b, int):
        return a
    return to_index(as_expr(a) / as_expr(b))


def index_gcd(a: Index, b: Index) -> Index | None:
    """The greatest common divisor where every value of the symbols gives the same one, else None."""
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b)
    if a is b:
        return a
    if (isinstance(a, int) and a == 1) or (isinstance(b, int) and b == 1):
        return 1
    left, right = _monomial(as_expr(a)), _monomial(as_expr(b))
    if left is None or right is None:
        return None
    common = {atom: min(k, right[1][atom]) for atom, k in left[1].items() if atom in right[1]}
    whole = gcd(left[0], right[0])
    a_rest = left[0] // whole > 1 or any(k > common.get(atom, 0) for atom, k in left[1].items())
    b_rest = right[0] // whole > 1 or any(k > common.get(atom, 0) for atom, k in right[1].items())
    if a_rest and b_rest:
        return None
    result = const(whole)
    for atom, k in common.items():
        result = result * symbol(str(atom.data[0]), atom.data[1]) ** k  # type: ignore[arg-type]
    return to_index(result)


def index_max(a: Index, b: Index) -> Index | None:
    """The larger of two indices where one is the larger for every value of the symbols, else None."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    if a is b or _at_least(as_expr(a), as_expr(b)):
        return a
    return b if _at_least(as_expr(b), as_expr(a)) else None


def _at_least(a: Expr, b: Expr) -> bool:
    """True when a >= b for all values: a/b is a monomial, >= 1 at its least point, or a - b has no minus sign."""
    ratio = a / b
    if len(ratio.terms) == 1:
        monomial, least = ratio.terms[0]
        for atom, k in monomial:
            if atom.name != "symbol" or atom.flags & COUNT != COUNT or k < 0 or isinstance(k, Fraction):
                break
            if atom.data[1] == "prime":
                least *= 2**k
        else:
            return least >= 1
    return least_value(a - b)


def least_value(e: Expr) -> bool:
    """True when e >= 0 is plain: every term has a positive coefficient and factors that are never negative."""
    return all(c > 0 and all(atom.positive for atom, _ in monomial) for monomial, c in e.terms)


def _monomial(index: Expr) -> tuple[int, dict[Atom, int]] | None:
    """(coefficient, powers of symbols) of an index that is one monomial in symbols >= 1, else None."""
    if len(index.terms) != 1:
        return None
    monomial, coefficient = index.terms[0]
    if coefficient.denominator != 1 or coefficient < 1:
        return None
    powers: dict[Atom, int] = {}
    for atom, k in monomial:
        if atom.name != "symbol" or atom.flags & COUNT != COUNT or not isinstance(k, int) or k < 1:
            return None
        powers[atom] = k
    return int(coefficient), powers
