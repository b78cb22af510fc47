"""Shapes against the automaton: wherever a shape reads a line, the automaton reads the same, with the same places."""

from __future__ import annotations

import random
import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings

from qwasm.diagnostics import Diagnostic, QwasmError
from qwasm.diagnostics.codes import table
from qwasm.limits import DEFAULT, Limits
from qwasm.record import replace
from qwasm.syntax import parse, print_program, shapes, tree
from qwasm.syntax.automaton import LINES, SYMBOLS, automaton
from qwasm.syntax.driver import Reader, Unexpected
from qwasm.syntax.shapes import HIDING, Shapes, shape_of
from tests.syntax.trees import programs

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.qw"))
FUNCTION = """
.op    H{k} = sum p in primes(2, {k}): (p^(-1/2) * A[p] + p^({k}/2) * B[p]) + 0.{k}*V(log)
.func f{k}
    basis         q0, {k}                   ; q0 <- delta at n = {k}
    loop k, {k}
        qop.apply     q1, q0, A[{k}] B[3] - {k}*I
    end
    qop.combine   q2, q1, q0, -{k}, 1/{k}
    emit          "overlap {k}", q2
end
"""
WORDS = [*'()[],:=+-*/^;<> \t\n\\."', "==", "->", "..", "in", "max", "mod", "sum", "not", "and", "or", "q1", "A", "x_1"]
WORDS += ["1", "0.5", "2i", "1e3", "07", "0x1", "n", "exp(", "A[", "k =", "name:", "qstate<hilbert>", '"a b"', '"\\n"']


def damaged(line: str, choose: random.Random) -> str:
    """The line with a word put in, taken out or changed, or two places swapped."""
    for _ in range(choose.randint(0, 2)):
        at = choose.randrange(len(line) + 1)
        size = choose.choice((0, 1, 1, 2, 4))
        line = line[:at] + choose.choice(("", " ", *WORDS)) + line[at + size :]
    return line


def by_automaton(text: str, limits: Limits = DEFAULT) -> tuple[object, int, int, int] | None:
    """The statements of the first line and where reading stopped; None for a wrong line."""
    reader = Reader(text, "f", limits)
    try:
        return reader.parse("line"), reader.position, reader.line, reader.line_start
    except (QwasmError, Unexpected):
        return None


def by_shape(shape: shapes.Shape, text: str) -> tuple[object, int, int, int] | None:
    """The same by a shape; None where it does not fit or an action refuses."""
    machine, reader = automaton(), Reader(text, "f", DEFAULT)
    kept, machine.shapes = machine.shapes, {}
    try:
        first = shapes.FIRST(text, 0)
        found = machine.shapes[first[1] if first else ""] = Shapes()
        found.found.append(shape)
        if shape.match(text, 0) is None:
            return None
        return reader.line_value(), reader.position, reader.line, reader.line_start
    except (QwasmError, Unexpected):
        return None
    finally:
        machine.shapes = kept


LINES_OF_EXAMPLES = sorted({line for path in EXAMPLES for line in path.read_text().split("\n") if line.strip()})


@pytest.mark.parametrize("seed", range(4))
def test_a_shape_reads_what_the_automaton_reads_of_damaged_lines(seed: int) -> None:
    choose, fitted = random.Random(seed), 0
    for line in LINES_OF_EXAMPLES:
        shape = shape_of(automaton(), line + "\n", 0, DEFAULT.nesting)
        if shape is None:
            assert by_automaton(line + "\n") is None or "\\" in line or len(line) > 100 or line.lstrip().startswith(";")
            continue
        assert by_shape(shape, line + "\n") == by_automaton(line + "\n")
        for _ in range(20):
            text = damaged(line, choose) + choose.choice(("\n", "\r\n", "", "\nhalt\n"))
            found = by_shape(shape, text)
            if shape.match(text, 0) is not None:
                fitted += 1
                assert found == by_automaton(text), text
    assert fitted > 300


@settings(max_examples=60, deadline=None)
@given(programs)
def test_a_shape_reads_its_own_line(whole: tree.Program) -> None:
    for line in print_program(whole).split("\n"):
        shape = shape_of(automaton(), line, 0, DEFAULT.nesting) if line.strip() else None
        if shape is not None:
            assert by_shape(shape, line) == by_automaton(line)


def outcome(text: str) -> tuple[tuple[Diagnostic, ...], tree.Program | None]:
    try:
        return (), parse(text)
    except QwasmError as error:
        return error.diagnostics, None


@pytest.mark.parametrize("seed", range(3))
def test_programs_and_their_mistakes_are_the_same_with_and_without_shapes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(seed)
    program = ".space N = 100\n" + "".join(FUNCTION.format(k=k) for k in range(2, 40))
    lines = [damaged(line, choose) if choose.random() < 0.03 else line for line in program.split("\n")]
    monkeypatch.setattr(automaton(), "shapes", {})
    monkeypatch.setattr(shapes, "MOST", 0)
    plain = outcome("\n".join(lines))
    assert not any(found.found for found in automaton().shapes.values())
    monkeypatch.setattr(automaton(), "shapes", {})
    monkeypatch.setattr(shapes, "MOST", 8)
    monkeypatch.setattr(shapes, "PATIENCE", 1)
    assert outcome("\n".join(lines)) == plain
    assert sum(len(found.found) for found in automaton().shapes.values()) > 5


@pytest.mark.parametrize("code", [code for code in sorted(table()) if code.startswith("QW01")])
def test_the_examples_of_syntax_codes_fail_the_same_way_with_shapes(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fails, fixed = (example.program for example in (table()[code].fails, table()[code].fixed))
    plain = [outcome(fails), outcome(fixed)]
    monkeypatch.setattr(automaton(), "shapes", {})
    monkeypatch.setattr(shapes, "PATIENCE", 1)
    for _ in range(3):
        assert [outcome(fails), outcome(fixed)] == plain


def test_a_shape_waits_for_the_nesting_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton(), "shapes", {})
    monkeypatch.setattr(shapes, "PATIENCE", 1)
    text = "set s0, ((((((1))))))\n"
    parse(text * 3)
    with pytest.raises(QwasmError, match="QW0401"):
        parse(text, limits=replace(DEFAULT, nesting=4))


def test_no_symbol_begins_like_another_but_those_that_are_named() -> None:
    terminals = automaton().tables.terminals
    symbols = [name for name in terminals if name in SYMBOLS]
    letters = [chr(c) for c in range(32, 127)]
    found = set()
    for name, other in product(symbols, terminals | LINES):
        regexes = [re.compile((terminals | LINES)[x]) for x in (name, other)]
        if name != other and any(all(r.match(a + b) for r in regexes) for a, b in product(letters, letters)):
            found.add(frozenset((name, other)))
    assert found == {frozenset((name, *others)) for name, others in HIDING.items()}
    order = list(terminals)
    assert all(order.index(other) < order.index(name) for name, others in HIDING.items() for other in others)


def test_after_lines_of_many_kinds_a_kind_that_repeats_gets_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton(), "shapes", {})
    mixed = "".join(f"qop.apply q1, q0, A[{k}]" + " + I" * (k % 40) + "\n" for k in range(20_000))
    parse(mixed)
    found = automaton().shapes["qop.apply"]
    assert found.patience == shapes.ENDURANCE
    parse("".join(f"qop.apply q1, q0, A[{k}] - P[{k}]\n" for k in range(2 * shapes.ENDURANCE)))
    assert found.hits > 0
