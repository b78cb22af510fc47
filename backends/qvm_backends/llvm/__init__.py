"""The LLVM backend: sweeps as machine code for this processor, on several threads.

Strided terms, diagonals and weighted words run in kernels written as LLVM IR; products and powers of plans are runs
of these; what is left (Dirichlet series, shifts, outer products, exponentials, inverses) is the reference's.
Programs too small to repay the compiler are the reference's as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qvm.machine.backend import Can
from qwasm.qpu.program import QpuProgram, Schedule
from qwasm.qpu.schedules import NAMES

if TYPE_CHECKING:
    from qvm_backends.llvm.kernels import LlvmKernels


class LlvmBackend:
    """One fused sweep for the strided terms and the diagonal of a plan; the same bits for any number of threads."""

    name = "llvm"
    can = Can(schedules=frozenset(NAMES), tolerance=1e-13)

    def kernels(self, schedule: Schedule) -> LlvmKernels:
        """Executors that run by the schedule."""
        from qvm_backends.llvm.kernels import LlvmKernels

        return LlvmKernels(schedule)

    def printed(self, program: QpuProgram, stage: str) -> str:
        """The kernels that a program may call: `llvm` for IR, `asm` for this processor's assembly."""
        from qvm_backends.llvm.printed import text

        return text(program, stage)

    def calibrated(self) -> dict[str, float]:
        """What sweeps and changes of order cost here, in nanoseconds, measured now; empty where there is no code."""
        from qvm_backends.llvm.jit import trouble
        from qvm_backends.llvm.speeds import measured, speeds

        speeds.cache_clear()
        return {} if trouble() else measured()._asdict()

    def explained(self) -> list[str]:
        """What this process compiled or took from the cache, and what the keys of the cache are made of."""
        from qvm_backends.llvm import store

        if not store.log:
            return ["no machine code was needed: every operator was small"]
        from qvm_backends.llvm.jit import host

        lines = [f"{kept.key.removeprefix(host().key + '|').replace('|', ' ')}: {kept}" for kept in store.log]
        return [*lines, f"keys: {host().told}"]


__all__ = ["LlvmBackend"]
