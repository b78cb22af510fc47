"""Members: the concrete indices of a family, as arrays, never past where its words vanish.

A family over primes is sieved only up to the largest prime whose word is not the zero matrix.
"""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.indices import Index, as_expr, least_value, still_open
from qwasm.algebra.nodes import Family
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IDENTITY
from qwasm.clock import look
from qwasm.diagnostics import fail
from qwasm.space import Picture, Space

MOST = 1 << 24


def closed_range(node: Family) -> tuple[int, int]:
    """(low, high) as integers.  Raises ValueError while an end is open."""
    if not isinstance(node.low, int) or not isinstance(node.high, int):
        raise still_open(f"the range {as_expr(node.low)}..{as_expr(node.high)}")
    low = max(node.low, 2) if node.domain == "primes" else node.low
    return low, node.high


def members(node: Family, most: int = MOST, upto: int | None = None) -> list[int]:
    """The indices of a family in rising order, at most `upto`.  Raises QW0433 past `most` of them."""
    return [int(v) for v in member_array(node, most, upto)]


def member_array(node: Family, most: int = MOST, upto: int | None = None) -> NDArray[np.int64]:
    """The indices of a family in rising order as an array."""
    low, high = closed_range(node)
    if upto is not None:
        high = min(high, upto)
    if high < low:
        return np.empty(0, dtype=np.int64)
    if (high - low) // (64 if node.domain == "primes" else 1) > most:
        raise fail(
            "QW0433",
            f"{node.domain}({low}, {high}) has too many members to be visited one by one",
            hint="make the range shorter, or use Dir or coDir, which hold all integers at once",
        )
    if node.domain == "ints":
        return np.arange(low, high + 1, dtype=np.int64)
    from qwasm.arith.sieve import primes

    return np.asarray(primes(low, high), dtype=np.int64)


def last_useful(node: Family, N: int) -> int | None:
    """The largest index whose member is not trivial on {1..N}, or None when the whole range counts.

    Trivial is the zero matrix in a sum and the identity in a product.
    """
    body = node.body
    if body.nodes:
        return None
    ends = []
    for triple, f in body.words.items():
        if node.kind == "prod" and triple == IDENTITY and f is ONE:
            continue
        end = last_index(triple[1], node.name, N)
        if end is None:
            return None
        ends.append(end)
    if node.kind == "prod" and body.words.get(IDENTITY) is not ONE:
        return None
    return max(ends, default=0)


def last_index(M: Index, name: str, N: int) -> int | None:
    """The largest v with M(v) <= N for an M = c v^a, a >= 1, or one that is at least v; else None."""
    e = as_expr(M)
    if e.symbols != {name}:
        return None
    if len(e.terms) == 1:
        monomial, c = e.terms[0]
        if len(monomial) == 1 and c.denominator == 1 and c >= 1 and monomial[0][0].name == "symbol":
            a = monomial[0][1]
            if isinstance(a, int) and a >= 1:
                return _root(N // int(c), a)
    return N if least_value(e - _variable(e, name)) else None


def _variable(e: Expr, name: str) -> Expr:
    from qwasm.algebra.ring import from_atom

    for monomial, _ in e.terms:
        for atom, _ in monomial:
            if atom.name == "symbol" and atom.data[0] == name:
                return from_atom(atom)
    return ONE


def _root(value: int, a: int) -> int:
    """The integer part of value^(1/a)."""
    if a == 1 or value < 2:
        return value
    if a == 2:
        return isqrt(value)
    root: int = round(value ** (1 / a)) + 1
    while root**a > value:
        root -= 1
    return root


def index_values(index: Index, name: str, values: NDArray[np.int64], cap: int) -> NDArray[np.int64]:
    """An index at many values of its variable, exactly; results beyond +-cap are replaced by +-(cap + 1).

    Raises QW0300 where the result is not an integer and ValueError where another symbol is open.
    """
    if isinstance(index, int):
        return np.full(len(values), max(-cap - 1, min(cap + 1, index)), dtype=np.int64)
    if index.symbols != {name}:
        raise still_open(index)
    look()
    found = _polynomial(index, name, values)
    if found is None:
        found = np.array([_one(index, name, int(v), cap) for v in values], dtype=np.int64)
    return np.clip(found, -cap - 1, cap + 1)


def _one(index: Expr, name: str, value: int, cap: int) -> int:
    look()
    at = index.substitute({name: value})
    whole = at.integer()
    if whole is None:
        raise fail("QW0300", f"an index is an integer, {index} at {value} is {at}", hint="make every index an integer")
    return max(-cap - 1, min(cap + 1, whole))


def _polynomial(index: Expr, name: str, values: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The values of a polynomial with rational coefficients, or None when it is not one or would not fit 62 bits."""
    from math import lcm

    scale = lcm(*(c.denominator for _, c in index.terms))
    largest = int(np.abs(values).max(initial=0))
    total: NDArray[Any] = np.zeros(len(values), dtype=np.int64)
    size = 0
    for monomial, c in index.terms:
        power = 0
        for atom, k in monomial:
            if atom.name != "symbol" or not isinstance(k, int) or k < 0:
                return None
            power += k
        size += abs(int(c * scale)) * largest**power
        if size >= 1 << 62:
            return None
        look()
        total += int(c * scale) * values**power
    if scale > 1:
        if (total % scale).any():
            return None
        total //= scale
    return total


def open_operator(x: Operator) -> None:
    """Raises ValueError when the operator still has free symbols."""
    if x.symbols:
        raise still_open(", ".join(sorted(x.symbols)))


def closed(x: Operator, space: Space, picture: Picture) -> Operator:
    """X under the space's truncation and picture with N replaced by its value; no other name may be open."""
    from qwasm.algebra.operators import Algebra

    if "N" in x.symbols:
        x = x.substitute({"N": space.N})
    open_operator(x)
    x = Algebra(space.truncation).own(x)
    return x.hilbert(space.weight) if picture == "hilbert" else x
