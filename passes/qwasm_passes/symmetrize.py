"""Symmetrize: a loop that evolves states works in the hilbert picture, where self-adjoint operators are symmetric.

before:  loop k, 10 (q1) { q2 = qop.exp q1, H, t ; yield q2 }
after:   to.hilbert h0, q0 ; loop k, 10 (h1) { h2 = qop.exp h1, H, t ; yield h2 } ; to.nspace q3, h3

The spectral engine works on sqrt(w(n)) psi(n) in any case: outside the hilbert picture each exponential converts
its state there and back.  The loop is moved where all it does to states has the same meaning in both pictures, and
where that saves more conversions than it adds at its borders.

Right because W^(1/2) X W^(-1/2) is the same map in other coordinates, and sums, norms and inner products in the
weight are those of the pictures.  It stops at weight 1, where the pictures are one, at residues, which have no
roots, at instructions that read or write the numbers of a state themselves, at inner regions, and at weights whose
roots go past 2^64.  Opt-in: words, which are gathers in nspace, need a factor in the hilbert picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from qwasm.ir.module import Module, Op, Region, Type, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import NOTHING, Cost, operation_cost, repetitions
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.fold import mild
from qwasm_passes.linear import Uses, operator_of, uses

BOTH = frozenset({"qop.exp", "qop.poly", "qop.combine", "qop.inner", "qop.norm", "qop.normalize", "sweep", "yield"})
HILBERT, NSPACE = Type("qstate", "hilbert"), Type("qstate")


@record
class Symmetrize:
    """Move loops with exponentials to the hilbert picture."""

    name: ClassVar[str] = "symmetrize"
    kind: ClassVar[Literal["exact"]] = "exact"

    def run(self, module: Module, context: Context) -> None:
        """Ask for every loop that can be moved and pays."""
        if module.space.field.exact or module.space.weight.s == 0 or not mild(module.space):
            return
        known = uses(module)
        for op in module.walk():
            if op.name in ("loop", "while") and movable(op, module.space):
                move(op, known, context)


def movable(loop: Op, space: Space) -> bool:
    """Whether all that a loop does to states means the same in both pictures."""
    for op in loop.regions[0].ops:
        states = [value for value in (*op.operands, *op.results) if value.type.kind in ("qstate", "qfield")]
        if op.regions or any(value.type != NSPACE for value in states):
            return False
        if states and op.name not in BOTH and operator_of(op, space) is None:
            return False
    return True


def move(loop: Op, known: Uses, context: Context) -> None:
    """Ask for the loop between conversions, if that is cheaper."""
    (region,) = loop.regions
    inside = {value for op in region.ops for value in op.results} | set(region.args)
    outside = [value for op in region.ops for value in op.operands if value.type == NSPACE and value not in inside]
    entering = dict.fromkeys([*(value for value in loop.operands if value.type == NSPACE), *outside])
    leaving = [value for value in loop.results if value.type == NSPACE and known.count.get(value, 0)]
    twins: dict[Value, Value] = {}
    before = [converted("to.hilbert", value, twin(value, twins)) for value in entering]
    args = [twin(value, twins) for value in region.args]
    body = [
        Op(op.name, [twins.get(value, value) for value in op.operands], [twin(value, twins) for value in op.results],
           op.attributes, {name: twins.get(value, value) for name, value in op.captures.items()}, [], op.spans)
        for op in region.ops
    ]  # fmt: skip
    results = [twin(value, {}) for value in loop.results]
    captures = {name: twins.get(value, value) for name, value in loop.captures.items()}
    operands = [twins.get(value, value) for value in loop.operands]
    new = Op(loop.name, operands, results, loop.attributes, captures, [Region(args, body)], loop.spans)
    after, values = [], []
    for value, result, operand in zip(loop.results, results, loop.operands, strict=True):
        if value.type != NSPACE:
            values.append(result)
        elif value in leaving:
            after.append(converted("to.nspace", result, Value(NSPACE, value.name)))
            values.append(after[-1].results[0])
        else:
            values.append(operand)  # nobody reads it
    turns = repetitions(loop, {})
    there = prices(region.ops, context.module.space) * turns
    if prices(body, context.module.space) * turns + prices([*before, *after], context.module.space) < there:
        context.replace(loop, [*before, new, *after], "its exponentials need no conversions", values)


def prices(ops: Iterable[Op], space: Space) -> Cost:
    """One run of operations without regions."""
    return sum((operation_cost(op, space) for op in ops), NOTHING)


def twin(value: Value, twins: dict[Value, Value]) -> Value:
    """A value in place of this one, in the hilbert picture if it is a state."""
    made = twins[value] = Value(HILBERT if value.type == NSPACE else value.type, value.name)
    return made


def converted(name: str, value: Value, result: Value) -> Op:
    """A conversion between the pictures."""
    return Op(name, [value], [result])


__all__ = ["Symmetrize"]
