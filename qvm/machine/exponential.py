"""Exponentials inside a plan: c e^X psi for an operator value exp(X), by the spectral engine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Kernels
from qwasm.qpu.plan import Plan

Array = NDArray[Any]


def plan_exponential(kernels: Kernels, plan: Plan, x: Array) -> Array:
    """e^X x for the plan X, with an error near rounding."""
    from qvm.spectral import expm
    from qvm.spectral.planmap import plan_map

    result, _ = expm(plan_map(plan, kernels.apply, selfadjoint=False), x, -1.0, tol=1e-14)
    return np.asarray(result).astype(plan.dtype, copy=False)
