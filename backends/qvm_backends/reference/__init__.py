"""The reference backend: the plainest reading of every plan, in numpy slices. It is the meaning."""

from __future__ import annotations

from qvm.machine.backend import Can
from qvm_backends.reference.kernels import ReferenceKernels
from qwasm.qpu.program import Schedule


class NumpyBackend:
    """One numpy slice, or one gather, for each term of a plan; one thread."""

    name = "numpy"
    can = Can(same_bits=True, tolerance=0.0)

    def kernels(self, schedule: Schedule) -> ReferenceKernels:
        """Executors; the schedule does not change anything here."""
        return ReferenceKernels()


__all__ = ["NumpyBackend", "ReferenceKernels"]
