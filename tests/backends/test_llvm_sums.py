"""Sums by machine code: within their bound of the exact sum, the same bits for any number of threads."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from qvm_backends.llvm.kernels import WORTH, LlvmKernels
from qvm_backends.llvm.sums import BLOCK

import qvm
from qvm.machine.sums import gamma
from qwasm.qpu.program import Schedule

LENGTHS = (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17)


def arrays(length: int, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(length + count)
    return [random.standard_normal(length) * 10.0 ** random.integers(-6, 7, length) for _ in range(count)]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_sum_is_within_its_bound_of_the_exact_one(length: int, count: int) -> None:
    factors = arrays(length, count)
    found = LlvmKernels(worth=0).sums(factors)
    assert found is not None
    value, size, additions = found
    terms = [Fraction(1)] * length
    for factor in factors:
        terms = [t * Fraction(x) for t, x in zip(terms, factor.tolist(), strict=True)]
    bound = gamma(additions + count - 1) * float(sum(map(abs, terms)))
    assert abs(value - float(sum(terms))) <= bound and abs(size - float(sum(map(abs, terms)))) <= bound


@pytest.mark.parametrize("length", LENGTHS)
def test_any_number_of_threads_gives_the_same_bits(length: int) -> None:
    factors = arrays(length, 2)
    found = {LlvmKernels(Schedule(threads=threads), worth=0).sums(factors) for threads in (1, 2, 3, 4)}
    assert len(found) == 1 and None not in found


def test_integers_are_summed_exactly_and_one_entry_may_be_anywhere() -> None:
    for place in (0, 31, 32, 511, 512, BLOCK - 1, BLOCK, 2 * BLOCK + 5):
        x = np.zeros(2 * BLOCK + 6)
        x[place] = -3.0
        found = LlvmKernels(worth=0).sums([x])
        assert found is not None and found[:2] == (-3.0, 3.0)
    counted = np.arange(1.0, 10 * BLOCK + 4)
    found = LlvmKernels(worth=0).sums([counted])
    assert found is not None and found[0] == len(counted) * (len(counted) + 1) / 2


def test_what_the_kernel_does_not_sum_is_left_to_the_reference() -> None:
    x = np.ones(BLOCK)
    for factors in ([x.astype(np.complex128)], [x.astype(np.float32)], [np.ones((2, BLOCK)), x], [x] * 4):
        assert LlvmKernels(worth=0).sums(factors) is None
    assert LlvmKernels().sums([np.ones(WORTH - 1)]) is None  # too few to repay it
    assert LlvmKernels().sums([np.ones(WORTH)]) is not None


FLOATS = ("random    q0, 1\nrandom    q1, 2", 'qop.norm s2, q0\nemit "norm", s2')
RESIDUES = ("fill      q0, n + 1\nfill      q1, n^2", "")


@pytest.mark.parametrize("weight", ["1", "n^-1"])
@pytest.mark.parametrize("field", ["real", "real32", "complex", "mod(2147483647)"])
def test_programs_agree_on_both_backends(weight: str, field: str) -> None:
    start, end = RESIDUES if field.startswith("mod") else FLOATS
    text = f"""
    .space N = 1048576, field = {field}, weight = {weight}
    .func main
        {start}
        qop.inner s0, q0, q1
        reduce    s1, q0, SUM
        emit      "inner", s0
        emit      "sum", s1
        fill      q2, n
        reduce    s3, q2, SUM
        emit      "whole", s3
        {end}
    end
    """
    found = [qvm.compile(text, backend=backend).run() for backend in ("numpy", "llvm")]
    for name in found[0].outputs:
        one, other = (result[name] for result in found)
        assert abs(one.value - other.value) <= one.error + other.error
    assert found[1]["whole"].error == 0
