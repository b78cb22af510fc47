"""Loop power: a loop that only applies one operator to its state becomes one application of a power.

before:  loop k, 10 (q0) { q1 = qop.apply q0, A[2] ; yield q1 }
after:   qop.apply q1, q0, A[1024]

Where the power has a closed form (words, multiplications, shifts) the loop is one
term; any other X is applied n times by one instruction, which saves what starts and checks each turn.
Recurrences x <- a x + b X x are of this kind once `fuse` has made them (a I + b X) x.

Right because powers of matrices are associative.  It stops where the operator depends on the loop
variable, where anything else happens in the loop, under free truncation where a path may leave 1..N
between two turns, where the numbers could grow by more than 2^512 on the way (2^64 in real32; a turn
that overflows fails), and, for powers without closed form, past `work` elements, since a time limit is looked at
between instructions.
"""

from __future__ import annotations

from math import isfinite, log2
from typing import ClassVar, Literal

from qwasm.algebra.nodes import Power
from qwasm.algebra.operators import Operator
from qwasm.algebra.reach import power_size
from qwasm.diagnostics import QwasmError
from qwasm.ir.module import Module, Op, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import START, growth, operator_cost
from qwasm.passes.operator_cost import passes
from qwasm.qpu.cost import turns
from qwasm.record import record
from qwasm.space import Space
from qwasm_passes.linear import Uses, captured, operator_of, tame, uses
from qwasm_passes.loops import bound

GROWTH = {"real32": 64}  # bits that the state may grow by over all turns, fewer where floats are short
FAR = 512


@record
class LoopPower:
    """Turn loops of one application into powers; `work` bounds those that have no closed form."""

    work: int = 100_000_000
    name: ClassVar[str] = "loop-power"
    kind: ClassVar[Literal["exact"]] = "exact"

    def __post_init__(self) -> None:
        if self.work < 0:
            raise ValueError(f"work is 0 or more, not {self.work}")

    def run(self, module: Module, context: Context) -> None:
        """Ask for every such loop."""
        known = uses(module)
        for op in module.walk():
            if op.name != "loop":
                continue
            body = applied(op, module.space)
            if body is None:
                continue
            operator, inner = body
            low, high = (bound(op, name) for name in ("low", "high"))
            if op.attributes["domain"] == "primes":
                from qwasm.arith.sieve import primes

                count = len(primes(low, high)) if high - low < 1 << 20 else -1
            else:
                count = turns("ints", low, high)
            power = self.power(operator, count, known, module.space)
            if power is None:
                continue
            new = Op("qop.apply", list(op.operands), [Value(op.results[0].type, op.results[0].name)], {"X": power},
                     captured(power, inner.captures), [], (*op.spans, *inner.spans))  # fmt: skip
            context.replace(op, (new,), why=f"{count} turns are one application")

    def power(self, x: Operator, count: int, known: Uses, space: Space) -> Operator | None:
        """X^count where it is cheaper than the turns and keeps their meaning."""
        if count < 2 or not tame(x, space):
            return None
        if not space.field.exact:
            size = growth(x, space)
            if not isfinite(size) or count * max(0.0, log2(max(size, 1e-300))) > GROWTH.get(space.field.kind, FAR):
                return None
        try:
            if space.truncation == "free" and (x.symbols or power_size(x, count, space.N) != space.N):
                return None
            power = x**count
        except (QwasmError, ValueError, OverflowError):
            return None
        once, turn = (operator_cost(y, space) + START + passes(space, 1, 0) for y in (power, x))
        if any(isinstance(node, Power) for node in power.nodes) and turn.elements * count > self.work:
            return None
        if not known.planning(power, space) + once < known.planning(x, space) + turn * count:
            return None
        return power


def applied(loop: Op, space: Space) -> tuple[Operator, Op] | None:
    """The operator that a loop applies to the one state it carries, and the instruction; None for any other loop."""
    (region,) = loop.regions
    if len(region.args) != 2 or len(region.ops) != 2:
        return None
    op, end = region.ops
    operator = operator_of(op, space)
    if operator is None or op.operands != [region.args[1]] or end.operands != op.results:
        return None
    return None if region.args[0] in op.captures.values() else (operator, op)


__all__ = ["LoopPower"]
