"""Copies of modules: the same operations on values of their own, so that one can change and the other not.

Attributes, types and places are immutable and shared.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> from qwasm.ir.equal import same_module
>>> module, _ = build(parse(".space N = 10\\n.func main\\nbasis q0, 1\\nend"))
>>> twin = copied(module)
>>> same_module(twin, module), next(twin.walk()) is next(module.walk())
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterable

from qwasm.ir.module import Function, Module, Op, Region, Value
from qwasm.record import replace

Twins = dict[Value, Value]


def copied(module: Module) -> Module:
    """A module that shares nothing with this one that a pass could change."""
    return replace(module, functions={name: _function(function) for name, function in module.functions.items()})


def _function(function: Function) -> Function:
    """A function with operations and values of its own; an explicit stack takes the place of recursion."""
    twins: Twins = {}
    body = Region(_twins(function.body.args, twins))
    stack = [(function.body, body, 0)]
    while stack:
        old, new, index = stack.pop()
        if index == len(old.ops):
            continue
        op = old.ops[index]
        regions = [Region(_twins(region.args, twins)) for region in op.regions]
        new.ops.append(
            Op(
                op.name,
                [twins.get(value, value) for value in op.operands],
                _twins(op.results, twins),
                dict(op.attributes),
                {name: twins.get(value, value) for name, value in op.captures.items()},
                regions,
                op.spans,
            )
        )
        stack.append((old, new, index + 1))
        stack.extend((inner, made, 0) for inner, made in zip(reversed(op.regions), reversed(regions)))
    return Function(function.name, function.results, body, function.span)


def _twins(values: Iterable[Value], twins: Twins) -> list[Value]:
    """New values in place of these, remembered."""
    made = []
    for value in values:
        twin = twins[value] = Value(value.type, value.name)
        made.append(twin)
    return made


__all__ = ["copied"]
