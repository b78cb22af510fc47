"""An operator is a LinearOperator in SciPy's own sense: every solver agrees with the dense matrix."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg as sparse
from numpy.typing import NDArray

from qvm.linear import QwasmLinearOperator, operator
from qwasm.diagnostics import QwasmError
from qwasm.space import Picture

N = 24
WEIGHTS = ("1", "n^(-1/2)", "n^-1")
PICTURES: tuple[Picture, ...] = ("hilbert", "nspace")
EXPRESSIONS = (
    "sum p in primes(2, 7): (p^(-1/2)*A[p] + p^(1/2)*B[p]) + V(Lambda) + 1/2*V(log)",
    "coDir(1) V(phi) Dir(1)",
    "Dir(1) + out(n > 1, n == 1)",
    "1/2*S[1] - A[3] B[2] + exp(1/4*(A[2] + B[2]))",
    "prod p in primes(2, 5): (I - P[p]) + Q[2]",
)
every = pytest.mark.parametrize(
    ("text", "weight", "picture"),
    [(text, weight, picture) for text in EXPRESSIONS for weight in WEIGHTS for picture in PICTURES],
)


def weights(X: QwasmLinearOperator) -> NDArray[np.float64]:
    n = np.arange(1.0, X.shape[0] + 1)
    return np.asarray(n ** -float(X.space.weight.s) if X.picture == "nspace" else np.ones_like(n))


@every
def test_products_with_vectors_and_blocks_are_those_of_the_dense_matrix(
    text: str, weight: str, picture: Picture
) -> None:
    X = operator(text, N=N, weight=weight, picture=picture)
    D = X.to_dense()
    assert isinstance(X, sparse.LinearOperator) and X.shape == (N, N) and X.dtype == np.float64
    x, block = np.sin(np.arange(N)), np.cos(np.arange(3.0 * N)).reshape(N, 3)
    scale = 1e-13 * float(np.abs(D).sum())
    for found, expected in (
        (X @ x, D @ x),
        (X.matvec(x[:, None]), D @ x[:, None]),
        (X @ block, D @ block),
        (X.rmatvec(x), D.T @ x),
        (X.rmatmat(block), D.T @ block),
        (X.H @ x, D.T @ x),
        (X.T @ block, D.T @ block),
        (X @ (x + 1j), D @ (x + 1j)),
        (X @ np.ones(N, dtype=int), D.sum(axis=1)),
        (x @ X, x @ D),
        ((X - 2 * X.H @ X) @ x, D @ x - 2 * D.T @ (D @ x)),
        ((X**2) @ x, D @ (D @ x)),
        (X.to_sparse() @ x, D @ x),
        (X.H.to_dense(), D.T),
        (X.H.to_sparse().toarray(), D.T),
        ((X + sparse.aslinearoperator(np.eye(N))) @ x, D @ x + x),
    ):
        np.testing.assert_allclose(np.asarray(found), expected, atol=scale, rtol=1e-12)
    assert X.H.H is X


@every
def test_the_weighted_adjoint_moves_across_the_inner_product(text: str, weight: str, picture: Picture) -> None:
    X = operator(text, N=N, weight=weight, picture=picture)
    w, D, star = weights(X), X.to_dense(), X.weighted_adjoint()
    expected = D.T * (w[None, :] / w[:, None])
    np.testing.assert_allclose(star @ np.eye(N), expected, atol=1e-12 * float(np.abs(expected).max()))
    np.testing.assert_allclose(star.to_dense(), expected, atol=1e-12 * float(np.abs(expected).max()))


@every
def test_singular_values_least_squares_and_exponentials_agree_with_dense(
    text: str, weight: str, picture: Picture
) -> None:
    X = operator(text, N=N, weight=weight, picture=picture)
    D = X.to_dense()
    start = np.cos(np.arange(N))
    values = sparse.svds(X, k=3, v0=start, return_singular_vectors=False)
    np.testing.assert_allclose(np.sort(values), np.sort(scipy.linalg.svdvals(D))[-3:], rtol=1e-9)
    solved = sparse.lsqr(X, D @ start, atol=1e-14, btol=1e-14, iter_lim=2000, damp=0.1)
    exact = np.linalg.solve(D.T @ D + 0.01 * np.eye(N), D.T @ (D @ start))
    np.testing.assert_allclose(solved[0], exact, atol=1e-6)
    scaled = 0.25 * X
    image = sparse.expm_multiply(scaled, start, traceA=0.25 * X.trace())
    expected = scipy.linalg.expm(0.25 * D) @ start
    np.testing.assert_allclose(image, expected, atol=1e-10 * float(np.linalg.norm(expected)))


@pytest.mark.parametrize(
    ("text", "weight", "picture"),
    [
        ("sum p in primes(2, 7): (A[p] + B[p]) + V(log)", "1", "hilbert"),
        ("sum p in primes(2, 7): (A[p] + B[p]) + V(log)", "1", "nspace"),
        ("sum p in primes(2, 7): K[p] + V(log)", "n^-1", "hilbert"),
        ("sum p in primes(2, 7): K[p, 1/4] + V(log)", "n^(-1/2)", "hilbert"),
    ],
)
def test_eigensolvers_agree_with_dense_where_the_matrix_is_symmetric(text: str, weight: str, picture: Picture) -> None:
    X = operator(text, N=60, weight=weight, picture=picture)
    D = X.to_dense()
    assert X.selfadjoint().ok and np.array_equal(D, D.T)
    truth = np.linalg.eigvalsh(D)
    found = sparse.eigsh(X, k=3, which="SA", v0=np.ones(60), return_eigenvectors=False)
    np.testing.assert_allclose(np.sort(found), truth[:3], atol=1e-10)
    guess = np.random.default_rng(0).standard_normal((60, 3))
    found = sparse.lobpcg(X, guess, largest=True, tol=1e-9, maxiter=400)[0]
    np.testing.assert_allclose(np.sort(found), truth[-3:], atol=1e-6)
    general = sparse.eigs(X, k=2, which="LM", v0=np.ones(60), return_eigenvectors=False)
    np.testing.assert_allclose(np.sort(np.abs(general)), np.sort(np.abs(truth))[-2:], atol=1e-9)


def test_general_eigenvalues_agree_with_dense() -> None:
    X = operator("Dir(1) + out(n > 1, n == 1)", N=200)
    found = sparse.eigs(X, k=2, which="LM", v0=np.ones(200), return_eigenvectors=False)
    assert sorted(np.round(found.real, 4)) == [-11.1685, 16.7404]


def test_the_spectral_map_of_an_operator_keeps_its_bounds() -> None:
    from qvm.spectral import expm, heat_trace, operator_norm, spectrum

    for text, weight in (
        (EXPRESSIONS[0], "n^-1"),
        (EXPRESSIONS[0], "1"),
        (EXPRESSIONS[1], "n^-1"),
        (EXPRESSIONS[3], "n^(-1/2)"),
    ):
        X = operator(text, N=30, weight=weight)
        map, D = X.map(), X.to_dense().astype(np.longdouble)
        E = scipy.linalg.expm(-0.3 * X.to_dense())
        x = np.cos(np.arange(30.0))
        y, error = expm(map, x, 0.3)
        slack = 1e-13 * float(np.linalg.norm(E) * np.linalg.norm(x))
        assert float(np.linalg.norm(y - E @ x)) <= error + slack
        [heat] = heat_trace(map, [0.3])
        assert abs(complex(heat.value) - np.trace(E)) <= heat.error + 1e-13 * float(np.abs(E).sum())
        norm = operator_norm(map)
        assert abs(complex(norm.value) - np.linalg.norm(X.to_dense(), 2)) <= norm.error * (1 + 1e-9) + 1e-12
        truth = np.linalg.eigvals(D.astype(float))
        for value in spectrum(map, 2, "large")[0]:
            assert np.min(np.abs(truth - complex(value.value))) <= value.error + 1e-9


def test_complex_operators_have_complex_adjoints() -> None:
    X = operator("a*A[2] + 2i*V(n) + B[3]", N=12, field="complex", a=0.5)
    D = X.to_dense()
    assert X.dtype == np.complex128
    np.testing.assert_allclose(X.H @ np.eye(12), D.conj().T, atol=1e-15)
    np.testing.assert_allclose(X.T @ np.eye(12), D.T, atol=1e-15)
    assert X.trace() == pytest.approx(np.trace(D))


def test_single_precision_stays_single() -> None:
    X = operator("K[2]", N=10, weight="n^-1", field="real32")
    assert X.dtype == np.float32 and (X @ np.ones(10, np.float32)).dtype == np.float32
    assert (X @ np.ones(10)).dtype == np.float64


def test_residues_are_multiplied_exactly() -> None:
    X = operator("coDir(mu) coDir(1) + 5*A[2]", N=10, field="mod(7)")
    assert X.dtype == np.int64
    assert (X @ np.arange(10)).tolist() == [(n - 1 + 5 * (2 * n - 1 if 2 * n <= 10 else 0)) % 7 for n in range(1, 11)]


def test_parameters_are_exact_and_free_truncation_is_kept() -> None:
    X = operator("sum p in primes(2, P): c*A[p]", N=8, P=3, c=0.1)
    assert str(X.value).count("1/10") >= 1 and X.to_dense()[0, 1] == 0.1
    free, strict = (operator("A[2] B[3]", N=8, truncation=cast(Any, cut)) for cut in ("free", "strict"))
    assert np.abs(free.to_dense() - strict.to_dense()).sum() > 0
    for Y in (free, strict):
        np.testing.assert_array_equal(Y @ np.eye(8), Y.to_dense())
        np.testing.assert_array_equal(Y.H @ np.eye(8), Y.to_dense().T)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"expr": "A[0]", "N": 5}, "QW0301"),
        ({"expr": "A[2] + nothing", "N": 5}, "QW0200"),
        ({"expr": "A[2", "N": 5}, "QW01"),
        ({"expr": "A[2]", "N": 0}, "QW0231"),
        ({"expr": "A[2]", "N": 10**15}, "QW0441"),
        ({"expr": "A[2]", "N": 5, "weight": "n^n"}, "QW02"),
        ({"expr": "A[2]", "N": 5, "field": "mod(6)"}, "QW0233"),
        ({"expr": "A[2]", "N": 5, "picture": "other"}, "QW0703"),
    ],
)
def test_what_is_wrong_is_said_with_a_code(settings: dict[str, Any], code: str) -> None:
    with pytest.raises(QwasmError, match=code):
        operator(**settings)


def test_one_number_is_a_space_too() -> None:
    X = operator("A[2] + 3*I", N=1)
    assert (X @ [2.0]).tolist() == [6.0] and X.trace() == 3.0
