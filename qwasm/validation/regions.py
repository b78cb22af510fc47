"""Loops and branches in a comparison: what a loop carries for somebody, its turns, what a branch gives."""

from __future__ import annotations

from typing import Any

from qwasm.algebra.ring import Expr, const
from qwasm.arith.sieve import is_prime
from qwasm.ir.module import Op, Value
from qwasm.validation.meaning import Meaning, Sources
from qwasm.validation.sides import Side

TURNS = 64  # of a loop that stands against none


def carried(op: Op, index: int, side: Side) -> bool:
    """Whether somebody needs a value that a loop carries, in it or behind it."""
    argument = op.regions[0].args[len(op.regions[0].args) - len(op.operands) + index]
    return op.results[index] in side.need.values or argument in side.need.values


def chosen(sources: Sources, condition: Any, given: list[Meaning], value: Value) -> Meaning:
    """What a branch gives: what both sides give, or a source made of the condition and both."""
    if len(given) == 2 and sources.same(*given):
        return given[0]
    return sources.value(sources.shared(("if",), (condition, *given), value.type))


def turns_of(op: Op) -> list[Expr] | None:
    """The values of a loop variable, at most TURNS; None for more, and for `while`."""
    if op.name != "loop":
        return None
    low, high = (integer(op.attributes[end]) for end in ("low", "high"))
    if high - low >= TURNS:
        return None
    prime = op.attributes["domain"] == "primes"
    return [const(k) for k in range(low, high + 1) if not prime or (k > 1 and is_prime(k))]


def integer(value: Any) -> int:
    """A constant of a verified module."""
    found = value.integer()
    assert isinstance(found, int)
    return found


__all__ = ["carried", "chosen", "turns_of"]
