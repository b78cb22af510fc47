"""Exact rational arrays: a numerator and a denominator, int64 until they would overflow.

>>> third = Rat(np.arange(1, 4), 3)
>>> (third + third).num.tolist(), (third * Rat(3, 1)).floor().tolist()
([2, 4, 6], [1, 2, 3])
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

from qwasm.record import record

WORD = 1 << 62
IntLike = Any  # int, int64 array or object array of Python integers


def bound(x: IntLike) -> int:
    """The largest absolute value."""
    if isinstance(x, np.ndarray):
        return max(abs(int(x.max())), abs(int(x.min()))) if x.size else 0
    return abs(int(x))


def wide(x: IntLike) -> IntLike:
    """The same integers as Python integers of any size."""
    return x.astype(object) if isinstance(x, np.ndarray) and x.dtype != object else x


def times(a: IntLike, b: IntLike) -> IntLike:
    """The product, in Python integers when int64 could overflow."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if bound(a) * bound(b) < WORD:
        return a * b
    return wide(a) * wide(b)


def plus(a: IntLike, b: IntLike) -> IntLike:
    """The sum, in Python integers when int64 could overflow."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if bound(a) + bound(b) < WORD:
        return a + b
    return wide(a) + wide(b)


@record(eq=False)
class Rat:
    """num/den elementwise, den > 0; either may be an integer for all elements."""

    num: IntLike
    den: IntLike = 1

    def __add__(self, other: Rat) -> Rat:
        if isinstance(self.den, int) and isinstance(other.den, int):
            den = lcm(self.den, other.den)
            return Rat(plus(times(self.num, den // self.den), times(other.num, den // other.den)), den)
        return Rat(plus(times(self.num, other.den), times(other.num, self.den)), times(self.den, other.den))

    def __mul__(self, other: Rat) -> Rat:
        num, den = times(self.num, other.num), times(self.den, other.den)
        if isinstance(num, int) and isinstance(den, int):
            common = gcd(num, den)
            return Rat(num // common, den // common)
        return Rat(num, den)

    def __neg__(self) -> Rat:
        return Rat(-self.num, self.den)

    def inverse(self) -> Rat:
        """1/self; the numerator must not be 0 anywhere."""
        if isinstance(self.num, np.ndarray):
            sign = np.where(self.num < 0, -1, 1)
            return Rat(times(sign, self.den), times(sign, self.num))
        return Rat(self.den, self.num) if self.num > 0 else Rat(-self.den, -self.num)

    def power(self, k: int) -> Rat:
        """self^k for k >= 0."""
        return Rat(int_power(self.num, k), int_power(self.den, k))

    def floor(self) -> IntLike:
        return self.num if isinstance(self.den, int) and self.den == 1 else self.num // self.den

    def whole(self) -> Any:
        """Where the value is an integer: True, or an array."""
        return True if isinstance(self.den, int) and self.den == 1 else self.num % self.den == 0

    def item(self) -> Fraction:
        """The value, when there is only one."""
        return Fraction(int(self.num), int(self.den))


def int_power(x: IntLike, k: IntLike) -> IntLike:
    """x^k for integers k >= 0, one or many."""
    if isinstance(x, int) and isinstance(k, int):
        return int(x**k)
    fits = bound(x) <= 1 or (bound(k) < 64 and bound(x) ** bound(k) < WORD)
    if fits and not _big(x, k):
        return np.power(np.asarray(x, dtype=np.int64), np.asarray(k, dtype=np.int64))
    base, exponent = np.broadcast_arrays(np.asarray(x, dtype=object), np.asarray(k, dtype=object))
    return base**exponent


def _big(*values: IntLike) -> bool:
    return any(isinstance(v, np.ndarray) and v.dtype == object for v in values)
