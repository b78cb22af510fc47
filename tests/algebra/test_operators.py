"""Exact identities between operators: every row of the table of claims, and the laws of sums and products."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.functions import call
from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, ZERO, Expr, const, symbol
from qwasm.diagnostics import QwasmError
from qwasm.space import Weight
from tests.algebra import dense

S, F = Algebra(), Algebra("free")
n, p, k = symbol("n", "nat"), symbol("p", "prime"), symbol("k", "int")
LOG, LIOUVILLE = call("log", n), call("lambda", n)
WEIGHTS = [Weight(Fraction(s)) for s in ("0", "1/2", "1", "2/3")]
Tree = tuple[str, Any]
SMALL_PRIMES = (2, 3, 5, 7)


def diffusion(a: Algebra, high: int = 7) -> Operator:
    found = a.diffusion(1, 2, high).expanded()
    assert found is not None
    return found


# ---------------------------------------------------------------- the table of claims


@given(a=st.integers(1, 50), b=st.integers(1, 50))
def test_forward_shifts_multiply_for_all_integers(a: int, b: int) -> None:
    assert S.A(a) * S.A(b) is S.A(a * b)
    assert S.B(a) * S.B(b) is S.B(a * b)
    assert S.A(a) ** 3 is S.A(a**3)


def test_backward_after_forward_keeps_multiples_and_forward_after_backward_is_a_cut() -> None:
    assert S.B(5) * S.A(5) is S.P(5) and S.A(5) * S.B(5) is S.Q(5)
    assert F.A(5) * F.B(5) is F.identity() and F.B(5) * F.A(5) is F.P(5)


def test_different_primes_commute_only_up_to_a_cut() -> None:
    assert F.A(2) * F.B(3) is F.B(3) * F.A(2)
    assert S.A(2) * S.B(3) is S.product([S.Q(2), S.B(3), S.A(2)])
    assert S.A(2) * S.B(3) is not S.B(3) * S.A(2)
    left, right = (S.A(2) * S.B(3)).exact_matrix(3), (S.B(3) * S.A(2)).exact_matrix(3)
    assert set(left) ^ set(right) == {(3, 2)}


def test_the_commutator_of_diffusion_with_a_shift_lives_off_the_multiples() -> None:
    a = F
    for q in SMALL_PRIMES:
        expected = a.P(q) - a.identity()
        assert diffusion(a) * a.A(q) - a.A(q) * diffusion(a) is expected


def test_conjugating_diffusion_by_a_shift_works_once_but_not_for_its_square() -> None:
    a, D = F, diffusion(F)
    assert a.product([a.A(3), D, a.B(3)]).expanded() is D
    square = (D * D).expanded()
    assert square is not None
    difference = (a.product([a.A(3), square, a.B(3)]) - square).expanded()
    assert difference is a.identity() - a.P(3)


def test_the_square_of_diffusion_is_kept_factored() -> None:
    D = diffusion(S)
    assert len(D) == 8 and len((D * D).words) == 0 and (D * D) is D**2
    grown = (D * D).expanded()
    assert grown is not None and len(grown) == 52


def test_exponentials_of_multiples_merge() -> None:
    D = diffusion(S)
    assert S.exp(S.scale(2, D)) * S.exp(S.scale(3, D)) is S.exp(S.scale(5, D))
    assert S.exp(S.A(2)) * S.exp(S.B(2)) is not S.exp(S.A(2) + S.B(2))
    assert S.exp(S.V(LOG)) is S.V(n)


def test_symmetric_pairs_commute_on_the_infinite_space_only() -> None:
    assert F.K(2) * F.K(3) is F.K(3) * F.K(2)
    assert S.K(2) * S.K(3) is not S.K(3) * S.K(2)


@pytest.mark.parametrize("s", ["0", "1/2", "1", "2/3"])
def test_pairs_are_self_adjoint_in_the_weight_twice_their_exponent(s: str) -> None:
    w = Weight(Fraction(s))
    assert S.K(p, w.s / 2).adjoint(w) is S.K(p, w.s / 2)
    assert (S.K(5).adjoint(w) is S.K(5)) == (w.s == 1)
    assert (diffusion(S).adjoint(w) is diffusion(S)) == (w.s == 0)
    assert (
        S.add(S.A(5), S.scale(const(5) ** Fraction(1, 2), S.B(5))).adjoint(w)
        is S.add(S.A(5), S.scale(const(5) ** Fraction(1, 2), S.B(5)))
    ) == (w.s == Fraction(1, 2))


def test_conjugating_with_liouville_negates_diffusion() -> None:
    family = S.diffusion(1, 2, 1000)
    assert S.product([S.V(LIOUVILLE), family, S.V(LIOUVILLE)]) is S.scale(-1, family)


def test_series_multiply_by_convolution_and_commute_with_log_as_a_derivation() -> None:
    one = const(1)
    assert S.coDir(call("mu", n)) * S.coDir(one) is S.identity()
    assert S.Dir(call("mu", n)) * S.Dir(one) is S.identity()
    assert S.comm(S.Dir(LIOUVILLE), S.V(LOG)) is S.Dir(LIOUVILLE * LOG)
    assert S.comm(S.coDir(one), S.V(LOG)) is S.scale(-1, S.coDir(LOG))
    assert S.inv(S.coDir(one)) * S.coDir(one) is S.identity()


@pytest.mark.parametrize("f", [call("omega", n), call("isprime", n), 1 - n, call("Lambda", n), call("==", n, 2)])
@pytest.mark.parametrize("g", [ONE, n, call("mu", n), call("omega", n), 1 / (n + 1)])
def test_series_multiply_whether_or_not_they_have_inverses(f: Expr, g: Expr) -> None:
    a, N = Algebra(), 12
    for series in (a.Dir, a.coDir):
        product = series(f) * series(g)
        assert (series(g) * series(f) is product) and a.comm(series(f), series(g)).is_zero
        for m in range(1, N + 1):
            parts = (f.substitute({"n": d}) * g.substitute({"n": m // d}) for d in range(1, m + 1) if m % d == 0)
            entry = product.exact_matrix(N).get((1, m) if series == a.Dir else (m, 1), ZERO)
            assert entry is Expr.sum(parts)


def test_a_series_with_a_pole_at_one_still_multiplies() -> None:
    a = Algebra()
    assert (a.Dir(1 / (n - 1)) * a.Dir(ONE)).symbols == frozenset()


def test_rank_one_operators_turn_under_the_adjoint_and_absorb_multipliers() -> None:
    for w in WEIGHTS:
        assert S.out(n, LOG).adjoint(w) is S.out(LOG, n)
    assert S.V(n) * S.out(LOG, 1) is S.out(n * LOG, 1)
    assert S.out(LOG, 1) * S.V(n) is S.out(LOG, n)


# ---------------------------------------------------------------- families


def test_families_equal_up_to_the_name_of_their_variable_are_one_object() -> None:
    q = symbol("q", "prime")
    assert S.family("sum", p, "primes", 2, 9, S.K(p)) is S.family("sum", q, "primes", 2, 9, S.K(q))


def test_sums_over_one_range_merge_and_cancel() -> None:
    forward = S.family("sum", p, "primes", 2, 100, S.A(p))
    backward = S.family("sum", p, "primes", 2, 100, S.B(p))
    assert forward + backward is S.diffusion(1, 2, 100)
    assert (forward - forward).is_zero
    assert S.comm(S.diffusion(1, 2, 100), S.V(LOG)) is S.family(
        "sum", p, "primes", 2, 100, S.scale(call("log", p), S.A(p) - S.B(p))
    )


def test_a_million_primes_are_one_term() -> None:
    H = S.diffusion(1 / p, 2, 10**9) + S.V(LOG)
    assert len(H) == 2 and H.adjoint(Weight()) is H


def test_empty_ranges_are_zero_and_one() -> None:
    assert S.family("sum", p, "primes", 24, 28, S.A(p)).expanded() is S.zero()
    assert S.family("sum", p, "primes", 5, 2, S.A(p)) is S.zero()
    assert S.family("prod", k, "ints", 1, 0, S.A(2)) is S.identity()


def test_nested_families_rename_their_variables_apart() -> None:
    q = symbol("q", "prime")
    inner = S.family("sum", q, "primes", 2, 5, S.A(q))
    outer = S.family("sum", p, "primes", 2, 5, inner * S.A(p))
    swapped = S.family("sum", q, "primes", 2, 5, S.family("sum", p, "primes", 2, 5, S.A(p)) * S.A(q))
    assert outer is swapped
    expected = dense.exact(S.add(*(S.A(a * b) for a in (2, 3, 5) for b in (2, 3, 5))), 30)
    assert dense.exact(outer, 30) == expected


def test_legendres_sieve_stays_a_product_of_two_terms() -> None:
    sieve = S.family("prod", p, "primes", 2, 1000, S.identity() - S.P(p))
    assert sieve.leaves == 2
    small = S.family("prod", p, "primes", 2, 7, S.identity() - S.P(p))
    survivors = [at[0] for at in small.exact_matrix(30)]
    assert survivors == [1, 11, 13, 17, 19, 23, 29]


def test_a_product_family_reverses_under_the_adjoint() -> None:
    x = S.family("prod", p, "primes", 2, 5, S.identity() - S.K(p, 0))
    y = x.adjoint(Weight())
    assert y is not x and y.adjoint(Weight()) is x
    a, b = dense.exact(x, 12), dense.exact(y, 12)
    assert {(j, i): v for (i, j), v in a.items()} == b


# ---------------------------------------------------------------- substitution and errors


def test_words_that_were_undecided_compose_when_their_indices_are_closed() -> None:
    x = S.A(p) * S.B(6)
    assert len(x.nodes) == 1
    assert x.substitute({"p": 2}) is S.A(2) * S.B(6)
    assert x.substitute({"p": 5}) is S.A(5) * S.B(6)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: S.A(0), "QW0301"),
        (lambda: S.B(-3), "QW0301"),
        (lambda: S.A(Fraction(1, 2)), "QW0300"),
        (lambda: S.inv(S.A(2)), "QW0303"),
        (lambda: S.inv(S.K(2)), "QW0302"),
        (lambda: S.inv(S.Dir(LOG)), "QW0303"),
        (lambda: S.inv(S.V(n)), "QW0302"),
        (lambda: S.A(2) ** -1, "QW0208"),
        (lambda: S.power(S.A(2), Fraction(1, 2)), "QW0208"),
        (lambda: F.Dir(1) * F.coDir(1), "QW0305"),
        (lambda: F.S(1, True), "QW0306"),
        (lambda: S.A(p - 2).substitute({"p": 2}), "QW0301"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_code(make: object, code: str) -> None:
    with pytest.raises(QwasmError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.diagnostics[0].code == code


def test_a_sum_of_two_hundred_thousand_terms_is_collected_in_linear_time() -> None:
    x = S.sum(S.A(i) for i in range(1, 20_001))
    assert len(x) == 20_000 and len(S.sum([x, -x])) == 0


def test_operators_nested_ten_thousand_deep_are_handled_without_recursion() -> None:
    x = S.S(1)
    for _ in range(10_000):
        x = S.exp(x + S.identity())
    assert x.substitute({"p": 2}) is x
    assert x.adjoint(Weight()).adjoint(Weight()) is x
    assert len(str(x)) > 10_000


# ---------------------------------------------------------------- generated expressions


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> Tree:
    """A tree of letters, sums, products, powers and scales."""
    kind = draw(st.sampled_from(["letter"] * 3 + ["sum", "product", "power", "scale"] if depth else ["letter"]))
    if kind == "letter":
        return "letter", (draw(st.sampled_from("ABPQS")), draw(st.integers(1, 6)))
    if kind in ("sum", "product"):
        return kind, (draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1)))
    if kind == "power":
        return kind, (draw(expressions(depth=depth - 1)), draw(st.integers(0, 3)))
    return kind, (draw(expressions(depth=depth - 1)), draw(st.fractions(-2, 2, max_denominator=3)))


def value(tree: Tree, a: Algebra) -> Operator:
    kind, parts = tree
    match kind, parts:
        case "letter", ("S", int(i)):
            return a.S(i - 3)
        case "letter", (str(name), int(i)):
            made: Operator = getattr(a, name)(i)
            return made
        case "sum", (x, y):
            return a.add(value(x, a), value(y, a))
        case "product", (x, y):
            return a.multiply(value(x, a), value(y, a))
        case "power", (x, int(i)):
            return a.power(value(x, a), i)
        case "scale", (x, c):
            return a.scale(c, value(x, a))
    raise AssertionError(tree)


def matrix(tree: Tree, N: int) -> dense.Matrix:
    kind, parts = tree
    match kind, parts:
        case "letter", ("S", int(i)):
            return dense.letter("S", i - 3, N)
        case "letter", (str(name), int(i)):
            return dense.letter(name, i, N)
        case "sum", (x, y):
            return dense.plus(matrix(x, N), matrix(y, N))
        case "product", (x, y):
            return dense.times(matrix(x, N), matrix(y, N))
        case "power", (x, int(i)):
            result = dense.identity(N)
            for _ in range(i):
                result = dense.times(result, matrix(x, N))
            return result
        case "scale", (x, c):
            return dense.plus({}, matrix(x, N), Fraction(str(c)))
    raise AssertionError(tree)


@settings(max_examples=60, deadline=None)
@given(tree=expressions(), N=st.integers(1, 14))
def test_an_operator_is_the_matrix_it_looks_like(tree: Tree, N: int) -> None:
    assert dense.exact(value(tree, S), N) == matrix(tree, N)


@settings(max_examples=40, deadline=None)
@given(tree=expressions(), N=st.integers(1, 10))
def test_multiplying_out_keeps_the_value(tree: Tree, N: int) -> None:
    grown = value(tree, S).expanded(3_000)
    if grown is not None:
        assert dense.exact(grown, N) == matrix(tree, N)


@settings(max_examples=40, deadline=None)
@given(tree=expressions(), N=st.integers(1, 10), s=st.sampled_from([0, 1, 2]))
def test_the_adjoint_satisfies_its_definition(tree: Tree, N: int, s: int) -> None:
    found = dense.exact(value(tree, S).adjoint(Weight(Fraction(s))), N)
    expected = {(j, i): v * Fraction(j**s, i**s) for (i, j), v in matrix(tree, N).items()}
    assert found == expected
