"""Fields and spaces: where the oracle's numbers live.

Expressions are evaluated natively (integers and fractions stay exact as long as they can) and brought
into the field once, at the end, by `into`.

>>> Field("mod", 101).into(Fraction(1, 2))
51
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = Any  # int, Fraction, float or complex: whatever the field holds
Array = NDArray[Any]


class NoMeaning(Exception):
    """The design gives this no meaning in this field, truncation or place."""


class IllConditioned(Exception):
    """The answer would depend on rounding; such programs are not generated."""


@dataclass(frozen=True)
class Field:
    """One of real, real32, complex, mod (with its prime), or exact (fractions, for the oracle's own tests)."""

    kind: str = "real"
    modulus: int = 0

    @property
    def exact(self) -> bool:
        return self.kind in ("mod", "exact")

    @property
    def dtype(self) -> Any:
        return {"real": np.float64, "real32": np.float64, "complex": np.complex128}.get(self.kind, object)

    def into(self, value: Number) -> Number:
        """The field's element for a native number; NoMeaning where there is none."""
        if isinstance(value, (bool, np.bool_)):
            value = int(value)
        if isinstance(value, np.integer):
            value = int(value)
        if self.exact:
            if not isinstance(value, (int, Fraction)):
                raise NoMeaning(f"{value!r} is not exact")
            exact = Fraction(value)
            if self.kind == "exact":
                return exact
            if exact.denominator % self.modulus == 0:
                raise NoMeaning("division by a multiple of l")
            return exact.numerator * pow(exact.denominator, -1, self.modulus) % self.modulus
        if self.kind == "complex":
            return complex(value)
        if isinstance(value, complex):
            if value.imag != 0:
                raise NoMeaning("a complex number in a real field")
            value = value.real
        return float(value)

    def array(self, values: Iterable[Number]) -> Array:
        """A vector of field elements from native numbers."""
        return np.array([self.into(v) for v in values], dtype=self.dtype)

    def reduce(self, values: Array) -> Array:
        """Residues back into 0..l-1 after integer arithmetic; nothing in other fields."""
        return values % self.modulus if self.kind == "mod" else values

    def zeros(self, *shape: int) -> Array:
        """An array of the field's zero."""
        result = np.empty(shape, dtype=self.dtype)
        result.fill(self.into(0))
        return result

    def eye(self, size: int) -> Array:
        """The identity matrix."""
        result = self.zeros(size, size)
        for i in range(size):
            result[i, i] = self.into(1)
        return result

    def conj(self, values: Array) -> Array:
        """Complex conjugation; the identity in real and exact fields."""
        return np.conj(values) if self.kind == "complex" else values

    def dot(self, left: Array, right: Array) -> Array:
        """The matrix product."""
        return self.reduce(left @ right)

    def invert(self, matrix: Array) -> Array:
        """The inverse matrix: Gauss-Jordan in exact fields, LAPACK in floats."""
        if not self.exact:
            return np.asarray(np.linalg.inv(matrix))
        size = len(matrix)
        work = np.concatenate([matrix, self.eye(size)], axis=1)
        for column in range(size):
            pivot = next((row for row in range(column, size) if work[row, column] != 0), None)
            if pivot is None:
                raise NoMeaning("a singular matrix has no inverse")
            work[[column, pivot]] = work[[pivot, column]]
            work[column] = self.reduce(work[column] * self.into(Fraction(1) / work[column, column]))
            for row in range(size):
                if row != column:
                    work[row] = self.reduce(work[row] - work[column] * work[row, column])
        return work[:, size:]


@dataclass(frozen=True)
class Space:
    """{1..N} with weight n^-s, a field and a truncation; the diffusion letter D means sum c_p (A_p + B_p)."""

    N: int
    s: Fraction = Fraction(0)
    field: Field = Field()
    truncation: str = "strict"

    def weight(self, n: int) -> Number:
        """w(n) = n^-s in the field."""
        return self.power(n, -self.s)

    def power(self, n: int, exponent: Fraction) -> Number:
        """n to a rational exponent; exact for integers, NoMeaning for roots in mod(l)."""
        if exponent.denominator == 1:
            return self.field.into(Fraction(n) ** int(exponent))
        return self.field.into(float(n) ** float(exponent))

    @property
    def weights(self) -> Array:
        return np.array([self.weight(n) for n in range(1, self.N + 1)], dtype=self.field.dtype)
