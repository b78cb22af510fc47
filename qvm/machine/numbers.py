"""Numbers of a run: from field to scalar and back, and sums with their rounding bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


Sums = Callable[[Sequence[Array]], tuple[float, float, int] | None]


def product(factors: Sequence[Array], field: Field) -> Array:
    """The entrywise product from the left, residues reduced."""
    found = factors[0]
    for factor in factors[1:]:
        found = found * factor % field.modulus if field.exact else found * factor
    return found


def total(
    factors: Sequence[Array], field: Field, roundings: int = 0, of: Sequence[Array] = (), sums: Sums | None = None
) -> Scalar:
    """The sum of the entrywise products of arrays by a fixed tree, that of `sums` where it has one, with its bound.

    `roundings` is how many rounded operations made each term from the arrays `of`; when those
    hold integers and the sum of absolute values is below 2^53, nothing was rounded at all.
    """
    made = None if sums is None or field.exact else sums(factors)
    if made is not None:
        summed, size, additions = made
        whole = size <= EXACT_TO and bool(of or not roundings)
        if size == 0.0 or (whole and all(integral(array) for array in of or factors)):
            return Scalar(summed)
        return bounded(summed, size, additions + roundings, factors[0].size)
    flat = product(factors, field).reshape(-1)
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
    return bounded(value, size, steps, flat.size) if steps else Scalar(value)


def bounded(value: Any, size: float, steps: int, count: int) -> Scalar:
    """A sum of `count` terms, each rounded at most so many times; `size` is the sum of their absolute values."""
    error = gamma(steps, UNIT) * size * (1 + gamma(steps + 4, UNIT)) + count * 5e-324
    return Scalar(value, error, "bound", "fixed-tree sum")
