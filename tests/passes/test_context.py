"""One call of `replace` is one rewrite, whole or not at all; places, remarks and tries are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from qwasm.algebra.operators import Algebra
from qwasm.ir.build import build
from qwasm.ir.copy import copied
from qwasm.ir.equal import same_module
from qwasm.ir.module import Module, Op
from qwasm.ir.text import print_module
from qwasm.ir.verify import verify
from qwasm.passes import found
from qwasm.passes.account import statistics
from qwasm.passes.context import Context
from qwasm.passes.found import schedule_space
from qwasm.passes.manager import as_diagnostics, run_passes
from qwasm.passes.pipeline import Step
from qwasm.syntax import parse
from tests.ir.programs import PROGRAMS, main, module_of
from tests.passes.odd import Loses, Swaps

CHAIN = main('random q0, 1\nmul.p q1, q0, 2\nmul.p q2, q1, 3\nat s0, q2, 1\nemit "x", s0')
REPEATED = main('basis q0, 1\nmul.p q1, q0, 2\nmul.p q2, q0, 2\nmul q3, q1, q2\nat s0, q3, 1\nemit "x", s0')


def join(module: Module, context: Context) -> bool:
    """Two shifts as one operator."""
    inner, outer = (op for op in module.walk() if op.name == "mul.p")
    new = Op("qop.apply", inner.operands, outer.results, {"X": Algebra().A(6)})
    return context.replace(outer, [new], why="A[3] A[2] = A[6]", also=[inner], rule="join")


def test_several_operations_become_one_with_the_places_of_all() -> None:
    module = module_of(CHAIN)
    context = Context(module)
    assert join(module, context) and context.commit()
    verify(module)
    (made,) = [op for op in module.walk() if op.name == "qop.apply"]
    assert [span.line for span in made.spans] == [7, 6]
    assert len(context.rewrites) == 1 and context.rewrites[0].spans == made.spans


def test_a_rewrite_that_the_limit_stops_changes_nothing_at_all() -> None:
    module = module_of(CHAIN)
    before = print_module(module)
    context = Context(module, limit=0)
    assert not join(module, context) and not context.commit()
    assert print_module(module) == before


def test_an_operation_that_is_only_moved_keeps_its_place() -> None:
    module = module_of(main('random q0, 1\nloop k, 3\nmul.p q1, q0, 2\nat s0, q1, k\nemit "x", s0\nend'))
    (loop,) = [op for op in module.walk() if op.name == "loop"]
    (shift,) = [op for op in module.walk() if op.name == "mul.p"]
    places = loop.spans, shift.spans
    context = Context(module)
    context.replace(loop, [shift, loop], why="A[2] psi does not change in the loop", also=[shift])
    context.commit()
    verify(module)
    names = [op.name for op in module.functions["main"].body.ops if op.name != "undef"]
    assert names == ["random", "mul.p", "loop", "return"]
    assert (loop.spans, shift.spans) == places


def test_an_operation_is_replaced_once() -> None:
    module = module_of(CHAIN)
    context = Context(module)
    inner = next(op for op in module.walk() if op.name == "mul.p")
    assert context.replace(inner, (), why="wrong", values=inner.operands)
    assert not join(module, context)


def test_a_dry_context_gathers_and_changes_nothing() -> None:
    module = module_of(REPEATED)
    twin = copied(module)
    assert schedule_space("cse", module) == (Step("cse"),)
    assert schedule_space("dce", module) == ()
    assert same_module(module, twin)


@dataclass(frozen=True)
class Picks:
    """Removes what one of its options names."""

    what: Literal["nothing", "first", "all"] = "nothing"
    loud: bool = False
    name: ClassVar[str] = "picks"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def run(self, module: Module, context: Context) -> None:
        unread = [op for op in module.walk() if op.name == "fill"]
        for op in {"nothing": [], "first": unread[:1], "all": unread}[self.what]:
            context.replace(op, (), why="nobody reads it")


def test_the_instances_of_a_pass_that_would_change_a_module_are_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "load", lambda name: Picks)
    module = module_of(main("fill q0, 1\nfill q1, 2"))
    space = schedule_space("picks", module)
    assert [str(step) for step in space] == ["picks{what=first}", "picks{what=all}"]


def test_a_fixpoint_that_does_not_settle_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "load", lambda name: Swaps)
    ran = run_passes(module_of(REPEATED), "fix(swaps){rounds=5}")
    assert len(ran) == 5
    said = [d.message for d in as_diagnostics(ran) if d.code == "QW0931"]
    assert said == ["swaps: fix(swaps){rounds=5} still changed something in its last round, 5"]
    lines = statistics(ran).splitlines()
    assert lines[1].split()[:3] == ["swaps", "5", "5"] and lines[2].split()[:3] == ["swap", "5", "35"]


def test_a_fixpoint_ends_with_the_first_round_that_changes_nothing() -> None:
    ran = run_passes(module_of(REPEATED), "fix(cse,dce)")
    assert [(one.step, len(one.rewrites)) for one in ran] == [("cse", 1), ("dce", 0), ("cse", 0), ("dce", 0)]


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_copy_is_equal_and_changes_alone(text: str) -> None:
    module = module_of(text)
    twin = copied(module)
    assert same_module(module, twin) and print_module(module) == print_module(twin)
    verify(twin)
    before = print_module(module)
    context = Context(twin)
    Loses().run(twin, context)
    context.commit()
    assert print_module(module) == before


@pytest.mark.parametrize(("space", "merged"), [("N = 30", 1), ("N = 30, field = complex", 0)])
def test_a_product_in_the_other_order_is_computed_once_where_its_bits_are_the_same(space: str, merged: int) -> None:
    lines = """
    random q0, 1
    random q1, 2
    mul q2, q0, q1
    mul q3, q1, q0
    mul q4, q0, q0
    qop.combine q5, q2, q3, 1, 1
    mul q5, q5, q4
    at s0, q5, 3
    emit "x", s0"""
    module = build(parse(f".space {space}\n.func main{lines}\nend", "x.qw"))[0]
    assert [len(one.rewrites) for one in run_passes(module, "cse", verify_each=True)] == [merged]
