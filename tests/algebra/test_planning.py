"""A plan, the matrix built from definitions and the exact matrix are the same N x N matrix."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qwasm.algebra.functions import call
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, I, symbol
from qwasm.diagnostics import QwasmError
from qwasm.qpu import plan as plans
from qwasm.qpu.planning import plan, plan_cost
from qwasm.space import Field, Space, Truncation, Weight
from tests.algebra import dense
from tests.algebra.test_operators import Tree, expressions, matrix, value

n, p, k = symbol("n", "nat"), symbol("p", "prime"), symbol("k", "int")
mu = call("mu", n)
MODULUS = 1009
HALF = Fraction(1, 2)
BOTH: tuple[Truncation, ...] = ("strict", "free")


def theta(a: Algebra) -> Operator:
    """The pentagonal-like sum of shifts whose eighth power gives Ramanujan's tau."""
    return a.family("sum", k, "ints", 0, 6, a.scale((-ONE) ** k * (2 * k + 1), a.S(-(k * (k + 1) / 2))))


def among(a: Algebra, body: Operator) -> Operator:
    """A sum over 2 and 3, kept as a family."""
    return a.family("sum", p, "primes", 2, 3, body)


def dirac(a: Algebra) -> Operator:
    return a.diffusion(1, 2, 11)


RATIONAL: dict[str, Callable[[Algebra], Operator]] = {
    "word": lambda a: a.product([a.A(3), a.B(2), a.P(2)]),
    "multiplied word": lambda a: a.product([a.V(n), a.A(2), a.V(n + 1), a.B(3)]),
    "family": dirac,
    "family with row multiplier": lambda a: a.V(n * n) * dirac(a),
    "family with column multiplier": lambda a: dirac(a) * a.V(n + 3),
    "family with joint multiplier": lambda a: a.family("sum", p, "primes", 2, 7, a.V(n + p) * a.A(p)),
    "family of products": lambda a: a.family("sum", k, "ints", 1, 4, a.product([a.V(n + k), a.A(k), a.S(1)])),
    "squared family": lambda a: a.power(a.diffusion(1, 2, 5), 2),
    "shift family": theta,
    "power of shifts": lambda a: theta(a) ** 3,
    "sieve": lambda a: a.family("prod", p, "primes", 2, 30, a.identity() - a.P(p)),
    "backward product": lambda a: a.family("prod", p, "primes", 2, 30, a.identity() - a.B(p)),
    "two-sided product": lambda a: a.family("prod", p, "primes", 2, 5, a.identity() - a.A(p) - a.scale(2, a.B(p))),
    "reversed product": lambda a: a.family("prod", p, "primes", 2, 5, a.identity() - a.A(p) - a.B(p)).adjoint(Weight()),
    "shifts out and back": lambda a: a.S(2) * a.S(-1),
    "shift and word": lambda a: a.product([a.S(-1), a.A(2), a.S(1), a.B(3)]),
    "adjoint shift": lambda a: a.S(1).adjoint(Weight(Fraction(1))),
    "inverse backward": lambda a: a.inv(a.identity() - a.scale(HALF, a.B(2))),
    "inverse forward": lambda a: a.inv(a.identity() - a.family("sum", p, "primes", 2, 9, a.A(p))),
    "inverse in a product": lambda a: a.inv(a.identity() - a.scale(HALF, a.A(2))) * a.S(-1),
    "gcd matrix": lambda a: a.product([a.coDir(1), a.V(call("phi", n)), a.Dir(1)]),
    "rank one": lambda a: a.out(n, n + 1) * a.A(2),
    "redheffer": lambda a: a.Dir(1) + a.out(call(">", n, ONE), call("==", n, ONE)),
    "collatz": lambda a: a.B(2) + (a.identity() - a.P(2)) * a.A(3) * a.S(1),
    "backward, then a function": lambda a: a.B(2) * a.V(mu) * a.B(3),
    "backward, then a family of functions": lambda a: a.B(2) * among(a, a.V(mu) * a.A(p)),
    "backward, then a family of diagonals": lambda a: a.B(3) * among(a, a.V(call("J", 2, n)) * a.P(p)),
    "a family, then forward": lambda a: among(a, a.B(p) * a.V(mu)) * a.A(2),
    "a family with multiples": lambda a: among(a, a.product([a.B(2 * p), a.V(call("mu", n * p)), a.A(2)])),
    "a family with signs": lambda a: a.B(2) * among(a, a.V(call("pow", -1, n)) * a.A(p)),
    "a family with cuts": lambda a: a.B(4) * among(a, a.V(call("tau", n)) * a.Q(p)),
    "a family of families": lambda a: among(a, a.B(2) * a.family("sum", k, "ints", 1, p, a.V(mu) * a.B(k))),
    "a family with shifts": lambda a: a.B(2) * among(a, a.product([a.V(mu), a.A(p), a.S(1)])),
    "a pole off the path": lambda a: among(a, a.A(p)) * a.V(1 / (n - 1)) * a.A(2),
    "zero": lambda a: a.zero(),
    "beyond": lambda a: a.A(1000) + a.identity(),
}
STRICT_ONLY: dict[str, Callable[[Algebra], Operator]] = {
    "cyclic": lambda a: a.S(2, True),
    "cyclic adjoint": lambda a: a.S(2, True).adjoint(Weight(Fraction(1))),
    "two-sided series": lambda a: a.Dir(n) * a.coDir(1),
}
CASES = [(t, name) for t in BOTH for name in (RATIONAL | STRICT_ONLY if t == "strict" else RATIONAL)]
every = pytest.mark.parametrize(("truncation", "name"), CASES, ids=[f"{t}-{name}" for t, name in CASES])


def operator(truncation: Truncation, name: str) -> Operator:
    return (RATIONAL | STRICT_ONLY)[name](Algebra(truncation))


@every
@pytest.mark.parametrize("N", [1, 2, 7, 12])
def test_three_ways_to_a_matrix_agree(truncation: Truncation, name: str, N: int) -> None:
    x = operator(truncation, name)
    space = Space(N, Weight(Fraction(1)), Field(), truncation)
    exact = np.zeros((N, N))
    for (i, j), entry in x.exact_matrix(N, space.weight).items():
        exact[i - 1, j - 1] = entry.approx().real
    for picture in ("nspace", "hilbert"):
        root = np.sqrt(np.arange(1, N + 1.0))
        expected = exact if picture == "nspace" else exact * root[None, :] / root[:, None]
        np.testing.assert_allclose(x.to_dense(space, picture), expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(dense.matrix_of(plan(x, space, picture)), expected, rtol=1e-11, atol=1e-11)


@every
def test_residues_agree_exactly(truncation: Truncation, name: str) -> None:
    x, N = operator(truncation, name), 12
    space = Space(N, Weight(), Field("mod", MODULUS), truncation)
    exact = np.zeros((N, N), dtype=np.int64)
    for (i, j), entry in dense.exact(x, N).items():
        exact[i - 1, j - 1] = entry.numerator * pow(entry.denominator, -1, MODULUS) % MODULUS
    np.testing.assert_array_equal(x.to_dense(space), exact)
    np.testing.assert_array_equal(dense.matrix_of(plan(x, space)), exact)


@every
def test_the_cost_bounds_the_arrays_of_the_plan(truncation: Truncation, name: str) -> None:
    space = Space(60, Weight(), Field(), truncation)
    x = operator(truncation, name)
    work, size = plan_cost(x, space)
    found = plan(x, space)
    assert type(work) is int and type(size) is int
    assert sum(a.nbytes for a in arrays(found)) <= 4 * size + 4096


def test_a_function_behind_a_backward_letter_is_read_at_multiples_only() -> None:
    a, N = Algebra(), 12
    moebius = [0, 1, -1, -1, 0, -1, 1, -1, 0, 0, 1, -1, 0]
    expected = np.zeros((N, N))
    for k in range(1, N // 2 + 1):
        for q in (2, 3):
            if q * k <= N:
                expected[2 * k - 1, q * k - 1] += moebius[k]
    found = plan(a.B(2) * among(a, a.V(mu) * a.A(p)), Space(N))
    np.testing.assert_array_equal(dense.matrix_of(found), expected)
    with pytest.raises(QwasmError, match="QW0640"):
        plan(among(a, a.A(p)) * a.V(1 / (n - 6)), Space(N))


def arrays(found: plans.Plan) -> list[NDArray[Any]]:
    result: list[NDArray[Any]] = []
    for part in found.parts:
        inside = (
            part.factors
            if isinstance(part, plans.Chain)
            else [part.base]
            if isinstance(part, plans.Repeat | plans.Exponential | plans.Inverse)
            else []
        )
        result += [a for y in inside for a in arrays(y)]
        result += [a for name in part.__match_args__ if isinstance(a := getattr(part, name), np.ndarray)]
    return result


@settings(max_examples=40, deadline=None)
@given(tree=expressions(), N=st.integers(1, 9))
def test_generated_operators_plan_to_the_matrix_they_look_like(tree: Tree, N: int) -> None:
    expected = np.zeros((N, N))
    for (i, j), entry in matrix(tree, N).items():
        expected[i - 1, j - 1] = float(entry)
    x = value(tree, Algebra())
    np.testing.assert_allclose(dense.matrix_of(plan(x, Space(N))), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(x.to_dense(Space(N)), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(tree=expressions(depth=2), N=st.integers(1, 8))
def test_free_operators_are_cut_once(tree: Tree, N: int) -> None:
    large = N * 6**9
    rows = {n0: {n0: Fraction(1)} for n0 in range(1, N + 1)}
    expected = np.zeros((N, N))
    for i, row in rows.items():
        for j, entry in act(tree, row).items():
            if j <= N < large:
                expected[i - 1, j - 1] = float(entry)
    x = value(tree, Algebra("free"))
    space = Space(N, Weight(), Field(), "free")
    np.testing.assert_allclose(dense.matrix_of(plan(x, space)), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(x.to_dense(space), expected, rtol=1e-12, atol=1e-12)


def act(tree: Tree, row: dict[int, Fraction]) -> dict[int, Fraction]:
    """The row vector times the infinite matrix: what a combination of point values becomes."""
    kind, parts = tree
    result: dict[int, Fraction] = {}
    match kind, parts:
        case "letter", (str(name), int(i)):
            for j, c in row.items():
                at = {
                    "A": j * i,
                    "B": j // i if j % i == 0 else 0,
                    "P": j if j % i == 0 else 0,
                    "Q": j,
                    "S": j + i - 3,
                }[name]
                if at >= 1:
                    result[at] = result.get(at, Fraction(0)) + c
        case "sum", (x, y):
            for part in (act(x, row), act(y, row)):
                for j, c in part.items():
                    result[j] = result.get(j, Fraction(0)) + c
        case "product", (x, y):
            return act(y, act(x, row))
        case "power", (x, int(i)):
            result = row
            for _ in range(i):
                result = act(x, result)
        case "scale", (x, c):
            return {j: v * Fraction(str(c)) for j, v in act(x, row).items()}
    return result


def test_exponentials_and_complex_coefficients_plan() -> None:
    a = Algebra()
    x = a.exp(a.scale(I, a.diffusion(1, 2, 5))) * a.A(2)
    space = Space(10, Weight(), Field("complex"))
    np.testing.assert_allclose(dense.matrix_of(plan(x, space)), x.to_dense(space), atol=1e-12)


def test_a_field_has_its_dtype_in_every_plan() -> None:
    a = Algebra()
    for kind in ("real", "real32", "complex"):
        field = Field(kind)
        found = plan(a.diffusion(1 / p, 2, 9) + a.V(n), Space(20, Weight(), field))
        assert {x.dtype.name for x in arrays(found) if x.dtype != np.int64} == {field.dtype}


def test_every_prime_up_to_a_million_becomes_arrays_not_objects() -> None:
    a = Algebra()
    found = plan(a.diffusion(1 / p, 2, 10**12), Space(1_000_000))
    assert len(found.parts) == 1 and isinstance(found.parts[0], plans.Strided)
    assert len(found.parts[0].u) == 2 * 78_498


def test_legendres_sieve_is_one_diagonal_with_the_right_survivors() -> None:
    a = Algebra()
    sieve = a.family("prod", p, "primes", 2, 1000, a.identity() - a.P(p))
    found = plan(sieve, Space(1_000_000))
    assert isinstance(found.parts[0], plans.Diagonal) and found.parts[0].f.sum() == 78_331


def test_a_one_sided_product_is_a_chain_of_small_plans() -> None:
    a = Algebra()
    found = plan(a.family("prod", p, "primes", 2, 1000, a.identity() - a.B(p)), Space(10_000))
    assert isinstance(found.parts[0], plans.Chain) and len(found.parts[0].factors) == 168


def test_a_power_of_a_sum_is_a_repeat() -> None:
    found = plan(theta(Algebra()) ** 8, Space(100, Weight(), Field("mod", MODULUS)))
    assert isinstance(found.parts[0], plans.Repeat) and found.parts[0].k == 8


def test_free_products_are_formed_on_just_enough_numbers() -> None:
    a = Algebra("free")
    space = Space(10, Weight(), Field(), "free")
    out_and_back = plan(a.power(a.S(1) + a.S(-2), 7) * a.S(-3), space)
    chain = out_and_back.parts[0]
    assert isinstance(chain, plans.Chain) and chain.factors[0].size == 13
    power = chain.factors[0].parts[0]
    assert isinstance(power, plans.Chain)
    assert [y.size for y in power.factors] == [13, 13]
    inner = power.factors[0].parts[0]
    assert isinstance(inner, plans.Chain) and inner.factors[0].size == 17
    assert plan(a.power(a.S(1) + a.A(2), 60), space).parts
    with pytest.raises(QwasmError) as caught:
        plan(a.power(a.A(2) + a.B(2) + a.S(1), 200), space)
    assert caught.value.diagnostics[0].code == "QW0432"


@pytest.mark.parametrize(
    ("make", "space", "code"),
    [
        (lambda a: a.exp(a.A(2)), Space(9, Weight(), Field("mod", 7)), "QW0309"),
        (lambda a: a.family("sum", k, "ints", 1, 10**12, a.S(k)), Space(9), "QW0433"),
        (lambda a: a.family("sum", k, "ints", 1, 3, a.S(k / 2)), Space(9), "QW0300"),
        (lambda a: a.family("sum", k, "ints", 0, 3, a.A(k)), Space(9), "QW0301"),
        (
            lambda a: a.family("sum", p, "primes", 2, 10**5, a.product([a.V(n + p), a.S(p), a.V(1 / (n + p)), a.A(2)])),
            Space(10**6),
            "QW0460",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_its_code(
    make: Callable[[Algebra], Operator],
    space: Space,
    code: str,
) -> None:
    with pytest.raises(QwasmError) as caught:
        plan(make(Algebra()), space)
    assert caught.value.diagnostics[0].code == code
