"""A stranger's package with one plug-in of every kind; the tests install it beside the toolchain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from qvm.machine.backend import Can, Kernels, load
from qwasm.algebra.letters import Letter
from qwasm.algebra.ring import symbol
from qwasm.arith.rows import ArithFunction
from qwasm.instructions import Instruction, Operand
from qwasm.ir.module import Module
from qwasm.passes.context import Context
from qwasm.qpu.program import Schedule

n = symbol("n", "nat")

LETTERS = (
    Letter(
        name="T",
        kind="letter",
        form="T[m]",
        doc="The sum A[m] + B[m].",
        arguments=("index",),
        build=lambda a, m: a.add(a.A(m), a.B(m)),
        adjoint=lambda a, s, m: a.add(a.scale(m**s, a.B(m)), a.scale(m**-s, a.A(m))),
        adjoint_text="m^s B[m] + m^-s A[m]",
    ),
    Letter(
        name="twice",
        kind="function",
        form="twice(X)",
        doc="The operator 2 X.",
        arguments=("operator",),
        build=lambda a, x: a.scale(2, x),
        adjoint=lambda a, s, x: a.scale(2, x),
        adjoint_text="twice(X*)",
    ),
    Letter(
        name="Theta",
        kind="word",
        form="Theta",
        doc="Multiplication by n.",
        arguments=(),
        build=lambda a: a.V(n),
        adjoint=lambda a, s: a.V(n),
        adjoint_text="Theta",
    ),
)

RADICAL = ArithFunction(
    "rad",
    "The product of the primes dividing n.",
    kind="multiplicative",
    power=lambda s, a, p, k: p,
    formula=lambda a, p, k: p,
)


def reflected(run: Any, op: Any, x: Any) -> Any:
    return x[::-1].copy()


def instructions() -> tuple[Instruction, ...]:
    """One row: `reflect q, q`."""
    y, x = Operand("y", "qstate", writes=True, reads=False), Operand("x", "qstate")
    example = "fill q0, n\nreflect q1, q0\nat s0, q1, 1\nassert s0 == 12"
    return (Instruction("reflect", "states", (y, x), "Writes y(n) = psi(N + 1 - n).", reflected, example),)


@dataclass(frozen=True)
class Forget:
    """Removes every `basis` that nobody reads."""

    most: int = 100
    name: ClassVar[str] = "forget"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def run(self, module: Module, context: Context) -> None:
        used = {value for op in module.walk() for value in (*op.operands, *op.captures.values())}
        for op in [op for op in module.walk() if op.name == "basis" and used.isdisjoint(op.results)][: self.most]:
            context.replace(op, (), why="nobody reads it")


class Twin:
    """The reference under another name."""

    name = "twin"
    can = Can(same_bits=True, tolerance=0.0)

    def kernels(self, schedule: Schedule) -> Kernels:
        return load("numpy").kernels(schedule)
