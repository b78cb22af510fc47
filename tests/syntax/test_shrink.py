"""A shrunk program still fails, parses, and has nothing left that could go."""

from __future__ import annotations

import pytest

from qwasm.syntax import parse, print_program
from qwasm.syntax.shrink import shrink
from qwasm.syntax.tree import Program
from tests.ir.programs import HEAT, PROGRAMS


def holds(word: str, program: Program) -> bool:
    """Whether the text of a program, read back, holds a word."""
    text = print_program(program)
    parse(text)
    return word in text


@pytest.mark.parametrize("word", ["qop.normalize", "QMACRO_17", "B[q]", "halt"])
def test_only_what_the_check_asks_for_is_left(word: str) -> None:
    small = shrink(parse(HEAT), lambda program: holds(word, program))
    text = print_program(small)
    assert word in text and len(text.splitlines()) <= 4, text


def test_sums_go_to_the_one_term_that_fails() -> None:
    program = parse(".op X = 3*A[2] + 5*B[3] (P[7] + Q[2]) + V(log)")
    small = shrink(program, lambda program: holds("P[", program))
    assert print_program(small).strip() == ".op X = P[1]"


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_check_that_always_fails_leaves_nothing(text: str) -> None:
    assert print_program(shrink(parse(text), lambda _: True)).strip() == ""


def test_the_number_of_tries_is_bounded() -> None:
    tried: list[Program] = []

    def never(program: Program) -> bool:
        tried.append(program)
        return False

    shrink(parse(HEAT), never, most=7)
    assert len(tried) == 7
