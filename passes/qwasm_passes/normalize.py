"""Normalize: every operator that is applied takes its normal form on 1..N.

before:  qop.apply q1, q0, (A[2] + B[3])^2 + B[101]            (N = 100)
after:   qop.apply q1, q0, A[4] + A[2] B[3] + B[3] A[2] + B[9]

Words that are zero on the space go, what was decided since an operator was made is used, and products,
powers and families are multiplied out where the cost model says that this is no dearer; factored sums that are
cheaper stay factored.  Equal operators come out as one object, so `cse` and later passes see that they are equal.

Right because the rest is the same matrix: a word whose M is past N reads and writes nothing, inside products
too under strict truncation, at the top under free.  It stops at operators whose coefficients may have no value,
since terms that cancel would hide it, and at traces and spectra, whose methods the form of a sum decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, Literal

from qwasm.algebra.nodes import Family, Node
from qwasm.algebra.operators import Operator
from qwasm.algebra.rewrite import rebuild
from qwasm.algebra.ring import Expr
from qwasm.algebra.value import fold
from qwasm.diagnostics import QwasmError
from qwasm.ir.module import Attribute, Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import Cost, operator_cost, planning_cost
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.factor import APPLIED
from qwasm_passes.linear import captured, tame


@record
class Normalize:
    """Normal forms of the operators that are applied; `terms` bounds what multiplying out may make."""

    terms: int = 64
    name: ClassVar[str] = "normalize"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if self.terms < 1:
            raise ValueError(f"terms is 1 or more, not {self.terms}")

    def run(self, module: Module, context: Context) -> None:
        """Ask for every instruction whose operator has another normal form."""
        for op in module.walk():
            if op.name not in APPLIED:
                continue
            forms = {name: self.form(value, module.space) for name, value in op.attributes.items()}
            if all(form == op.attributes[name] for name, form in forms.items()):
                continue
            results = [Value(value.type, value.name) for value in op.results]
            captures = op.captures
            if op.name == "qop.apply" and isinstance(forms["X"], Operator):
                captures = captured(forms["X"], captures)
            new = Op(op.name, op.operands, results, forms, captures, [], op.spans)
            context.replace(op, (new,), why="its operator has a normal form that is no dearer", values=results)

    def form(self, value: Attribute, space: Space) -> Attribute:
        """An attribute with every operator in normal form."""
        if isinstance(value, tuple):
            return tuple(self.form(item, space) for item in value)
        return normal(value, space, self.terms) if isinstance(value, Operator) else value


@lru_cache(maxsize=4096)
def normal(x: Operator, space: Space, terms: int) -> Operator:
    """The normal form of X on a space: X itself where none is sure to hide no trap, or all are dearer."""
    if not tame(x, space):
        return x
    best = x
    try:
        trimmed = without_zeros(x, space)
        for form in (trimmed, trimmed.expanded(terms)):
            if (
                form is not None
                and form.symbols == x.symbols
                and tame(form, space)
                and price(form, space) <= price(best, space)
            ):
                best = form
    except (QwasmError, ValueError):  # divergent, or past a limit of the algebra
        return best
    return best


def without_zeros(x: Operator, space: Space) -> Operator:
    """X rebuilt without the words that are zero on 1..N."""

    def visit(y: Operator, done: Callable[[Operator], Operator]) -> Operator:
        made = rebuild(y, done, same, y.truncation)
        inside = space.truncation == "strict" or y is x
        words = {t: f for t, f in made.words.items() if not (inside and isinstance(t[1], int) and t[1] > space.N)}
        nodes: dict[Node, Expr] = {node: c for node, c in made.nodes.items() if not empty(node)}
        return Operator(made.truncation, words, nodes)

    return fold(x, visit)


def same(e: Expr) -> Expr:
    """Expressions stay."""
    return e


def empty(node: Node) -> bool:
    """Whether a family has no members."""
    if not isinstance(node, Family) or node.kind != "sum":
        return False
    return isinstance(node.low, int) and isinstance(node.high, int) and node.high < node.low


def price(x: Operator, space: Space) -> Cost:
    """Planning X and applying it once."""
    return planning_cost(x, space) + operator_cost(x, space)


__all__ = ["Normalize", "normal"]
