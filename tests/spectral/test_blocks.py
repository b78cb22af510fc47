"""Eigenvalues beyond dense sizes lie within their bars: by structure, by similarity, by inclusion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qvm
from qvm.spectral import from_matrix, spectrum
from qvm.spectral.factor import ordering
from qvm.spectral.inclusion import included
from qvm.spectral.linearmap import LinearMap
from qvm.spectral.perron import elsner, perron
from qvm.spectral.planmap import plan_map
from qvm.spectral.ritz import proved
from qvm.spectral.sparse import from_dense, from_plan
from qwasm.scalar import Scalar
from qwasm.space import Truncation
from tests.spectral.matrices import Array, number, random, real, seeds

few = settings(max_examples=30, deadline=None)
WHICH: tuple[Any, ...] = ("small", "large", ("near", 1.5), ("near", 0.5 + 1j))
CHAIN = "A[2] + 2*B[2]"  # chains m, 2m, 4m, ...: tridiagonal blocks with eigenvalues 2 sqrt(2) cos


def linear(expression: str, N: int, field: str = "real", weight: str = "1") -> LinearMap:
    """The map of an operator; taken as general, whatever it is."""
    X = qvm.operator(expression, N=N, field=field, weight=weight)
    return plan_map(X.plan, X._kernels.apply, False)


def covered(found: list[Scalar], truth: Array) -> bool:
    """Whether every bar is called a bound and holds one of the true values."""
    return all(v.kind == "bound" and np.min(np.abs(truth - number(v))) <= v.error for v in found)


@pytest.mark.parametrize("truncation", ["strict", "free"])
@pytest.mark.parametrize(
    "expression",
    [
        "A[2] + 2*B[3] + V(log)",
        "Dir(mu) - coDir(n)",
        "Dir(1) + out(n > 1, n == 1)",
        "B[2] + (I - P[2]) A[3] S[1]",
        "K[2]^3 + S[2]*coDir(n)",
        "(A[2] + B[3])*(Dir(mu) - out(n, 1))",
    ],
)
def test_a_sparse_matrix_is_the_matrix_within_its_bars(expression: str, truncation: Truncation) -> None:
    if truncation == "free" and "Dir" in expression and "*" in expression:
        expression = "A[2] B[3] + Q[3]*A[5]"
    X = qvm.operator(expression, N=40, weight="n^-1", truncation=truncation)
    found = from_plan(X.plan)
    assert found is not None
    dense = X.to_dense()
    assert np.all(np.abs(found.matrix.toarray() - dense) <= found.unit * found.size.toarray())
    assert np.all((found.size.toarray() > 0) | (dense == 0))


def test_the_spectrum_of_a_triangular_operator_is_its_diagonal() -> None:
    found, _ = spectrum(linear("A[2] + 2*A[3] + V(1/n)", 100_000), 3, ("near", 0.3))
    assert [real(v) for v in found] == [1 / 3, 1 / 4, 1 / 5]
    assert all(v.error < 1e-15 and v.kind == "bound" for v in found)
    assert [v.value for v in spectrum(linear("A[2] + 2*B[3]", 100_000), 2, "large")[0]] == [0.0, 0.0]


@pytest.mark.parametrize("N", [5_000, 100_000])
def test_chains_have_the_eigenvalues_of_their_tridiagonal_matrices(N: int) -> None:
    lengths = range(1, N.bit_length() + 1)
    truth = np.concatenate([2 * np.sqrt(2) * np.cos(np.pi * np.arange(1, m + 1) / (m + 1)) for m in lengths])
    for which in WHICH:
        found, _ = spectrum(linear(CHAIN, N), 4, which)
        assert all(np.min(np.abs(truth - number(v))) <= v.error + 1e-15 and 0 < v.error < 1e-13 for v in found)


def test_a_scale_far_outside_the_range_of_floats_is_found() -> None:
    N = 5_000  # d(n) = 2^(n/2)
    found, _ = spectrum(linear("S[1] + 2*S[-1]", N), 1, "large")
    truth = 2 * np.sqrt(2) * np.cos(np.pi * np.arange(1, N + 1) / (N + 1))
    assert covered(found, truth) and found[0].error < 0.01


@few
@given(seeds, st.integers(34, 60), st.sampled_from(["small", "large", ("near", 0.3)]))
def test_a_scaled_hermitian_matrix_has_the_eigenvalues_of_the_hermitian_one(seed: int, N: int, which: Any) -> None:
    H = random(seed, N, "hermitian" if seed % 2 else "symmetric")
    d = 2.0 ** np.random.default_rng(seed).integers(-20, 20, N)
    found, _ = spectrum(from_matrix(H * d[:, None] / d[None, :]), 3, which, dense=1)
    truth = np.linalg.eigvalsh(H)
    assert all(v.error < 1e-11 and np.min(np.abs(truth - number(v))) <= v.error + 1e-14 for v in found)


@few
@given(seeds, st.sampled_from(WHICH))
def test_a_hidden_block_triangular_matrix_has_the_eigenvalues_of_its_blocks(seed: int, which: Any) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 50, 5)
    ends = np.cumsum(sizes)
    X = np.triu(rng.standard_normal((ends[-1], ends[-1])))
    truth = []
    for end, size in zip(ends, sizes, strict=True):
        block = random(int(rng.integers(10**6)), int(size), "general")
        X[end - size : end, end - size : end] = block
        truth.extend(spectrum(from_matrix(block), int(size))[0])
    shuffled = rng.permutation(ends[-1])
    found, _ = spectrum(from_matrix(X[shuffled][:, shuffled]), 3, which, dense=1)
    for v in found:
        assert v.kind == "bound" and min(abs(number(v) - number(t)) - t.error for t in truth) <= v.error


@pytest.mark.parametrize(
    "expression",
    [
        "Dir(1) + out(n > 1, n == 1)",
        "sum p in primes(2, 30): (1/p)*(A[p] - B[p]) + V(log)",
        "sum p in primes(2, 30): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + V(log)",
        "sum p in primes(2, 30): ((1/p)*A[p] + (1i/p)*B[p]) + V(log)",
        "B[2] + (I - P[2]) A[3] S[1]",
        "S[1] + (1/2)*S[-1] + A[2] + V(1/n)",
        "sum p in primes(2, 20): (1/p)*(A[p] + B[p]) + 0.1*Dir(mu)",
    ],
)
def test_blocks_agree_with_the_dense_matrix_within_the_bars(expression: str) -> None:
    X = linear(expression, 120, "complex")
    whole = from_matrix(X.matrix())
    truth = spectrum(whole, 120)[0]
    for v in (v for which in WHICH for v in spectrum(X, 2, which, dense=40)[0]):
        assert v.kind == "bound" and min(abs(number(v) - number(t)) - t.error for t in truth) <= v.error


@pytest.mark.parametrize("N", [5_000, 20_000])
def test_redheffers_dominant_eigenvalues_solve_the_equation_of_ordered_factorizations(N: int) -> None:
    # lambda - 1 = mu with 1 = sum_k c_k mu^(-k-1), c_k the ordered factorizations of 2..N into k factors > 1
    counts, f = [], np.zeros(N + 1, dtype=np.int64)
    f[1] = 1
    while f.any():
        g = np.zeros_like(f)
        for d in range(2, N + 1):
            g[d::d] += f[1 : N // d + 1]
        f = g
        counts.append(int(f.sum()))

    def off(x: float) -> np.longdouble:
        mu = np.longdouble(x) - 1
        return 1 - sum((np.longdouble(c) * mu ** -(k + 2) for k, c in enumerate(counts)), np.longdouble(0))

    found, _ = spectrum(linear("Dir(1) + out(n > 1, n == 1)", N), 2, "large")
    for v in found:
        assert v.kind == "bound" and 0 < v.error < 1e-8
        assert off(real(v) - v.error) * off(real(v) + v.error) < 0


def test_the_cycle_of_collatz_gives_the_cube_roots_of_unity() -> None:
    program = '.space N = 5000\n.func main\nspectrum v0, B[2] + (I - P[2]) A[3] S[1], 4, which=large\nemit "v", v0\nend'
    found = qvm.compile(source=program).run()["v"]
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    assert all(np.min(np.abs(roots - number(v))) <= v.error < 1e-12 for v in found[:3])
    assert found[3].value == 0 and found[3].error == 0


def test_the_columns_of_the_inverse_prove_what_majorants_do_not() -> None:
    X = random(5, 80, "general")
    theta, V = np.linalg.eig(X)
    bars = from_dense(X, 2.0**-53)
    order = ordering(bars.matrix)
    assert order is not None
    truth, _ = spectrum(from_matrix(X), 80)
    methods = set()
    for i in range(0, 80, 7):
        radius, value, _, method = included(bars, complex(theta[i]), V[:, i], order)
        methods.add(method)
        assert min(abs(value - number(t)) - t.error for t in truth) <= radius < 1e-9
    assert "columns of the inverse" in methods


def test_an_inclusion_of_what_is_no_eigenvalue_is_not_proved_there() -> None:
    X = from_dense(random(6, 40, "jordan"), 2.0**-53)
    order = ordering(X.matrix)
    assert order is not None
    radius, _, _, method = included(X, 1.2, np.ones(40), order)
    assert radius == np.inf and method == "not proved"


@few
@given(seeds)
def test_perrons_bar_holds_the_spectral_radius_and_no_other_matrix_has_one(seed: int) -> None:
    X = np.abs(random(seed, 30, "general"))
    values, V = np.linalg.eig(X)
    top = int(np.argmax(np.abs(values)))
    radius = perron(from_dense(X, 2.0**-53), complex(values[top]) + 1e-6, V[:, top])
    assert 0.99e-6 <= radius < 1.1e-6
    assert perron(from_dense(-X, 2.0**-53), complex(values[top]), V[:, top]) == np.inf


@few
@given(seeds, st.integers(2, 12), st.floats(1e-12, 1e-2))
def test_elsners_bar_holds_under_any_perturbation(seed: int, n: int, size: float) -> None:
    X = random(seed, n, "jordan") - np.eye(n)  # every eigenvalue is 0
    E = size * random(seed + 1, n, "general")
    worst = float(np.abs(np.linalg.eigvals(X + E)).max())
    assert worst <= elsner(1.0, float(np.linalg.norm(E, 2)) + 1e-14, n)


def test_a_pair_without_factors_gets_a_true_and_wide_bar() -> None:
    X = from_dense(random(8, 60, "general"), 2.0**-53)
    values, V = np.linalg.eig(X.matrix.toarray())
    _, error, method, _ = proved(X, complex(values[0]), V[:, 0], None)
    assert "Elsner" in method and 0 < error < 2 * X.norm()


def test_vectors_of_a_block_are_continued_to_the_rows_that_lead_there() -> None:
    for expression, k in ((CHAIN, 3), ("A[2] + V(1/n)", 3), ("S[1] + (1/2)*S[-1] + A[2] + V(1/n)", 1)):
        X = linear(expression, 400)
        found, rows = spectrum(X, k, "large", vectors=True, dense=100)
        assert rows is not None
        for v, row in zip(found, rows, strict=True):
            assert float(np.linalg.norm(X(row) - number(v) * row)) < 1e-9
