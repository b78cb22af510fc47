"""Number systems for tables: int64, exact Python integers, floats, complex, residues.

A row of the function table states its value at p^k with `mul`, `add` and `pow` of a number
system, and so means the same in every field.

>>> Numbers("mod", 7).pow(3, 5)
5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qwasm.space import Field

Kind = Literal["int", "exact", "float", "complex", "mod"]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number system; `int` is int64 for values known to fit, `exact` is Python integers of any size."""

    kind: Kind = "exact"
    modulus: int = 0

    @property
    def dtype(self) -> str:
        """The numpy dtype name of a table."""
        return {"exact": "object", "float": "float64", "complex": "complex128"}.get(self.kind, "int64")

    def of(self, value: Any) -> Any:
        """An integer, or an array of integers, as elements of this system."""
        if isinstance(value, np.ndarray):
            return value % self.modulus if self.modulus else value.astype(self.dtype)
        if self.modulus:
            return int(value) % self.modulus
        if self.kind == "float":
            return float(value)
        return complex(value) if self.kind == "complex" else value

    def add(self, a: Any, b: Any) -> Any:
        return (a + b) % self.modulus if self.modulus else a + b

    def mul(self, a: Any, b: Any) -> Any:
        return a * b % self.modulus if self.modulus else a * b

    def pow(self, a: Any, k: int) -> Any:
        """a^k for k >= 0; 0^0 = 1."""
        if not isinstance(a, np.ndarray):
            return pow(a, k, self.modulus) if self.modulus else a**k
        if self.kind in ("float", "complex"):
            return a ** float(k)
        result = np.ones_like(a)
        if self.kind == "exact":
            result[...] = 1
        while k:
            if k & 1:
                result = self.mul(result, a)
            k >>= 1
            if k:
                a = self.mul(a, a)
        return result

    def full(self, N: int, value: int) -> Array:
        """N copies of an integer."""
        result = np.empty(N, dtype=self.dtype)
        result[...] = self.of(value)
        return result


EXACT = Numbers()


def of_field(field: Field) -> Numbers:
    """The number system that tables of a field are computed in."""
    if field.kind == "mod":
        return Numbers("mod", field.modulus)
    return Numbers("complex") if field.kind == "complex" else Numbers("float")
