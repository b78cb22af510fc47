"""Which eigenvalues: the smallest, the largest, or those nearest a point, in a fixed order.

>>> import numpy as np
>>> chosen(np.array([3.0, -5.0, 1.0]), 2, "large", 0, selfadjoint=False)
[1, 0]
>>> chosen(np.array([3.0, -5.0, 1.0]), 2, "large", 0, selfadjoint=True)
[0, 2]
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.linearmap import Array
from qwasm.diagnostics import fail

Which = str | tuple[object, ...] | complex | float


def read_which(which: Which) -> tuple[str, complex]:
    """("small" | "large" | "near", z) from a word, a word with arguments, or a number."""
    if isinstance(which, (int, float, complex)):
        return "near", complex(which)
    if isinstance(which, str):
        which = (which,)
    word = str(which[0]).lower()
    if word in ("small", "large") and len(which) == 1:
        return word, 0j
    if word == "near" and len(which) == 2:
        return "near", complex(which[1])  # type: ignore[call-overload]
    raise fail("QW0703", f"which={word} is not a choice of eigenvalues", hint="write which=small, large or near(z)")


def chosen(values: Array, k: int, kind: str, z: complex, selfadjoint: bool) -> list[int]:
    """Indices of the k eigenvalues asked for, in order; ties go to the larger imaginary part."""
    if kind == "near":
        key = np.abs(values - z)
    elif kind == "small":
        key = values.real
    else:
        key = -values.real if selfadjoint else -np.abs(values)
    rounded = np.round(key, 10 - int(np.ceil(np.log10(max(1e-200, float(np.max(np.abs(key), initial=1e-200)))))))
    order = np.lexsort((-values.imag, -values.real if kind == "large" else values.real, rounded))
    return [int(i) for i in order[:k]]


def plain(value: complex) -> complex | float:
    """A complex number without an imaginary part as a real one."""
    value = complex(value)
    return value.real if value.imag == 0 else value
