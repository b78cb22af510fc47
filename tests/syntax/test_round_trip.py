"""Printing and formatting keep what a source means."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qwasm.syntax import format_source, parse, parse_expression, print_expression, print_program, tree
from tests.syntax.trees import HERE, bare, bare_statements, expressions, operands, programs

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.qw"))
slow = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
name = tree.Name(HERE, "x")
family = tree.Family(HERE, "sum", "p", "primes", name, name, name)


@settings(deadline=None)
@given(operands)
@example(tree.Product(HERE, (("*", family), ("", name))))
@example(tree.Product(HERE, (("*", name), ("/", family))))
@example(tree.Product(HERE, (("*", name), ("", tree.Unary(HERE, "-", family)))))
@example(tree.Product(HERE, (("*", name), ("", tree.Name(HERE, "max")), ("", name))))
@example(tree.Power(HERE, name, tree.Unary(HERE, "-", tree.Letter(HERE, "A", (name,)))))
def test_what_is_printed_parses_back_to_the_same_expression(node: tree.Node) -> None:
    assert bare(parse_expression(print_expression(node))) == bare(node)


@given(programs)
@slow
def test_what_is_printed_parses_back_to_the_same_program(program: tree.Program) -> None:
    assert bare_statements(parse(print_program(program)).statements) == bare_statements(program.statements)


def loosen(text: str, seed: int) -> str:
    """The same program with other blanks, and a comment here and there."""
    rng = random.Random(seed)
    lines = []
    for line in text.split("\n"):
        parts = re.split(r'("(?:[^"\\]|\\.)*")', line)
        for i in range(0, len(parts), 2):
            for symbol in (", ", " = ", " + ", " - ", "*", "/", "]", ")", "== "):
                other = rng.choice((symbol, symbol.strip(), f" {symbol}  "))
                parts[i] = parts[i].replace(symbol, other)
        lines.append("".join(parts).strip() + rng.choice(("", " ", ";c", "  ; a comment", "\n", "\n  ; alone")))
    return "\n".join(lines)


@given(programs, st.integers(0, 2**32))
@slow
def test_formatting_keeps_the_program_and_its_comments_and_settles(program: tree.Program, seed: int) -> None:
    source = loosen(print_program(program), seed)
    formatted = format_source(source)
    assert bare_statements(parse(formatted).statements) == bare_statements(parse(source).statements)
    assert formatted.count(";") == source.count(";")
    assert format_source(formatted) == formatted


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_prints_and_formats_to_the_same_program(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    program = parse(source)
    assert bare_statements(parse(print_program(program)).statements) == bare_statements(program.statements)
    formatted = format_source(source)
    assert format_source(formatted) == formatted
    assert bare_statements(parse(formatted).statements) == bare_statements(program.statements)


@given(expressions)
def test_folding_visits_children_before_parents(node: tree.Node) -> None:
    from qwasm.syntax import fold

    assert fold(node, lambda _, parts: 1 + sum(parts)) >= 1
