"""A multiplier stands as far left as it goes, whichever way a product was bracketed."""

from __future__ import annotations

import pytest

from qwasm.ir.build import build
from qwasm.ir.module import Module
from qwasm.ir.text import parse_module, print_module
from qwasm.syntax import parse


def applying(*operators: str) -> Module:
    lines = "".join(f"qop.apply q1, q0, {operator}\n" for operator in operators)
    return build(parse(f".space N = 6\n.func main\nfill q0, n\n{lines}end\n", "x.qw"))[0]


@pytest.mark.parametrize(
    "operator", ["A[2] S[1] V(n)", "(2*V(n) + I) A[2] A[3] S[1]", "(A[2] + A[3]) V(n) S[1]", "inv(I - A[2]) V(n) S[1]"]
)
def test_what_is_printed_reads_back_as_itself(operator: str) -> None:
    once = print_module(applying(operator))
    assert print_module(parse_module(once)) == once


def test_brackets_around_a_shift_do_not_matter() -> None:
    module = applying("A[2] S[1] V(n)", "(A[2] S[1]) V(n)", "A[2] (S[1] V(n))")
    assert len({op.attributes["X"] for op in module.walk() if op.name == "qop.apply"}) == 1
