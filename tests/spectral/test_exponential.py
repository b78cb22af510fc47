"""Exponentials are within the error they report, for every kind of matrix and method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from qvm.spectral import LinearMap, expm, from_matrix
from qvm.spectral.bessel import imaginary_coefficients, modified_tail, ordinary_tail, real_coefficients
from qwasm.diagnostics import QwasmError
from qwasm.limits import Limits
from tests.spectral.matrices import SELFADJOINT, distance, exact_exponential, kinds, random, scales, seeds, sizes, times

few = settings(max_examples=60, deadline=None)


@few
@given(seeds, sizes, kinds, scales, times)
def test_the_error_is_within_the_bound(seed: int, N: int, kind: str, scale: float, t: float) -> None:
    X = scale * random(seed, N, kind)
    x = np.random.default_rng(seed).standard_normal(N).astype(X.dtype)
    y, error = expm(from_matrix(X, kind in SELFADJOINT), x, t)
    assert distance(y, exact_exponential(-t * X) @ x) <= error


@few
@given(seeds, sizes, kinds, times)
def test_chebyshev_taylor_and_krylov_agree_within_their_bounds(seed: int, N: int, kind: str, t: float) -> None:
    X = from_matrix(random(seed, N, kind), kind in SELFADJOINT)
    x = np.random.default_rng(seed).standard_normal(N).astype(X.dtype)
    first, a = expm(X, x, t)
    for method in ("taylor", "krylov"):
        second, b = expm(X, x, t, method=method)
        assert distance(first, second) <= a + b


@few
@given(seeds, sizes, times)
def test_unitary_evolution_is_within_the_bound_and_keeps_the_norm(seed: int, N: int, t: float) -> None:
    H = random(seed, N, "hermitian")
    x = np.random.default_rng(seed).standard_normal(N).astype(complex)
    y, error = expm(from_matrix(H, True), x, t, unitary=True)
    assert distance(y, exact_exponential(-1j * t * H) @ x) <= error
    assert abs(np.linalg.norm(y) - np.linalg.norm(x)) <= error + 1e-14 * np.linalg.norm(x)


def test_a_complex_time_is_a_decay_and_a_rotation() -> None:
    H = random(3, 9, "hermitian")
    x = np.ones(9, complex)
    y, error = expm(from_matrix(H, True), x, 0.7 + 2.5j)
    assert distance(y, exact_exponential(-(0.7 + 2.5j) * H) @ x) <= error < 1e-11


@pytest.mark.parametrize("method", [None, "krylov", "taylor"])
def test_rows_of_a_block_are_exponentiated_one_by_one(method: str | None) -> None:
    X = random(5, 12, "symmetric")
    rows = np.random.default_rng(1).standard_normal((4, 12))
    y, error = expm(from_matrix(X, True), rows, 1.5, method=method)
    for row, image in zip(rows, y, strict=True):
        assert distance(image, exact_exponential(-1.5 * X) @ row) <= error < 1e-10


def test_at_time_zero_and_for_the_zero_state_nothing_changes() -> None:
    X = from_matrix(random(5, 6, "general"))
    x = np.arange(6.0)
    assert expm(X, x, 0)[0].tolist() == x.tolist() and expm(X, x, 0)[1] == 0.0
    assert expm(X, np.zeros(6), 3)[0].tolist() == [0.0] * 6


def test_the_zero_operator_keeps_every_state() -> None:
    y, _ = expm(from_matrix(np.zeros((5, 5)), True), np.arange(5.0), 1e300)
    assert y.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_one_number_is_exponentiated_as_a_number() -> None:
    y, error = expm(from_matrix(np.array([[2.0]]), True), np.array([3.0]), 4.0)
    assert abs(y[0] - 3 * np.exp(-8.0)) <= error + 1e-18


def test_a_time_that_needs_too_many_steps_is_refused_at_once() -> None:
    X = from_matrix(random(5, 30, "symmetric"), True)
    for method in (None, "taylor"):
        with pytest.raises(QwasmError, match="QW0480"):
            expm(X, np.ones(30), 1e14, method=method)
    with pytest.raises(QwasmError, match="QW048"):
        expm(X, np.ones(30), 10.0, limits=Limits(work=100))


def test_an_overflow_is_refused_with_its_code() -> None:
    for X in (np.diag([-1.0, -2.0]), np.array([[-2.0, 1.0], [1.0, -2.0]])):
        with pytest.raises(QwasmError, match="QW0650"):
            expm(from_matrix(X, True), np.ones(2), 1000.0)


def test_a_result_without_a_proved_digit_is_refused() -> None:
    X = np.diag(np.arange(40.0)) + 1e-6 * (np.diag(np.ones(39), 1) + np.diag(np.ones(39), -1))
    x = np.zeros(40)
    x[39] = 1
    with pytest.raises(QwasmError, match="QW0651"):
        expm(from_matrix(X, True), x, 30.0)


def test_methods_that_do_not_fit_are_refused() -> None:
    X = from_matrix(random(5, 6, "general"))
    for method in ("chebyshev", "trotter", "magic"):
        with pytest.raises(QwasmError, match="QW0652"):
            expm(X, np.ones(6), 1.0, method=method)
    with pytest.raises(QwasmError, match="QW0655"):
        expm(X, np.ones(6), 1.0, unitary=True)


def test_trotter_is_within_its_bound() -> None:
    a, b = random(1, 8, "symmetric"), random(2, 8, "symmetric")
    parts = [from_matrix(a, True), from_matrix(b, True)]
    X = from_matrix(a + b, True)
    split = LinearMap(8, X.dtype, X.apply, selfadjoint=True, enclosure=X.enclosure, split=lambda: parts)
    y, error = expm(split, np.ones(8), 0.5, method="trotter", tol=1e-5)
    assert distance(y, exact_exponential(-0.5 * (a + b)) @ np.ones(8)) <= error < 1e-3


def test_mixed_signs_and_long_times_keep_their_digits() -> None:
    X = 30 * random(7, 60, "symmetric")
    y, error = expm(from_matrix(X, True), np.ones(60), 1.0)
    reference = exact_exponential(-X) @ np.ones(60)
    assert distance(y, reference) <= error <= 1e-6 * float(np.linalg.norm(reference.astype(float)))


def test_the_same_bits_come_from_rows_and_from_single_states() -> None:
    diagonal = np.linspace(0, 3, 50)
    off = 0.3 * np.ones(49)

    def apply(x: np.ndarray) -> np.ndarray:
        y = diagonal * x
        y[..., 1:] += off * x[..., :-1]
        y[..., :-1] += off * x[..., 1:]
        return np.asarray(y)

    X = LinearMap(50, np.dtype(float), apply, selfadjoint=True, bound=4.0)
    x = np.sin(np.arange(50.0))
    assert expm(X, x, 2.0)[0].tolist() == expm(X, np.array([x, x]), 2.0)[0][1].tolist()


@pytest.mark.parametrize("z", [0.0, 1e-3, 1.0, 37.5, 2000.0])
def test_bessel_coefficients_and_tails_agree_with_scipy(z: float) -> None:
    from scipy.special import ive, jv

    k = np.arange(200)
    twice = np.where(k == 0, 1.0, 2.0)
    np.testing.assert_allclose(real_coefficients(z, 199), twice * ive(k, z), rtol=1e-11, atol=1e-25)
    np.testing.assert_allclose(imaginary_coefficients(z, 199), twice * jv(k, z), rtol=1e-9, atol=1e-13)
    every = np.arange(1, 20_000)
    for degree in (0, 3, 60, 150):
        assert modified_tail(z, degree) >= 2 * ive(every[degree:], z).sum() * (1 - 1e-12)
        assert ordinary_tail(z, degree) >= 2 * np.abs(jv(every[degree:], z)).sum() * (1 - 1e-9) - 1e-300
