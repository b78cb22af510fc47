"""Error bars of sampled means: Student's t, and Fieller's interval for a ratio of means.

>>> round(student(1, 0.95), 3), round(student(30, 0.95), 3)
(12.706, 2.042)
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from qvm.spectral.linearmap import Array
from qvm.spectral.refusals import undetermined_ratio

LEVEL = 0.95


def student(freedom: int, level: float = LEVEL) -> float:
    """The half-width of the central interval of Student's t that holds `level` of its mass."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def mean_bar(samples: Array) -> tuple[complex, float]:
    """(mean, half-width of the 95 % interval) of independent samples; at least two.

    For complex samples the bar is a radius: real and imaginary half-widths added in squares.
    """
    count = len(samples)
    mean = samples.sum() / count
    spread = samples - mean
    variance = float(np.sum(np.abs(spread) ** 2)) / (count - 1)
    return complex(mean), student(count - 1) * sqrt(variance / count)


def ratio_bar(
    top: NDArray[np.float64], bottom: NDArray[np.float64], top_head: float, bottom_head: float
) -> tuple[float, float]:
    """((A + mean a) / (B + mean b), half-width) for paired samples a, b, by Fieller's theorem.

    Raises QW0654 when the denominator cannot be told from zero at 95 %.
    """
    count = len(top)
    a, b = top_head + float(top.mean()), bottom_head + float(bottom.mean())
    covariance = np.cov(top, bottom) / count
    aa, ab, bb = float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])
    t = student(count - 1)
    if b == 0.0 or t * t * bb >= b * b:
        raise undetermined_ratio(b - t * sqrt(bb), b + t * sqrt(bb))
    ratio = a / b
    g = t * t * bb / (b * b)
    centre = (ratio - g * ab / bb) / (1 - g) if bb > 0 else ratio
    inside = aa - 2 * ratio * ab + ratio * ratio * bb - (g * (aa - ab * ab / bb) if bb > 0 else 0.0)
    half = t * sqrt(max(inside, 0.0)) / (abs(b) * (1 - g))
    return ratio, half + abs(centre - ratio)


def quotient_bar(a: complex, a_error: float, b: complex, b_error: float) -> tuple[complex, float]:
    """(a / b, bound) from bounds of both; raises QW0654 when b may be zero."""
    if abs(b) <= b_error:
        raise undetermined_ratio(abs(b) - b_error, abs(b) + b_error)
    ratio = a / b
    return ratio, (a_error + abs(ratio) * b_error) / (abs(b) - b_error) + 2.0**-51 * abs(ratio)
