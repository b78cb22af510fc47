"""What a function's effects depend on: only that is compared, so dead code may differ.

Backwards from emits, files, channels, assertions and what is returned; a value that a loop carries for
nobody is not needed although the loop is.
"""

from __future__ import annotations

from collections.abc import Collection

from qwasm.instructions import table
from qwasm.ir.module import Function, Module, Op, Region, Value
from qwasm.record import field, record


def effective(op: Op, impure: Collection[str]) -> bool:
    """Whether running the operation may be noticed by itself: its effects, and fields that are given back."""
    if op.name == "call":
        return op.attributes["function"] in impure
    row = table().get(op.name)
    return op.name in ("halt", "free.qfield", "alloc.qfield") or (row is not None and bool(row.effects))


def impure_functions(module: Module) -> set[str]:
    """The functions that hold an operation with an effect, by themselves or by a call; callees stand above callers."""
    found: set[str] = set()
    for name, function in module.functions.items():
        if any(effective(op, found) for op in operations(function.body)):
            found.add(name)
    return found


def operations(body: Region) -> list[Op]:
    """Every operation of a region, in program order."""
    return list(body.walk())


@record(frozen=False)
class Needed:
    """The values and operations of a function that its effects depend on, and which operations hold an effect."""

    values: set[Value] = field(default_factory=set)
    ops: set[Op] = field(default_factory=set)
    effects: set[Op] = field(default_factory=set)


def needed(function: Function, impure: Collection[str]) -> Needed:
    """What the effects and results of a function depend on."""
    found = Needed()
    source: dict[Value, tuple[Op | None, int]] = {}  # value -> who gives it, and as which one
    owner: dict[Region, Op | None] = {function.body: None}
    inside: dict[Op, Region] = {}
    for value in function.body.args:
        source[value] = (None, 0)
    for op in operations(function.body):
        for index, value in enumerate(op.results):
            source[value] = (op, index)
        for region in op.regions:
            owner[region] = op
            inside.update((inner, region) for inner in region.ops)
            first = len(region.args) - len(op.operands)
            source.update((value, (op, index - first)) for index, value in enumerate(region.args))
    inside.update((op, function.body) for op in function.body.ops)
    waiting: list[Value] = []

    def want(op: Op) -> None:
        """An operation runs: what it reads is needed, and so is every operation around it."""
        here: Op | None = op
        while here is not None and here not in found.ops:
            found.ops.add(here)
            waiting.extend(here.captures.values())
            if not here.regions and here.name not in ("yield",):
                waiting.extend(here.operands)
            here = owner[inside[here]]

    for op in operations(function.body):
        if op.name == "return" or effective(op, impure):
            want(op)
            here: Op | None = op
            while here is not None and here not in found.effects and op.name != "return":
                found.effects.add(here)
                here = owner[inside[here]]
    while waiting:
        value = waiting.pop()
        if value in found.values:
            continue
        found.values.add(value)
        maker, index = source[value]
        if maker is None:
            continue
        want(maker)
        if maker.regions and index >= 0:
            if maker.operands:
                waiting.append(maker.operands[index])
            waiting.extend(region.ops[-1].operands[index] for region in maker.regions)
    return found


__all__ = ["Needed", "effective", "impure_functions", "needed"]
