"""Validation proves what is the same, refutes what is not, and never takes a changed output for proved."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qvm.agree import disagreement, run_module
from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import const
from qwasm.diagnostics import QwasmError
from qwasm.ir.copy import copied
from qwasm.ir.module import Module, Op
from qwasm.passes.manager import run_passes
from qwasm.testing.strategies import programs
from qwasm.validation import compare
from tests.ir.programs import PROGRAMS, main, module_of

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
END = 'at s0, q1, 1\nemit "x", s0'

SAME = {
    "a chain and its product": ("mul.p q2, q0, 2\nmul.p q1, q2, 3", "qop.apply q1, q0, A[6]"),
    "back and forth": ("mul.p q2, q0, 2\ndiv.p q1, q2, 2", "qop.apply q1, q0, P[2]"),
    "a power and the loop that makes it": (
        "qop.apply q1, q0, B[2] + I\nloop k, 4\nqop.apply q1, q1, B[2] + I\nend",
        "qop.apply q1, q0, (B[2] + I)^5",
    ),
    "a sum in either order": ("qop.combine q1, q0, q3, 2, 3", "qop.combine q1, q3, q0, 3, 2"),
    "a polynomial and its terms": (
        "qop.poly q1, q0, A[2], (1, 0, 3)",
        "qop.apply q2, q0, A[4]\nqop.combine q1, q0, q2, 1, 3",
    ),
    "a branch that is surely taken": ("if 1 < 2\nmul.p q1, q0, 2\nelse\nmul.p q1, q0, 3\nend", "mul.p q1, q0, 2"),
    "what nobody reads": ("loop k, 3\nmul.p q5, q0, 2\nend\nmul.p q1, q0, 2", "mul.p q1, q0, 2"),
    "a loop that carries more": (
        "mul.p q1, q0, 2\nfill q4, n\nloop k, 300\nqop.apply q1, q1, V(n)\nmul.p q4, q4, 2\nend",
        "mul.p q1, q0, 2\nloop k, 300\nqop.apply q1, q1, V(n)\nend",
    ),
    "two exponentials in a row": (
        "qop.exp q2, q0, V(n), 1/2\nqop.exp q1, q2, V(n), 1/3",
        "qop.exp q1, q0, V(n), 5/6",
    ),
    "a product in either order": ("mul q1, q0, q3", "mul q1, q3, q0"),
    "a product of what means the same": (
        "mul.p q2, q0, 2\nmul.p q4, q2, 3\nmul q1, q4, q3",
        "qop.apply q4, q0, A[6]\nmul q1, q3, q4",
    ),
    "a delta seen through a projection": ("basis q2, 6\nqop.apply q1, q2, P[3]", "basis q1, 6"),
}
OTHER = {
    "another shift": ("mul.p q1, q0, 2", "mul.p q1, q0, 3"),
    "a lost projection": ("mul.p q2, q0, 2\ndiv.p q1, q2, 2", "qop.combine q1, q0, q0, 1, 0"),
    "one turn more": tuple(f"mul.p q1, q0, 3\nloop k, {k}\nmul.p q1, q1, 2\nend" for k in (2, 3)),
    "a swapped product under truncation": ("div.p q2, q0, 2\nmul.p q1, q2, 3", "mul.p q2, q0, 3\ndiv.p q1, q2, 2"),
    "another coefficient": ("qop.combine q1, q0, q3, 2, 3", "qop.combine q1, q0, q3, 2, 4"),
    "a square for a product": ("mul q1, q0, q3", "mul q1, q0, q0"),
    "another delta": ("basis q1, 2", "basis q1, 3"),
}  # fmt: skip


def program(lines: str) -> Module:
    return module_of(main(f"random q0, 1\nrandom q3, 2\n{lines}\n{END}"))


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_is_proved_both_ways(name: str) -> None:
    left, right = map(program, SAME[name])
    assert compare(left, right) == [] and compare(right, left) == []


@pytest.mark.parametrize("name", OTHER)
def test_what_is_not_the_same_is_refuted(name: str) -> None:
    found = compare(*map(program, OTHER[name]))
    assert [one.verdict for one in found] == ["refuted"], found


def test_the_first_entry_that_differs_is_named() -> None:
    (found,) = compare(*map(program, OTHER["a swapped product under truncation"]))
    assert found.message.endswith("differ at row 34, column 51: 0 became 1"), found.message


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('emit "a", 1\nemit "b", 2', 'emit "a", 1', 'emit "b" is gone'),
        ('emit "a", 1', 'emit "a", 1\nemit "b", 2', 'emit "b" was not there'),
        ('emit "a", 1\nemit "b", 2', 'emit "b", 2\nemit "a", 1', 'emit "b" came where emit "a" was'),
        ('emit "a", 1', 'emit "a", 2', 'emit "a": its value 1 became 2'),
        ("halt", "", "halt is gone"),
    ],
)
def test_lost_added_and_moved_effects_are_refuted(before: str, after: str, said: str) -> None:
    (found,) = compare(module_of(main(before)), module_of(main(after)))
    assert (found.verdict, found.message) == ("refuted", said)


def test_under_free_truncation_two_cuts_are_not_one_product() -> None:
    space = "N = 10, truncation = free"
    end = f"random q0, 1\n{{}}\n{END}"
    left = module_of(main(end.format("div.p q2, q0, 2\nmul.p q1, q2, 2"), space=space))
    right = module_of(main(end.format("qop.apply q1, q0, A[2] B[2]"), space=space))
    assert [found.verdict for found in compare(left, right)] == ["refuted"]


@pytest.mark.parametrize("field", ["real", "mod(101)"])
@pytest.mark.parametrize(("outer", "inner"), [("P[2]", "S[2]"), ("V(n mod 5)", "coDir(n)"), ("P[6]", "coDir(n) S[2]")])
def test_under_free_truncation_a_product_that_stays_inside_is_two_cuts(outer: str, inner: str, field: str) -> None:
    space = f"N = 24, truncation = free, field = {field}"
    left, right = (
        module_of(main(f"fill q0, n\n{lines}\n{END}", space=space))
        for lines in (f"qop.apply q1, q0, {outer} {inner}", f"qop.apply q2, q0, {inner}\nqop.apply q1, q2, {outer}")
    )
    assert compare(left, right) == [] and compare(right, left) == []


@pytest.mark.parametrize(
    ("space", "before", "after"),
    [
        (  # the product in the second is applied to less: what is outside it is no part of it
            "N = 24, truncation = free",
            "qop.apply q1, q0, P[6] coDir(1) S[2] coDir(n)",
            "qop.apply q2, q0, coDir(1) S[2] coDir(n)\nqop.apply q1, q2, P[6]",
        ),
        ("N = 24", "basis q1, 1", "fill q1, n == 1"),  # two fixed states, each missing where the other stands
    ],
)
def test_what_another_source_may_make_good_is_not_refuted(space: str, before: str, after: str) -> None:
    left, right = (module_of(main(f"fill q0, n\n{lines}\n{END}", space=space)) for lines in (before, after))
    assert not disagreement(run_module(left), run_module(right))
    assert [found.verdict for found in compare(left, right)] in ([], ["unknown"])


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_the_passes_make_of_a_program_is_proved(text: str) -> None:
    ran = run_passes(module_of(text), "fix(cse,dce)", verify_each=True)
    assert [one.unproved for one in ran] == [()] * len(ran)


@SLOW
@given(text=programs())
def test_what_the_passes_make_of_a_drawn_program_is_proved(text: str) -> None:
    ran = run_passes(module_of(text), "cse,dce", verify_each=True)
    assert [one.unproved for one in ran] == [()] * len(ran)


CALLS = (
    ".space N = 60\n.func step(q1) -> (q1)\nloop k, 5\nqop.apply q1, q1, A[2] + B[3]\nend\nend\n"
    ".func two(q0) -> (q1)\ncall step(q0) -> (q2)\nmul.p q1, q2, 2\nend\n"
    ".func main\nrandom q0, 1\nloop j, 300\ncall two(q0) -> (q0)\nend\ncall step(q0) -> (q0)\n"
    'if 1 < 2\ncall two(q0) -> (q0)\nend\nat s0, q0, 3\nemit "x", s0\nend\n'
)


def test_functions_written_out_are_proved_and_a_change_in_one_is_found() -> None:
    before = module_of(CALLS)
    after = copied(before)
    [ran] = run_passes(after, "expand-macros", verify_each=True)
    assert len(ran.rewrites) == 4 and ran.unproved == () and compare(after, before) == []
    shift = next(op for op in after.functions["main"].body.walk() if op.name == "mul.p")
    shift.attributes = {**shift.attributes, "p": const(3)}
    assert compare(before, after) and compare(after, before)


def test_a_chain_of_calls_that_doubles_is_not_written_out_for_ever() -> None:
    lines = [".space N = 60", ".func f0(q0) -> (q1)", "mul.p q1, q0, 2", "end"]
    for k in range(1, 30):
        lines += [f".func f{k}(q0) -> (q2)", f"call f{k - 1}(q0) -> (q1)", f"call f{k - 1}(q1) -> (q2)", "end"]
    end = '.func main\nrandom q0, 1\ncall {}(q0) -> (q1)\nat s0, q1, 3\nemit "x", s0\nend'
    before, after = (module_of("\n".join([*lines, end.format(name)])) for name in ("f29", "f28"))
    assert [found.verdict for found in compare(before, after)] == ["unknown"]


def mutate(module: Module, choose: random.Random) -> None:
    """Change one operation, perhaps into the same."""
    ops = [op for op in module.walk() if op.name in ("mul.p", "div.p", "qop.apply", "qop.combine", "loop", "set", "at")]
    if not ops:
        return
    op: Op = choose.choice(ops)
    value = {name: op.attributes[name] for name in ("X", "a", "high", "expression", "n", "p") if name in op.attributes}
    name = next(iter(value))
    if name == "X":
        X = value[name]
        a = Algebra(X.truncation)  # type: ignore[union-attr]
        op.attributes[name] = choose.choice([a.add(X, a.A(2)), a.multiply(X, a.P(2)), a.scale(2, X), X])  # type: ignore[arg-type]
    else:
        op.attributes[name] = const(choose.choice([2, 3, 5])) if name in "pn" else value[name] + choose.choice([0, 1])  # type: ignore[operator]


@SLOW
@given(text=programs(), seed=st.integers(0, 99))
def test_a_changed_output_is_never_taken_for_proved(text: str, seed: int) -> None:
    module = module_of(text)
    other = copied(module)
    mutate(other, random.Random(seed))
    try:
        difference = disagreement(run_module(module), run_module(other), field=module.space.field.kind)
    except QwasmError:
        return
    assert not difference or compare(module, other), f"{difference}\n{text}"
