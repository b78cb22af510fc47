"""Lowering: values get slots, carried values move, dead slots are freed."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from qwasm_passes.lower import lower

from qvm.conformance.cases import compiled
from qvm.machine import Machine
from qvm.machine.result import State
from qwasm.diagnostics import QwasmError
from qwasm.ir.module import Function, Module, Op, Region, Type, Value
from qwasm.qpu.program import Free, Instruct, Loop, Move, Sweep
from qwasm.space import Field, Space


def main(body: str, space: str = "N = 10") -> tuple[object, ...]:
    return compiled(f".space {space}\n.func main\n{body}\nend\n").routines["main"].body


def test_an_instruction_that_is_an_operator_becomes_a_sweep() -> None:
    kinds = [type(op) for op in main("basis q0, 1\nmul.p q1, q0, 2")]
    assert kinds == [Instruct, Sweep, Free, Free] or kinds == [Instruct, Sweep, Free]


def test_a_state_is_freed_after_its_last_use() -> None:
    body = main("basis q0, 1\nmul.p q1, q0, 2\nmul.p q2, q1, 2\nat s0, q2, 1")
    freed: set[int] = set()
    for op in body:
        reads = {term.source for term in op.terms} if isinstance(op, Sweep) else set()
        assert not reads & freed
        if isinstance(op, Free):
            freed |= set(op.slots)
    assert len(freed) == 4


def test_a_carried_value_is_moved_and_never_copied() -> None:
    loop = next(op for op in main("basis q0, 1\nloop k, 3\nmul.p q0, q0, 2\nend\nat s0, q0, 1") if isinstance(op, Loop))
    moves = [op for op in loop.body if isinstance(op, Move)]
    assert len(moves) == 1 and any(isinstance(op, Free) for op in loop.body)


def test_values_that_change_places_in_a_loop_keep_their_meaning() -> None:
    swap = "loop k, 3\nmap q2, q0, x\nmap q0, q1, x\nmap q1, q2, x\nend"
    text = f'.space N = 10\n.func main\nfill q0, 1\nfill q1, 2\n{swap}\nemit "a", q0\nend\n'
    assert np.all(Machine().run(compiled(text)).value("a") == 2)


def swapped(times: int) -> Module:
    """A module whose loop yields its carried values crosswise, as a pass may leave it."""
    from qwasm.algebra.ring import const

    state, count = Type("qstate"), Type("qint")
    a, b = Value(state, "a"), Value(state, "b")
    k, x, y, u, v = Value(count, "k"), Value(state), Value(state), Value(state), Value(state)
    loop = Op("loop", [a, b], [u, v], {"low": const(1), "high": const(times), "domain": "ints"},
              regions=[Region([k, x, y], [Op("yield", [y, x])])])  # fmt: skip
    ops = [Op("fill", [], [a], {"expression": const(1)}), Op("fill", [], [b], {"expression": const(2)}), loop,
           Op("emit", [u], [], {"name": "u"}), Op("return")]  # fmt: skip
    return Module(Space(4), {"main": Function("main", (), Region([], ops))})


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_crosswise_yield_moves_all_values_at_once(times: int) -> None:
    assert Machine().run(lower(swapped(times))).value("u").tolist() == [1 + times % 2] * 4


def test_a_module_with_an_instruction_that_its_field_lacks_is_refused() -> None:
    q = Value(Type("qstate"), "q0")
    module = Module(
        Space(4, field=Field("mod", 7)),
        {"main": Function("main", (), Region([], [Op("random", [], [q]), Op("return")]))},
    )
    with pytest.raises(QwasmError, match="QW0227"):
        lower(module)


def test_a_body_three_thousand_blocks_deep_is_lowered_and_run() -> None:
    depth = 3000
    text = (
        ".space N = 2\n.func main\nset s0, 0\n"
        + "if s0 < 1\n" * depth
        + "set s0, 1\n"
        + "end\n" * depth
        + 'emit "s", s0\nend\n'
    )
    assert Machine().run(compiled(text)).value("s") == 1


def test_a_schedule_step_gives_the_program_its_schedule() -> None:
    import qvm
    from qwasm.qpu.text import print_qpu

    text = ".space N = 1000\n.func main\nbasis q0, 1\nend"
    plain, chosen = (
        qvm.compile(text, passes=p).program for p in ("cse", "schedule{tile=64},cse,schedule{tile=5000},lower")
    )
    assert "tile=0" in print_qpu(plain) and "tile=1000" in print_qpu(chosen)


def test_the_lower_step_refuses_what_has_no_lowering() -> None:
    from qwasm.passes.manager import run_passes

    body = Region(ops=[Op("no.such"), Op("return")])
    module = Module(Space(10), {"main": Function("main", (), body)})
    with pytest.raises(QwasmError, match=r"no\.such"):
        run_passes(module, "lower")


@pytest.mark.parametrize(
    "space", ["N = 40", "N = 40, field = mod(101)", "N = 40, field = complex", "N = 40, field = real32"]
)
def test_a_fused_sweep_has_the_bits_of_its_instructions(space: str) -> None:
    import qvm

    body = "\n".join([
        "fill q0, n mod 7", "fill q1, n mod 5 - 2", "set s0, 1/3", "set s1, 3",
        "qop.apply q2, q0, A[2] + B[3]", "qop.combine q3, q2, q1, s0, s1", "qop.combine q4, q3, q0, 1, s0",
        'emit "q", q4',
    ])  # fmt: skip
    text = f".space {space}\n.func main\n{body}\nend\n"
    plain, fused = (qvm.compile(text, "numpy", passes=passes) for passes in ("", "fuse"))
    assert len([op for op in fused.program.routines["main"].body if isinstance(op, Sweep)]) == 1
    first, second = (cast(State, program.run().outputs["q"]) for program in (plain, fused))
    assert np.array_equal(first.values, second.values)
