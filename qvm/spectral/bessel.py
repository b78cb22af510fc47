"""Chebyshev coefficients of e^{-zx} and e^{-izx} on [-1, 1], with proved tails.

e^{-zx} = sum_k c_k T_k(x) with c_k = (2 - [k = 0]) (-1)^k I_k(z).  Scaled by e^{-z} the numbers
I_k(z) are the law of a difference of two Poisson variables, so Chernoff's inequality bounds
every tail; for J_k Kapteyn's inequality does.  The values come from Miller's backward
recurrence, which is stable here.

>>> c = real_coefficients(1.0, 20)
>>> round(float(sum(c)), 12), modified_tail(1.0, 20) < 1e-18
(1.0, True)
"""

from __future__ import annotations

from collections.abc import Callable
from math import asinh, exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray


def modified_tail(z: float, degree: int) -> float:
    """An upper bound of sum_{k > degree} 2 e^{-z} I_k(z), for z >= 0 (Skellam tail, Chernoff)."""
    if z == 0.0:
        return 0.0
    k = degree + 1.0
    hyp = k * k / (sqrt(z * z + k * k) + z)  # sqrt(z^2 + k^2) - z without cancellation
    return 2.0 * exp(min(0.0, hyp - k * asinh(k / z)))


def ordinary_tail(z: float, degree: int) -> float:
    """An upper bound of sum_{k > degree} 2 |J_k(z)|, for z >= 0 (Kapteyn); infinite while degree < z."""
    if z == 0.0:
        return 0.0
    k = degree + 1.0
    x = z / k
    if x >= 1.0:
        return inf
    root = sqrt(1.0 - x * x)
    base = log(x) + root - log(1.0 + root)
    return 2.0 * exp(max(k * base, -745.0)) / -np.expm1(base) if base < 0.0 else inf


def degree_for(tail: Callable[[float, int], float], z: float, goal: float, ceiling: int) -> int:
    """The smallest degree whose tail is at most `goal`; `ceiling` + 1 when none up to `ceiling` is."""
    if tail(z, ceiling) > goal:
        return ceiling + 1
    low, high = 0, ceiling
    while low < high:
        middle = (low + high) // 2
        if tail(z, middle) <= goal:
            high = middle
        else:
            low = middle + 1
    return low


def real_coefficients(z: float, degree: int) -> NDArray[np.float64]:
    """(2 - [k = 0]) e^{-z} I_k(z) for k = 0..degree; all nonnegative, sum at most 1."""
    top = degree_for(modified_tail, z, 1e-36, 4 * degree + 64) + 8
    values = _backward(z, max(top, degree + 2), 1.0)
    total = values[0] + 2.0 * float(np.sum(values[1:]))
    values = values[: degree + 1] / total
    values[1:] *= 2.0
    return np.asarray(values)


def imaginary_coefficients(z: float, degree: int) -> NDArray[np.float64]:
    """(2 - [k = 0]) J_k(z) for k = 0..degree."""
    top = degree_for(ordinary_tail, z, 1e-36, 4 * degree + 4 * int(z) + 64) + 8
    values = _backward(z, max(top, degree + 2), -1.0)
    total = sqrt(float(values[0] ** 2 + 2.0 * np.sum(values[1:] ** 2)))
    sign = 1.0 if values[0] + 2.0 * float(np.sum(values[2::2])) >= 0.0 else -1.0
    values = values[: degree + 1] * (sign / total)
    values[1:] *= 2.0
    return values


def _backward(z: float, top: int, sign: float) -> NDArray[np.float64]:
    """Values proportional to I_k (sign +1) or J_k (sign -1), k = 0..top, by Miller's recurrence."""
    values = np.zeros(top + 1)
    if z == 0.0:
        values[0] = 1.0
        return values
    above, here = 0.0, 1e-280
    values[top] = here
    for k in range(top, 0, -1):
        above, here = here, 2.0 * k / z * here + sign * above
        values[k - 1] = here
        if abs(here) > 1e250:
            values[k - 1 :] *= 1e-250
            above, here = above * 1e-250, here * 1e-250
    return np.asarray(values / np.max(np.abs(values)))
