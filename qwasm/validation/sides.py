"""One of two functions that are compared: a walk through it gives its values their meanings and stops at effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import Span
from qwasm.ir.module import Function, Op, Region, Value
from qwasm.record import field, record
from qwasm.validation.meaning import Meaning, Sources, closed, evaluated
from qwasm.validation.needed import Needed, effective, needed


@record(frozen=False)
class Side:
    """One of the two functions: what it needs, what its values mean so far, who gave them.

    A call of one of `opened`, functions without effects, is walked as the body of that function.
    """

    function: Function
    impure: set[str]
    second: bool
    opened: Mapping[str, Function] = field(default_factory=dict)
    need: Needed = field(init=False)
    values: dict[Value, Meaning] = field(default_factory=dict)
    makers: dict[Value, Op] = field(default_factory=dict)
    checked: list[tuple[Any, ...]] = field(
        default_factory=list
    )  # failing instructions that ran: they will not fail again
    steps: int = 0

    def __post_init__(self) -> None:
        self.need = needed(self.function, self.impure)
        for function in self.opened.values():
            inner = needed(function, self.impure)
            self.need.values |= inner.values
            self.need.ops |= inner.ops

    def chain(self, value: Value) -> tuple[Span, ...]:
        """The places of the operations behind a value, the nearest first."""
        spans: dict[Span, None] = {}
        waiting, seen = [value], set[Value]()
        while waiting and len(seen) < 1_000:
            value = waiting.pop(0)
            maker = self.makers.get(value)
            if maker is not None and value not in seen:
                spans.update(dict.fromkeys(maker.spans))
                waiting += [*maker.operands, *maker.captures.values()]
            seen.add(value)
        return tuple(spans)


@record(frozen=False)
class Walk:
    """A region being walked: the operations still to come, branches that are surely taken laid into it."""

    side: Side
    sources: Sources
    stack: list[tuple[Region, int, Op | None]]

    def next(self) -> Op:
        """The next effect, loop, branch or end; what stands before it has been given its meaning."""
        side = self.side
        self.sources.second = side.second
        while True:
            region, index, owner = self.stack.pop()
            op = region.ops[index]
            if op.name in ("yield", "return") and owner is not None:
                side.values.update(zip(owner.results, (side.values.get(v, MISSING) for v in op.operands)))
                continue
            if op.name in ("yield", "return"):
                return op
            self.stack.append((region, index + 1, owner))
            if op not in side.need.ops:
                continue
            side.makers.update(dict.fromkeys(op.results, op))
            callee = side.opened.get(str(op.attributes["function"])) if op.name == "call" else None
            if callee is not None and side.steps < OPENED:
                side.steps += len(callee.body.ops)
                side.values.update(zip(callee.body.args, [side.values.get(v, MISSING) for v in op.operands]))
                self.stack.append((callee.body, 0, op))
                continue
            if op.name == "if":
                condition = closed(op, side.values)["condition"]
                chosen = condition.rational() if isinstance(condition, Expr) else None
                if chosen is not None:
                    self.stack.append((op.regions[0 if chosen else 1], 0, op))
                    continue
            if op.regions or (effective(op, side.impure) and not self.harmless(op)):
                return op
            self.give(op, evaluated(op, side.values, self.sources))

    def give(self, op: Op, meanings: list[Meaning]) -> None:
        self.side.values.update(zip(op.results, meanings))

    def harmless(self, op: Op) -> bool:
        """Whether an effect is surely none: an assertion of what is true, a check that passed before."""
        if op.name == "assert":
            condition = closed(op, self.side.values)["cond"]
            return isinstance(condition, Expr) and condition.rational() not in (None, 0)
        if op.name == "qop.normalize":
            key = (op.name, *(self.side.values[value] for value in op.operands))
            if any(all(self.sources.same(a, b) for a, b in zip(key[1:], old[1:])) for old in self.side.checked):
                return True
            self.side.checked.append(key)
        return False


OPENED = 4_096  # operations of called functions that are walked for one comparison
MISSING: Meaning = symbol("_missing", "scalar")  # of a carried value that nobody needs


__all__ = ["MISSING", "Side", "Walk"]
