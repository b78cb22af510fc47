"""Every declared arithmetic function means what its row says, four ways, and what a brute-force count says."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.functions import call
from qwasm.algebra.ring import const, symbol
from qwasm.arith.characters import angles
from qwasm.arith.functions import merged
from qwasm.arith.numbers import Numbers
from qwasm.arith.rows import ArithFunction
from qwasm.arith.table import TABLE
from qwasm.diagnostics import QwasmError
from qwasm.space import Field

N = 240
PARAMS: dict[str, list[tuple[int, ...]]] = {
    "sigma": [(0,), (1,), (3,), (11,), (-1,), (-2,)],
    "J": [(0,), (1,), (2,), (5,), (-1,), (-3,)],
    "val": [(2,), (6,)],
    "ispower": [(2,), (3,), (6,)],
    "gcd": [(12,), (7,)],
    "chi": [(1, 1), (3, 2), (5, 2), (8, 3), (12, 5), (15, 7), (16, 3), (49, 3)],
}
CASES = [(row, params) for row in TABLE.values() for params in PARAMS.get(row.name, [()])]
every = pytest.mark.parametrize(
    ("row", "params"), CASES, ids=lambda x: x.name if isinstance(x, ArithFunction) else str(x)
)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def prime_divisors(n: int) -> list[int]:
    return [d for d in divisors(n) if len(divisors(d)) == 2]


def exponent(p: int, n: int) -> int:
    return max(k for k in range(20) if n % p**k == 0)


def character(q: int, m: int, n: int) -> complex | int:
    """Conrey's definition for a prime power q, by trial of exponents; a product over the prime powers of q."""
    if math.gcd(q, n) > 1:
        return 0
    angle = Fraction(0)
    for p in prime_divisors(q):
        size, e = p ** exponent(p, q), exponent(p, q)
        if p == 2:
            if e == 1:
                continue
            sign = {x % size: (s, a) for a in range(max(size // 4, 1)) for s in (1, -1) for x in (s * 5**a,)}
            (sm, am), (sn, an) = sign[m % size], sign[n % size]
            angle += Fraction((1 - sm) * (1 - sn), 8)
            if e > 2:
                angle += Fraction(am * an, size // 4)
        else:
            order = size - size // p
            root = next(g for g in range(2, p * p) if len({pow(g, k, p * p) for k in range(p * p)}) == p * (p - 1))
            logs = {pow(root, k, size): k for k in range(order)}
            angle += Fraction(logs[m % size] * logs[n % size], order)
    return cmath.exp(2j * math.pi * float(angle % 1))


ORACLE: dict[str, Callable[..., Any]] = {
    "Lambda": lambda n: math.log(prime_divisors(n)[0]) if len(prime_divisors(n)) == 1 else 0,
    "mu": lambda n: 0 if any(n % (p * p) == 0 for p in prime_divisors(n)) else (-1) ** len(prime_divisors(n)),
    "lambda": lambda n: (-1) ** sum(exponent(p, n) for p in prime_divisors(n)),
    "phi": lambda n: sum(math.gcd(m, n) == 1 for m in range(1, n + 1)),
    "tau": lambda n: len(divisors(n)),
    "omega": lambda n: len(prime_divisors(n)),
    "Omega": lambda n: sum(exponent(p, n) for p in prime_divisors(n)),
    "sigma": lambda n, k: sum(Fraction(d) ** k for d in divisors(n)),
    "J": lambda n, k: Fraction(n) ** k * math.prod(1 - Fraction(p) ** -k for p in prime_divisors(n)),
    "isprime": lambda n: int(len(divisors(n)) == 2),
    "val": lambda n, p: exponent(p, n),
    "ispower": lambda n, p: int(n in {p**k for k in range(20)}),
    "gcd": lambda n, k: math.gcd(n, k),
    "chi": lambda n, q, m: character(q, m, n),
}


@every
def test_the_exact_value_is_what_a_count_gives(row: ArithFunction, params: tuple[int, ...]) -> None:
    for n in range(1, N + 1):
        assert abs(row.at(n, params).approx() - complex(ORACLE[row.name](n, *params))) <= 1e-12 * n**11
        exact = row.at(n, params).rational()
        if exact is not None and row.name != "chi":
            assert exact == ORACLE[row.name](n, *params)


@every
def test_tables_agree_with_exact_values_in_every_number_system(row: ArithFunction, params: tuple[int, ...]) -> None:
    exact = [row.at(n, params) for n in range(1, N + 1)]
    wanted = np.array([e.approx() for e in exact])
    kinds = ["complex"] if row.name == "chi" else ["float", "complex"]
    for kind in kinds:
        table = row.table(N, Numbers("float" if kind == "float" else "complex"), params)
        np.testing.assert_allclose(table, wanted if kind == "complex" else wanted.real, rtol=1e-13, atol=1e-14)
    if row.residues and row.name != "chi":
        fractions = [e.rational() or Fraction(0) for e in exact]
        for l in (2, 3, 2_147_483_647):
            if all(f.denominator % l for f in fractions):
                table = row.table(N, Numbers("mod", l), params)
                assert table.tolist() == [f.numerator * pow(f.denominator, -1, l) % l for f in fractions]
            else:
                with pytest.raises(QwasmError, match="QW0642"):
                    row.table(N, Numbers("mod", l), params)


@every
def test_the_value_at_prime_powers_agrees_with_the_exact_value(row: ArithFunction, params: tuple[int, ...]) -> None:
    p, k = symbol("p", "prime"), symbol("k", "nat")
    for prime, power in [(2, 1), (2, 5), (3, 2), (7, 3), (101, 1)]:
        exact = row.at(prime**power, params)
        if row.power is not None:
            assert row.power(Numbers(), params, prime, power) == exact.rational()
        if row.formula is not None:
            formula = row.formula(tuple(const(a) for a in params), p, k)
            assert formula.substitute({"p": prime, "k": power}) is exact


@every
def test_the_declared_law_holds(row: ArithFunction, params: tuple[int, ...]) -> None:
    for m, n in [(4, 9), (8, 15), (7, 30), (6, 10), (12, 18)]:
        if row.kind != "other" and (row.completely or math.gcd(m, n) == 1):
            parts = row.at(m, params), row.at(n, params)
            both = parts[0] + parts[1] if row.additive else parts[0] * parts[1]
            assert row.at(m * n, params) is both


@every
def test_an_expression_at_a_multiple_agrees_with_the_table(row: ArithFunction, params: tuple[int, ...]) -> None:
    n = symbol("n", "nat")
    for h in (2, 4, 6):
        e = call(row.name, *params, h * n)
        for value in (1, 2, 3, 8, 9, 10):
            assert e.substitute({"n": value}) is row.at(h * value, params)


def test_orders_may_be_negative_or_zero() -> None:
    n, k = symbol("n", "nat"), symbol("k", "int")
    assert call("sigma", -1, n) is call("sigma", 1, n) / n
    assert [call("J", 0, m).integer() for m in (1, 2, 6)] == [1, 0, 0]
    assert call("J", -2, n).is_real and not call("J", -2, n).is_integer
    assert call("sigma", k, n).positive and not call("sigma", k, n).is_integer
    perfect = call("==", call("sigma", -1, n), const(2))
    points = np.arange(1, 500)
    found = evaluate(perfect, Field(), {"n": points})
    assert (np.flatnonzero(found) + 1).tolist() == [6, 28, 496]
    for order in (-2, -1, 0, 1):
        values = evaluate(call("J", k, n), Field(), {"n": points[:60], "k": order})
        np.testing.assert_allclose(values, [float(ORACLE["J"](m, order)) for m in range(1, 61)], rtol=1e-12)


def test_a_negative_order_has_residues_where_the_divisors_do() -> None:
    n = symbol("n", "nat")
    for name in ("sigma", "J"):
        values = evaluate(call(name, -1, n), Field("mod", 13), {"n": np.arange(1, 13)})
        exact = [ORACLE[name](m, -1) for m in range(1, 13)]
        assert values.tolist() == [x.numerator * pow(x.denominator, -1, 13) % 13 for x in exact]
        with pytest.raises(QwasmError, match="QW0642"):
            evaluate(call(name, -1, n), Field("mod", 13), {"n": np.arange(1, 14)})


@settings(deadline=None)
@given(n=st.integers(1, 10**15))
def test_totient_sums_and_divisor_counts_match_at_large_n(n: int) -> None:
    phi, tau = TABLE["phi"].at(n).integer(), TABLE["tau"].at(n).integer()
    assert phi is not None and tau is not None
    assert phi * TABLE["sigma"].at(n, (1,)).integer() <= n * n  # type: ignore[operator]
    assert TABLE["J"].at(n, (1,)).integer() == phi and TABLE["sigma"].at(n, (0,)).integer() == tau


def test_character_tables_are_orthogonal() -> None:
    for q in (9, 16, 20, 35):
        units = [m for m in range(1, q) if math.gcd(m, q) == 1]
        for m in units:
            total = sum(cmath.exp(2j * math.pi * float(a)) for a in angles(q, m) if a is not None)
            assert abs(total - (len(units) if m == 1 else 0)) < 1e-9


def test_a_plug_in_cannot_take_a_name_in_use() -> None:
    with pytest.raises(QwasmError, match="QW0598"):
        merged([("stranger", ArithFunction("tau", "another tau"))])
    with pytest.raises(QwasmError, match="QW0598"):
        merged([("one", ArithFunction("rad", "radical")), ("two", ArithFunction("rad", "radical"))])
    with pytest.raises(QwasmError, match="QW0598"):
        merged([("stranger", ArithFunction("sqrt", "another root"))])


@pytest.mark.parametrize(
    ("code", "name", "args"),
    [
        ("QW0351", "mu", (0,)),
        ("QW0351", "tau", (Fraction(1, 2),)),
        ("QW0355", "chi", (4, 2, 3)),
        ("QW0354", "tau", (1, 2)),
        ("QW0357", "val", (1, 5)),
        ("QW0357", "sigma", (Fraction(1, 2), 5)),
        ("QW0420", "sigma", (10**9, 6)),
        ("QW0420", "J", (-(10**9), 6)),
        ("QW0358", "dinv", (0, 5)),
        ("QW0354", "nothing", (1,)),
        ("QW0422", "mu", ((2**127 - 1) * (2**107 - 1),)),
    ],
)
def test_a_call_without_a_value_says_why(code: str, name: str, args: tuple[int | Fraction, ...]) -> None:
    with pytest.raises(QwasmError, match=code):
        call(name, *args)
