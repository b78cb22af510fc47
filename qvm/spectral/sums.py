"""Sums with one order: a fixed binary tree, so the same numbers give the same bits everywhere.

Library dot products change bits with thread count and processor.  Here a sum folds its upper
half onto its lower half until one number is left; the rounding error is at most
(ceil(log2 N) + 1) u times the sum of magnitudes.

>>> import numpy as np
>>> tree_sum(np.arange(1.0, 6.0)).item()
15.0
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.clock import look

Array = NDArray[Any]
TINY, HUGE = 1e-250, 1e300  # between them a sum of squares lost nothing to underflow or overflow that matters


def tree_sum(values: Array) -> Array:
    """The sum over the last axis, folded by halves in a fixed order; float64 at least."""
    return _fold(values.astype(np.complex128 if values.dtype.kind == "c" else np.float64))


def _fold(work: Array) -> Array:
    """The sum over the last axis, overwriting `work`."""
    length = work.shape[-1]
    if length == 0:
        return np.zeros(work.shape[:-1], work.dtype)
    while length > 1:
        look()
        half = (length + 1) // 2
        work[..., : length - half] += work[..., half:length]
        length = half
    result: Array = work[..., 0].copy()
    return result


def dot(x: Array, y: Array) -> Array:
    """sum conj(x) y over the last axis, in the fixed order."""
    kind = np.dtype(np.complex128 if "c" in (x.dtype.kind, y.dtype.kind) else np.float64)
    return _fold(np.multiply(x.conj() if x.dtype.kind == "c" else x, y, dtype=kind))


def norms(x: Array) -> Array:
    """Euclidean norms over the last axis, safe against overflow of squares."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = np.multiply(x.real, x.real, dtype=np.float64)
        if x.dtype.kind == "c":
            squares += np.multiply(x.imag, x.imag, dtype=np.float64)
        plain: Array = _fold(squares)
    if np.all((plain > TINY) & (plain < HUGE)):
        return np.asarray(np.sqrt(plain))
    magnitude = np.abs(x).astype(np.float64)
    top = magnitude.max(axis=-1, keepdims=True, initial=0.0)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    look()
    scaled = magnitude / scale
    look()
    result: Array = np.sqrt(tree_sum(scaled * scaled)) * scale[..., 0]
    return result


def norm(x: Array) -> float:
    """The largest Euclidean norm of the rows of x, or the norm of a single vector."""
    return float(np.max(norms(x)))


def growth(n: int, unit: float) -> float:
    """gamma_n = n u / (1 - n u): the rounding error of n operations in a row, relative."""
    return n * unit / (1 - n * unit) if n * unit < 0.5 else float("inf")
