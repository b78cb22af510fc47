"""Number systems for tables: int64, exact Python integers, floats, complex, residues.

A row of the function table states its value at p^k with `mul`, `add` and `pow` of a number
system, and so means the same in every field.

>>> Numbers("mod", 7).pow(3, 5)
5
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qwasm.diagnostics import fail
from qwasm.record import record
from qwasm.space import Field

Kind = Literal["int", "exact", "float", "complex", "mod"]
Array = NDArray[Any]
LONGEST = 1 << 16


@record
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
        """a^k, 0^0 = 1; a negative power is a fraction, a float or an inverse residue.

        Raises QW0642 where modulo l there is no inverse, QW0420 for an exact power of more than 65,536 bits.
        """
        if self.modulus and k < 0:
            return self.pow(self.inverse(a), -k)
        if self.kind in ("float", "complex"):
            with np.errstate(all="ignore"):
                power = np.power(a, float(k))
            return power if isinstance(a, np.ndarray) else power.item()
        if not self.modulus:
            refuse_long(a, k)
        if not isinstance(a, np.ndarray):
            if self.modulus:
                return pow(a, k, self.modulus)
            return a**k if k >= 0 else Fraction(a) ** k
        if k < 0:
            return np.array([Fraction(x) ** k for x in a.tolist()], dtype=object)
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

    def inverse(self, a: Any) -> Any:
        """1/a modulo l.  Raises QW0642 where l divides a."""
        l = self.modulus
        if np.any(a == 0):
            raise fail("QW0642", f"division by a multiple of {l}", hint="use a larger prime l, above N")
        return self.pow(a, l - 2) if l > 2 else a

    def full(self, N: int, value: int) -> Array:
        """N copies of an integer."""
        result = np.empty(N, dtype=self.dtype)
        result[...] = self.of(value)
        return result


def refuse_long(a: Any, k: int) -> None:
    """Raises QW0420 when a^k for integers a is surely longer than 65,536 bits."""
    largest = max((abs(int(x)) for x in a.flat), default=0) if isinstance(a, np.ndarray) else abs(a)
    if (int(largest).bit_length() - 1) * abs(k) > LONGEST:
        raise fail(
            "QW0420", f"an exact number here would have more than {LONGEST} bits", hint="make the exponent smaller"
        )


EXACT = Numbers()


def of_field(field: Field) -> Numbers:
    """The number system that tables of a field are computed in."""
    if field.kind == "mod":
        return Numbers("mod", field.modulus)
    return Numbers("complex") if field.kind == "complex" else Numbers("float")
