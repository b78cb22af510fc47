"""Every claim of the design's table of what is true: true ones proved beside a refuted mutant, false ones refuted.

Bounds and growth statements are computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

from qwasm.ir.elaborate import operator
from qwasm.prover import Verdict, prove, read_claim
from qwasm.space import Space, Weight

INTEGERS = {"a": "qint", "b": "qint"}
D = "D(c = 1/p, primes(2, 50))"
SUM = "(sum p in primes(2, 50): 1/p*(A[p] + B[p]))"
H = f"(V(2*log) + {SUM})"


@dataclass(frozen=True)
class Row:
    """An identity with its options, and where the least counterexample is: (N, row, col), or None when it is true."""

    lhs: str
    rhs: str
    at: tuple[int, int, int] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    values: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.lhs} = {self.rhs} {self.options or ''}"


def row(lhs: str, rhs: str, at: tuple[int, int, int] | None = None, *values: str, **options: Any) -> Row:
    return Row(lhs, rhs, at, options, (values[0], values[1]) if values else None)


DIFFERENT: dict[str, Any] = {"where": ["p != q"]}
TABLE = [
    # A_p A_q = A_pq for all integers and every N; likewise B; A_{p^k} = A_p^k
    row("A[a] A[b]", "A[a*b]", variables=INTEGERS),
    row("A[p] A[q]", "A[p^2*q]", (4, 1, 4), "1", "0"),
    row("B[a] B[b]", "B[a*b]", variables=INTEGERS),
    row("B[p] B[q]", "B[p^2*q]", (4, 4, 1), "1", "0"),
    row("A[p^5]", "A[p]^5"),
    row("A[p^5]", "A[p]^4", (16, 1, 16), "0", "1"),
    # B_p A_p = P[p]; A_p B_p = Q[p], which is I on the infinite space
    row("B[p] A[p]", "I", (1, 1, 1), "0", "1"),
    row("B[p] A[p]", "P[p]"),
    row("A[p] B[p]", "Q[p]"),
    row("A[p] B[p]", "I", (1, 1, 1), "0", "1"),
    row("A[p] B[p]", "I", scope="inf"),
    row("B[p] A[p]", "I", (1, 1, 1), "0", "1", scope="inf"),
    # A_p B_q = B_q A_p on the infinite space, Q[p] B_q A_p under strict truncation
    row("A[p] B[q]", "B[q] A[p]", **DIFFERENT, scope="inf"),
    row("A[p] B[q]", "B[q] A[p]", (1, 1, 1), "1", "0", scope="inf"),
    row("A[p] B[q]", "Q[p] B[q] A[p]", **DIFFERENT),
    row("A[2] B[3]", "B[3] A[2]", (3, 3, 2), "0", "1"),
    # A_p B_p is no K_p, and neither is A_p B_p + B_p A_p
    row("A[p] B[p]", "K[p]", (2, 1, 1), "1", "0"),
    row("A[p] B[p] + B[p] A[p]", "K[p]", (2, 1, 1), "1", "0"),
    # D A_p - A_p D = -c_p [p does not divide n] on the infinite space
    row(f"{D} A[2]", f"A[2] {D}", (1, 1, 1), "0", "1/2", scope="inf"),
    row(f"{D} A[2] - A[2] {D}", "-1/2*(I - P[2])", scope="inf"),
    row(f"{D} A[2] - A[2] {D}", "-1/3*(I - P[2])", (1, 1, 1), "-1/2", "-1/3", scope="inf"),
    row(f"{D} A[2]", f"A[2] {D}", scope="inf", given=["2 divides n"]),
    # A_p D A_p^-1 = D with the right inverse B_p; false for D^2
    row(f"A[2] {D} B[2]", D, scope="inf"),
    row(f"A[2] {D}^2 B[2]", f"{D}^2 + 1/4*(I - P[2])", scope="inf"),
    row(f"A[2] {D}^2 B[2]", f"{D}^2", (1, 1, 1), scope="inf"),
    # D A_p + A_p D is not 2 D
    row(f"{D} A[2] + A[2] {D}", f"2*{D}", (2, 1, 1), "1/2", "0"),
    # D^2 is a sum of words only if composite ones are admitted
    row("(A[p] + B[p])^2", "A[p^2] + B[p^2] + P[p] + Q[p]"),
    row("(A[p] + B[p])^2", "2*(A[p] + B[p])", (2, 1, 1), "1", "0"),
    # exponentials of one operator multiply
    row(f"exp(-s*{D}) exp(-t*{D})", f"exp(-(s + t)*{D})"),
    row(f"exp(-s*{D}) exp(-t*{D})", f"exp(-(s - t)*{D})", (2, 1, 1)),
    row("exp(-t*(A[p] + B[p]))", "exp(-t*A[p]) exp(-t*B[p])", (2, 1, 1)),
    row("adj(exp(-t*A[p]) exp(-t*B[p]))", "exp(-t*A[p]) exp(-t*B[p])"),  # it is e^X e^(X*)
    row("adj(exp(-t*A[p]) exp(-t*B[p]))", "exp(-t*A[p]) exp(-t*B[p])", (2, 1, 2), weight="n^-1"),
    # K_p and K_q commute on the infinite space, so exp of the sum is the product of the exponentials
    row("K[p] K[q]", "K[q] K[p]", scope="inf"),
    row("K[p] K[q]", "K[q] K[p]", (3, 2, 3)),
    row("exp(-t*(K[2] + K[3]))", "exp(-t*K[2]) exp(-t*K[3])", scope="inf"),
    row("exp(-t*(K[2] + K[3]))", "exp(-t*K[2]) exp(-t*K[3])", (3, 1, 1)),
    # A_p + sqrt(p) B_p is self-adjoint exactly for s = 1/2
    row("A[p] + p^(1/2)*B[p]", "adj(A[p] + p^(1/2)*B[p])", weight="n^(-1/2)"),
    row("A[p] + p^(1/2)*B[p]", "adj(A[p] + p^(1/2)*B[p])", (2, 1, 2), weight="n^-1"),
    row("a*A[p] + p^(1/2)*a*B[p]", "adj(a*A[p] + p^(1/2)*a*B[p])", weight="n^(-1/2)"),
    # sum (1/p)(A_p + B_p) + V: symmetric for w = 1, not for w = 1/n
    row(H, f"adj({H})"),
    row(H, f"adj({H})", (2, 1, 2), "1/2", "1/4", weight="n^-1"),
    # lambda D lambda = -D
    row(f"V(lambda) {D} V(lambda)", f"-{D}"),
    row(f"V(mu) {D} V(mu)", f"-{D}", (4, 2, 4), "0", "-1/2"),
]  # fmt: skip


def answer(claim: Row) -> Verdict:
    return prove(read_claim(claim.lhs, claim.rhs, **claim.options))


@pytest.mark.parametrize("claim", [x for x in TABLE if x.at is None], ids=str)
def test_a_true_claim_is_proved(claim: Row) -> None:
    verdict = answer(claim)
    assert verdict.verdict == "proved", verdict.reason
    assert verdict.certificate["format"] == "qwasm-certificate/2"


@pytest.mark.parametrize("claim", [x for x in TABLE if x.at is not None], ids=str)
def test_a_false_claim_is_refuted_at_its_smallest_place(claim: Row) -> None:
    verdict = answer(claim)
    assert verdict.verdict == "refuted", verdict.reason
    found = verdict.counterexample
    assert found is not None
    assert (found.N, found.row, found.col) == claim.at
    if claim.values is not None:
        assert (found.lhs, found.rhs) == claim.values


# ---------------------------------------------------------------- bounds and growth


def dense(text: str, N: int, weight: Weight | None = None) -> Any:
    return operator(text, Space(N, weight or Weight())).to_dense(Space(N, weight or Weight()))


def test_commuting_with_a_shift_twice_is_far_from_true_for_large_n() -> None:
    """D A_p + A_p D = 2 D: the relative error does not shrink as N grows."""
    errors = []
    for N in (30, 210):
        diffusion = f"D(c = 1/p, primes(2, {N}))"
        left = dense(f"{diffusion} A[2] + A[2] {diffusion}", N)
        right = 2 * dense(diffusion, N)
        errors.append(np.linalg.norm(left - right) / np.linalg.norm(right))
    assert errors[1] > 1
    assert errors[1] > errors[0] * 0.8


def test_even_powers_of_the_diffusion_are_orthogonal_to_sums_of_prime_shifts() -> None:
    N = 60
    square = dense("D(c = 1/p, primes(2, 7))^2", N)
    for p in (2, 3, 5, 7):
        for letter in "AB":
            assert np.vdot(square, dense(f"{letter}[{p}]", N)) == 0


@pytest.mark.parametrize("t", [0.1, 0.5, 1.0])
def test_the_product_of_one_sided_exponentials_is_within_its_bound(t: float) -> None:
    a, b = dense("A[2]", 64), dense("B[2]", 64)
    gap = np.linalg.norm(expm(-t * (a + b)) - expm(-t * a) @ expm(-t * b), 2)
    assert 0.1 * t**2 < gap <= t**2 / 2 * np.exp(2 * t)


def test_kernels_commute_up_to_boundary_entries() -> None:
    """K_p K_q - K_q K_p lives on entries that a cut at N makes: rows or columns above N / (p q)."""
    N = 120
    gap = dense("comm(K[2], K[3])", N)
    rows, cols = np.nonzero(np.abs(gap) > 1e-12)
    assert len(rows) > 0
    assert all(max(i + 1, j + 1) * 3 > N for i, j in zip(rows, cols, strict=True))


def test_the_spectrum_of_the_diffusion_is_symmetric_about_zero() -> None:
    values = np.linalg.eigvalsh(dense(D, 100))
    np.testing.assert_allclose(values, -values[::-1], atol=1e-12)


def test_expanding_a_square_has_more_terms_than_the_square() -> None:
    square = operator("(sum p in primes(2, 11): (A[p] + B[p]))^2")
    expanded = square.expanded()
    assert expanded is not None
    assert len(expanded) > square.leaves
