"""Pieces: sums of conditions v_p = c times functions, and the values of multiplicative functions at prime powers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from qwasm.algebra.ring import ZERO, Expr, const, symbol
from qwasm.arith.sieve import factor
from qwasm.prover.standins import Order

Deltas = tuple[tuple[int, int], ...]  # ((p, c), ...): the condition v_p = c


Piece = tuple[Deltas, Expr]


class Opaque(Exception):
    """A function that is left as it is."""


def place(e: Expr, order: Order) -> int | None:
    """A monomial in primes as an index with stand-ins, or None."""
    if len(e.terms) != 1:
        return None
    monomial, c = e.terms[0]
    if c.denominator != 1 or c < 1:
        return None
    places = {name: p for p, name in order.names.items() if p not in order.whole}
    result = int(c)
    for atom, k in monomial:
        p = places.get(str(atom.data[0])) if atom.name == "symbol" else None
        if p is None or not isinstance(k, int) or k < 1:
            return None
        result *= p**k
    return result


def factored(index: int, order: Order) -> dict[int, int]:
    """The primes and stand-ins of an index with their exponents."""
    number, factors = order.split(index)
    return {**(dict(factor(number)) if number > 1 else {}), **factors}


def collected(pieces: list[Piece]) -> list[Piece]:
    """Pieces under one condition added up."""
    total: dict[Deltas, Expr] = {}
    for deltas, f in pieces:
        total[deltas] = total.get(deltas, ZERO) + f
    return list(total.items())


def turns(f: Expr, v: str) -> int | None:
    """For f linear in v, a number past which its sign does not change; else None."""
    slope = constant = Fraction(0)
    for monomial, c in f.terms:
        if not monomial:
            constant = c
        elif (
            len(monomial) == 1
            and monomial[0][1] == 1
            and monomial[0][0].name == "symbol"
            and monomial[0][0].data[0] == v
        ):
            slope = c
        else:
            return None
    if not slope:
        return None
    turn = (-constant / slope).__ceil__()
    return max(0, turn) if turn < 64 else None


def law(name: str, params: tuple[Expr, ...], p: Expr) -> tuple[Callable[[int], Expr], Expr, int]:
    """(value at p^k, formula in $k from `start` on, start) of a multiplicative function."""
    k = symbol("$k", "int")
    match name:
        case "mu":
            return lambda j: const((1, -1, 0)[min(j, 2)]), ZERO, 2
        case "tau":
            return lambda j: const(j + 1), k + 1, 0
        case "phi":
            return lambda j: p**j - (p ** (j - 1) if j else ZERO), p**k * (1 - 1 / p), 1
        case "sigma":
            x = params[0]
            if x.is_zero:
                return lambda j: const(j + 1), k + 1, 0
            base = p**x
            return (lambda j: Expr.sum(base**i for i in range(j + 1))), (p ** (x * (k + 1)) - 1) / (base - 1), 0
        case _:
            base = p ** params[0]
            return (lambda j: base**j - (base ** (j - 1) if j else ZERO)), p ** (params[0] * k) * (1 - 1 / base), 1


def times(left: list[Piece], right: list[Piece]) -> list[Piece]:
    """The product of two sums of pieces; v = c and v = d exclude each other."""
    result: list[Piece] = []
    for a, f in left:
        for b, g in right:
            merged = dict(a)
            if all(merged.setdefault(p, c) == c for p, c in b):
                result.append((tuple(sorted(merged.items())), f * g))
    return result


def name(v: Expr) -> str:
    return next(iter(v.symbols))
