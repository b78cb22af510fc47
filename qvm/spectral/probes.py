"""Random probes: counter-based numbers, so a seed means the same probe on every machine.

The n-th output of splitmix64 with a seed is a pure function of (seed, n).  Probe j draws its
signs from its own stream; nothing is shared, so probes may be made in any order or block.

>>> splitmix64(0, 1, 1)[0] == 0xE220A8397B1DCDAF
np.True_
>>> rademacher(0, 3, 8, 5).tolist() == rademacher(0, 3, 8, 5).tolist()
True
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def splitmix64(seed: int, first: int, count: int) -> NDArray[np.uint64]:
    """Outputs number first .. first + count - 1 (from 1) of splitmix64 with this seed."""
    start = (seed + first * GAMMA) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(start) + np.arange(count, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def stream(seed: int, index: int) -> int:
    """The seed of stream number `index` (from 0) under a master seed."""
    return int(splitmix64(seed & MASK, index + 1, 1)[0])


def rademacher(seed: int, index: int, count: int, first: int = 1) -> NDArray[np.float64]:
    """Signs +1 or -1 at n = first .. first + count - 1 of probe number `index`."""
    top = splitmix64(stream(seed, index), first, count) >> np.uint64(63)
    return np.where(top == 0, 1.0, -1.0)


def start_vector(seed: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """A vector of uniform numbers in [-1, 1) to start an iteration from, the same for a seed."""
    bits = splitmix64(stream(seed, 1 << 32), 1, count) >> np.uint64(11)
    return (bits.astype(np.float64) * 2.0**-52 - 1.0).astype(dtype)
