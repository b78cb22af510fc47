"""Two applications in a row become one, when nobody else reads what lies between.

before:  qop.apply q1, q0, A[2] ; qop.apply q2, q1, A[3]
after:   qop.apply q2, q0, A[6]

Right under strict truncation, where operators are N x N matrices and Y (X psi) = (Y X) psi; it stops being
right under free truncation, which cuts each operand once. The product is exact, but sums are added up in
another order, hence `exact`. What costs more than its parts is undone by the pass manager.
"""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from qwasm.ir.module import Op


@dataclass(frozen=True)
class JoinApplies:
    """Replace `qop.apply y, x, X ; qop.apply z, y, Y` by `qop.apply z, x, Y X`."""

    name: ClassVar[str] = "join-applies"
    kind: ClassVar[str] = "exact"

    def run(self, module, context):
        if module.space.truncation == "free":
            return
        read = Counter(value for op in module.walk() for value in (*op.operands, *op.captures.values()))
        made = {op.results[0]: op for op in module.walk() if op.name == "qop.apply" and not op.captures}
        joined = set()
        for outer in made.values():
            inner = made.get(outer.operands[0])
            if inner is not None and read[inner.results[0]] == 1 and inner not in joined:
                product = outer.attributes["X"] @ inner.attributes["X"]
                new = Op("qop.apply", inner.operands, outer.results, {"X": product})
                if context.replace(outer, [new], why="Y (X psi) = (Y X) psi", also=[inner]):
                    joined |= {inner, outer}
