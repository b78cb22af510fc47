"""Exponentials inside a plan: c e^X psi for an operator value exp(X), by the spectral engine.

A backend hands its exponentials to `plan_exponential`; whoever applies the plan finds in
`listening` how far each of them may be off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.backend import Kernels
from qwasm.qpu.plan import Plan

Array = NDArray[Any]
_ratios: ContextVar[list[float] | None] = ContextVar("ratios", default=None)


@contextmanager
def listening() -> Iterator[list[float]]:
    """The errors of the exponentials computed inside, each relative to the plain norm of what it was applied to."""
    found: list[float] = []
    token = _ratios.set(found)
    try:
        yield found
    finally:
        _ratios.reset(token)


def plan_exponential(kernels: Kernels, plan: Plan, x: Array) -> Array:
    """e^X x for the plan X, with an error near rounding."""
    from qvm.spectral import expm
    from qvm.spectral.planmap import plan_map
    from qvm.spectral.sums import norm

    result, error = expm(plan_map(plan, kernels.apply, selfadjoint=False), x, -1.0, tol=1e-14)
    ratios = _ratios.get()
    if ratios is not None and error:
        ratios.append(error / norm(x))
    return np.asarray(result).astype(plan.dtype, copy=False)
