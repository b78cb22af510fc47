"""Lifetimes: where each value of a function is used last, in the region that defines it.

A use inside a nested region counts for the operation of the defining region that contains it.
One pass over the function, with an explicit stack, whatever the nesting.
"""

from __future__ import annotations

from qwasm.ir.module import Op, Region, Value
from qwasm.record import field, record


@record(frozen=False)
class Lifetimes:
    """`dying(region)[i]` are the values whose last use is operation i; a result never used dies where it is made."""

    last: dict[int, dict[int, tuple[Value, int]]] = field(default_factory=dict)  # region -> value -> position
    inner: set[tuple[int, int]] = field(default_factory=set)  # (value, operation it is used inside)

    def dying(self, region: Region) -> dict[int, list[Value]]:
        """The values of a region by the position of their last use; an argument never used does not die inside."""
        found: dict[int, list[Value]] = {}
        for value, position in self.last[id(region)].values():
            if position >= 0:
                found.setdefault(position, []).append(value)
        return found

    def only_entered(self, value: Value, op: Op) -> bool:
        """Whether an operation with regions takes the value at its start and never looks at it again."""
        inside = (id(value), id(op)) in self.inner or any(value is captured for captured in op.captures.values())
        return not inside and any(value is operand for operand in op.operands)


def lifetimes(body: Region) -> Lifetimes:
    """The lifetimes of every value of a function's body."""
    found = Lifetimes()
    owner: dict[int, int] = {}  # value -> depth of the region that defines it
    stack: list[tuple[Region, int]] = []  # a region and the position of the operation being read
    pending: list[tuple[Region, int]] = [(body, 0)]
    while pending or stack:
        while pending:
            region, depth = pending.pop()
            if depth < len(stack):
                pending.append((region, depth))
                break
            stack.append((region, -1))
            found.last[id(region)] = {id(value): (value, -1) for value in region.args}
            owner.update((id(value), depth) for value in region.args)
        region, position = stack[-1]
        position += 1
        if position == len(region.ops):
            stack.pop()
            continue
        stack[-1] = (region, position)
        op = region.ops[position]
        depth = len(stack) - 1
        arguments = {id(value) for inner in op.regions for value in inner.args}
        for value in (*op.operands, *op.captures.values()):
            if id(value) not in arguments:
                use(found, stack, owner, value)
        for value in op.results:
            found.last[id(region)][id(value)] = (value, position)
            owner[id(value)] = depth
        pending.extend((inner, depth + 1) for inner in reversed(op.regions))
    return found


def use(found: Lifetimes, stack: list[tuple[Region, int]], owner: dict[int, int], value: Value) -> None:
    """Note a use of a value by the operation on top of the stack."""
    depth = owner.get(id(value))
    if depth is None:
        return
    region, position = stack[depth]
    found.last[id(region)][id(value)] = (value, position)
    if depth < len(stack) - 1:
        found.inner.add((id(value), id(region.ops[position])))
