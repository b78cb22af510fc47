"""Numbers of a run: from field to scalar and back, and sums with their rounding bound."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.sums import UNIT, depth, gamma, tree_sum
from qwasm.scalar import Scalar
from qwasm.space import Field

Array = NDArray[Any]
EXACT_TO = 2.0**53


def balanced(value: int, l: int) -> int:
    """The residue in (-l/2, l/2]."""
    value %= l
    return value - l if 2 * value > l else value


def plain_number(value: Any, field: Field) -> int | float | complex | Fraction:
    """A number of numpy or of the field as a plain Python number; residues balanced."""
    if field.exact:
        return balanced(int(value), field.modulus)
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return value
    if field.kind == "complex":
        return complex(value)
    return float(value.real if isinstance(value, complex) else value)


def field_number(value: int | float | complex | Fraction, field: Field) -> Any:
    """A scalar's value as one number of the field, rounded once."""
    if field.exact:
        ratio = Fraction(value) if not isinstance(value, complex) else Fraction(value.real)
        return ratio.numerator * pow(ratio.denominator, -1, field.modulus) % field.modulus
    if field.kind == "complex":
        return value if isinstance(value, complex) else complex(nearest(value))
    number = nearest(value.real if isinstance(value, complex) else value)
    return np.float32(number) if field.kind == "real32" else number


def nearest(value: int | float | Fraction) -> float:
    """The float nearest to an exact number; beyond the largest it is an infinity, which the traps refuse."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def integral(values: Array) -> bool:
    """True when every entry is an integer; the first thousand decide most cases."""
    if values.dtype.kind in "iub":
        return True
    for piece in (values[..., :1000], values):
        parts = (piece.real, piece.imag) if piece.dtype.kind == "c" else (piece,)
        if not all(np.array_equal(part, np.rint(part)) for part in parts):
            return False
    return True


def total(terms: Array, field: Field, roundings: int = 0, of: Sequence[Array] = ()) -> Scalar:
    """The sum of an array by a fixed tree, with its bound.

    `roundings` is how many rounded operations made each term from the arrays `of`; when those
    hold integers and the sum of absolute values is below 2^53, nothing was rounded at all.
    """
    flat = terms.reshape(-1)
    if field.exact:
        pieces = [int(np.sum(flat[i : i + (1 << 30)])) for i in range(0, len(flat), 1 << 30)]
        return Scalar(balanced(sum(pieces), field.modulus))
    if flat.dtype == np.float32:
        flat = flat.astype(np.float64)
    value = plain_number(tree_sum(flat), field)
    size = float(tree_sum(np.abs(flat))) if flat.size else 0.0
    if size == 0.0:
        return Scalar(value)
    if size <= EXACT_TO and all(integral(array) for array in (flat, *of)) and (of or not roundings):
        return Scalar(value)
    steps = depth(flat.size) + roundings + (2 if field.kind == "complex" else 0)
    if steps == 0:
        return Scalar(value)
    error = gamma(steps, UNIT) * size * (1 + gamma(steps + 4, UNIT)) + flat.size * 5e-324
    return Scalar(value, error, "bound", "fixed-tree sum")
