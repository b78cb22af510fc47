"""Indices: the integers inside letters, concrete or open, and what can be decided about open ones.

An open index is an expression in symbols that stand for integers >= 1 (primes >= 2).  Only what
holds for every value of the symbols is decided; anything else answers None.

>>> p, q = symbol("p", "prime"), symbol("q", "prime")
>>> coprime_rest(6 * p, 4 * p**2), coprime_rest(p, q), index_max(2 * p, p)
(None, None, Expr(2*p))
>>> coprime_rest(2 * p, 2 * p * q), coprime_rest(p, 1)
((1, Expr(q)), (Expr(p), 1))
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from qwasm.algebra.atoms import COUNT, Atom
from qwasm.algebra.ring import Expr, const, from_atom, symbol
from qwasm.diagnostics import fail

__all__ = [
    "Index",
    "as_expr",
    "coprime_rest",
    "index_max",
    "index_product",
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
    if isinstance(a, int):
        if isinstance(b, int):
            return a * b
        if a == 1:
            return b
    elif isinstance(b, int) and b == 1:
        return a
    return to_index(as_expr(a) * as_expr(b))


def coprime_rest(a: Index, b: Index) -> tuple[Index, Index] | None:
    """a / g and b / g for the greatest common divisor g, where every value of the symbols gives the same one."""
    if isinstance(a, int) and isinstance(b, int):
        g = gcd(a, b)
        return a // g, b // g
    if a is b:
        return 1, 1
    if (isinstance(a, int) and a == 1) or (isinstance(b, int) and b == 1):
        return a, b
    left, right = _monomial(as_expr(a)), _monomial(as_expr(b))
    if left is None or right is None:
        return None
    g = gcd(left[0], right[0])
    a_rest = {atom: k - right[1].get(atom, 0) for atom, k in left[1].items() if k > right[1].get(atom, 0)}
    b_rest = {atom: k - left[1].get(atom, 0) for atom, k in right[1].items() if k > left[1].get(atom, 0)}
    if (a_rest or left[0] > g) and (b_rest or right[0] > g):
        return None
    return _of_monomial(left[0] // g, a_rest), _of_monomial(right[0] // g, b_rest)


def index_max(a: Index, b: Index) -> Index | None:
    """The larger of two indices where one is the larger for every value of the symbols, else None."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    if a is b or _at_least(as_expr(a), as_expr(b)):
        return a
    return b if _at_least(as_expr(b), as_expr(a)) else None


def _at_least(a: Expr, b: Expr) -> bool:
    """True when a >= b for all values: a / b is a monomial, >= 1 at its least point, or a - b has no minus sign."""
    left, right = _monomial(a), _monomial(b)
    if left is None or right is None:
        return least_value(a - b)
    if any(k > left[1].get(atom, 0) for atom, k in right[1].items()):
        return False
    least = left[0]
    for atom, k in left[1].items():
        if atom.data[1] == "prime":
            least <<= min(k - right[1].get(atom, 0), right[0].bit_length())
    return least >= right[0]


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


def _of_monomial(coefficient: int, powers: dict[Atom, int]) -> Index:
    """The index with this coefficient and these powers of symbols."""
    result = const(coefficient)
    for atom, k in powers.items():
        result = result * from_atom(atom, k)
    return to_index(result) if not powers else result
