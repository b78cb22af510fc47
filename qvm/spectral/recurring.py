"""Recurrences: what kernels may offer besides applying a plan, and Chebyshev series ask for."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from qvm.spectral.linearmap import Array, Rows
from qwasm.qpu.plan import Plan


@runtime_checkable
class Recurring(Protocol):
    """Kernels that run steps of a three-term recurrence in one pass over memory each."""

    def recurrence(
        self, plan: Plan, before: Array, here: Array, total: Array, shift: Any, rows: Rows
    ) -> tuple[Array, Array] | None:
        """For each (al, be, ga): next = al (X - shift) here + be before and total += ga next.

        Answers the last two states in new arrays, `total` being changed in place; None for what no kernel does.
        """
        ...

    def polynomial(self, plan: Plan, x: Array, shift: Any, start: Any, rows: Rows) -> Array | None:
        """start x + the sum of ga next over the same steps from before = here = x, on (N,) or (k, N); None as above."""
        ...


def recurring(kernels: object) -> Recurring | None:
    """The kernels themselves where they run recurrences."""
    return kernels if isinstance(kernels, Recurring) else None


__all__ = ["Recurring", "recurring"]
