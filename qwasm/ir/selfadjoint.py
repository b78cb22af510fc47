"""Self-adjointness of what a program exponentiates or measures: decided before it runs.

Instructions whose row names an operator in `selfadjoint` still run when it is not self-adjoint in
the declared weight, by a method that is right for it; the program is told once at each place,
with the exact residual and the smallest matrix entry where it shows.
"""

from __future__ import annotations

from qwasm.algebra.operators import Operator
from qwasm.diagnostics import Diagnostic, Span
from qwasm.instructions import table
from qwasm.instructions.form import Instruction
from qwasm.ir.module import Module
from qwasm.space import Space


def concern(row: Instruction, operator: object, space: Space, span: Span | None) -> Diagnostic | None:
    """The warning QW0900 or QW0902 about an instruction's operator, or None.

    Residues have no weight to be self-adjoint in, and an operator with open symbols is judged
    where it is closed.
    """
    if not row.selfadjoint or space.field.exact or not isinstance(operator, Operator) or operator.symbols - {"N"}:
        return None
    from qwasm.algebra.residual import warning

    return warning(operator, space.weight, span)


def warnings(module: Module) -> list[Diagnostic]:
    """The warnings of a whole module, one for each operator, at its first place."""
    found: dict[Operator, Diagnostic | None] = {}
    for op in module.walk():
        row = table().get(op.name)
        if row is None or not row.selfadjoint:
            continue
        operator = op.attributes.get(row.selfadjoint)
        if isinstance(operator, Operator) and operator not in found:
            found[operator] = concern(row, operator, module.space, op.spans[0] if op.spans else None)
    return [diagnostic for diagnostic in found.values() if diagnostic is not None]
