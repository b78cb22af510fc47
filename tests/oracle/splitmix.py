"""The random instruction's numbers: splitmix64, one output for each entry.

>>> hex(outputs(0, 1)[0])
'0xe220a8397b1dcdaf'
"""

from __future__ import annotations

MASK = 2**64 - 1


def outputs(seed: int, count: int) -> list[int]:
    """The first outputs of the seed."""
    state, found = seed & MASK, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        found.append(z ^ (z >> 31))
    return found


def uniform(output: int) -> float:
    """The top 53 bits as a number in [-1, 1)."""
    return (output >> 11) * 2.0**-52 - 1.0
