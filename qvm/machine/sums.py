"""Fixed-tree sums: the same additions in the same order on every machine and thread count.

Folding the upper half onto the lower half is a binary tree of depth ceil(log2 n), so the
rounding error is at most gamma_depth times the sum of absolute values (Higham, "Accuracy and
Stability of Numerical Algorithms", section 4.2).

>>> tree_sum(np.arange(1.0, 101.0))
np.float64(5050.0)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwasm.clock import look

Array = NDArray[Any]
UNIT = 2.0**-53


def tree_sum(values: Array) -> Any:
    """The sum over the last axis, by folding halves; 0 of nothing."""
    n = values.shape[-1]
    if n == 0:
        return np.zeros(values.shape[:-1], values.dtype)[()]
    if n == 1:
        return values[..., 0][()]
    half = (n + 1) // 2
    folded = values[..., :half].copy()
    folded[..., : n - half] += values[..., half:]
    n = half
    while n > 1:
        look()
        half = (n + 1) // 2
        folded[..., : n - half] += folded[..., half:n]
        n = half
    return folded[..., 0][()]


def depth(count: int) -> int:
    """The additions any one term passes through in a tree of `count` terms."""
    return max(0, (count - 1).bit_length())


def gamma(operations: int, unit: float = UNIT) -> float:
    """gamma_m = m u / (1 - m u), a little enlarged: the relative bound of m roundings."""
    product = operations * unit
    return product / (1 - product) * (1 + 2.0**-40) if product < 0.5 else float("inf")
