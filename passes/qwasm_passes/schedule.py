"""Schedule: how the sweeps of a QPU program run, chosen in the pipeline that makes it.

before:  qpu 1 ... schedule threads=1 tile=4096 ...
after:   qpu 1 ... schedule threads=1 tile=1000 ...       for N = 1000

The last `schedule` step of a pipeline gives the program its schedule; without one it is the default.
`tile` is how many entries a backend may take at a time, never more than N.

Right because a schedule never changes meaning: backends read what they understand of it, the reference
reads nothing.  An analysis: it asks for no change of the module.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from qwasm.ir.module import Module
from qwasm.passes.context import Context
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.record import record, replace


@record
class ScheduleSweeps:
    """Choose how sweeps run: entries at a time, and threads."""

    tile: int = 4096
    threads: int = 1
    name: ClassVar[str] = "schedule"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def __post_init__(self) -> None:
        if self.tile < 1 or self.threads < 1:
            raise ValueError(f"tile and threads are 1 or more, not {self.tile} and {self.threads}")

    def run(self, module: Module, context: Context) -> None:
        """Nothing in the module changes: the schedule belongs to the program it is lowered to."""

    def schedule(self, N: int) -> Schedule:
        """The schedule on a space of N numbers."""
        return Schedule(threads=self.threads, tile=min(self.tile, N))


def scheduled(program: QpuProgram, steps: Iterable[str]) -> QpuProgram:
    """The program with the schedule of the last `schedule` step among the steps that ran, as they are spelled."""
    from qwasm.passes.found import make
    from qwasm.passes.pipeline import Step, parse_pipeline

    for text in reversed(list(steps)):
        if text.split("{")[0] == ScheduleSweeps.name:
            (step,) = parse_pipeline(text)
            assert isinstance(step, Step)
            found = make(step)
            assert isinstance(found, ScheduleSweeps)
            return replace(program, schedule=found.schedule(program.space.N))
    return program


__all__ = ["ScheduleSweeps", "scheduled"]
