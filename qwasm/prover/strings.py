"""Strings: words and formal letters over distinct bound primes, and how their bound primes are renamed.

A string is a tuple of factors: words (m, M, e; f) whose indices may hold stand-ins, and formal letters that are
only known by their names.  M is a set, the largest counts.  Bound primes run through ranges of primes, differ
from each other and from every other prime of the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import NamedTuple

from qwasm.algebra.indices import Index
from qwasm.algebra.ring import ONE, Expr, const, from_atom, symbol
from qwasm.prover.standins import NAMED, Maxima, renamed, standin

POINT = symbol("n", "nat")


BOUND = 2 * NAMED  # index of the first stand-in for a bound prime


Range = tuple[Index, Index]


class Path(NamedTuple):
    """At n = m k the value f(k) psi(e k), for k max(M) <= N; f is a monomial in n (the k) with no coefficient."""

    m: int
    M: Maxima
    e: int
    f: Expr = ONE


class Formal(NamedTuple):
    """A letter known by its name only; `data` is hashable and equal exactly for equal letters."""

    kind: str
    data: tuple[object, ...]


Factor = Path | Formal


String = tuple[Factor, ...]


class Key(NamedTuple):
    ranges: tuple[Range, ...]
    factors: String


Sum = dict[Key, Expr]


class Undecided(Exception):
    """The normal form does not reach this question; the text says why."""


class OverBudget(Exception):
    """The normal form would be too large."""


def bound(i: int) -> int:
    """The stand-in of the i-th bound prime."""
    return standin(BOUND + i)


def bound_name(i: int) -> str:
    return f"$b{i}"


def bound_symbol(i: int) -> Expr:
    return symbol(bound_name(i), "prime")


def add(total: Sum, key: Key, c: Expr) -> None:
    """Add a term to a sum."""
    old = total.get(key)
    if old is not None:
        c = old + c
    if c.terms:
        total[key] = c
    elif old is not None:
        del total[key]


def monomials(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The terms of a multiplier as (coefficient free of n, monomial in n)."""
    if "n" not in f.symbols:
        yield f, ONE
        return
    for monomial, c in f.terms:
        inside = outside = ONE
        for atom, exponent in monomial:
            if "n" in atom.symbols:
                inside = inside * from_atom(atom, exponent)
            else:
                outside = outside * from_atom(atom, exponent)
        yield outside * const(c), inside


def is_identity(x: Factor) -> bool:
    return isinstance(x, Path) and x.m == 1 and x.e == 1 and x.M in ((1,), ()) and x.f is ONE


def rename(factors: String, c: Expr, places: list[int]) -> tuple[String, Expr]:
    """The string and coefficient with the i-th bound prime called places[i]."""
    if all(i == j for i, j in enumerate(places)):
        return factors, c
    changes = tuple((bound(i), bound(j)) for i, j in enumerate(places))
    symbols = {bound_name(i): bound_symbol(j) for i, j in enumerate(places)}
    return tuple(rename_factor(x, changes, symbols) for x in factors), c.substitute(symbols)


def rename_factor(x: Factor, changes: tuple[tuple[int, int], ...], symbols: dict[str, Expr]) -> Factor:
    if isinstance(x, Path):
        M = tuple(sorted(renamed(M, changes) for M in x.M))
        return Path(renamed(x.m, changes), M, renamed(x.e, changes), x.f.substitute(symbols))
    return Formal(x.kind, tuple(_rename_data(item, changes, symbols) for item in x.data))


def _rename_data(item: object, changes: tuple[tuple[int, int], ...], symbols: dict[str, Expr]) -> object:
    if isinstance(item, Expr):
        return item.substitute(symbols)
    if isinstance(item, int) and not isinstance(item, bool):
        return renamed(item, changes)
    if isinstance(item, tuple):
        return tuple(_rename_data(part, changes, symbols) for part in item)
    return item


def matchings(left: tuple[Range, ...], right: tuple[Range, ...]) -> Iterator[dict[int, int]]:
    """Every way in which bound primes of the right may equal bound primes of the left."""
    for size in range(min(len(left), len(right)) + 1):
        for chosen in combinations(range(len(right)), size):
            for partners in permutations(range(len(left)), size):
                if all(right[j] == left[i] for j, i in zip(chosen, partners, strict=True)):
                    yield dict(zip(chosen, partners, strict=True))


def arrangements(groups: list[list[int]]) -> Iterator[list[int]]:
    found: list[list[int]] = [[]]
    for group in groups:
        found = [[*head, *tail] for head in found for tail in permutations(group)]
    yield from found


def range_order(r: Range) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, x, "") if isinstance(x, int) else (1, 0, str(x)) for x in r)


def string_order(factors: String) -> tuple[object, ...]:
    """A total order of strings, the same in every process."""
    return tuple((0, x.m, x.e, x.M, str(x.f)) if isinstance(x, Path) else (1, x.kind, repr(x.data)) for x in factors)
