"""Every letter's two meanings agree, and every operator's text means that operator."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from qwasm.algebra.functions import call
from qwasm.algebra.letters import ROWS, Letter, build, lookup, manual, table
from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import I as IMAGINARY
from qwasm.algebra.ring import const, symbol
from qwasm.space import Field, Space, Weight

a = Algebra()
n = symbol("n", "nat")
p = symbol("p", "prime")
SAMPLES: dict[str, tuple[object, ...]] = {
    "index": (6,),
    "exponent": (Fraction(1, 3),),
    "cyclic": (True,),
    "arith": (n**2 + IMAGINARY * call("log", n),),
    "operator": (a.identity() - a.scale(Fraction(1, 2), a.B(2)),),
    "coefficient": (1 / p,),
    "low": (2,),
    "high": (11,),
}
every = pytest.mark.parametrize("letter", table().values(), ids=lambda x: x.name)


def arguments(letter: Letter) -> list[tuple[object, ...]]:
    full = tuple(SAMPLES[kind][0] for kind in letter.arguments)
    return [full[:count] for count in range(letter.least, len(full) + 1)]


@every
@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2, 3)])
def test_the_declared_adjoint_is_the_adjoint(letter: Letter, s: Fraction) -> None:
    for args in arguments(letter):
        if letter.name == "adj":
            x = build(a, "adj", *args, weight=Weight(s))
        else:
            x = build(a, letter.name, *args)
        assert x.adjoint(Weight(s)) is letter.adjoint(a, s, *args)


@every
@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2, 3)])
def test_the_adjoint_satisfies_its_definition_numerically(letter: Letter, s: Fraction) -> None:
    N = 14
    space = Space(N, Weight(s), Field("complex"))
    w = np.arange(1, N + 1.0) ** -float(s)
    for args in arguments(letter):
        x = build(a, letter.name, *args)
        matrix, star = x.to_dense(space), x.adjoint(Weight(s)).to_dense(space)
        np.testing.assert_allclose(w[:, None] * star, (w[:, None] * matrix).conj().T, rtol=1e-11, atol=1e-11)
        hilbert = x.to_dense(space, "hilbert")
        np.testing.assert_allclose(hilbert, matrix * np.sqrt(w)[:, None] / np.sqrt(w)[None, :], rtol=1e-11, atol=1e-11)


def test_the_table_is_its_own_manual() -> None:
    text = manual()
    assert all(f"| `{row.form}` | {row.doc} |" in text for row in ROWS)
    assert lookup("A") is ROWS[1] and lookup("nothing") is None


def test_a_letter_with_too_many_arguments_names_its_form() -> None:
    with pytest.raises(TypeError, match="write P\\[m\\]"):
        build(a, "P", 2, 3)


def test_texts_read_back_as_the_same_value() -> None:
    from qwasm.ir.elaborate import operator
    from tests.algebra.test_planning import CASES
    from tests.algebra.test_planning import operator as case

    for truncation, name in CASES:
        x = case(truncation, name)
        assert operator(str(x), Space(100, Weight(Fraction(1)), Field(), truncation)) is x
    q = symbol("q", "prime")
    nested = a.family("sum", p, "primes", 2, 9, a.family("sum", q, "primes", 2, p, a.A(q)) * a.A(p))
    roots = a.scale(const(2) ** Fraction(1, 2), a.exp(a.scale(Fraction(-1, 2), nested)))
    for x in (nested, roots, -roots, a.zero(), a.identity()):
        assert operator(str(x), Space(100)) is x
