"""The ledger of a run: every approximate step of its program, and how far all of them may have moved each output.

It is read off the program that ran, whose `within` marks carry the bounds, so an object or a printed stage that was
compiled elsewhere has the same ledger.

>>> import qvm
>>> text = ".space N = 9\\n.func main\\nbasis q0, 1\\nloop k, 3\\nwithin q0, q0, q0, 1/100, by=\\"x\\"\\nend\\nend"
>>> ledger = qvm.compile(text).run().ledger
>>> [(entry.by, str(entry.delta), entry.times) for entry in ledger.entries], str(ledger.spent)
([('x', '1/100', 3)], '3/100')
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span
from qwasm.passes.pipeline import parse_pipeline
from qwasm.qpu.cost import turns
from qwasm.qpu.program import Branch, Call, Instruct, Loop, MicroOp, QpuProgram, While
from qwasm.record import record


@record
class Entry:
    """One approximate step: what allows it, the bound, its value, and how often it runs at most."""

    by: str
    bound: str
    delta: Fraction | None  # relative to the norm of the state; None where it is known only while the program runs
    times: int | None  # None where the ends of a loop are open
    place: Span | None = None


@record
class Ledger:
    """The approximate steps of a program, in its order; `budget` is what its pipeline allowed, None without one."""

    entries: tuple[Entry, ...] = ()
    budget: float | None = None

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def spent(self) -> Fraction | None:
        """The sum of all deltas, each as often as it may run; None where one of these is open."""
        total = Fraction(0)
        for entry in self.entries:
            if entry.delta is None or entry.times is None:
                return None
            total += entry.delta * entry.times
        return total


def ledger(program: QpuProgram, passes: Sequence[str] = ()) -> Ledger:
    """The ledger of a program that these passes made."""
    entries = tuple(entry(op, times) for op, times in executions(program) if times != 0)
    return Ledger(entries, budget(passes)) if entries else Ledger()


def entry(op: Instruct, times: int | None) -> Entry:
    """One mark as a row of the ledger."""
    delta: Any = op.attributes["delta"]
    size = delta.rational() if isinstance(delta, Expr) and delta.is_constant else None
    by, bound = (str(op.attributes.get(name) or "") for name in ("by", "bound"))
    return Entry(by or "within", bound, size, times, op.span)


def executions(program: QpuProgram) -> Iterator[tuple[Instruct, int | None]]:
    """Each `within` with the largest number of its runs: loops at their bounds, every call, both branches."""
    calls: dict[str, int | None] = {"main": 1}
    found: dict[str, list[tuple[Instruct, int | None]]] = {}
    for name, routine in reversed(list(program.routines.items())):  # callers stand below what they call
        found[name] = []
        stack: list[tuple[Iterator[MicroOp], int | None]] = [(iter(routine.body), calls.get(name, 0))]
        while stack:
            ops, times = stack.pop()
            op = next(ops, None)
            if op is None:
                continue
            stack.append((ops, times))
            match op:
                case Instruct(mnemonic="within"):
                    found[name].append((op, times))
                case Call(function=callee):
                    before = calls.get(callee, 0)
                    calls[callee] = before + times if before is not None and times is not None else None
                case Branch(then=then, orelse=orelse):
                    stack.append((iter((*then, *orelse)), times))
                case Loop(body=body) | While(body=body):
                    each = repetitions(op)
                    stack.append((iter(body), times * each if times is not None and each is not None else None))
    for name in program.routines:
        yield from found[name]


def repetitions(op: Loop | While) -> int | None:
    """How often a loop turns at most; None where its ends are open."""
    if isinstance(op, While):
        return op.bound.integer()
    low, high = op.low.integer(), op.high.integer()
    return turns(op.domain, low, high) if low is not None and high is not None else None


def budget(passes: Sequence[str]) -> float | None:
    """What the steps named `approx` were allowed in all."""
    steps = [step for text in passes if text.startswith("approx") for step in parse_pipeline(text)]
    given = [float(dict(step.options).get("budget", 0.0)) for step in steps if hasattr(step, "options")]
    return sum(given) if given else None


__all__ = ["Entry", "Ledger", "ledger"]
