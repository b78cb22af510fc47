"""Differences: what is left of lhs - rhs in one case, put in the form in which nothing cancels any more.

Ranges without enough primes give nothing; a maximum forgets what its ranges decide; multipliers of one word add up.
"""

from __future__ import annotations

from collections import Counter

from qwasm.arith.sieve import is_prime
from qwasm.prover.cases import Case
from qwasm.prover.standins import Order
from qwasm.prover.strings import (
    Key,
    Path,
    Range,
    Sum,
    add,
    bound,
)

WIDE = 1_000  # a range this wide holds enough primes for every term


def difference(left: Sum, right: Sum) -> Sum:
    """left - right; terms that cancel are gone."""
    total = dict(left)
    for key, c in right.items():
        add(total, key, -c)
    return total


def settled(rest: Sum, case: Case, free: bool) -> Sum:
    """The difference without terms that are 0 for want of primes, its maxima taken within the ranges."""
    total: Sum = {}
    for key, c in rest.items():
        if not key.ranges:
            add(total, key, c)
        elif not empty(key.ranges, case):
            add(total, within(key, case, free), c)
    return total


def within(key: Key, case: Case, free: bool) -> Key:
    """The term with its maxima reduced by what its ranges say about the bound primes."""
    if free or all(isinstance(x, Path) and len(x.M) < 2 for x in key.factors):
        return key
    intervals = dict(case.order.intervals)
    for i, (low, high) in enumerate(key.ranges):
        intervals[bound(i)] = (low if isinstance(low, int) else 2, high if isinstance(high, int) else None)
    order = Order(intervals, case.order.names, case.order.above, case.order.whole)
    factors = tuple(Path(x.m, order.maxima(x.M), x.e, x.f) if isinstance(x, Path) else x for x in key.factors)
    return Key(key.ranges, factors)


def lonely(value: Sum, case: Case) -> set[int]:
    """The primes of ranges that do not hold as many primes as a term asks for."""
    found: set[int] = set()
    for key in value:
        if key.ranges and empty(key.ranges, case):
            for low, high in key.ranges:
                if isinstance(low, int) and isinstance(high, int) and high - low < WIDE:
                    found |= {n for n in range(low, high + 1) if is_prime(n)}
    return found


def empty(ranges: tuple[Range, ...], case: Case) -> bool:
    """True when the ranges surely do not hold so many different primes outside the special ones."""
    for (low, high), wanted in Counter(ranges).items():
        if not isinstance(low, int) or not isinstance(high, int):
            continue
        found = 0
        for n in range(low, high + 1):
            if n not in case.concrete and is_prime(n):
                found += 1
                if found >= wanted:
                    break
        if found < wanted:
            return True
    return False
