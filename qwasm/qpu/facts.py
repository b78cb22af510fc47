"""Facts about one instruction, for the formulas of its row: what costs more to know waits until it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import QwasmError
from qwasm.instructions.form import Attr, Instruction, Operand
from qwasm.qpu.program import Instruct

if TYPE_CHECKING:
    from qwasm.qpu.cost import Frame, Walk


class Known(dict[str, Any]):
    """Facts about one instruction; what costs more to know is found when a row first asks for it.

    `reach` is |t| ||X||, None while a time is open; `selfadjoint`, `diagonal`, `visible` and `single`
    tell what kind of operator X is.
    """

    __slots__ = ("frame", "op", "row", "walk")

    def __init__(self, row: Instruction, op: Instruct, frame: Frame, walk: Walk) -> None:
        super().__init__()
        self.row, self.op, self.frame, self.walk = row, op, frame, walk

    def __missing__(self, name: str) -> Any:
        try:
            return self.find(name)
        except QwasmError as error:  # refused where it runs, at the value of a loop variable
            raise KeyError(name) from error

    def find(self, name: str) -> Any:
        """A fact that costs something to know. Raises KeyError when nobody knows it."""
        if name == "reach":
            found: Any = self.reach()
            self.walk.open |= found is None or found == inf
        else:
            from qwasm.qpu import spectral_cost

            weight = self.walk.program.space.weight
            asks: dict[str, Callable[[Operator], bool]] = {
                "selfadjoint": lambda x: spectral_cost.is_selfadjoint(x, weight),
                "diagonal": spectral_cost.is_diagonal,
                "visible": spectral_cost.shows_diagonal,
                "single": lambda x: len(x.words) == 1 and not x.nodes and "n" not in x.symbols,
            }
            if name not in asks:
                raise KeyError(name)
            found = all(asks[name](x) for x in self.operators())
        self[name] = found
        return found

    def operators(self) -> list[Operator]:
        """The row's first operator, the one exponentiated or measured, at the ends of its loop variables."""
        forms: tuple[Operand | Attr, ...] = (*self.row.operands, *self.row.attributes)
        value = next(self.op.attributes[form.name] for form in forms if form.kind == "operator")
        return [value.substitute(dict(env)) for env in self.walk.corners(value.symbols, self.op, self.frame)]

    def reach(self) -> float | None:
        """The largest |t| times the norm of X, None where a time is open."""
        from qwasm.qpu.spectral_cost import norm_size

        given = next((self.op.attributes[name] for name in ("t", "tau") if name in self.op.attributes), None)
        times = []
        for item in given if isinstance(given, tuple) else (given,):
            for env in self.walk.corners(item.symbols, self.op, self.frame) if isinstance(item, Expr) else []:
                closed = item.substitute(dict(env))
                if not closed.is_constant:
                    return None
                times.append(abs(closed.approx()))
        if not times:
            return None
        largest = max(times)
        return largest * max(norm_size(x, self.walk.program.space) for x in self.operators()) if largest else 0.0
