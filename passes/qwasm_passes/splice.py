"""Splicing: the operations of a region put in place of the operation that owns it.

`closed` writes constants into the attributes of an operation, `spliced` copies a region with its arguments
bound to values outside, so that an inlined body shares nothing with the one it came from.

>>> from qwasm.algebra.ring import const, symbol
>>> from qwasm.ir.module import Type
>>> op, k = Op("mul.p", attributes={"p": symbol("k", "prime")}), Value(Type("qint"), "k")
>>> op.captures["k"] = k
>>> attributes, captures = closed(op, {k: const(3)})
>>> str(attributes["p"]), captures
('3', {})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.ir.module import Attribute, Op, Region, Value

Constants = Mapping[Value, Expr]


def closed(op: Op, constants: Constants) -> tuple[dict[str, Attribute], dict[str, Value]]:
    """The attributes and captures of an operation with these values written in.

    Raises QwasmError where an index leaves its range or a constant has no value.
    """
    known = {name: constants[value] for name, value in op.captures.items() if value in constants}
    if not known:
        return op.attributes, op.captures
    attributes = {name: written(value, known) for name, value in op.attributes.items()}
    free = symbols(attributes.values())
    return attributes, {name: value for name, value in op.captures.items() if name in free and name not in known}


def written(value: Attribute, known: Mapping[str, Expr]) -> Attribute:
    """An attribute with constants in place of symbols."""
    if isinstance(value, tuple):
        return tuple(written(item, known) for item in value)
    return value.substitute(known) if isinstance(value, (Expr, Operator)) else value


def symbols(values: Iterable[Attribute]) -> set[str]:
    """The free symbols of attributes."""
    found: set[str] = set()
    waiting = list(values)
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(item)
        elif isinstance(item, (Expr, Operator)):
            found |= item.symbols
    return found


def spliced(region: Region, arguments: Mapping[Value, Value], constants: Constants) -> tuple[list[Op], list[Value]]:
    """Copies of the operations of a region, and the values its last operation gives.

    arguments: what stands for the region's arguments; those in `constants` are written into attributes.
    """
    twins = dict(arguments)
    body: list[Op] = []
    stack = [(region, body, 0)]
    ending: list[Value] = []
    while stack:
        old, new, index = stack.pop()
        if index == len(old.ops):
            continue
        stack.append((old, new, index + 1))
        op = old.ops[index]
        if old is region and index == len(old.ops) - 1:
            ending = [twins.get(value, value) for value in op.operands]
            continue
        regions = [Region(renamed(inner.args, twins)) for inner in op.regions]
        operands = [twins.get(value, value) for value in op.operands]
        attributes, captures = closed(op, constants)
        bound = {name: twins.get(value, value) for name, value in captures.items()}
        new.append(Op(op.name, operands, renamed(op.results, twins), dict(attributes), bound, regions, op.spans))
        stack.extend((inner, made.ops, 0) for inner, made in zip(reversed(op.regions), reversed(regions), strict=True))
    return body, ending


def renamed(values: Iterable[Value], twins: dict[Value, Value]) -> list[Value]:
    """New values in place of these, remembered."""
    made = []
    for value in values:
        twin = twins[value] = Value(value.type, value.name)
        made.append(twin)
    return made


__all__ = ["Constants", "closed", "spliced", "symbols"]
