"""Verification of QPU programs: what text may claim and the machine takes for granted.

Every slot has the kind its use wants and was written before it is read, every instruction has the
operands and attributes of its row.  A program that was lowered always passes; one that was edited
may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.arith.sieve import each_prime
from qwasm.diagnostics import QwasmError, fail
from qwasm.instructions import table
from qwasm.instructions.form import Attr, Operand
from qwasm.instructions.reductions import REDUCTIONS
from qwasm.qpu.program import (
    Branch,
    Call,
    Free,
    Halt,
    Instruct,
    Loop,
    MicroOp,
    Move,
    QpuProgram,
    Reduce,
    Routine,
    ScalarOp,
    While,
)
from qwasm.record import record

STATES = frozenset({"qstate", "qfield"})
NUMBERS = frozenset({"scalar", "qint"})
REGISTERS = frozenset({"qstate", "qfield", "qmesh", "scalar", "vector", "qint"})
EXPRESSIONS = ("a", "b", "expression", "condition", "bound", "low", "high")
VALUES: dict[str, tuple[type, ...]] = {
    "operator": (Operator,),
    "list": (Expr, tuple),
    "string": (str,),
    "word": (str,),
    "flag": (bool, str, int),
    "basis": (tuple, str),
}
SCALAR = (Expr, int, Fraction)

NEAR = 1000  # how far behind the beginning of its range a loop looks for its first prime


def verify(program: QpuProgram) -> None:
    """Raise QW0541 at the first operation that the machine could not run as it stands."""
    for routine in program.routines.values():
        Check(program, routine).run()


@record(frozen=False)
class Check:
    """One routine, walked with an explicit stack; `known` holds the slots that surely have a value."""

    program: QpuProgram
    routine: Routine

    def run(self) -> None:
        """Check every operation in the order in which it runs."""
        known = set(self.routine.parameters)
        stack: list[tuple[Iterator[MicroOp], set[int], list[set[int]] | None]] = [
            (iter(self.routine.body), known, None)
        ]
        while stack:
            ops, here, ends = stack[-1]
            op = next(ops, None)
            if op is None:
                stack.pop()
                if ends is not None:
                    ends.append(here)
                    if len(ends) == 2:  # both ways through a branch are known, or before a loop and after its turn
                        stack[-1][1].clear()
                        stack[-1][1].update(ends[0] & ends[1])
                continue
            self.operation(op, here)
            match op:
                case Branch():
                    both: list[set[int]] = []
                    stack += [(iter(body), set(here), both) for body in (op.then, op.orelse)]
                case Loop():
                    after = [set(range(len(self.routine.slots)))] if turns(op) else None
                    stack.append((iter(op.body), here | {op.variable}, after))
                case While():
                    stack.append((iter(op.body), set(here), None))
        for slot in self.routine.results:
            if slot not in known:
                raise wrong(None, f"the routine {self.routine.name} gives %{slot}, which has no value")

    def operation(self, op: MicroOp, known: set[int]) -> None:
        """One operation: its slots, its expressions, and what it leaves known."""
        match op:
            case Free():
                known.difference_update(op.slots)
                return
            case Halt():
                known.update(range(len(self.routine.slots)))
                return
            case Instruct():
                reads, writes = self.instruct(op)
            case Call():
                reads, writes = self.call(op)
            case Loop():
                reads, writes = [], [(op.variable, frozenset({"qint"}))]
                if not isinstance(op.name, str) or op.domain not in ("primes", "ints"):
                    raise wrong(op, "a loop has a name and a domain, primes or ints")
            case _:
                reads, writes = self.plain(op)
        for name in EXPRESSIONS:
            if not isinstance(op, Instruct) and hasattr(op, name) and not isinstance(getattr(op, name), Expr):
                raise wrong(op, f"{name} is an expression")
        if getattr(op, "picture", "nspace") not in ("nspace", "hilbert"):
            raise wrong(op, "a picture is nspace or hilbert")
        reads = [*reads, *((slot, REGISTERS) for _, slot in op.captures)]
        for slot, kinds in (*reads, *writes):
            if self.kind(slot) not in kinds:
                raise wrong(op, f"%{slot} is a {self.kind(slot)}")
        if isinstance(op, Move) and op.source not in known:  # a register without a value yet, carried by a loop
            known.discard(op.dest)
            return
        for slot, _ in reads:
            if slot not in known:
                raise wrong(op, f"%{slot} has no value here")
        if not isinstance(op, Loop):
            known.update(slot for slot, _ in writes)

    def kind(self, slot: int) -> str:
        return self.routine.slots[slot].kind

    def plain(self, op: Any) -> tuple[list[Any], list[Any]]:
        """(slots read, slots written) with the kinds they may have, of an operation without a row."""
        sources = [getattr(op, name) for name in ("x", "y", "source") if hasattr(op, name)]
        sources += [*getattr(op, "sources", ()), *(term.source for term in getattr(op, "terms", ()))]
        if any(not isinstance(term.operator, (Operator, type(None))) for term in getattr(op, "terms", ())):
            raise wrong(op, "a term of a sweep is an operator")
        kinds = frozenset({self.kind(op.dest)}) if isinstance(op, Move) else STATES
        dest = NUMBERS if isinstance(op, (Reduce, ScalarOp)) else kinds
        if isinstance(op, Reduce) and (op.kind not in REDUCTIONS or len(sources) != 1 + (op.kind == "inner")):
            raise wrong(op, f"{op.kind!r} of {len(sources)} states is no reduction")
        return [(slot, kinds) for slot in sources], [(op.dest, dest)] if hasattr(op, "dest") else []

    def call(self, op: Call) -> tuple[list[Any], list[Any]]:
        """The slots of a call, of the kinds that its routine declares."""
        routine = self.program.routines.get(op.function)
        if routine is None:
            raise wrong(op, f"there is no routine {op.function!r}")
        if len(op.arguments) != len(routine.parameters) or len(op.results) != len(routine.results):
            raise wrong(op, f"{op.function} has {len(routine.parameters)} parameters, {len(routine.results)} results")
        kinds = [frozenset({slot.kind}) for slot in routine.slots]
        return (
            [(slot, kinds[p]) for slot, p in zip(op.arguments, routine.parameters, strict=True)],
            [(slot, kinds[r]) for slot, r in zip(op.results, routine.results, strict=True)],
        )

    def instruct(self, op: Instruct) -> tuple[list[Any], list[Any]]:
        """The slots of an instruction by its row, its attributes checked."""
        row = table().get(op.mnemonic)
        if row is None or row.meaning is None:
            raise wrong(op, f"no instruction is called {op.mnemonic!r}")
        forms: tuple[Operand | Attr, ...] = (*row.operands, *row.attributes)
        names = {form.name: form for form in forms}
        for name, value in op.attributes.items():
            if name not in names:
                raise wrong(op, f"{op.mnemonic} has no {name!r}")
            wanted = VALUES.get(names[name].kind, (*SCALAR, bool) if names[name].kind in REGISTERS else SCALAR)
            if not isinstance(value, wanted):
                raise wrong(op, f"{name} is a {names[name].kind}")
        reads, writes = [], []
        for form in forms:
            kinds = frozenset({form.kind, *getattr(form, "also", ())}) & REGISTERS
            if kinds and form.writes and (isinstance(form, Operand) or form.name in op.attributes):
                writes.append(kinds)
            if kinds and getattr(form, "reads", not form.writes) and form.name not in op.attributes:
                reads.append(kinds)
            elif not kinds and isinstance(form, Operand) and not form.optional and form.name not in op.attributes:
                raise wrong(op, f"{op.mnemonic} lacks {form.name}")
        if len(op.dests) != len(writes) or len(op.sources) > len(reads):
            raise wrong(op, f"{op.mnemonic} does not take these slots")
        return list(zip(op.sources, reads)), list(zip(op.dests, writes))


def turns(op: Loop) -> bool:
    """Whether a loop surely has a turn: its bounds are numbers with something between them."""
    low, high = op.low.rational(), op.high.rational()
    if low is None or high is None or low.denominator != 1 or high.denominator != 1:
        return False
    if op.domain == "ints":
        return low <= high
    return next(each_prime(int(low), min(int(high), int(low) + NEAR)), None) is not None


def wrong(op: MicroOp | None, message: str) -> QwasmError:
    """The error QW0541 at the place the operation came from."""
    place = op.span if op is not None else None
    said = f"this is not a QPU program that can run: {message}"
    return fail("QW0541", said, place, "make it again with qwasmc --emit=qpu")
