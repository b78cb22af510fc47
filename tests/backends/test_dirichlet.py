"""Dirichlet sums of the reference backend: slices, quotients and Euler products give one answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qvm_backends.reference.dirichlet import convolve

from qvm.machine.sums import depth, gamma, tree_sum
from qwasm.qpu.plan import Dirichlet

L = 10_007


def by_definition(f: Any, x: Any, forward: bool) -> list[int]:
    N = len(x)
    if forward:
        return [sum(int(f[d - 1]) * int(x[d * n - 1]) for d in range(1, N // n + 1)) % L for n in range(1, N + 1)]
    return [sum(int(f[d - 1]) * int(x[n // d - 1]) for d in range(1, n + 1) if n % d == 0) % L for n in range(1, N + 1)]


def completely_multiplicative(N: int, at_primes: list[int]) -> Any:
    f = np.ones(N, dtype=np.int64)
    for n in range(2, N + 1):
        p = next(p for p in range(2, n + 1) if n % p == 0)
        f[n - 1] = f[n // p - 1] * at_primes[p % len(at_primes)] % L
    return f


@given(st.integers(1, 60), st.booleans(), st.integers(0, 1000))
def test_a_sum_over_all_divisors_is_its_definition(N: int, forward: bool, seed: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    f, x = rng.integers(0, L, N), rng.integers(0, L, N)
    assert convolve(Dirichlet(f, forward), L, x).tolist() == by_definition(f, x, forward)


@given(st.integers(1, 80), st.booleans(), st.lists(st.integers(0, L - 1), min_size=1, max_size=5))
def test_an_euler_product_is_the_sum_over_all_divisors(N: int, forward: bool, at_primes: list[int]) -> None:
    f, x = completely_multiplicative(N, at_primes), np.arange(1, N + 1) * 17 % L
    fast = convolve(Dirichlet(f, forward, True), L, x)
    assert fast.tolist() == convolve(Dirichlet(f, forward), L, x).tolist()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 64, 1000, 1001])
def test_a_tree_sum_of_integers_is_exact_and_shallow(n: int) -> None:
    values = np.arange(1.0, n + 1)
    assert tree_sum(values) == n * (n + 1) / 2
    assert depth(n) <= max(1, n.bit_length())
    assert gamma(depth(n)) < 1e-13


def test_a_tree_sum_adds_in_the_same_order_for_rows_and_for_one_state() -> None:
    rows = np.random.Generator(np.random.PCG64(1)).normal(size=(3, 1013))
    assert tree_sum(rows).tolist() == [tree_sum(row) for row in rows]
