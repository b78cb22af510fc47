"""Common subexpressions: an operation that repeats an earlier one gives way to its result.

before:  mul.p q1, q0, 2 ; mul.p q2, q0, 2 ; mul q3, q1, q2
after:   mul.p q1, q0, 2 ; mul q3, q1, q1

Right because operations without effects are functions of their operands and attributes, and
values never change; expressions are equal exactly when they are one object.  The operands of
what commutes may stand in either order, but for complex products, which round by their order.
It stops at effects, at estimates (which draw random numbers), and at fields, whose storage
`free.qfield` gives back.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from qwasm.instructions import table
from qwasm.ir.module import Module, Op, Region
from qwasm.passes.context import Context
from qwasm.record import record

Known = dict[tuple[Any, ...], Op]


@record
class Cse:
    """Merge equal operations where the earlier one is sure to have run."""

    name: ClassVar[str] = "cse"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def run(self, module: Module, context: Context) -> None:
        """Walk each function with the operations known so far; an inner region forgets what it learnt."""
        for function in module.functions.values():
            known: Known = {}
            stack: list[tuple[Region, int, list[tuple[Any, ...]]]] = [(function.body, 0, [])]
            while stack:
                region, index, learnt = stack.pop()
                if index == len(region.ops):
                    for key in learnt:
                        del known[key]
                    continue
                stack.append((region, index + 1, learnt))
                op = region.ops[index]
                stack.extend((inner, 0, []) for inner in reversed(op.regions))
                if not repeatable(op):
                    continue
                key = key_of(op, context)
                earlier = known.get(key)
                if earlier is None:
                    known[key] = op
                    learnt.append(key)
                else:
                    context.replace(op, (), why=f"{op.name} was computed before", values=earlier.results)


def repeatable(op: Op) -> bool:
    """Whether two runs of an operation on the same values surely give the same, with nothing else to see."""
    row = table().get(op.name)
    if row is None or op.regions or not op.results or row.effects - {"fails"} or row.group == "measuring":
        return False
    return all(value.type.kind in ("qstate", "scalar", "qint") for value in op.results)


def key_of(op: Op, context: Context) -> tuple[Any, ...]:
    """What decides the results: name, types, operands, attributes and what their symbols are bound to."""
    operands = [context.value(value) for value in op.operands]
    either = table()[op.name].commutative and context.module.space.field.kind != "complex"
    return (
        op.name,
        tuple(value.type for value in op.results),
        frozenset(operands) if either else tuple(operands),
        tuple(sorted(op.attributes.items(), key=lambda item: item[0])),
        tuple((name, context.value(value)) for name, value in op.captures.items()),
    )


__all__ = ["Cse"]
