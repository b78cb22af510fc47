"""Scalars: a value, its error, and what kind of error that is.

`exact` has error 0; `bound` means |true - value| <= error, proved; `statistical` means the
same with 95 % confidence.  Arithmetic keeps the weaker kind of its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Kind = Literal["exact", "bound", "statistical"]
KINDS: tuple[Kind, ...] = ("exact", "bound", "statistical")


@dataclass(frozen=True, slots=True)
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
