"""Hooks: observers of a run. A hook sees each micro-operation and may read states; it changes nothing.

Without hooks the machine makes no step objects and reads no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from qwasm.diagnostics import Span
from qwasm.qpu.program import MicroOp, Slot
from qwasm.record import record


@record(frozen=False)
class Step:
    """One executed micro-operation: its place in the run, its times, and a reader of slots.

    `iteration` holds the loop variables from the outermost loop in; `duration_ns` is 0 before
    the step has ended, and includes what the regions of a call or loop contain.
    """

    op: MicroOp
    routine: str
    number: int
    iteration: tuple[tuple[str, int], ...]
    read: Callable[[Slot], Any]
    start_ns: int = 0
    duration_ns: int = 0

    @property
    def mnemonic(self) -> str:
        """The instruction's mnemonic, else the micro-operation's name."""
        return str(getattr(self.op, "mnemonic", type(self.op).__name__.lower()))

    @property
    def span(self) -> Span | None:
        return self.op.span


class Hook(Protocol):
    """What the machine calls; states it shows are read-only."""

    def before(self, step: Step) -> None:
        """A micro-operation is about to run."""
        ...

    def after(self, step: Step) -> None:
        """The same step has run; its results can be read."""
        ...

    def note(self, text: str) -> None:
        """A long computation says how far it has come."""
        ...
