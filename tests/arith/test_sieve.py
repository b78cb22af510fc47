"""Primes, factors and Dirichlet convolutions agree with counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.arith.convolve import convolve, inverse
from qwasm.arith.numbers import Numbers
from qwasm.arith.sieve import divisors, factor, is_prime, primes, smallest_factor, whole_root
from qwasm.diagnostics import QwasmError


def plainly_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


@settings(deadline=None)
@given(a=st.integers(-5, 3000), length=st.integers(0, 500))
def test_primes_are_the_primes_with_both_ends(a: int, length: int) -> None:
    assert primes(a, a + length).tolist() == [n for n in range(max(a, 0), a + length + 1) if plainly_prime(n)]


def test_there_are_78498_primes_up_to_a_million() -> None:
    assert len(primes(2, 10**6)) == 78498 and len(primes(2, 10**7)) == 664579


@settings(deadline=None)
@given(start=st.integers(10**8, 10**10))
def test_segments_far_out_hold_exactly_the_primes(start: int) -> None:
    found = set(primes(start, start + 60).tolist())
    assert found == {n for n in range(start, start + 61) if is_prime(n)}


def test_strong_pseudoprimes_are_not_primes() -> None:
    for n in (2047, 1373653, 3215031751, 3825123056546413051, 318665857834031151167461):
        assert not is_prime(n)
    assert is_prime(2**61 - 1) and is_prime(2**89 - 1) and not is_prime(2**67 - 1)


@settings(deadline=None)
@given(n=st.integers(1, 2**64))
def test_factors_are_primes_with_the_right_product(n: int) -> None:
    found = factor(n)
    assert math.prod(p**k for p, k in found) == n
    assert all(is_prime(p) for p, _ in found) and found == sorted(found)


def test_smallest_factors_are_the_smallest() -> None:
    spf = smallest_factor(500)
    assert all(spf[n] == next(d for d in range(2, n + 1) if n % d == 0) for n in range(2, 501))
    assert divisors(360) == [d for d in range(1, 361) if 360 % d == 0]


@settings(deadline=None)
@given(N=st.integers(1, 10**15), k=st.integers(1, 40))
def test_whole_roots_are_the_largest(N: int, k: int) -> None:
    r = whole_root(N, k)
    assert r**k <= N < (r + 1) ** k


tables = st.integers(1, 70).flatmap(lambda N: st.tuples(*[st.lists(st.integers(-9, 9), min_size=N, max_size=N)] * 2))


@settings(deadline=None)
@given(tables)
def test_convolution_is_the_sum_over_divisors(pair: tuple[list[int], list[int]]) -> None:
    f, g = (np.array(x, dtype=np.int64) for x in pair)
    wanted = [sum(int(f[d - 1] * g[n // d - 1]) for d in range(1, n + 1) if n % d == 0) for n in range(1, len(f) + 1)]
    assert convolve(f, g, Numbers("int")).tolist() == wanted
    assert convolve(f % 7, g % 7, Numbers("mod", 7)).tolist() == [w % 7 for w in wanted]


@settings(deadline=None)
@given(tables)
def test_the_inverse_convolves_to_the_unit(pair: tuple[list[int], list[int]]) -> None:
    f = np.array([1, *pair[0][1:]], dtype=np.int64)
    unit = [1] + [0] * (len(f) - 1)
    assert convolve(f, inverse(f, Numbers("int")), Numbers("int")).tolist() == unit
    scaled = 3 * f % 11
    assert convolve(scaled, inverse(scaled, Numbers("mod", 11)), Numbers("mod", 11)).tolist() == unit


def test_a_function_that_is_0_at_1_has_no_inverse() -> None:
    with pytest.raises(QwasmError, match="QW0358"):
        inverse(np.array([0.0, 1.0]), Numbers("float"))
