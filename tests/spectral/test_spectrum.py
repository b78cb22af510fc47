"""Eigenvalues and norms lie within their bars, and say how far they are proved."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qvm.spectral import from_matrix, operator_norm, spectrum
from qvm.spectral.select import chosen, read_which
from qwasm.diagnostics import QwasmError
from tests.spectral.matrices import SELFADJOINT, Array, kinds, number, random, real, scales, seeds, sizes
from tests.spectral.test_trace import hamiltonian

few = settings(max_examples=60, deadline=None)


def redheffer(N: int) -> Array:
    """1 where the row divides the column, and in the first column."""
    n = np.arange(1, N + 1)
    matrix = (n[None, :] % n[:, None] == 0).astype(float)
    matrix[:, 0] = 1
    return np.asarray(matrix)


@few
@given(seeds, sizes)
def test_tridiagonal_toeplitz_eigenvalues_are_the_cosines(seed: int, N: int) -> None:
    X = np.diag(np.ones(N - 1), 1) + np.diag(np.ones(N - 1), -1)
    angles = 4 * np.arctan(np.longdouble(1)) * np.arange(1, N + 1) / (N + 1)
    truth = np.sort(2 * np.cos(angles)) if N > 1 else [0.0]
    values, _ = spectrum(from_matrix(X, True), N)
    for value, exact in zip(values, truth, strict=True):
        assert value.kind == "bound" and abs(real(value) - exact) <= value.error


@few
@given(seeds, sizes, scales)
def test_known_eigenvalues_of_a_non_normal_matrix_are_within_proved_bars(seed: int, N: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    truth = np.arange(1, N + 1) * scale
    V = np.eye(N) + np.triu(rng.integers(-1, 2, (N, N)), 1)  # exact inverse, exact product
    X = V @ np.diag(truth) @ np.round(np.linalg.inv(V))
    values, _ = spectrum(from_matrix(X), N, "large")
    for value in values:
        assert value.kind == "bound" and np.min(np.abs(truth - number(value))) <= value.error


def test_a_defective_matrix_gets_elsners_bar() -> None:
    values, _ = spectrum(from_matrix(random(0, 8, "jordan")), 8)
    for value in values:
        assert value.kind == "bound" and abs(number(value) - 1) <= value.error < 0.2


def test_redheffers_two_dominant_eigenvalues_are_proved() -> None:
    values, _ = spectrum(from_matrix(redheffer(200)), 2, "large")
    assert [round(real(v), 4) for v in values] == [16.7404, -11.1685]
    assert all(v.kind == "bound" and v.error < 1e-9 for v in values)


@few
@given(seeds, sizes, st.sampled_from(["symmetric", "hermitian", "general", "complex"]))
def test_vectors_are_unit_and_satisfy_the_eigenvalue_equation(seed: int, N: int, kind: str) -> None:
    X = random(seed, N, kind).astype(complex)
    values, rows = spectrum(from_matrix(X, kind in SELFADJOINT), N, "small", vectors=True)
    assert rows is not None and rows.shape == (N, N)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-12)
    for value, row in zip(values, rows, strict=True):
        assert float(np.linalg.norm(X @ row - number(value) * row)) <= 1e-10 * max(1.0, float(np.linalg.norm(X)))


@pytest.mark.parametrize("which", ["small", "large", ("near", 3.0)])
def test_lanczos_agrees_with_dense_within_the_bars(which: str | tuple[str, float]) -> None:
    map = from_matrix(hamiltonian(120), True)
    dense, _ = spectrum(map, 3, which)
    ritz, rows = spectrum(map, 3, which, vectors=True, dense=1)
    for a, b in zip(dense, ritz, strict=True):
        assert b.kind == "bound" and abs(number(a) - number(b)) <= a.error + b.error < 1e-8
    assert rows is not None and rows.shape == (3, 120)


@pytest.mark.parametrize("which", ["small", "large", ("near", 1.0), ("near", 2 + 1j)])
def test_arnoldi_agrees_with_dense_within_proved_bars(which: str | tuple[str, complex]) -> None:
    map = from_matrix(hamiltonian(120) + 0.1 * np.triu(random(3, 120, "general")))
    dense, _ = spectrum(map, 3, which)
    ritz, _ = spectrum(map, 3, which, dense=1)
    for a, b in zip(dense, ritz, strict=True):
        assert a.kind == b.kind == "bound" and "inclusion" in b.method
        assert abs(number(a) - number(b)) <= a.error + b.error < 1e-8


@pytest.mark.parametrize("kind", ["jordan", "nilpotent"])
@pytest.mark.parametrize("dense", [1, 4096])
def test_a_defective_matrix_has_one_vector_and_no_second(kind: str, dense: int) -> None:
    map = from_matrix(random(1, 50, kind))
    _, rows = spectrum(map, 1, vectors=True, dense=dense)
    assert rows is not None and np.array_equal(rows[0], np.eye(50)[0])
    with pytest.raises(QwasmError, match="QW0656"):
        spectrum(map, 2, vectors=True, dense=dense)


def test_complex_vectors_do_not_fit_a_real_field() -> None:
    rotation = from_matrix(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    values, _ = spectrum(rotation, 2)
    assert [v.value for v in values] == [1j, -1j]
    with pytest.raises(QwasmError, match="QW0655"):
        spectrum(rotation, 2, vectors=True)


def test_more_eigenvalues_than_there_are_means_all_of_them() -> None:
    values, rows = spectrum(from_matrix(np.array([[5.0]]), True), 3, vectors=True)
    assert [v.value for v in values] == [5.0] and rows is not None and rows.tolist() == [[1.0]]
    assert spectrum(from_matrix(np.eye(3), True), 0) == ([], None)


def test_the_words_that_choose_eigenvalues_are_checked() -> None:
    assert read_which(2.5) == ("near", 2.5 + 0j) == read_which(("near", 2.5))
    assert chosen(np.array([1.0, -3.0, 2.0]), 2, "large", 0, False) == [1, 2]
    with pytest.raises(QwasmError, match="QW0703"):
        read_which("middle")


@few
@given(seeds, sizes, kinds, scales)
def test_the_norm_interval_contains_the_norm(seed: int, N: int, kind: str, scale: float) -> None:
    X = scale * random(seed, N, kind)
    truth = float(np.linalg.svd(X, compute_uv=False)[0])
    for found in (
        operator_norm(from_matrix(X, kind in SELFADJOINT)),
        operator_norm(from_matrix(X, kind in SELFADJOINT), dense=0),
    ):
        assert found.kind == "bound" and abs(real(found) - truth) <= found.error + 1e-13 * truth


def test_the_norm_of_a_nonnegative_matrix_is_sharp_without_dense_work() -> None:
    X = np.array([[gcd(i, j) for j in range(1, 61)] for i in range(1, 61)], float)
    found = operator_norm(from_matrix(X, True), dense=0)
    assert abs(real(found) - np.linalg.norm(X, 2)) <= found.error < 0.01 * real(found)
