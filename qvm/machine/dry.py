"""Dry runs: every operator planned once, every output answered with its shape, nothing computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qvm.machine.result import Output, Shape
from qwasm.qpu.cost import extreme
from qwasm.qpu.program import Instruct, QpuProgram, Sweep
from qwasm.qpu.touched import inside

if TYPE_CHECKING:
    from qvm.machine.context import Context


def dry_run(program: QpuProgram, context: Context) -> tuple[dict[str, Output], int]:
    """The outputs as shapes, and how many micro-operations were planned.

    Operators that depend on a loop variable are planned at its first value.
    """
    outputs: dict[str, Output] = {}
    steps = 0
    firsts = extreme(program)
    N = program.space.N
    for routine in program.routines.values():
        for op in inside(routine):
            steps += 1
            context.span = op.span
            if isinstance(op, Sweep):
                for term in op.terms:
                    known = {name: firsts[name] for name in firsts if term.operator and name in term.operator.symbols}
                    operator = term.operator.substitute(dict(known)) if term.operator and known else term.operator
                    if operator is not None and operator.symbols <= {"N"}:
                        context.plan(operator, op.picture)
            elif isinstance(op, Instruct) and op.mnemonic == "emit":
                kind = routine.slots[op.sources[0]].kind if op.sources else "scalar"
                shapes = {"qstate": (N,), "qfield": (0, N)}
                outputs[str(op.attributes["name"])] = Shape(kind, shapes.get(kind, ()))
    return outputs, steps
