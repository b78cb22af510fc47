"""The null backend: plans a program, runs nothing, and answers with shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Can
from qwasm.qpu.plan import Plan
from qwasm.qpu.program import Schedule


class NullKernels:
    """Executors that allocate one number, however large the state."""

    def apply(self, plan: Plan, x: NDArray[Any]) -> NDArray[Any]:
        """Zeros of the right shape, as a view of one zero."""
        shape = (*x.shape[:-1], plan.N)
        return np.broadcast_to(np.zeros((), plan.dtype), shape)


class NullBackend:
    """A backend for machines without its hardware: what it plans can be looked at anywhere."""

    name = "null"
    can = Can(runs=False)

    def kernels(self, schedule: Schedule) -> NullKernels:
        """Executors for any schedule."""
        return NullKernels()


__all__ = ["NullBackend", "NullKernels"]
