"""Outlining: equal instances of macros are shared where the model finds it cheaper, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qwasm_passes.mining import Mine

from qvm.agree import disagreement, run_module
from qwasm.ir.build import build
from qwasm.ir.copy import copied
from qwasm.ir.module import Module
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.passes.cost import module_cost
from qwasm.passes.manager import Ran, run_passes
from qwasm.rules import Macro, Pack, RuleSet
from qwasm.syntax import parse
from tests.differential import SLOW

Draw = Callable[..., Any]
SHARED = Macro("M", ("p",), "coDir(mu(n)) P[p]")
DIFFUSION = "D(c = 1/p, primes(2, 50))"


def module(*lines: str, N: int = 1000, more: str = "") -> Module:
    return build(parse("\n".join([f".space N = {N}{more}", ".func main", *lines, "end"]), "x.qw"))[0]


def rules(*macros: Macro) -> RuleSet:
    return RuleSet.of([Pack("pack.qwr", macros=macros)])


def outlined(program: Module, *macros: Macro, pipeline: str = "macro-outline", limit: int | None = None) -> Ran:
    [ran] = run_passes(program, pipeline, rules=rules(*macros), verify_each=True, limit=limit)
    return ran


def operators(program: Module) -> list[str]:
    return [str(op.attributes["X"]) for op in program.walk() if op.name == "qop.apply"]


ONE_STATE = (
    "random q0, 1",
    "qop.apply q1, q0, S[1] coDir(mu) P[2]",
    "qop.apply q2, q0, S[3] coDir(mu) P[2]",
    "qop.inner s0, q1, q2",
    'emit "x", s0',
)


def test_equal_instances_on_one_state_share_it() -> None:
    program = module(*ONE_STATE)
    ran = outlined(program, SHARED)
    assert operators(program) == ["coDir(mu(n)) P[2]", "S[1]", "S[3]"]
    assert [(row.rule, row.why) for row in ran.rewrites] == [("M", "M(2) is shared by 2 instructions")] * 2


def test_equal_instances_on_two_states_share_their_plan() -> None:
    program = module("random q0, 1", "random q1, 2", f"qop.apply q2, q0, S[1] {DIFFUSION} S[2]",
                     f"qop.apply q3, q1, S[3] {DIFFUSION} S[4]", "qop.inner s0, q2, q3", 'emit "x", s0')  # fmt: skip
    outlined(program, Macro("M", (), DIFFUSION))
    assert len(operators(program)) == 6 and len(set(operators(program))) == 5


def test_an_instance_that_stands_already_is_used() -> None:
    program = module("random q0, 1", "qop.apply q1, q0, coDir(mu) P[2]", "qop.apply q2, q0, S[3] coDir(mu) P[2]",
                     "qop.inner s0, q1, q2", 'emit "x", s0')  # fmt: skip
    outlined(program, SHARED)
    assert operators(program) == ["coDir(mu(n)) P[2]", "S[3]"]


def test_instances_at_other_primes_share_nothing() -> None:
    program = module(*(line.replace("S[3] coDir(mu) P[2]", "S[3] coDir(mu) P[3]") for line in ONE_STATE))
    assert not outlined(program, SHARED).rewrites


def test_a_plan_is_not_shared_where_starting_more_operations_costs_more() -> None:
    def rewrites(turns: int) -> int:
        lines = [f"qop.apply q0, q0, S[1] {DIFFUSION} S[2]", f"qop.apply q1, q1, S[2] {DIFFUSION} S[4]"]
        head = ["random q0, 1", "random q1, 2", f"loop k, {turns}"]
        program = module(*head, *lines, "end", "qop.inner s0, q0, q1", 'emit "x", s0')
        before = module_cost(program).time
        found = len(outlined(program, Macro("M", (), DIFFUSION)).rewrites)
        assert module_cost(program).time <= before
        return found

    assert (rewrites(2), rewrites(10_000)) == (2, 0)


def test_a_loop_variable_is_left_alone() -> None:
    lines = ["loop k, 3", "qop.apply q1, q0, S[k] coDir(mu) P[2]", "qop.apply q2, q0, S[k + 1] coDir(mu) P[2]",
             "qop.inner s0, q1, q2", "end"]  # fmt: skip
    assert not outlined(module("random q0, 1", *lines, 'emit "x", s0'), SHARED).rewrites


def test_states_are_not_shared_across_regions() -> None:
    lines = ["at s0, q0, 1", "if s0 > 0", "qop.apply q1, q0, S[1] coDir(mu) P[2]", "else",
             "qop.apply q1, q0, S[3] coDir(mu) P[2]", "end", "qop.norm s1, q1", 'emit "x", s1']  # fmt: skip
    program = module("random q0, 1", *lines)
    outlined(program, SHARED)
    verify(parse_module(print_module(program)))


def test_one_pack_of_several_is_chosen_by_its_name() -> None:
    assert not outlined(module(*ONE_STATE), SHARED, pipeline="macro-outline{pack=other.qwr}").rewrites
    ran = outlined(module(*ONE_STATE), SHARED, pipeline="macro-outline{pack=other.qwr}")
    assert ran.remarks[0].message == "no rule pack in effect is called other.qwr"
    assert outlined(module(*ONE_STATE), SHARED, pipeline="macro-outline{pack=pack.qwr}").rewrites


def test_a_macro_that_cannot_be_made_here_is_never_met() -> None:
    for expansion in ("D P[p]", "A[p - 20000]", "exp(A[p]) S[1, cyclic] out(n, n^(1/2))"):
        assert not outlined(module(*ONE_STATE), Macro("M", ("p",), expansion)).rewrites


@pytest.mark.parametrize("limit", range(4))
def test_stopping_after_any_rewrite_keeps_the_meaning(limit: int) -> None:
    program = module(*ONE_STATE)
    wanted = run_module(copied(program))
    assert len(outlined(program, SHARED, limit=limit).rewrites) == min(limit, 2)
    verify(program)
    assert not disagreement(wanted, run_module(program))


def test_a_preset_outlines_the_macros_of_its_rules() -> None:
    from qwasm.passes.manager import PRESETS

    ran = run_passes(module(*ONE_STATE), PRESETS[2], rules=rules(SHARED))
    assert any(row.rule == "M" for one in ran for row in one.rewrites)


# ---------------------------------------------------------------- meaning

FAMILIES = ("coDir(mu)", "coDir(n)", "S[1]", "S[-2]", "D(c = 1/(p + 1), primes(2, 7))", "P[2]", "P[6]", "A[3]", "B[2]",
            "V(n mod 5)", "coDir(1) S[2]", "2*S[3]")  # fmt: skip


@st.composite
def sharing(draw: Draw) -> str:
    """Programs in which products of families have factors in common, on one state and on several, in loops too."""
    letters = st.sampled_from(FAMILIES)
    common = " ".join(draw(st.lists(letters, min_size=2, max_size=3)))
    found = ["fill q0, n", "fill q1, n^2 + 3", "fill q2, 1"]
    for _ in range(draw(st.integers(1, 3))):
        body = []
        for _ in range(draw(st.integers(1, 3))):
            words = [draw(letters) if draw(st.booleans()) else "", common, draw(letters) if draw(st.booleans()) else ""]
            target, source = draw(st.sampled_from(("q0", "q1", "q2"))), draw(st.sampled_from(("q0", "q1")))
            body.append(f"qop.apply {target}, {source}, {' '.join(filter(None, words))}")
        looped = draw(st.booleans())
        found += [f"loop k, {draw(st.integers(1, 3))}", *body, "end"] if looped else body
    field = draw(st.sampled_from(("mod(101)", "mod(2147483647)", "real", "complex")))
    truncation = draw(st.sampled_from(("strict", "free")))
    outputs = [f'at s{k}, q{k}, {n}\nemit "x{k}", s{k}' for k, n in enumerate((1, 4, 9))]
    head = f".space N = 24, field = {field}, truncation = {truncation}"
    return "\n".join([head, ".func main", *found, *outputs, "end"])


@given(text=sharing())
@settings(SLOW, max_examples=40)
def test_outlining_what_was_mined_keeps_the_meaning_settles_and_never_costs_more(text: str) -> None:
    program = build(parse(text, "x.qw"))[0]
    mine = Mine()
    mine.program(program)
    macros = mine.macros()
    changed = copied(program)
    outlined(changed, *macros)
    assert module_cost(changed).time <= module_cost(program).time * (1 + 1e-9)
    verify(parse_module(print_module(changed)))
    assert not disagreement(run_module(program), run_module(changed), field=program.space.field.kind)
    settled = print_module(changed)
    outlined(changed, *macros)
    assert print_module(changed) == settled
