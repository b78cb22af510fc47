"""What is called multiplicative is, and its formula at prime powers is its value there."""

from __future__ import annotations

import math

import pytest

from qwasm.algebra.functions import call
from qwasm.algebra.ring import ONE, Expr, symbol
from qwasm.arith.functions import is_multiplicative, prime_powers

n, p, k, x = symbol("n", "nat"), symbol("p", "prime"), symbol("k", "nat"), symbol("x", "real")
MULTIPLICATIVE = [
    ONE,
    n**3,
    1 / n,
    call("mu"),
    call("lambda") / n,
    call("phi") * call("tau") ** 2,
    call("sigma", 2),
    call("J", 2),
    1 / call("mu"),
    call("chi", 5, 2) * n,
    call("conv", call("mu"), n),
    call("dinv", call("tau") * n),
    call("euler", p * k + 1),
    call("gcd", n, 12),
    call("==", n, 1),
    n**x,
]
OTHER = [
    2 * n,
    n + 1,
    call("Lambda"),
    call("log"),
    call("mu", 2 * n),
    call("omega"),
    call("<", n, 5),
    call("conv", call("mu"), call("log")),
    call("isprime"),
    x * n,
]


@pytest.mark.parametrize("e", MULTIPLICATIVE, ids=str)
def test_multiplicative_expressions_are_seen_and_obey_the_law(e: Expr) -> None:
    assert is_multiplicative(e)
    if "x" in e.symbols or "inv" in str(e.terms):
        return
    for a, b in [(1, 5), (4, 9), (8, 15), (2, 3), (7, 12)]:
        assert e.substitute({"n": a * b}) is e.substitute({"n": a}) * e.substitute({"n": b})


@pytest.mark.parametrize("e", OTHER, ids=str)
def test_other_expressions_are_not_called_multiplicative(e: Expr) -> None:
    assert not is_multiplicative(e)


@pytest.mark.parametrize("e", MULTIPLICATIVE, ids=str)
def test_formulas_at_prime_powers_are_the_values_there(e: Expr) -> None:
    formula = prime_powers(e)
    if formula is None or "inv" in str(e.terms):
        return
    for prime, power in [(2, 1), (2, 3), (3, 2), (5, 1), (7, 2)]:
        value = formula.substitute({"p": prime, "k": power, "x": 2}).approx()
        wanted = e.substitute({"n": prime**power, "x": 2}).approx()
        assert math.isclose(abs(value - wanted), 0, abs_tol=1e-12 * max(1, abs(wanted)))
