"""What a backend must be; the rest of the machine knows only this page.

A backend turns plans into action: `kernels(schedule).apply(plan, x)`.  Everything else a
program does, the machine does the same way for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast, runtime_checkable

from numpy.typing import NDArray

from qwasm.diagnostics import fail
from qwasm.installed import entries
from qwasm.plugins import called, distinct, listed, loaded, unusable
from qwasm.qpu.plan import Plan
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.record import record

Array = NDArray[Any]
GROUP = "qvm.backends"
REFERENCE = "numpy"
FAST = ("llvm",)


@record
class Can:
    """What a backend can do; the planner reads this, never the backend's name."""

    fields: frozenset[str] = frozenset({"real", "real32", "complex", "mod"})
    parts: frozenset[str] = frozenset(
        {"Strided", "Weighted", "Diagonal", "Dirichlet", "Shift", "Outer", "Chain", "Repeat", "Exponential", "Inverse"}
    )
    runs: bool = True  # False: plans and answers with shapes, computes nothing
    schedules: frozenset[str] = frozenset()  # the settings of a schedule that it reads
    same_bits: bool = False  # every float result equal to the reference's, bit for bit
    tolerance: float = 1e-12  # else: largest difference, relative to the sum of |coefficient x|


class Kernels(Protocol):
    """The executors of one schedule; the same plan and input give the same bits, however many threads.

    They may run recurrences besides: `qvm.spectral.recurring`.
    """

    def apply(self, plan: Plan, x: Array) -> Array:
        """The plan's action on a state (N,) or on each row of a field (k, N), as a new array."""
        ...


@runtime_checkable
class Summing(Protocol):
    """Kernels that sum states as well."""

    def sums(self, factors: Sequence[Array]) -> tuple[float, float, int] | None:
        """The sum of the entrywise products of arrays of one shape and the sum of their sizes, by one fixed tree for
        any number of threads, with the additions that a term passes through; None where it is left to the reference.
        """
        ...


class Backend(Protocol):
    """An executor of QPU programs."""

    name: str
    can: Can

    def kernels(self, schedule: Schedule) -> Kernels:
        """Executors for a schedule."""
        ...


@runtime_checkable
class Printing(Protocol):
    """A backend that can print what it makes of a program."""

    def printed(self, program: QpuProgram, stage: str) -> str:
        """Its text at a stage below the QPU program: `llvm` or `asm`."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """A backend that can say what it made and kept."""

    def explained(self) -> list[str]:
        """Lines for a person about what this process compiled or took from a cache."""
        ...


@runtime_checkable
class Calibrating(Protocol):
    """A backend whose choices rest on speeds that can be measured."""

    def calibrated(self) -> dict[str, float]:
        """The speeds by name, measured now."""
        ...


def preferred() -> str:
    """The backend that "auto" stands for: the first of FAST that is installed, or the reference."""
    found = {entry.name for entry in entries(GROUP)}
    return next((name for name in FAST if name in found), REFERENCE)


def load(name: str) -> Backend:
    """Find a backend by name: ours and a stranger's come through the same door.

    Raises QwasmError QW0532 when no such backend is installed, QW0596 when it does not load, QW0598
    when two packages claim one name.
    """
    found = distinct("backend", entries(GROUP))
    if name not in found:
        raise fail("QW0532", f"no backend is called '{name}'", hint=listed(found))
    entry = found[name]
    backend = called(entry, GROUP, loaded(entry, GROUP))
    if not (hasattr(backend, "kernels") and isinstance(getattr(backend, "can", None), Can)):
        raise unusable(entry, GROUP, "a backend has can, a value Can, and kernels(schedule)")
    return cast(Backend, backend)
