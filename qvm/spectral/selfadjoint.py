"""The self-adjointness policy: decide exactly, warn precisely, then choose how to run.

A self-adjoint operator is run in the hilbert picture as a symmetric map, where Chebyshev,
Lanczos and Weyl's bounds apply.  Any other one is run by general methods, and the caller gets
the warning to show: the exact residual, where it is first seen, and what would mend it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwasm.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from qvm.spectral.linearmap import LinearMap
    from qvm.spectral.planmap import Run
    from qwasm.algebra.operators import Operator
    from qwasm.space import Space


def prepare(value: Operator, space: Space, run: Run, span: Span | None = None) -> tuple[LinearMap, Diagnostic | None]:
    """(the map of X in the hilbert picture, QW0900 or QW0902 unless X is proved self-adjoint).

    `run(plan, x)` applies a plan, as a backend's kernels do.  The warning is a value for the
    caller to show; nothing is printed here.
    """
    from qvm.spectral.planmap import plan_map
    from qwasm.algebra.residual import warning
    from qwasm.qpu.planning import plan

    found = warning(value, space.weight, span)
    return plan_map(plan(value, space, "hilbert"), run, found is None), found
