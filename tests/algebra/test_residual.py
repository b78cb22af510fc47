"""Self-adjointness is decided exactly, with the smallest witness and something to type."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from qwasm.algebra.functions import call
from qwasm.algebra.norms import word_norm
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.residual import residual, warning
from qwasm.algebra.ring import const, symbol
from qwasm.space import Field, Space, Weight

a = Algebra()
n, p = symbol("n", "nat"), symbol("p", "prime")
UNIFORM, CONFORMAL = Weight(), Weight(Fraction(1))
POTENTIAL = a.V(call("Lambda", n)) + a.V(call("log", n))
OVER_P = a.diffusion(1 / p, 2, 47) + POTENTIAL
ROOTS = a.family("sum", p, "primes", 2, 47, a.K(p)) + POTENTIAL
SHIFTED = a.A(2) + a.scale(const(2) ** Fraction(1, 2), a.B(2))


@pytest.mark.parametrize(
    ("x", "right", "wrong", "mend"),
    [
        (OVER_P, UNIFORM, CONFORMAL, "weight = 1:"),
        (ROOTS, CONFORMAL, UNIFORM, "weight = n^-1:"),
        (SHIFTED, Weight(Fraction(1, 2)), UNIFORM, "weight = n^(-1/2):"),
        (a.Dir(1) + a.coDir(n), CONFORMAL, UNIFORM, "weight = n^-1:"),
        (a.S(1) + a.S(-1), UNIFORM, CONFORMAL, "weight = 1:"),
        (a.K(3, Fraction(1, 3)), Weight(Fraction(2, 3)), UNIFORM, "weight = n^(-2/3):"),
    ],
    ids=["1/p", "roots", "sqrt", "series", "laplacian", "2/3"],
)
def test_the_weight_that_mends_it_is_named(x: Operator, right: Weight, wrong: Weight, mend: str) -> None:
    assert residual(x, right).ok
    found = residual(x, wrong)
    assert not found.ok and mend in found.advice


def test_the_witness_is_the_smallest_place() -> None:
    found = residual(OVER_P, CONFORMAL)
    assert found.witness is not None and found.witness[:3] == (2, 1, 2)
    assert (found.witness.value, found.witness.expected) == (const(Fraction(1, 2)), const(Fraction(1, 4)))
    assert len(found.residual) == 1
    late = residual(a.family("sum", p, "primes", 29, 101, a.K(p)), UNIFORM).witness
    assert late is not None and late[:3] == (29, 1, 29)
    very_late = residual(a.A(211), UNIFORM).witness
    assert very_late is not None and very_late[:3] == (211, 1, 211)


@pytest.mark.parametrize("x", [OVER_P, ROOTS, SHIFTED, a.A(2) * a.S(1), a.out(n, 1), a.V(1) * a.A(6) + a.B(4)])
@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 2), Fraction(1)])
def test_no_smaller_place_differs_numerically(x: Operator, s: Fraction) -> None:
    found = residual(x, Weight(s))
    if found.ok:
        return
    assert found.witness is not None
    for N in range(1, found.witness.N + 1):
        space = Space(N, Weight(s), Field("complex"))
        w = np.arange(1, N + 1.0) ** -float(s)
        matrix = x.to_dense(space)
        differs = np.abs(matrix - (matrix.conj() * w[:, None]).T / w[:, None]) > 1e-12
        first = next(zip(*np.nonzero(differs)), None)
        expected = (found.witness.row - 1, found.witness.column - 1) if found.witness.N == N else None
        assert first == expected


def test_missing_partners_are_named() -> None:
    assert residual(a.A(2), UNIFORM).advice.startswith("add B[2]")
    mixed = a.sum([a.A(2), a.A(7), a.scale(4, a.B(2)), a.scale(9, a.B(7))])
    assert residual(mixed, UNIFORM).advice.startswith("write B[2] instead of 4*B[2]")


def test_symmetric_products_and_exponentials_are_recognised() -> None:
    D = a.diffusion(1, 2, 7)
    gcd_matrix = a.product([a.coDir(1), a.V(call("phi", n)), a.Dir(1)])
    for x in (D**2, gcd_matrix, a.exp(D), a.product([a.A(2), D, a.B(2)]), a.out(n, n), a.comm(D, a.V(n)) ** 2):
        assert residual(x, UNIFORM).ok


def test_the_warning_says_residual_place_and_mending() -> None:
    found = warning(OVER_P, CONFORMAL)
    assert found is not None and found.code == "QW0900" and found.severity == "warning"
    assert "N = 2, row 1, column 2" in found.notes[1] and "write weight = 1" in found.hint
    assert warning(OVER_P, UNIFORM) is None
    open_question = warning(a.exp(a.A(2) + 2 * a.B(2)), UNIFORM)
    assert open_question is not None and open_question.code == "QW0902"


def test_a_nilpotent_exponential_has_exact_entries_and_so_a_witness() -> None:
    found = residual(a.exp(a.A(2)), UNIFORM)
    assert found.witness is not None
    assert found.witness[:3] == (2, 1, 2)


@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2, 3)])
def test_norms_are_exact_for_words_and_two_sided_for_sums(s: Fraction) -> None:
    space = Space(40, Weight(s))
    word = a.scale(-3, a.A(6) * a.B(4))
    exact = word_norm(word, space.weight)
    assert exact is not None and abs(exact.approx() - true_norm(word, space)) < 1e-9
    assert word.norm(space).exact is exact and a.A(41).norm(space).upper == 0
    for x in (OVER_P, ROOTS, a.A(2) * a.S(1) + a.out(n, 1), a.coDir(1) * a.V(n), a.V(n) * a.A(3), a.exp(a.K(2))):
        found = x.norm(space)
        assert found.lower <= true_norm(x, space) <= found.upper
        assert found.lower > 0.8 * true_norm(x, space)


def true_norm(x: Operator, space: Space) -> float:
    return float(np.linalg.norm(x.to_dense(space, "hilbert"), 2))
