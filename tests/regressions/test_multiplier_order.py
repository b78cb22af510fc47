"""A multiplier stands as far left as it goes, whichever way a product was bracketed."""

from __future__ import annotations

import pytest

from qwasm.ir.build import build
from qwasm.ir.text import parse_module, print_module
from qwasm.syntax import parse

BRACKETS = (
    "A[2] S[1] V(n)",
    "(A[2] S[1]) V(n)",
    "A[2] (S[1] V(n))",
    "(2*V(n) + I) A[2] A[3] S[1]",
    "inv(I - A[2]) V(n) S[1]",
)


@pytest.mark.parametrize("operator", BRACKETS)
def test_what_is_printed_reads_back_as_itself(operator: str) -> None:
    text = f'.space N = 6\n.func main\nfill q0, n\nqop.apply q0, q0, {operator}\nemit "q0", q0\nend\n'
    once = print_module(build(parse(text, "x.qw"))[0])
    assert print_module(parse_module(once)) == once


def test_brackets_around_a_shift_do_not_matter() -> None:
    head = ".space N = 6\n.func main\nfill q0, n\n"
    lines = (f'qop.apply q1, q0, {operator}\nemit "q1", q1\nend\n' for operator in BRACKETS[:3])
    assert len({print_module(build(parse(head + line, "x.qw"))[0]).split("digest")[1][70:] for line in lines}) == 1
