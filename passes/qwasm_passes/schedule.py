"""Schedule: how the sweeps of a QPU program run, chosen in the pipeline that makes it.

before:  qpu 1 ... schedule threads=1 tile=0 ...
after:   qpu 1 ... schedule threads=2 tile=1000 ...       schedule{threads=2,tile=4096} for N = 1000

The last `schedule` step of a pipeline gives the program its schedule; without one it is the default.
`tile` is how many entries a backend may take at a time, never more than N, or 0 for its own choice; `layout` and
`time_block` are told in the reference of `qvm run --schedule`.

Right because a schedule never changes meaning: backends read what they understand of it, the reference
reads nothing.  An analysis: it asks for no change of the module.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from qwasm.ir.module import Module
from qwasm.passes.context import Context
from qwasm.qpu.program import BOUNDS, QpuProgram, Schedule
from qwasm.record import record, replace


@record
class ScheduleSweeps:
    """Choose how sweeps run: entries at a time, threads, the order of entries, steps at a time."""

    tile: int = 0
    threads: int = 1
    layout: Literal["auto", "natural", "grouped"] = "auto"
    time_block: int = 0
    name: ClassVar[str] = "schedule"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is an integer in {least}..{most}, not {getattr(self, name)}")

    def run(self, module: Module, context: Context) -> None:
        """Nothing in the module changes: the schedule belongs to the program it is lowered to."""

    def schedule(self, N: int) -> Schedule:
        """The schedule on a space of N numbers."""
        return Schedule(threads=self.threads, tile=min(self.tile, N), layout=self.layout, time_block=self.time_block)


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
