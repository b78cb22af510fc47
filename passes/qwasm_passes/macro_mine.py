"""Mine macros: which patterns of operators recur in this program, modulo the names of its primes.

Nothing is changed: each pattern that stands in several places is told in a remark, with what sharing its equal
instances would save in the cost model.  `qvm rules mine FOLDER -o pack.qwr` mines many programs and writes the
patterns as macros; `macro-outline` uses them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from qwasm.ir.module import Module
from qwasm.passes.context import Context
from qwasm.record import record
from qwasm_passes.mining import Mine


@record
class MacroMine:
    """Tell the patterns with at least `support` places, the `most` most gaining first."""

    support: int = 2
    most: int = 20
    name: ClassVar[str] = "macro-mine"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"
    grows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.support < 2 or self.most < 1:
            raise ValueError(f"support is 2 or more and most 1 or more, not {self.support} and {self.most}")

    def run(self, module: Module, context: Context) -> None:
        """An analysis: remarks, and no change."""
        mine = Mine()
        mine.program(module)
        for macro in mine.macros(self.support, self.most):
            context.remark("analysis", f"{macro} in {macro.support} places; sharing gains {macro.gain} elements")


__all__ = ["MacroMine"]
