"""Every example program gives its checked answer, derived here a second time in plain Python."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

import qvm

FOLDER = Path(__file__).parents[2] / "examples"
PRIMES = [p for p in range(2, 60) if all(p % d for d in range(2, p))]


def run(name: str, **params: Any) -> Any:
    return qvm.compile(FOLDER / name, **params).run()


def mangoldt(n: int) -> float:
    p = next((p for p in range(2, n + 1) if n % p == 0), 0)
    while p and n % p == 0:
        n //= p
    return math.log(p) if p and n == 1 else 0.0


def smrk(N: int, largest: int, alpha: float, beta: float) -> np.ndarray:
    """The Hamiltonian with coefficients (p^(-1/2), p^(1/2)), as a dense matrix acting on psi(n)."""
    H = np.diag([alpha * mangoldt(n) + beta * math.log(n) for n in range(1, N + 1)])
    for p in (p for p in PRIMES if p <= largest):
        for n in range(1, N // p + 1):
            H[n - 1, p * n - 1] += p**-0.5
            H[p * n - 1, n - 1] += p**0.5
    return H


def close(scalar: Any, expected: float, slack: float = 1e-9) -> bool:
    return bool(abs(scalar.value - expected) <= scalar.error + slack * max(1, abs(expected)))


def test_every_example_has_a_test_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [p.name for p in sorted(FOLDER.glob("*.qw")) if f'"{p.name}"' not in text] == []


def test_the_heat_trace_is_the_dense_one() -> None:
    result = run("heat_small.qw")
    H = smrk(200, 13, 1.0, 0.5)
    assert close(result["heat trace"], np.trace(scipy.linalg.expm(-0.5 * H)))
    for got, expected in zip(result["lowest"], sorted(np.linalg.eigvals(H).real)[:3], strict=True):
        assert close(got, expected)


def test_the_main_job_has_a_true_error_bar_at_a_size_that_dense_can_check() -> None:
    N = 4500  # above 4096, where the trace is estimated
    root = np.sqrt(np.arange(1, N + 1))
    symmetric = smrk(N, 59, 1.0, 0.5) / root[:, None] * root[None, :]
    estimate = run("heat.qw", N=N, P=59)["heat trace"]
    assert estimate.kind == "statistical" and 0 < estimate.error < 0.01 * estimate.value
    # Tr e^(-tH) = sum of squares of the entries of e^(-tH/2), by a Taylor polynomial of a matrix of small norm
    half, term = np.eye(N), np.eye(N)
    sparse = scipy.sparse.csr_array(-0.05 * symmetric)
    for k in range(1, 12):
        term = np.asarray(sparse @ term) / k
        half += term
    assert abs(estimate.value - (half * half).sum()) <= 1.5 * estimate.error


def test_the_primon_gas_has_the_partial_zeta_sum() -> None:
    result = run("primon.qw")
    assert close(result["partition function"], math.fsum(n**-2.0 for n in range(1, 4001)))
    assert close(run("primon.qw", b="3/2", N=500)["partial zeta"], math.fsum(n**-1.5 for n in range(1, 501)))


def test_legendres_sieve_counts_the_primes_to_a_million() -> None:
    result = run("sieve.qw")
    assert (result["survivors"].value, result["pi(R)"].value, result["pi(N)"].value) == (78331, 168, 78498)


def test_moebius_inversion_is_exact() -> None:
    assert run("moebius.qw")["restored"].value == 1


def test_ramanujans_tau_is_an_eigenvector_of_the_hecke_operators() -> None:
    rows = run("hecke.qw")["tau(p)"]
    assert [(row["p"], row["value"].value) for row in rows] == [(2, -24), (3, 252), (5, 4830), (7, -16744)]


def test_redheffers_matrix_has_its_two_dominant_eigenvalues() -> None:
    first, second = run("redheffer.qw")["dominant eigenvalues"]
    assert close(first, 16.7404, 1e-5) and close(second, -11.1685, 1e-5)
    assert first.error < 1e-6 and second.error < 1e-6


def test_smiths_matrix_has_the_greatest_common_divisors() -> None:
    assert run("gcd_matrix.qw")["column is gcd(n, j)"].value == 1
    assert run("gcd_matrix.qw", j=97, N=500)["column is gcd(n, j)"].value == 1


def leaves(n: int, N: int) -> bool:
    """Whether the Collatz orbit of n leaves {1..N} before it reaches 1."""
    while n != 1 and n <= N:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    return n > N


def test_three_fifths_of_the_collatz_orbits_leave() -> None:
    result = run("collatz.qw")
    stay = sum(not leaves(n, 100_000) for n in range(1, 100_001))
    assert result["stay"].value == stay
    assert result["fraction that leaves"].value == pytest.approx(1 - stay / 100_000, abs=1e-12)
    assert round(result["fraction that leaves"].value, 2) == 0.60


def test_heat_on_a_line_spreads_as_bessel_functions() -> None:
    result = run("line_heat.qw")
    laplacian = 2 * np.eye(201) - np.eye(201, k=1) - np.eye(201, k=-1)
    kernel = scipy.linalg.expm(-2 * laplacian)
    assert close(result["centre"], kernel[100, 100]) and close(result["mass"], kernel[:, 100].sum())


def test_multiplicative_diffusion_counts_lattice_paths() -> None:
    def steps(n: int) -> list[int]:
        down = [n // p for p in PRIMES if p <= 31 and n % p == 0]
        return down + [p * n for p in PRIMES if p <= 31 and p * n <= 1000]

    ends, paths = [12], 1
    for _ in range(3):
        ends = [m for n in ends for m in steps(n)]
        paths += len(ends)
    result = run("diffusion.qw")
    assert close(result["paths"], paths) and close(result["reached 24"], 0.1)


def test_the_hilbert_picture_of_k_moves_stored_numbers_unchanged() -> None:
    result = run("hilbert.qw")
    assert result["stored"].value == result["moved down"].value == result["moved up"].value
    assert close(result["stored"], 12**-0.5)


def test_the_published_listing_gives_the_heat_trace_of_its_hamiltonian() -> None:
    result = qvm.compile(FOLDER / "listing.qw", N=600).run()
    expected = np.trace(scipy.linalg.expm(-0.1 * smrk(600, 47, 1.0, 0.5)))
    assert close(result["trace"], expected)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.qw")), ids=lambda path: path.stem)
def test_every_example_is_in_the_canonical_format(path: Path) -> None:
    from qwasm.syntax import format_source

    text = path.read_text(encoding="utf-8")
    assert format_source(text, path.name) == text
