"""Passes that do wrong, for the tests of those who catch them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from qwasm.ir.module import Module, Op
from qwasm.passes.context import Context


@dataclass(frozen=True)
class Loses:
    """Takes A[p] for the identity, in every `most`-th place that it meets; wrong."""

    first: int = 0
    name: ClassVar[str] = "loses"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def run(self, module: Module, context: Context) -> None:
        for op in [op for op in module.walk() if op.name == "mul.p"][self.first :]:
            context.replace(op, (), why="A[p] psi = psi", values=op.operands, rule="lose")


@dataclass(frozen=True)
class Swaps:
    """Turns the factors of every product round, each time it is run; right, and it never settles."""

    name: ClassVar[str] = "swaps"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        for op in module.walk():
            context.tried("swap")
            if op.name == "mul" and op.operands[0] is not op.operands[1]:
                context.replace(op, [Op("mul", op.operands[::-1], op.results)], why="x y = y x", rule="swap")
