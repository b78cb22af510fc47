"""Equality of modules: the same functions with the same operations, whatever the values are called inside.

Source texts are not compared: they show places and are kept beside the program.
"""

from __future__ import annotations

from qwasm.ir.module import Function, Module, Op, Region, Value


def same_module(a: Module, b: Module) -> bool:
    """True when two modules agree in everything but source texts and the identity of values."""
    return (
        a.space == b.space
        and a.digest == b.digest
        and list(a.parameters.items()) == list(b.parameters.items())
        and list(a.given.items()) == list(b.given.items())
        and list(a.tables.items()) == list(b.tables.items())
        and list(a.rules.items()) == list(b.rules.items())
        and list(a.functions) == list(b.functions)
        and all(same_function(f, b.functions[name]) for name, f in a.functions.items())
    )


def same_function(a: Function, b: Function) -> bool:
    """True when two functions agree operation by operation."""
    if (a.name, a.results, a.span) != (b.name, b.results, b.span):
        return False
    pairs: dict[Value, Value] = {}
    if not bind(a.body.args, b.body.args, pairs):
        return False
    stack: list[tuple[Region, Region]] = [(a.body, b.body)]
    while stack:
        left, right = stack.pop()
        if len(left.ops) != len(right.ops):
            return False
        for x, y in zip(left.ops, right.ops, strict=True):
            if not same_op(x, y, pairs):
                return False
            stack.extend(zip(x.regions, y.regions, strict=True))
    return True


def bind(left: list[Value], right: list[Value], pairs: dict[Value, Value]) -> bool:
    """Let values correspond from here on; False when their types or names differ."""
    if [(v.type, v.name) for v in left] != [(v.type, v.name) for v in right]:
        return False
    pairs.update(zip(left, right, strict=True))
    return True


def same_op(x: Op, y: Op, pairs: dict[Value, Value]) -> bool:
    """True when two operations agree, their operands corresponding; a condition may read region arguments."""
    if not all(bind(a.args, b.args, pairs) for a, b in zip(x.regions, y.regions, strict=False)):
        return False
    return (
        (x.name, x.spans, len(x.regions)) == (y.name, y.spans, len(y.regions))
        and list(x.attributes.items()) == list(y.attributes.items())
        and [pairs.get(v) for v in x.operands] == y.operands
        and [(n, pairs.get(v)) for n, v in x.captures.items()] == list(y.captures.items())
        and bind(x.results, y.results, pairs)
    )
