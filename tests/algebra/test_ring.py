"""The ring keeps its laws, its values and its text."""

from __future__ import annotations

import cmath
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.functions import call
from qwasm.algebra.powers import power
from qwasm.algebra.ring import ONE, PI, ZERO, Expr, I, const, symbol
from qwasm.diagnostics import QwasmError

n, p, k, x, z = (
    symbol("n", "nat"),
    symbol("p", "prime"),
    symbol("k", "int"),
    symbol("x", "real"),
    symbol("z", "complex"),
)
HALF = Fraction(1, 2)
VALUES: dict[str, Expr | int | Fraction] = {
    "n": 6,
    "p": 5,
    "k": -3,
    "x": Fraction(-7, 3),
    "z": Fraction(1, 2) + I,
}
numbers = st.fractions(min_value=-9, max_value=9, max_denominator=6)
Pair = tuple[Expr, complex]


def at(name: str) -> complex:
    value = VALUES[name]
    return value.approx() if isinstance(value, Expr) else complex(float(value))


leaves: st.SearchStrategy[Pair] = st.one_of(
    numbers.map(lambda c: (const(c), complex(float(c)))),
    st.sampled_from(
        [
            (n, at("n")),
            (p, at("p")),
            (k, at("k")),
            (x, at("x")),
            (z, at("z")),
            (I, 1j),
            (PI, complex(math.pi)),
            (n**HALF, cmath.sqrt(6)),
            (const(3) ** Fraction(-2, 3), complex(3 ** (-2 / 3))),
            (call("mu"), 1 + 0j),
            (call("Lambda", p), complex(math.log(5))),
            (call("<", n, 7), 1 + 0j),
            (call("mod", n, 4), 2 + 0j),
            (const(-1) ** n, 1 + 0j),
            (call("log", 6 * n), complex(math.log(36))),
        ]
    ),
)


def grow(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda t: (t[0][0] + t[1][0], t[0][1] + t[1][1])),
        two.map(lambda t: (t[0][0] * t[1][0], t[0][1] * t[1][1])),
        two.map(lambda t: (t[0][0] - t[1][0], t[0][1] - t[1][1])),
        st.tuples(inner, st.integers(0, 3)).map(lambda t: (t[0][0] ** t[1], t[0][1] ** t[1])),
        inner.map(lambda t: (call("conj", t[0]), t[1].conjugate())),
        inner.map(lambda t: (call("abs", t[0]), complex(abs(t[1])))),
        inner.map(lambda t: (call("cos", t[0] / 50), cmath.cos(t[1] / 50))),
        inner.map(lambda t: (call("exp", t[0] / 50), cmath.exp(t[1] / 50))),
    )


pairs = st.recursive(leaves, grow, max_leaves=6).filter(lambda t: abs(t[1]) < 1e4)
exprs = pairs.map(lambda t: t[0])


@settings(deadline=None)
@given(exprs, exprs, exprs)
def test_the_ring_laws_hold_as_identity_of_objects(a: Expr, b: Expr, c: Expr) -> None:
    assert a + b is b + a and a * b is b * a
    assert (a + b) + c is a + (b + c)
    assert a - a is ZERO and a + 0 is a and a * 1 is a and a * 0 is ZERO
    assert a * (b + c) is a * b + a * c
    assert Expr.sum([a, b, c]) is a + b + c


@settings(deadline=None)
@given(pairs)
def test_substitution_gives_the_number_that_arithmetic_gives(pair: Pair) -> None:
    e, wanted = pair
    assert abs(e.substitute(VALUES).approx() - wanted) <= 1e-8 * max(1.0, abs(wanted))


@settings(deadline=None)
@given(pairs)
def test_conj_is_conjugation_and_its_own_inverse(pair: Pair) -> None:
    e, wanted = pair
    assert abs(e.conj().substitute(VALUES).approx() - wanted.conjugate()) <= 1e-8 * max(1.0, abs(wanted))
    if e.is_real:
        assert e.conj() is e and abs(wanted.imag) <= 1e-8 * max(1.0, abs(wanted))


@settings(deadline=None)
@given(st.fractions(min_value=Fraction(1, 20), max_value=50, max_denominator=20), numbers, numbers)
def test_powers_of_positive_numbers_add_exponents(base: Fraction, r: Fraction, s: Fraction) -> None:
    assert power(const(base), r) * power(const(base), s) is power(const(base), r + s)
    assert math.isclose(power(const(base), r).approx().real, float(base) ** float(r), rel_tol=1e-13)


@settings(deadline=None)
@given(
    st.integers(-60, 60).filter(bool),
    st.sampled_from([Fraction(a, b) for b in (2, 3, 4, 6) for a in (-5, -1, 1, 2, 5)]),
)
def test_roots_of_negative_numbers_are_principal(base: int, r: Fraction) -> None:
    assert cmath.isclose(power(const(base), r).approx(), complex(base) ** float(r), rel_tol=1e-12)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_logs_of_products_are_sums(a: int, b: int) -> None:
    assert call("log", a * b) is call("log", a) + call("log", b)
    assert call("exp", call("log", const(Fraction(a, b)))) is const(Fraction(a, b))


@settings(deadline=None)
@given(st.integers(-30, 30), st.integers(-30, 30), st.integers(1, 6), st.integers(1, 40))
def test_comparisons_floor_and_mod_keep_their_meaning(a: int, b: int, m: int, value: int) -> None:
    e = a * n + b
    at_value = a * value + b
    for op, wanted in (
        ("<", at_value < 3),
        ("<=", at_value <= 3),
        (">", at_value > 3),
        (">=", at_value >= 3),
        ("==", at_value == 3),
        ("!=", at_value != 3),
    ):
        assert call(op, e, 3).substitute({"n": value}) is const(int(wanted))
        assert call(op, e / m, Fraction(3, m)) is call(op, e, 3)
    assert call("floor", e / m).substitute({"n": value}) is const(at_value // m)
    assert call("mod", e, m).substitute({"n": value}) is const(at_value % m)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (call("lambda", 2 * n), "-lambda(n)"),
        (n**x * n**k, "n^(k + x)"),
        ((2 * n) ** HALF, "2^(1/2)*n^(1/2)"),
        ((const(-1) ** n) ** 2, "1"),
        (call("exp", x) * call("exp", -x), "1"),
        (call("log", 12), "2*log(2) + log(3)"),
        (const(-4) ** HALF, "2i"),
        (1 / k * k, "k*k^-1"),
        (1 / n * n, "1"),
        ((n + 1) * (n - 1), "n^2 - 1"),
        (call("<", n, 5) ** 2, "1 - (n > 4)"),
        (call("re", call("exp", I * x)) * 2, "exp(-1i*x) + exp(1i*x)"),
        (const(-1) ** (n * (n + 1)), "1"),
        (call("exp", I * PI * n), "(-1)^n"),
        (call("Lambda", 6 * n), "0"),
        (call("Lambda", 4 * n), "ispower(2, n)*log(2)"),
        (call("cos", PI * n), "(-1)^n"),
        (const(2) ** n, "2^n"),
        (call("and", call(">", n, 2), call("not", call("==", n, 4))), "(n > 2) - (n == 4)*(n > 2)"),
        (call("chi", 5, 2).conj(), "chi(5, 3, n)"),
        (call("<=", 1, n), "1"),
        (-3 * p / 2, "-3*p/2"),
        ((n + 1) ** HALF * (n + 1) ** HALF, "n + 1"),
        (call("sqrt", 4 * n + 4), "2*(n + 1)^(1/2)"),
        (call("conv", call("mu"), call("log")), "conv(mu(n), log(n))"),
        (call("mod", 7 * n + 5, 3), "((n + 2) mod 3)"),
    ],
)
def test_simplifications_are_seen(value: Expr, text: str) -> None:
    assert str(value) == text


@settings(deadline=None)
@given(exprs)
def test_text_reads_back_to_the_same_object(e: Expr) -> None:
    from qwasm.ir.elaborate import expression

    kinds: Any = {"p": "prime", "k": "int", "x": "real", "z": "complex"}
    assert expression(str(e), variables=kinds) is e


def test_comparisons_of_constants_are_exact() -> None:
    near = const(Fraction(14142135623730950488016887242096980785696718753769, 10**49))
    assert call("<", const(2) ** HALF, near) is ZERO and call(">", const(2) ** HALF, near) is ONE
    assert call("==", call("sqrt", 2) * call("sqrt", 3), call("sqrt", 6)) is ONE
    assert call("floor", call("sqrt", 10**40)) is const(10**20)
    assert call("floor", call("sqrt", 10**40 - 1)) is const(10**20 - 1)
    with pytest.raises(QwasmError, match="QW0353"):
        call("<", I, 1)
    with pytest.raises(QwasmError, match="QW0353"):
        call("==", call("cos", 1) ** 2 + call("sin", 1) ** 2, 1)


@pytest.mark.parametrize(
    ("code", "build"),
    [
        ("QW0350", lambda: 1 / ZERO),
        ("QW0350", lambda: call("mod", n, 0)),
        ("QW0352", lambda: call("log", 0)),
        ("QW0350", lambda: (1 / k).substitute({"k": 0})),
        ("QW0420", lambda: const(2) ** 10**9),
        ("QW0420", lambda: const(Fraction(1, 3)) ** -(10**9)),
        ("QW0354", lambda: call("exp", n, n)),
        ("QW0421", lambda: (n + 1) ** 200 * (x + 1) ** 200 * (z + 1) ** 200),
        ("QW0420", lambda: const(2) ** Fraction(10**9, 2)),
    ],
    ids=[
        "1/0",
        "mod 0",
        "log 0",
        "1/k at 0",
        "2^large",
        "1/3^large",
        "two arguments",
        "too many terms",
        "root of large",
    ],
)
def test_what_has_no_value_says_so(code: str, build: Any) -> None:
    with pytest.raises(QwasmError, match=code):
        build()


def test_depth_and_length_do_not_matter() -> None:
    e = x
    for _ in range(3_000):
        e = call("exp", e) / 2
    assert str(e).count("exp") == 3_000
    assert e.substitute({"x": 0}).is_constant and e.conj() is e
    long = Expr.sum(call("cos", j * n) for j in range(1, 2_000))
    assert len(long.terms) == 1_999 and (long - long) is ZERO


def test_the_order_of_terms_does_not_depend_on_history() -> None:
    a, b, c = call("cos", 7 * n), call("log", n + 4), n**3 / 5
    assert str(a + b + c) == str(c + b + a) == "n^3/5 + cos(7*n) + log(n + 4)"
