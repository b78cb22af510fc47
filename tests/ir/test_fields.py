"""What has no meaning in the field is a type error with a place: complex numbers in real fields, orders of residues."""

from __future__ import annotations

import numpy as np
import pytest

from qwasm.algebra.realness import off_real
from qwasm.algebra.ring import Expr, I, symbol
from qwasm.diagnostics import Diagnostic, QwasmError
from qwasm.ir.build import build
from qwasm.ir.verify import verify
from qwasm.syntax import parse


def refusal(line: str, field: str, N: int = 20, head: str = "") -> Diagnostic | None:
    """The first error of a program with this line, or None."""
    lines = ["fill q0, 1", "set s0, 2", *line.split("\n")]
    body = "\n".join(f"    {item}" for item in lines)
    text = f".qwasm 1.0\n.space N = {N}, field = {field}\n{head}\n.func main\n{body}\n    halt\nend\n"
    try:
        module, _ = build(parse(text))
        verify(module)
    except QwasmError as error:
        return error.diagnostics[0]
    return None


COMPLEX = (
    "fill q1, chi(7, 3)",
    "fill q1, exp(2i*pi*n/7)",
    "fill q1, (-1)^(n/2)",
    "fill q1, sqrt(n - 3)",
    "map q1, q0, x*chi(5, 2)",
    "map q1, q0, 2i*x",
    "set s1, 2i*s0",
    "set s1, 1 + 1i",
    "qop.apply q1, q0, Dir(chi(5, 2))",
    "qop.apply q1, q0, V(chi(5, 2)) A[2]",
    "qop.apply q1, q0, 2i*A[2]",
    "qop.apply q1, q0, exp(1i*A[2])",
    "qop.apply q1, q0, out(1, chi(5, 2))",
    "qop.apply q1, q0, sum p in primes(2, 7): chi(5, 2, p)*A[p]",
    "qop.apply q1, q0, (sum p in primes(2, 7): chi(5, 2, p)*A[p])^2",
    "arith.sum q1, q0, chi(5, 2)",
    "qop.poly q1, q0, A[2], (1, 2i)",
    "qop.combine q1, q0, q0, 1i, 2",
    "qop.combine q1, q0, q0, 1i*s0, 2",
    "trace s1, V(chi(5, 2)), 1",
    "spectrum v0, 1i*V(n), 2",
    "loop k, 3\n    fill q1, 2i*k\nend",
    "if s0 == 2\n    fill q1, chi(7, 3)\nend",
)
REAL = (
    "fill q1, chi(5, 4)",
    "fill q1, chi(4, 3)",
    "fill q1, re(chi(7, 3))",
    "fill q1, abs(chi(7, 3))",
    "fill q1, chi(5, 2)*conj(chi(5, 2))",
    "fill q1, exp(1i*pi*n)",
    "fill q1, chi(5, 2) + chi(5, 3)",
    "fill q1, log(n - 1/2)",
    "map q1, q0, sqrt(x)",
    "map q1, q0, x*chi(4, 3)",
    "set s1, sqrt(s0 - 1)",
    "loop k, 3\n    fill q1, k*chi(5, 4)\nend",
    "qop.apply q1, q0, 1i*A[2] 2i*B[3]",
    "qop.apply q1, q0, Dir(chi(4, 3))",
    "qop.apply q1, q0, sum p in primes(2, 7): chi(5, 4, p)*A[p]",
    "qop.apply q1, q0, B[11] V(chi(5, 2))",
)


@pytest.mark.parametrize("field", ["real", "real32"])
@pytest.mark.parametrize("line", COMPLEX)
def test_a_complex_value_in_a_real_field_is_a_type_error_at_its_place(line: str, field: str) -> None:
    found = refusal(line, field)
    assert found is not None and found.code == "QW0227"
    assert found.span is not None and found.span.line >= 7 and found.span.column > 5
    assert found.hint is not None and "field = complex" in found.hint
    assert refusal(line, "complex") is None


@pytest.mark.parametrize("line", REAL)
def test_a_real_value_written_with_complex_numbers_is_legal_in_a_real_field(line: str) -> None:
    assert refusal(line, "real") is None


def test_only_the_places_that_are_read_decide() -> None:
    assert refusal("fill q1, chi(7, 3)", "real", N=1) is None
    assert refusal("fill q1, chi(7, 3)", "real", N=2) is not None


def test_the_error_names_the_place_and_the_variable_as_it_was_written() -> None:
    found = refusal("qop.apply q1, q0, sum p in primes(2, 7): chi(5, 2, p)*A[p]", "real")
    assert found is not None and "chi(5, 2, p) is not real at p = 2" in found.message


def test_what_is_known_only_while_running_is_not_refused() -> None:
    x, k = symbol("x", "real"), symbol("k", "int")
    assert off_real((x - 2) ** Expr.sum([1]) * x, {}) is None
    assert off_real(I * k, {}) is not None
    assert off_real(I * symbol("n", "nat"), {"n": np.arange(0)}) is None


ORDERS = (
    "if s0 > 7/2\n    set s1, 1\nend",
    "while s0 <= 5 max 3\n    set s0, 2*s0\nend",
    "jif.gt s0, 1/2, over\nset s1, 1\nover:",
    "jif.lt 1/2, s0, over\nset s1, 1\nover:",
    "again:\nset s0, 2*s0\nqloop again, s0 < 100 max 3",
    "set s1, max(s0, 2)",
    "set s1, min(2, 3*s0)",
    "set s1, abs(s0)",
    "set s1, floor(s0/2)",
    "set s1, s0 mod 3",
    "set s1, (floor(s0) == 2)",
    "assert s0 >= 1",
    "map q1, q0, x > 2",
)
UNORDERED = (
    "if s0 == 7/2\n    set s1, 1\nend",
    "while s0 != 5 max 3\n    set s0, 2*s0\nend",
    "jif.eq s0, 1/2, over\nset s1, 1\nover:",
    "loop k, 3\n    if k > 2\n        set s1, max(k, 2)*s0\n    end\nend",
    "if N >= 20\n    set s1, floor(7/2)\nend",
    "assert not s0 == 1",
    "fill q1, (n mod 3)*(n > 2)",
)


@pytest.mark.parametrize("line", ORDERS)
def test_an_order_of_residues_is_a_type_error(line: str) -> None:
    found = refusal(line, "mod(101)")
    assert found is not None and found.code == "QW0227" and "order" in found.message
    assert refusal(line, "real") is None


@pytest.mark.parametrize("line", UNORDERED)
def test_equality_of_residues_and_the_order_of_integers_are_legal(line: str) -> None:
    assert refusal(line, "mod(101)") is None
