"""Spaces: where states live. N, the weight w(n) = n^-s, the field, and what truncation means.

The space is part of the type of every state: adjoint, norm and self-adjointness mean
nothing without the weight.

>>> Space(N=100, weight=Weight(Fraction(1, 2))).weight
Weight(n^(-1/2))
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Literal

from qwasm.record import record

FieldKind = Literal["real", "real32", "complex", "mod"]
Picture = Literal["nspace", "hilbert"]
Truncation = Literal["strict", "free"]


@record
class Field:
    """The numbers of a state: float64, float32, complex128, or integers modulo a prime below 2^31."""

    kind: FieldKind = "real"
    modulus: int = 0

    @property
    def exact(self) -> bool:
        return self.kind == "mod"

    @property
    def dtype(self) -> str:
        """The numpy dtype name of a state; residues are held as int64 in [0, l)."""
        return {"real": "float64", "real32": "float32", "complex": "complex128", "mod": "int64"}[self.kind]

    @property
    def itemsize(self) -> int:
        """Bytes of one state entry."""
        return {"real": 8, "real32": 4, "complex": 16, "mod": 8}[self.kind]

    def __str__(self) -> str:
        return f"mod({self.modulus})" if self.kind == "mod" else self.kind


@record
class Weight:
    """The weight w(n) = n^-s with s rational; s = 0 is uniform, s = 1 conformal."""

    s: Fraction = Fraction(0)

    def __str__(self) -> str:
        if self.s == 0:
            return "1"
        return f"n^{-self.s}" if self.s.denominator == 1 else f"n^({-self.s})"

    def __repr__(self) -> str:
        return f"Weight({self})"


@record
class Space:
    """States psi(1..N) over a field, with <phi, psi> = sum_n w(n) conj(phi(n)) psi(n)."""

    N: int
    weight: Weight = Weight()
    field: Field = Field()
    truncation: Truncation = "strict"

    def __hash__(self) -> int:  # spaces are keys of what is remembered about operators: few differ in anything else
        return self.N

    def __str__(self) -> str:
        return f"N = {self.N}, weight = {self.weight}, field = {self.field}, truncation = {self.truncation}"


@lru_cache(maxsize=256)
def shared(space: Space) -> Space:
    """The one space that stands for all equal ones, so that what is remembered about it is found by identity."""
    return space
