"""Balls in floats: a value and a radius that holds the rounding of every step.

Each operation widens by the spacing of floats around its result, so that the true value never
leaves the ball; monotone functions are read at both ends.  A radius of infinity: nothing is known.

>>> Ball(1.0, 0.5).times(Ball(2.0, 0.0)).contains(3.0)
True
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from fractions import Fraction

from qwasm.diagnostics import fail
from qwasm.record import record

SLACK = 1.0 + 2.0**-50
LIBM = 4  # ulps allowed to a library function


def ulps(value: complex | float, count: float = 1.0) -> float:
    """`count` spacings of floats around a value."""
    if isinstance(value, complex):
        return count * (math.ulp(value.real) + math.ulp(value.imag))
    return count * math.ulp(value) if math.isfinite(value) else math.inf


@record
class Ball:
    """|true - value| <= radius; the value is a float or a complex."""

    value: float | complex
    radius: float = 0.0

    def contains(self, x: complex) -> bool:
        return abs(self.value - x) <= self.radius

    @property
    def size(self) -> float:
        """An upper bound of the absolute value."""
        return (abs(self.value) + self.radius) * SLACK

    def plus(self, other: Ball) -> Ball:
        value = self.value + other.value
        if isinstance(value, complex) or not math.isfinite(value):
            lost = ulps(value)
        else:
            a, b = float(self.value.real), float(other.value.real)
            part = value - a
            lost = abs((a - (value - part)) + (b - part))  # the rounding error itself (two-sum)
        return Ball(value, (self.radius + other.radius + lost) * SLACK)

    def times(self, other: Ball) -> Ball:
        value = self.value * other.value
        rounding = 0.0
        if self.value not in (0, 1, -1) and other.value not in (0, 1, -1):
            if isinstance(value, complex):
                rounding = 2.0**-50 * abs(self.value) * abs(other.value) + 1e-320
            elif math.isfinite(value):
                exact = Fraction(self.value.real) * Fraction(other.value.real)
                rounding = 0.0 if exact == Fraction(value) else ulps(value)
        if math.inf in (self.radius, other.radius):
            return Ball(value, 0.0 if Ball(0.0) in (self, other) else math.inf)
        radius = abs(self.value) * other.radius + abs(other.value) * self.radius + self.radius * other.radius
        return Ball(value, (radius + rounding) * SLACK if radius or rounding else 0.0)

    def inverse(self) -> Ball:
        """1/x.  Raises QW0640 when the ball holds 0."""
        low = abs(self.value) - self.radius
        if low <= 0:
            raise fail(
                "QW0640",
                f"division by a number that may be 0: {self.value} +- {self.radius}",
                hint="make the divisor more exact, or test it before dividing",
            )
        value = 1 / self.value
        return Ball(value, (self.radius / low / abs(self.value) + ulps(value, 4)) * SLACK)

    def whole_power(self, k: int) -> Ball:
        """x^k for an integer k, by repeated squaring."""
        if k < 0:
            return self.inverse().whole_power(-k)
        result, square = Ball(1.0), self
        while k:
            if k & 1:
                result = result.times(square)
            k >>= 1
            if k:
                square = square.times(square)
        return result

    def monotone(self, function: Callable[[float], float], name: str, low: float = -math.inf) -> Ball:
        """An increasing or decreasing real function, read at both ends, inside its domain x >= low."""
        assert not isinstance(self.value, complex)
        left = math.nextafter(self.value - self.radius, -math.inf) if self.radius else self.value
        right = math.nextafter(self.value + self.radius, math.inf) if self.radius else self.value
        if left < low:
            raise fail(
                "QW0640",
                f"{name} of {self.value} +- {self.radius} leaves its domain",
                hint="make the argument more exact, or use field = complex",
            )
        try:
            values = [function(x) for x in (left, self.value, right)]
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise fail("QW0640", f"{name} of {self.value} is not finite", hint="make the argument smaller") from error
        middle = values[1]
        radius = max(abs(v - middle) for v in values)
        return Ball(middle, (radius + ulps(max(values, key=abs), LIBM)) * SLACK)

    def smooth(self, function: Callable[[complex], complex], derivative: float) -> Ball:
        """A function with |f'| <= derivative on the ball."""
        value = function(self.value)
        return Ball(value, (self.radius * derivative + ulps(value, 2 * LIBM)) * SLACK)

    def exp(self) -> Ball:
        if isinstance(self.value, complex):
            try:
                size = math.exp(self.value.real + self.radius)
            except OverflowError as error:
                raise fail("QW0640", f"exp of {self.value} is not finite", hint="make the argument smaller") from error
            moved = self.smooth(cmath.exp, size)
            return Ball(moved.value, moved.radius + size * 2.0**-48)
        return self.monotone(math.exp, "exp")

    def log(self) -> Ball:
        if isinstance(self.value, complex):
            low = abs(self.value) - self.radius
            if low <= 0:
                raise fail("QW0640", f"log of {self.value} +- {self.radius} may be log 0", hint="make it more exact")
            return self.smooth(cmath.log, 1 / low)
        return self.monotone(math.log, "log", 5e-324)

    def real_power(self, exponent: Fraction) -> Ball:
        """x^r on the principal branch."""
        if isinstance(self.value, complex) or self.value + self.radius < 0:
            return Ball(complex(self.value), self.radius).log().times(rounded(exponent)).exp()
        if exponent == Fraction(1, 2):
            return self.monotone(lambda x: math.sqrt(max(x, 0.0)), "sqrt", min(0.0, -self.radius * 2))
        power = float(exponent)
        moved = self.monotone(lambda x: x**power, "a root", 0.0 if exponent > 0 else 5e-324)
        spread = abs(math.log(self.value)) if self.value > 0 else 0.0
        return Ball(moved.value, moved.radius + abs(moved.value) * spread * ulps(power))


def rounded(value: Fraction) -> Ball:
    """An exact rational, rounded once."""
    try:
        number = float(value)
    except OverflowError as error:
        raise fail("QW0640", "an exact number is too large for a float", hint="make it smaller") from error
    return Ball(number, 0.0 if Fraction(number) == value else ulps(number))
