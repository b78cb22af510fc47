"""Traps: numbers that are not finite, registers that hold the wrong thing, conditions left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qwasm.algebra.scalars import truth
from qwasm.diagnostics import Diagnostic, QwasmError, fail
from qwasm.qpu.program import (
    MicroOp,
)
from qwasm.record import replace
from qwasm.scalar import Scalar

# What would be wrong in a source is, at a value of the run, a failure of the program.
LATE = {
    "QW0300": "QW0608",
    "QW0301": "QW0604",
    "QW0303": "QW0640",
    "QW0350": "QW0640",
    "QW0351": "QW0641",
    "QW0352": "QW0640",
    "QW0354": "QW0641",
    "QW0355": "QW0641",
    "QW0357": "QW0641",
    "QW0358": "QW0640",
}


def located(error: QwasmError, op: MicroOp, env: Mapping[str, Any]) -> QwasmError:
    """The error with the operation's place where it had none, and a code of the run with the values it ran on."""
    return QwasmError(*(_located(d, op, env) for d in error.diagnostics))


def _located(d: Diagnostic, op: MicroOp, env: Mapping[str, Any]) -> Diagnostic:
    if d.code in LATE and env:
        values = (f"{name} = {getattr(value, 'value', value)}" for name, value in sorted(env.items()))
        d = replace(d, code=LATE[d.code], message=f"{d.message}, at {', '.join(values)}")
    return d if d.span is not None else replace(d, span=op.span)


def name_of(op: MicroOp) -> str:
    """What a message calls a micro-operation."""
    return str(getattr(op, "mnemonic", type(op).__name__.lower()))


def check_finite(values: Any, op: MicroOp) -> None:
    """Raise QW0606 when a number is NaN or infinite. The sum tells, unless it overflows itself."""
    flat = values.reshape(-1)
    if np.isfinite(np.add.reduce(flat)):
        return
    bad = np.flatnonzero(~np.isfinite(flat))
    if len(bad):
        N = values.shape[-1]
        n = int(bad[0]) % N + 1
        raise fail(
            "QW0606",
            f"{name_of(op)} made a number that is not finite: {flat[bad[0]]} at n = {n}",
            op.span,
            "look at the values before this line, or use a smaller step, time or exponent",
        )


def check_scalar(value: Scalar, op: MicroOp) -> None:
    """Raise QW0606 when a scalar is NaN or infinite."""
    number = value.value
    if isinstance(number, (float, complex)) and not np.isfinite(number):
        raise fail(
            "QW0606", f"{name_of(op)} made a number that is not finite: {number}", op.span, "look at the values in it"
        )


def as_integer(value: Scalar, op: MicroOp) -> int:
    """The value of a qint register: an exact integer."""
    number = value.value
    if value.kind == "exact" and not isinstance(number, complex) and number == int(number):
        return int(number)
    raise fail("QW0608", f"an integer register cannot hold {number}", op.span, "use floor(...), or a scalar register")


def decided(condition: Scalar, op: MicroOp) -> bool:
    """Whether a condition holds. Raises QW0603 when the error bars leave it open."""
    holds = truth(condition)
    if holds is None:
        raise fail(
            "QW0603",
            "the condition is undecided: the error bars overlap",
            op.span,
            "compare with a margin, or ask for a smaller error (tol=, probes=, exact)",
        )
    return holds
