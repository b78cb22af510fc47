"""Loops of constant range: their bounds and the first values of their variables.

>>> from qwasm.algebra.ring import const
>>> first_turns(Op("loop", attributes={"low": const(8), "high": const(20), "domain": "primes"}), 2)
[11, 13]
"""

from __future__ import annotations

from qwasm.algebra.ring import Expr
from qwasm.arith.sieve import is_prime
from qwasm.ir.module import Op

SEARCH = 2048  # numbers looked at for a prime: below 2^64 no gap is wider


def bound(op: Op, name: str) -> int:
    """An end of a loop's range."""
    value = op.attributes[name]
    assert isinstance(value, Expr)
    return value.integer() or 0


def first_turns(loop: Op, most: int) -> list[int] | None:
    """The first values of the variable, at most so many and fewer only where there are no more; None: not found."""
    low, high = bound(loop, "low"), bound(loop, "high")
    if loop.attributes["domain"] != "primes":
        return list(range(low, min(high, low + most - 1) + 1))
    found: list[int] = []
    k = last = max(low, 2)
    while k <= high and len(found) < most:
        if k - last > SEARCH:
            return None
        if is_prime(k):
            found.append(k)
            last = k
        k += 1
    return found


__all__ = ["bound", "first_turns"]
