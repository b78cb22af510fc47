"""Statements: what a text becomes without the algebra."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.prover.statement import statement
from qwasm.syntax import parse, parse_expression


def left(text: str, source: str = "", **options: Any) -> Any:
    definitions = parse(source).statements if source else ()
    return statement(parse_expression(text), parse_expression("I"), definitions=definitions, **options)["lhs"]


def test_k_is_written_out() -> None:
    assert left("K[p, c]") == [
        "sum", ["scale", ["^", "p", ["*", -1, "c"]], ["A", "p"]], ["scale", ["^", "p", "c"], ["B", "p"]],
    ]  # fmt: skip


def test_adjoints_are_written_out_in_the_weight() -> None:
    assert left("adj(A[p] V(2i))", weight=Fraction(1, 2)) == [
        "product", ["V", ["*", 2, ["*", -1, "%i"]]], ["scale", ["^", "p", "1/2"], ["B", "p"]],
    ]  # fmt: skip
    assert left("adj(Dir(mu))", weight=Fraction(1)) == ["coDir", ["*", ["mu", "n"], "n"]]
    assert left("adj(adj(X))", variables={"X": "op"}) == ["op", "X"]


def test_definitions_and_macros_are_written_out() -> None:
    source = ".op H = A[2] + B[2]\n.macro twice(x, p) = x x A[p]\n.arith g(n) = n^2\n"
    assert left("twice(H, 3)", source) == [
        "product", ["sum", ["A", 2], ["B", 2]], ["sum", ["A", 2], ["B", 2]], ["A", 3],
    ]  # fmt: skip
    assert left("V(g)", source) == ["V", ["^", "n", 2]]


def test_diffusion_is_a_family() -> None:
    assert left("D", ".diffusion c = 1/p, primes(2, 50)\n") == [
        "over", "sum", "p", "primes", 2, 50, ["scale", ["^", "p", -1], ["sum", ["A", "p"], ["B", "p"]]],
    ]  # fmt: skip


def test_a_bound_name_does_not_capture_a_free_one() -> None:
    _, _, bound, *_, body = left("twist(p)", ".macro twist(x) = sum p in primes(2, 9): (A[p] A[x])\n")
    assert bound != "p" and body == ["product", ["A", bound], ["A", "p"]]
    _, _, bound, _, _, high, body = left("sum p in primes(2, p): A[p]")
    assert bound != "p" and high == "p" and body == ["A", bound]


def test_short_families_of_integers_and_products_are_written_out() -> None:
    assert left("sum d in ints(2, 4): A[d]") == ["sum", ["A", 2], ["A", 3], ["A", 4]]
    assert left("prod p in primes(2, 5): A[p]") == ["product", ["A", 2], ["A", 3], ["A", 5]]
    assert left("sum d in ints(5, 4): A[d]") == ["sum"]


def test_truth_values_are_zero_and_one() -> None:
    assert left("V(not n)") == ["V", ["not", ["!=", "n", 0]]]
    assert left("V(n > 2 and n)") == ["V", ["*", [">", "n", 2], ["!=", "n", 0]]]


def test_names_in_an_index_are_primes() -> None:
    value = statement(parse_expression("t*A[p]"), parse_expression("t*A[p]"))
    assert value["vars"] == {"p": "prime", "t": "real"}


@pytest.mark.parametrize("text", ["A[2] + 1", "3", "A[2]/B[2]", "adj(2)", "D"])
def test_mixing_numbers_and_operators_is_an_error(text: str) -> None:
    with pytest.raises(QwasmError):
        left(text)
