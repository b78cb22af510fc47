"""The self-adjointness policy: decide exactly, warn precisely, then choose the picture.

A self-adjoint operator is run in the hilbert picture as a symmetric map.  Any other one is run
by general methods, with a warning that shows the exact residual, the smallest place where it
is seen, and a weight or coefficients that would make the operator self-adjoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwasm.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from qwasm.algebra.operators import Operator
    from qwasm.space import Space

CODE = "QW0900"
LONGEST = 200                   # characters of a residual that a message shows


def self_adjointness(value: Operator, space: Space, span: Span | None = None,
                     what: str = "the operator") -> tuple[bool, Diagnostic | None]:
    """(whether X is self-adjoint in the weight of the space, the warning QW0900 if it is not)."""
    from qwasm.algebra.residual import residual

    verdict = residual(value, space.weight)
    if verdict.ok:
        return True, None
    notes = []
    if verdict.witness is not None:
        N, row, column, got, expected = verdict.witness
        notes.append(f"smallest place: N = {N}, entry ({row}, {column}) is {got} in X and {expected} in X*")
    text = str(verdict.residual)
    if len(text) > LONGEST:
        text = text[:LONGEST] + " ..."
    message = f"{what} is not self-adjoint in the weight {space.weight}: X - X* = {text}"
    return False, Diagnostic(CODE, message, span, verdict.advice, "warning", tuple(notes))
