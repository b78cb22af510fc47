"""Loop-invariant code: what a loop computes again in every turn is computed once, before it.

before:  loop k, 10 (q1) { q2 = mul.p q0, 2 ; q3 = qop.combine q1, q2, 1, 1 ; yield q3 }
after:   q2 = mul.p q0, 2 ; loop k, 10 (q1) { q3 = qop.combine q1, q2, 1, 1 ; yield q3 }

An operation leaves every loop whose variable, carried values and other operations it does not read, of all
kinds (loop, primes, hyperloop, while) and as far out as it can.

Right because an operation without effects is a function of values that do not change, and no failure
appears, vanishes or comes before another: an operation that could fail leaves only a loop that surely runs,
and only where nothing that can be seen or could fail stands before it in the turn.  It stops at branches,
whose bodies may not run, at effects, estimates and fields, and at loops of fewer than two turns.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from qwasm.ir.module import Module, Op, Region, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import whole
from qwasm.record import field, record
from qwasm.space import Space
from qwasm_passes.cse import repeatable
from qwasm_passes.dce import harmless
from qwasm_passes.linear import operator_of, tame
from qwasm_passes.loops import first_turns

PURE = frozenset({"yield", "return", "undef"})


@record(frozen=False)
class Frame:
    """A region on the way: the loop that owns it (None for a function or a branch), and what stands in it."""

    region: Region
    loop: Op | None
    sure: bool = False  # the body of a loop that has a turn
    quiet: bool = True  # so far nothing in this turn that can be seen or could fail, but what leaves
    index: int = 0
    leaving: list[Op] = field(default_factory=list)  # operations that go before the loop


@record
class Licm:
    """Move invariant operations out of loops."""

    name: ClassVar[str] = "licm"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"
    grows: ClassVar[bool] = False

    def run(self, module: Module, context: Context) -> None:
        """Walk each function once, with the depth at which each value is made."""
        for function in module.functions.values():
            depth: dict[Value, int] = dict.fromkeys(function.body.args, 0)
            stack = [Frame(function.body, None)]
            while stack:
                frame = stack[-1]
                if frame.index == len(frame.region.ops):
                    stack.pop()
                    if stack and not (frame.quiet and frame.loop is not None and frame.loop.name == "loop"):
                        stack[-1].quiet = False
                    if frame.loop is not None and frame.leaving:
                        moved = frame.leaving
                        why = f"the same in every turn: {', '.join(op.name for op in moved)}"
                        context.replace(frame.loop, (*moved, frame.loop), why, values=frame.loop.results, also=moved)
                    continue
                op = frame.region.ops[frame.index]
                frame.index += 1
                level = len(stack) - 1
                home = outermost(op, stack, depth, module.space)
                depth.update(dict.fromkeys(op.results, home))
                if home < level:
                    stack[home + 1].leaving.append(op)
                    continue
                if not (op.name in PURE or calm(op, module.space)):
                    frame.quiet = False
                for inner in reversed(op.regions):
                    depth.update(dict.fromkeys(inner.args, level + 1))
                    loop = op if op.name in ("loop", "while") else None
                    stack.append(Frame(inner, loop, surely(op)))


def outermost(op: Op, stack: list[Frame], depth: dict[Value, int], space: Space) -> int:
    """The depth of the outermost region to which an operation may go; where it stands if it may go nowhere."""
    level = len(stack) - 1
    if op.regions or not repeatable(op):
        return level
    needed = max((depth[value] for value in (*op.operands, *op.captures.values())), default=0)
    safe = calm(op, space)
    home = level
    while home > needed:
        frame = stack[home]
        if frame.loop is None or not worth(frame.loop) or not (safe or (frame.sure and frame.quiet)):
            break
        home -= 1
        if not safe and not stack[home].quiet:
            break
    return home


def calm(op: Op, space: Space) -> bool:
    """Whether an operation surely does not fail, or is linear and tame: then it hides no trap and makes none."""
    if harmless(op, space):
        return True
    x = operator_of(op, space)
    return x is not None and tame(x, space)


def surely(op: Op) -> bool:
    """Whether a loop has a turn for sure."""
    return op.name == "loop" and bool(first_turns(op, 1))


def worth(op: Op) -> bool:
    """Whether a loop may have a second turn."""
    if op.name == "while":
        return whole(op.attributes["bound"]) > 1
    return len(first_turns(op, 2) or ()) > 1


__all__ = ["Licm"]
