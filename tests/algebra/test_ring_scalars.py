"""Scalars carry error bars that hold the truth, and comparisons that admit what they cannot know."""

from __future__ import annotations

import cmath
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwasm.algebra.functions import call
from qwasm.algebra.ring import Expr, I, const, symbol
from qwasm.algebra.scalars import scalar, truth
from qwasm.diagnostics import QwasmError
from qwasm.scalar import Scalar
from qwasm.space import Field

REAL, COMPLEX = Field(), Field("complex")
s, t, k = symbol("s", "scalar"), symbol("t", "scalar"), symbol("k", "nat")
values = st.fractions(min_value=Fraction(1, 8), max_value=20, max_denominator=64)
spreads = st.floats(0, 0.05)

UNARY: list[tuple[Any, Any]] = [
    (lambda a: call("exp", a), math.exp),
    (lambda a: call("log", a), math.log),
    (lambda a: call("sqrt", a), math.sqrt),
    (lambda a: call("sin", a), math.sin),
    (lambda a: call("cos", a), math.cos),
    (lambda a: call("abs", a - 5), lambda v: abs(v - 5)),
    (lambda a: a**3 - 2 * a, lambda v: v**3 - 2 * v),
    (lambda a: 1 / a, lambda v: 1 / v),
    (lambda a: a ** Fraction(-2, 3), lambda v: v ** (-2 / 3)),
    (lambda a: call("max", a, 3, 1 / a), lambda v: max(v, 3, 1 / v)),
    (lambda a: call("floor", a), math.floor),
    (lambda a: call("mod", a, 3), lambda v: v % 3),
    (lambda a: call("exp", a) / (1 + call("exp", a)), lambda v: math.exp(v) / (1 + math.exp(v))),
    (lambda a: call(">", a, 2) + 2 * call("<=", a, 2), lambda v: 1 if v > 2 else 2),
]


@pytest.mark.parametrize("case", range(len(UNARY)))
@settings(deadline=None)
@given(value=values, spread=spreads, shift=st.floats(-1, 1))
def test_the_true_value_lies_inside_the_bar(case: int, value: Fraction, spread: float, shift: float) -> None:
    build, plain = UNARY[case]
    true = float(value) + spread * shift * 0.999
    got = scalar(build(s), {"s": Scalar(float(value), spread, "bound")}, REAL)
    assert abs(got.value - plain(true)) <= got.error + 4e-15 * max(1.0, abs(plain(true)))
    assert got.kind == "bound" or got.error == 0


@settings(deadline=None)
@given(a=values, b=values, spread=spreads, angle=st.floats(0, 7))
def test_complex_bars_hold_the_truth(a: Fraction, b: Fraction, spread: float, angle: float) -> None:
    z, w = complex(float(a), float(b)), complex(-float(b), 1.0)
    true = z + 0.99 * spread * cmath.exp(1j * angle)
    env = {"s": Scalar(z, spread, "bound"), "t": Scalar(w)}
    for e, wanted in [
        (s * t + I, true * w + 1j),
        (s / t, true / w),
        (call("exp", s), cmath.exp(true)),
        (call("log", s), cmath.log(true)),
        (call("abs", s), abs(true)),
        (call("re", s * t), (true * w).real),
        (call("sqrt", s), cmath.sqrt(true)),
        (call("conj", s) ** 2, true.conjugate() ** 2),
    ]:
        got = scalar(e, env, COMPLEX)
        assert abs(got.value - wanted) <= got.error + 1e-13 * max(1.0, abs(wanted))


@settings(deadline=None)
@given(value=values, other=values, spread=spreads)
def test_comparisons_are_decided_exactly_when_the_bar_decides(value: Fraction, other: Fraction, spread: float) -> None:
    env = {"s": Scalar(float(value), spread, "statistical"), "t": Scalar(other)}
    got = truth(scalar(call("<", s, t), env, REAL))
    gap = float(other) - float(value)
    if abs(gap) > spread + 1e-12:
        assert got is (gap > 0)
    elif abs(gap) < spread - 1e-12:
        assert got is None


def test_logic_with_undecided_parts_is_three_valued() -> None:
    env = {"s": Scalar(1.0, 0.25, "bound"), "t": Scalar(2.0)}
    unknown, true, false = call(">", s, 1), call(">", t, 1), call("<", t, 1)

    def decide(e: Expr) -> bool | None:
        return truth(scalar(e, env, REAL))

    assert decide(unknown) is None and decide(call("not", unknown)) is None
    assert decide(call("or", unknown, true)) is True and decide(call("and", unknown, false)) is False
    assert decide(call("or", unknown, false)) is None and decide(call("and", unknown, true)) is None
    assert decide(call("or", unknown, call("not", unknown))) is True


def test_exact_scalars_stay_exact() -> None:
    assert scalar(s / 3 + k, {"s": Scalar(Fraction(1, 2)), "k": Scalar(4)}, REAL) == Scalar(Fraction(25, 6))
    assert scalar(call("tau", k), {"k": Scalar(12)}, REAL) == Scalar(6)
    assert scalar(call("==", s, 2), {"s": Scalar(2.0)}, REAL).value == 1
    assert scalar(const(7), {}, REAL) == Scalar(7)
    root = scalar(call("sqrt", k), {"k": Scalar(2)}, REAL)
    assert root.kind == "bound" and 0 < root.error < 1e-15


def test_the_weakest_kind_is_kept() -> None:
    env = {"s": Scalar(1.0, 0.1, "statistical"), "t": Scalar(2.0, 0.1, "bound")}
    assert scalar(s + t, env, REAL).kind == "statistical" and scalar(t + 1, env, REAL).kind == "bound"


def test_scalars_modulo_l_are_residues_and_equality_is_of_residues() -> None:
    field = Field("mod", 101)
    assert scalar(s * t + 1, {"s": Scalar(50), "t": Scalar(4)}, field) == Scalar(100)
    assert scalar(call("==", s, -1), {"s": Scalar(100)}, field) == Scalar(1)
    assert scalar(s / 2, {"s": Scalar(1)}, field) == Scalar(51)


@pytest.mark.parametrize(
    ("code", "e"),
    [
        ("QW0640", 1 / (s - 1)),
        ("QW0640", call("log", s - 1)),
        ("QW0645", symbol("missing", "scalar")),
        ("QW0643", call("exp", I * s)),
        ("QW0641", call("mu", s)),
        ("QW0640", call("exp", 1000 * s)),
    ],
)
def test_scalars_without_a_value_say_so(code: str, e: Expr) -> None:
    with pytest.raises(QwasmError, match=code):
        scalar(e, {"s": Scalar(1.0, 0.1, "bound")}, REAL)
