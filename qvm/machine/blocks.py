"""What the interpreter keeps on its stack: activations of routines, and blocks with their turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qvm.machine.hooks import Step
from qwasm.qpu.program import MicroOp, Routine
from qwasm.record import record
from qwasm.scalar import NOWHERE


class Activation:
    """A routine being run: the value in each of its slots, and how far a state there may be off."""

    __slots__ = ("distances", "routine", "values")

    def __init__(self, routine: Routine) -> None:
        self.routine = routine
        self.values: list[Any] = [None] * len(routine.slots)
        self.distances = [NOWHERE] * len(routine.slots)

    def move(self, dest: int, other: Activation, source: int) -> None:
        """Take what a slot of this or another activation holds; a pointer, never a copy."""
        self.values[dest], self.distances[dest] = other.values[source], other.distances[source]


@record(frozen=False)
class Turns:
    """A loop's progress: `again` prepares the next turn or says there is none."""

    name: str
    again: Callable[[Block], bool]
    value: int = 0

    def where(self) -> tuple[str, int]:
        """The loop variable and its value; the name '' gives no column."""
        return (self.name, self.value)


@record(frozen=False)
class Block:
    """Operations being run, and what happens at their end."""

    ops: tuple[MicroOp, ...]
    activation: Activation
    turns: Turns | None = None
    back: Callable[[], None] | None = None
    step: Step | None = None
    index: int = 0
