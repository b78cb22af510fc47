"""Instructions on scalars, and what a program says: set, emit, assert."""

from __future__ import annotations

from typing import Any

from qwasm.instructions.form import Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.scalar import Scalar


def value(run: Run, op: Any) -> Scalar:
    """The expression, with the errors of the scalars in it."""
    result: Scalar = op["expression"]
    return result


def emitted(run: Run, op: Any, *inputs: Any) -> None:
    """One output; in a loop one row."""
    run.emit(op["name"], inputs[0] if inputs else op["value"], op.picture)


def asserted(run: Run, op: Any) -> None:
    """Nothing when the condition is true; false and undecided fail."""
    condition: Scalar = op["cond"]
    said = op.get("message") or ""
    holds = run.truth(condition)
    if holds:
        return
    if holds is False:
        raise run.fail(
            "QW0602", f"assertion failed{': ' + said if said else ''}", "emit the scalars in it to see their values"
        )
    raise run.fail(
        "QW0603",
        f"assertion undecided{': ' + said if said else ''}: the error bars overlap",
        "compare with a margin, or ask for a smaller error (tol=, probes=, exact)",
    )


ROWS = (
    Instruction(
        "set",
        "scalars",
        (Operand("s", "scalar", writes=True, reads=False, also=("qint",)), Operand("expression", "scalars")),
        "Gives a scalar a value; errors of the scalars in it are propagated.",
        value,
        "set s0, 1/3\nset s1, 3*s0\nassert s1 == 1",
        micro="scalar",
        work=lambda facts: 0,
    ),
    Instruction(
        "emit",
        "scalars",
        (Operand("name", "string"), Operand("value", "scalars", also=("vector", "qstate", "qfield"))),
        "Emits an output by name; in a loop one row each time, with the loop variables as columns.",
        emitted,
        'set s0, 2\nemit "two", s0\nassert s0 == 2',
        effects=frozenset({"output"}),
        work=lambda facts: 0,
    ),
    Instruction(
        "assert",
        "scalars",
        (Operand("cond", "scalars"), Operand("message", "string", optional=True)),
        "Fails the program unless the condition is true; undecided is not true.",
        asserted,
        'set s0, 2\nassert s0 > 1, "two is more than one"',
        effects=frozenset({"fails"}),
        work=lambda facts: 0,
    ),
)
