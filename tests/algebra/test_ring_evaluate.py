"""Numeric evaluation agrees with exact substitution, in every field, and traps what has no value."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.evaluate import evaluate, field_check
from qwasm.algebra.functions import call
from qwasm.algebra.ring import PI, Expr, I, const, symbol
from qwasm.diagnostics import QwasmError
from qwasm.space import Field

n, p, k, x = symbol("n", "nat"), symbol("p", "prime"), symbol("k", "nat"), symbol("x", "real")
REAL, COMPLEX, SINGLE = Field(), Field("complex"), Field("real32")
ns = np.arange(1, 41)
fractions = st.fractions(min_value=-5, max_value=5, max_denominator=4)

rational: st.SearchStrategy[Expr] = st.recursive(
    st.one_of(
        fractions.map(const),
        st.sampled_from(
            [
                n,
                n**2,
                1 / n,
                call("mu"),
                call("tau"),
                call("sigma", 2),
                call("phi", 3 * n),
                call("lambda"),
                call("mod", n, 5),
                call("floor", n / 3),
                call("<", n, 9),
                call("==", n, 4),
                call("val", 2),
                call("gcd", n, 12),
                const(-1) ** n,
                const(2) ** n,
                const(3) ** -n,
                call("isprime"),
                call("chi", 5, 4),
                call("chi", 4, 3, n + 2),
                call("min", n, 7),
                call("max", n - 9, 3 - n),
                call("abs", n - 20),
                call("omega", n * n + 1),
                call("J", 2),
                call("conv", call("mu"), n),
                call("dinv", n + call("==", n, 2)),
                call("euler", p * k - 1),
                call("floor", call("sqrt", n)),
                call("<", n * n, 3 * n + 7),
                call("mod", n * n, n + 3),
                call("Omega", call("floor", n / 2 + 1)),
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: t[0] + t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
        inner.map(lambda e: call("floor", e / 3)),
        inner.map(lambda e: call("mod", e, 7)),
        inner.map(lambda e: call(">", e, 2)),
        inner.map(lambda e: e - Fraction(1, 2)),
    ),
    max_leaves=4,
)


def exact(e: Expr, value: int) -> Fraction:
    result = e.substitute({"n": value}).rational()
    assert result is not None
    return result


@settings(deadline=None)
@given(rational)
def test_float_values_are_the_exact_values_to_rounding(e: Expr) -> None:
    got = np.broadcast_to(evaluate(e, REAL, {"n": ns}), ns.shape)
    size = sum(abs(np.asarray(evaluate(Expr.sum([_single(t)]), REAL, {"n": ns}))) for t in e.terms) + 1e-300
    wanted = np.array([float(exact(e, int(i))) for i in ns])
    assert np.all(np.abs(got - wanted) <= 1e-14 * size)
    np.testing.assert_array_equal(got, np.broadcast_to(evaluate(e, COMPLEX, {"n": ns}), ns.shape))


def _single(term: Any) -> Expr:
    monomial, coefficient = term
    from qwasm.algebra.powers import power
    from qwasm.algebra.ring import from_atom

    result: Expr = Expr.product([power(from_atom(a), e) for a, e in monomial]) * coefficient
    return result


@settings(deadline=None)
@given(rational, st.sampled_from([2, 101, 2_147_483_647]))
def test_residues_are_the_exact_values_reduced(e: Expr, l: int) -> None:
    field = Field("mod", l)
    wanted = [exact(e, int(i)) for i in ns]
    if any(w.denominator % l == 0 for w in wanted):
        return
    if l < 200 and any(a.name in ("inv", "exp") or (isinstance(q, int) and q < 0) for m, _ in e.terms for a, q in m):
        return  # a factor may be 1/l where the value is not
    if field_check(e, field) is not None:
        assert l < 200  # a coefficient c/l of an even sum, say
        return
    got = np.broadcast_to(evaluate(e, field, {"n": ns}), ns.shape)
    assert got.tolist() == [w.numerator * pow(w.denominator, -1, l) % l for w in wanted]


@settings(deadline=None)
@given(rational, st.integers(1, 40))
def test_evaluation_commutes_with_substitution(e: Expr, value: int) -> None:
    one = evaluate(e, REAL, {"n": value})
    many = np.broadcast_to(evaluate(e, REAL, {"n": ns}), ns.shape)[value - 1]
    assert math.isclose(one, many, rel_tol=1e-12, abs_tol=1e-12) and isinstance(one, float)


@pytest.mark.parametrize(
    ("e", "plain"),
    [
        (n ** Fraction(-1, 2), lambda i: i**-0.5),
        (call("log", 12 * n), lambda i: math.log(12 * i)),
        (n**x, lambda i: i**0.25),
        (call("sqrt", n + 1) / 3, lambda i: math.sqrt(i + 1) / 3),
        (call("Lambda", 2 * n), lambda i: math.log(2) if i & (i - 1) == 0 else 0.0),
        (call("cos", 2 * PI * n / 7), lambda i: math.cos(2 * math.pi * i / 7)),
        (call("re", call("exp", 2 * PI * I * n / 7)), lambda i: math.cos(2 * math.pi * i / 7)),
        (call("exp", -n / 3), lambda i: math.exp(-i / 3)),
        (call("floor", call("log", n)), lambda i: math.floor(math.log(i))),
        (call("<", call("sqrt", n), 3), lambda i: float(i < 9)),
        (call("<=", call("sqrt", n), 3), lambda i: float(i <= 9)),
        (call("mod", call("log", n), 1), lambda i: math.log(i) % 1),
        (call("table", "g", 2 * n), lambda i: 4.0 * i * i),
        (call("min", call("log", n), 2), lambda i: min(math.log(i), 2)),
        (x * n, lambda i: 0.25 * i),
    ],
)
def test_irrational_values_agree_with_plain_floats(e: Expr, plain: Any) -> None:
    table = np.arange(1, 81) ** 2
    got = evaluate(e, REAL, {"n": ns, "x": 0.25}, {"g": table})
    np.testing.assert_allclose(got, [plain(int(i)) for i in ns], rtol=1e-14, atol=1e-14)
    single = evaluate(e, SINGLE, {"n": ns, "x": 0.25}, {"g": table})
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, got.astype(np.float32))


def test_a_decimal_literal_is_rounded_once() -> None:
    third = const(Fraction(1, 10)) + const(Fraction(2, 10))
    assert evaluate(third, REAL, {}) == 0.3
    assert evaluate(const(Fraction(1, 3)) * call("sqrt", 2), REAL, {}) == 0.47140452079103168


def test_large_orders_of_sigma_stay_exact_modulo_l() -> None:
    l = 2_147_483_647
    got = evaluate(call("sigma", 11), Field("mod", l), {"n": np.arange(1, 301)})
    assert got.tolist() == [sum(d**11 for d in range(1, i + 1) if i % d == 0) % l for i in range(1, 301)]


def test_comparisons_modulo_l_are_of_the_integers() -> None:
    assert evaluate(call(">", n, 5), Field("mod", 3), {"n": np.arange(1, 9)}).tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert evaluate(call("==", n, 5), Field("mod", 2), {"n": np.arange(1, 9)}).tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert evaluate(const(2) ** (n * n), Field("mod", 5), {"n": np.array([10**9])}).tolist() == [1]


@pytest.mark.parametrize(
    ("code", "e", "field", "place"),
    [
        ("QW0640", 1 / (n - 5), REAL, "n = 5"),
        ("QW0640", call("log", n - 3), REAL, "n = 3"),
        ("QW0640", const(2) ** (n * n * 30), REAL, "n = 6"),
        ("QW0641", call("mu", n - 7), REAL, "n = 1"),
        ("QW0641", call("tau", n / 2), REAL, "n = 1"),
        ("QW0642", 1 / n, Field("mod", 7), "n = 7"),
        ("QW0643", call("sqrt", 5 - n), REAL, "n = 6"),
        ("QW0643", call("chi", 5, 2), REAL, "n = 2"),
        ("QW0644", call("log", n), Field("mod", 7), "log"),
        ("QW0645", call("table", "g", n), REAL, "g"),
        ("QW0645", x * n, REAL, "x"),
        ("QW0640", call("mod", 7, n - 2), REAL, "n = 2"),
        ("QW0644", call("min", call("sqrt", n), 3), Field("mod", 7), "min"),
    ],
)
def test_what_has_no_value_is_trapped_at_the_smallest_place(code: str, e: Expr, field: Field, place: str) -> None:
    with pytest.raises(QwasmError, match=code) as caught:
        evaluate(e, field, {"n": ns})
    assert place in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("e", "word"),
    [
        (const(2) ** Fraction(1, 2), "root"),
        (call("log", n), "log"),
        (call("Lambda"), "Lambda"),
        (I * n, "1i"),
        (PI, "pi"),
        (call("exp", n), "exp"),
        (n / 14, "division"),
        (n ** Fraction(1, 2), "root"),
        (call("chi", 5, 2), "character"),
        (call("conv", call("mu"), call("log")), "log"),
        (const(2) ** (n / 2), "2^"),
    ],
)
def test_what_has_no_meaning_modulo_l_is_known_before_running(e: Expr, word: str) -> None:
    reason = field_check(e, Field("mod", 7))
    assert reason is not None and word in reason and "mod(7)" in reason
    assert field_check(e, COMPLEX) is None


def test_depth_does_not_matter() -> None:
    e = n + 0
    for _ in range(2_000):
        e = call("floor", (e + 1) / 2) + n
    assert evaluate(e, Field("mod", 101), {"n": np.arange(1, 4)}).shape == (3,)
    deep = x
    for _ in range(2_000):
        deep = call("cos", deep)
    assert math.isclose(evaluate(deep, REAL, {"x": 1.0}), 0.7390851332151607, rel_tol=1e-12)
