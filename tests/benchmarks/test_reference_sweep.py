"""The reference backend streams a Hamiltonian about as fast as slices written by hand."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qvm_backends.reference import ReferenceKernels

from qwasm.ir.elaborate import operator
from qwasm.qpu.planning import plan
from qwasm.space import Space

Array = NDArray[np.float64]
N = 1_000_000
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
ROUNDS = 9


def by_hand(x: Array, potential: Array) -> Array:
    y: Array = potential * x
    for p in PRIMES:
        y[: N // p] += p**-0.5 * x[p - 1 : p * (N // p) : p]
        y[p - 1 :: p] += p**0.5 * x[: N // p]
    return y


def test_a_fifteen_prime_hamiltonian_takes_at_most_one_and_a_half_times_hand_written_slices() -> None:
    space = Space(N)
    H = operator("sum p in primes(2, 47): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + 1/2*V(log)", space)
    streams, kernels = plan(H, space), ReferenceKernels()
    x = np.random.Generator(np.random.PCG64(1)).normal(size=N)
    potential = 0.5 * np.log(np.arange(1, N + 1))
    np.testing.assert_allclose(kernels.apply(streams, x), by_hand(x, potential), rtol=1e-11, atol=1e-12)
    contestants: dict[str, Callable[[], object]] = {
        "machine": lambda: kernels.apply(streams, x),
        "hand": lambda: by_hand(x, potential),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order, shuffle = list(contestants), random.Random(1)
    for _ in range(ROUNDS):
        shuffle.shuffle(order)
        for name in order:
            start = time.perf_counter()
            contestants[name]()
            times[name].append(time.perf_counter() - start)
    ratio = statistics.median(times["machine"]) / statistics.median(times["hand"])
    assert ratio <= 1.5, f"{ratio:.2f} times hand-written slices"
