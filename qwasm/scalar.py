"""Scalars: a value, its error, and what kind of error that is; distances: the same of a state.

`exact` has error 0; `bound` means |true - value| <= error, proved; `statistical` means the
same with 95 % confidence.  Arithmetic keeps the weaker kind of its inputs.  An error of infinity
says that nothing is known.

>>> widened(Scalar(2.0), Distance(0.25, "bound", ("exponential",)))
Scalar(value=2.0, error=0.25, kind='bound', method='exponential')
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from qwasm.record import record

Kind = Literal["exact", "bound", "statistical"]
KINDS: tuple[Kind, ...] = ("exact", "bound", "statistical")
OUTWARD = 1 + 2.0**-40  # covers the rounding of the few operations that make a bound


@record
class Scalar:
    """A number with its error bar; `value` is int, Fraction, float or complex, `error` >= 0."""

    value: int | Fraction | float | complex
    error: float = 0.0
    kind: Kind = "exact"
    method: str = ""


def weakest(*kinds: Kind) -> Kind:
    """The weakest of several kinds: statistical over bound over exact."""
    return max(kinds, key=KINDS.index, default="exact")


def number_text(value: Any) -> str:
    """A number as a person writes it; a float that is a whole number loses its point."""
    if isinstance(value, complex):
        sign = "-" if value.imag < 0 or str(value.imag) == "-0.0" else "+"
        return f"{number_text(value.real)} {sign} {number_text(abs(value.imag))}i"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


@record
class Distance:
    """How far a state may be from the one that exact methods give, in the norm of its space; `sources` say why."""

    size: float = 0.0
    kind: Kind = "exact"
    sources: tuple[str, ...] = ()

    def plus(self, other: Distance) -> Distance:
        """The triangle inequality, with the weaker kind."""
        if not (self.size and other.size):
            return self if self.size else other
        sources = tuple(dict.fromkeys(self.sources + other.sources))
        return Distance((self.size + other.size) * OUTWARD, weakest(self.kind, other.kind), sources)


NOWHERE = Distance()


def widened(scalar: Scalar, distance: Distance) -> Scalar:
    """A scalar whose error also covers that of the state it was read from."""
    if not distance.size:
        return scalar
    method = ", ".join(filter(None, dict.fromkeys((scalar.method, *distance.sources))))
    error = (scalar.error + distance.size) * OUTWARD if scalar.error else distance.size
    return Scalar(scalar.value, error, weakest(scalar.kind, distance.kind), method)
