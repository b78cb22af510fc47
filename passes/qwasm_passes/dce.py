"""Dead code: operations whose results nobody reads, and values that a loop carries for nobody, are removed.

before:  mul.p q1, q0, 2 ; mul.p q2, q0, 3 ; emit "x", q2
after:   mul.p q2, q0, 3 ; emit "x", q2

Right because what is removed cannot be observed: it emits nothing, touches no file or channel
and surely does not fail.  An operation that may trap (an overflow, a zero norm, n outside 1..N)
stays although its result is unread, and so do halt, calls, and loops or branches that hold one.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar, Literal

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import QwasmError
from qwasm.ir.module import Module, Op, Region, Value
from qwasm.passes.context import Context
from qwasm.record import record
from qwasm.space import Field, Space

HARMLESS = frozenset({"undef", "mul.p", "div.p", "equal", "random"})
REGIONS = ("loop", "if")
MODERATE = 1 << 53  # numerators and denominators that every float field has, and their quotients


@record
class Dce:
    """Remove what is never read; `rounds` bounds how often the module is looked through."""

    rounds: int = 8
    name: ClassVar[str] = "dce"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ValueError(f"rounds is at least 1, not {self.rounds}")

    def run(self, module: Module, context: Context) -> None:
        """Look, change, and look again until nothing is left to remove."""
        for _ in range(self.rounds):
            self.once(module, context)
            if not context.commit():
                return

    def once(self, module: Module, context: Context) -> None:
        """Ask, from the end, for every operation to go whose readers are gone, and for unread carried values."""
        order = list(module.walk())
        used = Counter(value for op in order for value in (*op.operands, *op.captures.values()))
        outermost = {op for function in module.functions.values() for op in function.body.ops}
        gone: set[Op] = set()
        kept: set[Op] = set()
        for op in reversed(order):
            if op.name in ("yield", "return"):
                continue
            read = any(used[value] for value in op.results)
            if not read or op not in outermost:  # whether one that holds no other and is read could go is not asked
                holds_some = any(child in kept for region in op.regions for child in region.ops)
                if holds_some or not harmless(op, module.space):
                    kept.add(op)
            if not read and op not in kept:
                if context.replace(op, (), why=f"nothing reads what {op.name} gives"):
                    for inner in op.walk():
                        if inner not in gone:
                            gone.add(inner)
                            used.subtract((*inner.operands, *inner.captures.values()))
            elif op.name in ("loop", "while"):
                slimmer(op, used, context)


def harmless(op: Op, space: Space) -> bool:
    """Whether running the operation by itself surely has no effect and does not fail."""
    if op.name in REGIONS or op.name in HARMLESS:
        return op.name != "if"  # the condition of an if may be undecided
    if op.name in ("basis", "at"):
        n = whole(op, "n")
        return n is not None and 1 <= n <= space.N
    if op.name == "alloc.qfield":
        k = whole(op, "k")
        return k is not None and k >= 1
    if op.name in ("set", "fill"):
        value = op.attributes.get("expression")
        if op.results[0].type.kind == "qint":  # takes no other number
            return isinstance(value, Expr) and value.integer() is not None
        return isinstance(value, Expr) and value.rational() is not None and holds(space.field, value)
    return False


def whole(op: Op, name: str) -> int | None:
    """An attribute that is an integer constant, or None."""
    value = op.attributes.get(name)
    return value.integer() if isinstance(value, Expr) else None


def holds(field: Field, value: Expr) -> bool:
    """Whether the field has this constant: 1e400 is past every float, 1/7 is nothing in mod(7)."""
    number = value.rational()
    largest = 1 if field.exact else MODERATE
    if number is not None and abs(number.numerator) <= MODERATE and number.denominator <= largest:
        return True
    try:
        evaluate(value, field, {})
    except QwasmError:
        return False
    return True


def slimmer(op: Op, used: Counter[Value], context: Context) -> None:
    """Ask for a loop without the values that it carries for nobody."""
    region = op.regions[0]
    first = len(region.args) - len(op.operands)
    last = region.ops[-1]
    keep = [
        index for index, result in enumerate(op.results)
        if used[result] or used[region.args[first + index]]
    ]  # fmt: skip
    if len(keep) == len(op.results):
        return
    ending = Op("yield", [last.operands[index] for index in keep], spans=last.spans)
    body = Region([*region.args[:first], *(region.args[first + index] for index in keep)], [*region.ops[:-1], ending])
    results = [op.results[index] for index in keep]
    new = Op(op.name, [op.operands[index] for index in keep], results, op.attributes, op.captures, [body], op.spans)
    context.replace(op, (new,), why="nothing reads some of the values it carries", values=op.results)


__all__ = ["Dce"]
