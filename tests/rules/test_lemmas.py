"""Lemmas against dense matrices: the true error in the weighted norm is at most the bound, which says something."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import exp, factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import const, symbol
from qwasm.rules.lemmas import LEMMAS
from qwasm.space import Field, Space, Weight
from tests.differential import SLOW

a, n = Algebra(), symbol("n", "nat")
Matrix = Any
WEIGHTS = (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(-1))


def power(X: Matrix, k: int) -> Matrix:
    return np.linalg.matrix_power(X, k)


# name -> (exact, near) of matrices and numbers, from the textbook and not from the statement in the table
SIDES: dict[str, Callable[..., tuple[Matrix, Matrix]]] = {
    "trotter": lambda X, Y, t, r: (expm(-t * (X + Y)), power(expm(-t / r * X) @ expm(-t / r * Y), r)),
    "strang": lambda X, Y, t, r: (
        expm(-t * (X + Y)),
        power(expm(-t / r / 2 * X) @ expm(-t / r * Y) @ expm(-t / r / 2 * X), r),
    ),
    "merged-steps": lambda X, k: (power(np.eye(len(X)) + X, k), expm(k * X)),
    "truncated-exponential": lambda X, t, K: (
        expm(-t * X),
        sum(power(-t * X, k) / factorial(k) for k in range(K + 1)),
    ),
    "dropped-terms": lambda X, Z: (X + Z, X),
    "dropped-boundary": lambda X, c: ((np.arange(1, len(X) + 1) <= len(X) // c)[:, None] * X, X),
}


def matrix(x: Operator, space: Space) -> Matrix:
    return x.to_dense(space, "hilbert")


def error(name: str, values: dict[str, Any], space: Space) -> float:
    """The norm of exact - near in the weight, by the dense matrices of the hilbert picture."""
    given = {k: matrix(v, space) if isinstance(v, Operator) else float(v) for k, v in values.items()}
    exact, near = SIDES[name](**{k: int(v) if k in "rkKc" else v for k, v in given.items()})
    return float(np.linalg.norm(exact - near, 2))


def bound(name: str, values: dict[str, Any], space: Space) -> float:
    return LEMMAS[name].instance(constants(values)).value(space)


def constants(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v if isinstance(v, Operator) else const(v) for k, v in values.items()}


coefficients = st.fractions(Fraction(-3), Fraction(3), max_denominator=8)
words = st.builds(
    lambda b, e, q, c: a.scale(c, a.product([a.B(b), a.Q(q), a.A(e)])),
    st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), coefficients,
)  # fmt: skip
multipliers = st.sampled_from([a.V(1 / n), a.V(n / 7), a.V((-1) ** n), a.K(2), a.S(1)])
sums = st.lists(words | multipliers, min_size=1, max_size=3).map(a.sum)
times = st.fractions(Fraction(-1), Fraction(1), max_denominator=40)
NUMBERS = {
    "t": times,
    "r": st.integers(1, 4),
    "k": st.integers(1, 6),
    "K": st.integers(0, 8),
    "c": st.integers(1, 5),
}
spaces = st.builds(lambda N, s: Space(N, Weight(s), Field("real")), st.integers(1, 20), st.sampled_from(WEIGHTS))


@pytest.mark.parametrize("name", LEMMAS)
@given(data=st.data(), space=spaces)
@settings(SLOW, max_examples=40)
def test_the_true_error_is_at_most_the_bound(name: str, data: st.DataObject, space: Space) -> None:
    values: dict[str, Any] = {x: data.draw(NUMBERS.get(x, sums), label=x) for x, _ in LEMMAS[name].variables}
    sizes = [float(np.linalg.norm(matrix(v, space), 2)) for v in values.values() if isinstance(v, Operator)]
    size = max(1.0, *sizes)
    reach = size * float(abs(values.get("t", 1)))
    rounding = 1e-11 * exp(min(600, 2 * reach)) * size
    assert error(name, values, space) <= bound(name, values, space) + rounding


A2, B2, V = a.A(2), a.B(2), a.V(n)
SMALL = Fraction(1, 100)
SHARP: dict[str, tuple[dict[str, Any], int]] = {  # values where the bound over so much is no bound
    "trotter": ({"X": A2, "Y": B2, "t": SMALL, "r": 1}, 2),
    "strang": ({"X": A2, "Y": V, "t": SMALL / 10, "r": 2}, 8),
    "merged-steps": ({"X": a.scale(SMALL, A2), "k": 3}, 2),
    "truncated-exponential": ({"X": A2, "t": SMALL, "K": 2}, 2),
    "dropped-terms": ({"X": A2, "Z": a.scale(SMALL, B2)}, 2),
    "dropped-boundary": ({"X": a.A(3), "c": 5}, 2),
}


@pytest.mark.parametrize("name", LEMMAS)
def test_no_bound_can_be_much_smaller(name: str) -> None:
    values, factor = SHARP[name]
    found, allowed = error(name, values, Space(30)), bound(name, values, Space(30))
    assert allowed / factor < found <= allowed


@pytest.mark.parametrize("name", LEMMAS)
def test_a_statement_says_what_the_textbook_says(name: str) -> None:
    values, space = SHARP[name][0], Space(12, Weight(Fraction(1)))
    instance = LEMMAS[name].instance(constants(values))
    exact, near = (np.asarray(matrix(x, space)) for x in (instance.exact, instance.near))
    found = float(np.linalg.norm(exact - near, 2))
    assert found == pytest.approx(error(name, values, space), rel=1e-6)


@pytest.mark.parametrize("p", [2, 3, 5])
@pytest.mark.parametrize("t", [Fraction(1, 10), Fraction(1, 2), Fraction(1)])
def test_the_bound_of_section_5_is_the_one_of_the_lemma(p: int, t: Fraction) -> None:
    values = {"X": a.A(p), "Y": a.B(p), "t": t, "r": 1}
    for N in (2, 9, 40):
        space = Space(N)
        assert error("trotter", values, space) <= bound("trotter", values, space)
        assert bound("trotter", values, space) <= t**2 / 2 * exp(2 * t) * (1 + 1e-6)


def test_an_exponential_of_commuting_parts_splits_without_error() -> None:
    assert bound("strang", {"X": a.A(2), "Y": a.A(3), "t": 1, "r": 1}, Space(30)) == 0.0


def test_a_norm_without_a_proven_bound_gives_no_bound() -> None:
    x = a.multiply(a.inv(a.identity() + a.A(2)), a.B(3))
    assert bound("dropped-terms", {"X": a.A(2), "Z": x}, Space(30_000_000)) == float("inf")
