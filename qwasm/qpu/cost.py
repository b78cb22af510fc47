"""Cost: peak memory and work of a QPU program, in Python integers, before anything is allocated.

Work counts state elements touched, at least one for each micro-operation but `free` and each
turn of a loop; for exponentials, traces and spectra it is an estimate from above, made from |t| times a
bound of the operator's norm.  Loops have constant bounds, so counts are products; an operator
that depends on a loop variable is charged at the dearer end of its range, in every turn.  Memory
is the largest sum of live states, plans and workspaces, and all that is emitted or sent, which
the machine keeps.  A routine is walked once for each shape of its arguments, however often it is
called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import log
from typing import Any

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.algebra.size import arrays
from qwasm.clock import look
from qwasm.diagnostics import QwasmError, Span, fail
from qwasm.instructions import table
from qwasm.limits import Limits
from qwasm.qpu.facts import Known
from qwasm.qpu.planning import plan_cost
from qwasm.qpu.program import (
    Axpy,
    Branch,
    Call,
    Fill,
    Free,
    Instruct,
    Loop,
    Map,
    MicroOp,
    Move,
    QpuProgram,
    Reduce,
    Routine,
    Slot,
    Sweep,
    While,
)
from qwasm.qpu.touched import channels, files
from qwasm.record import field, record

KEPT_PLANS = 64
ROW = 256  # bytes of one emitted scalar, with its place
Ends = tuple[int, int]
Shapes = Callable[[str], tuple[int, ...] | None]


@record
class Estimate:
    """Peak memory in bytes, work in state elements, and the files and channels named."""

    memory: int
    work: int
    files: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    dearest: Span | None = None  # where the most work is done
    widest: Span | None = None  # where the most memory is held
    open: bool = False  # whether the run may do more: a time, or the size of an operator, is not known before it

    def __iter__(self) -> Iterator[int]:
        return iter((self.memory, self.work))

    def check(self, limits: Limits) -> None:
        """Raise QW0460 or QW0461 when the estimate is over a limit, with both figures and the flag."""
        if self.memory > limits.room:
            files = ", or free some of the granted folder's disk" if limits.disk else ", or grant a folder: --data DIR"
            raise fail(
                "QW0460",
                f"this program needs {size(self.memory)} of memory at its peak; the limit is {size(limits.room)}",
                self.widest,
                f"lower N, raise the limit: --max-memory {size(self.memory, True)}{files}",
            )
        if self.work > limits.work:
            raise fail(
                "QW0461",
                f"this program touches {self.work:.3e} state elements; the limit is {limits.work:.3e}",
                self.dearest,
                f"lower N or the loop counts, or raise the limit: --max-work {self.work}",
            )


def size(count: int, flag: bool = False) -> str:
    """Bytes for a reader, or rounded up in the form --max-memory takes."""
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        whole = 1024**power
        if count >= whole:
            return f"{-(-count // whole)}{unit}" if flag else f"{count / whole:.4g} {unit}iB"
    return f"{count}" if flag else f"{count} B"


@record(frozen=False)
class Frame:
    """A block being walked: how often it runs, and what its routine's slots hold."""

    ops: tuple[MicroOp, ...]
    routine: Routine
    times: int  # how often the block runs in one run of its routine
    states: dict[Slot, int]  # slot -> how many states it holds (fields: k)
    ends: dict[Slot, Ends]  # slot -> smallest and largest value of a loop variable
    often: bool = False  # whether the routine itself runs more than once
    index: int = 0
    done: Callable[[], None] | None = None


@record(frozen=False)
class Bill:
    """What one run of a routine costs: work, bytes kept, and the most bytes held above those at its start."""

    work: int = 0
    kept: int = 0
    peak: int = 0
    most: int = -1  # the largest work, and the largest sum kept, of one operation
    saved: int = 0
    dearest: Span | None = None
    widest: Span | None = None
    keeper: Span | None = None  # where the most is kept
    results: tuple[int, ...] = ()

    def add(self, other: Bill, times: int, held: int) -> None:
        """So many runs of a routine, begun with `held` bytes held above the start of this one."""
        self.work += other.work * times
        self.kept += other.kept * times
        if other.peak + held > self.peak:
            self.peak, self.widest = other.peak + held, other.widest
        if other.most * times > self.most:
            self.most, self.dearest = other.most * times, other.dearest
        if other.saved * times > self.saved:
            self.saved, self.keeper = other.saved * times, other.keeper


@record(frozen=False)
class Walk:
    """One pass over a program from "main", following calls; `bill` is that of the routine being walked."""

    program: QpuProgram
    shapes: Shapes | None = None
    live: int = 0
    plans: int = 0
    bill: Bill = field(default_factory=Bill)
    bills: dict[Any, Bill] = field(default_factory=dict)
    known: dict[tuple[Operator, tuple[Ends, ...]], tuple[int, int]] = field(default_factory=dict)
    open: bool = False  # whether work was charged that only the run can know
    found: dict[str, int] = field(default_factory=dict)  # first value of each loop variable, by its symbol

    def run(self) -> None:
        """Walk everything reachable, with an explicit stack."""
        main = self.program.routines["main"]
        stack = [Frame(main.body, main, 1, {}, {})]
        while stack:
            look()
            frame = stack[-1]
            if frame.index == len(frame.ops):
                stack.pop()
                if frame.done is not None:
                    frame.done()
                continue
            op = frame.ops[frame.index]
            frame.index += 1
            stack.extend(self.visit(op, frame))

    def visit(self, op: MicroOp, frame: Frame) -> list[Frame]:
        """Charge an operation; the blocks to walk next."""
        match op:
            case Loop():
                low, high = self.ends(op.low, op, frame)[0], self.ends(op.high, op, frame)[1]
                frame.ends[op.variable] = (low, max(low, high))
                count = turns(op.domain, low, high)
                self.charge(1 + count, op, frame)
                return [self.inside(op.body, frame, count)]
            case While():
                bound = max(0, self.ends(op.bound, op, frame)[1])
                self.charge(1 + bound, op, frame)
                return [self.inside(op.body, frame, bound)]
            case Branch():
                self.charge(1, op, frame)
                return [self.inside(body, frame, 1) for body in (op.orelse, op.then)]
            case Call():
                self.charge(1, op, frame)
                return self.called(op, frame)
            case Move():
                self.charge(1, op, frame)
                self.hold(frame, op.dest, frame.states.get(op.source, 0), shared=True)
                if op.source in frame.ends:
                    frame.ends[op.dest] = frame.ends[op.source]
            case Free():  # no work: a pass that shortens a lifetime has made nothing dearer
                for slot in op.slots:
                    self.hold(frame, slot, 0)
            case _:
                self.simple(op, frame)
        return []

    def inside(self, body: tuple[MicroOp, ...], frame: Frame, turns: int) -> Frame:
        """A block of the same routine."""
        return Frame(body, frame.routine, frame.times * turns, frame.states, frame.ends, frame.often)

    def called(self, op: Call, frame: Frame) -> list[Frame]:
        """The body of a routine, unless its bill is known; its results are held by the caller afterwards."""
        routine = self.program.routines[op.function]
        pairs = list(zip(routine.parameters, op.arguments))
        states = {p: frame.states.get(a, 0) for p, a in pairs}
        ends = {p: frame.ends[a] for p, a in pairs if a in frame.ends}
        key = (op.function, tuple(states.items()), tuple(ends.items()))
        outer, base = self.bill, self.live + self.plans

        def returned(bill: Bill) -> None:
            outer.add(bill, frame.times, base)
            self.bill = outer
            for slot, count in zip(op.results, bill.results):
                self.hold(frame, slot, count)

        if key in self.bills:
            returned(self.bills[key])
            return []
        inner = Frame(routine.body, routine, 1, states, ends, frame.often or frame.times > 1)
        self.bill = Bill()
        self.live += self.bytes(sum(states.values()))

        def done() -> None:
            self.live -= self.bytes(sum(states.values()))
            self.bill.peak -= base
            self.bill.results = tuple(states.get(result, 0) for result in routine.results)
            self.bills[key] = self.bill
            returned(self.bill)

        inner.done = done
        return [inner]

    def hold(self, frame: Frame, slot: Slot, states: int, shared: bool = False) -> None:
        """A slot now holds so many states; a moved slot is counted as if it were a copy."""
        self.live += self.bytes(states - frame.states.get(slot, 0))
        frame.states[slot] = states

    def bytes(self, states: int) -> int:
        return states * self.program.space.N * self.program.space.field.itemsize

    def ends(self, expression: Expr, op: MicroOp, frame: Frame) -> Ends:
        """The smallest and largest value of an integer expression at the ends of its loop variables."""
        values = [
            number
            for env in self.corners(expression.symbols, op, frame)
            if (number := integer_at(expression, env)) is not None
        ]
        return (min(values), max(values)) if values else (1, self.program.space.N)

    def corners(self, symbols: frozenset[str], op: MicroOp, frame: Frame) -> list[dict[str, int]]:
        """Environments with every captured loop variable at its low end, and at its high end."""
        bound = {name: frame.ends[slot] for name, slot in op.captures if slot in frame.ends and name in symbols}
        for name, ends in bound.items():
            self.found.setdefault(name, ends[0])
        space = {"N": self.program.space.N} if "N" in symbols else {}
        if not bound:
            return [space]
        return [{**space, **{name: ends[side] for name, ends in bound.items()}} for side in (0, 1)]

    def operator(self, value: Operator, op: MicroOp, frame: Frame) -> tuple[int, int]:
        """(elements, bytes) of one application, at the dearer end."""
        corners = self.corners(value.symbols, op, frame)
        key = (value, tuple(tuple(corner.values()) for corner in corners))
        known = self.known.get(key)  # type: ignore[arg-type]
        if known is not None:
            return known
        found = [operator_cost(value, env, self.program.space) for env in corners]
        cost = max(elements for elements, _ in found), max(count for _, count in found)
        self.known[key] = cost  # type: ignore[index]
        turns = KEPT_PLANS if frame.often else frame.times
        different = 1 if corners[0] == corners[-1] else min(KEPT_PLANS, turns)
        self.plans += cost[1] * max(1, different)
        return cost

    def simple(self, op: MicroOp, frame: Frame) -> None:
        """Charge one operation without regions."""
        N = self.program.space.N
        scratch = self.bytes(2)
        match op:
            case Sweep():
                work = sum(
                    self.operator(t.operator, op, frame)[0] + N if t.operator is not None else N for t in op.terms
                )
                dests = {op.dest: 1}
            case Axpy():
                work, dests = 2 * N, {op.dest: 1}
            case Map():
                work, dests, scratch = 2 * N, {op.dest: 1}, scratch + 8 * N * arrays(op.expression)
            case Fill():
                work, dests, scratch = N, {op.dest: 1}, scratch + 8 * N * arrays(op.expression)
            case Reduce():
                work, dests = N * sum(frame.states.get(slot, 1) for slot in op.sources), {}
            case Instruct():
                work, scratch, dests = self.instruct(op, frame)
            case _:
                work, dests = 1, {}
        for slot, states in dests.items():
            self.hold(frame, slot, states)
        bill = self.bill
        if self.live + self.plans + scratch > bill.peak:
            bill.peak, bill.widest = self.live + self.plans + scratch, op.span
        self.charge(max(1, work), op, frame)
        kept = self.kept(op, frame) * frame.times
        bill.kept += kept
        if kept > bill.saved:
            bill.saved, bill.keeper = kept, op.span

    def charge(self, work: int, op: MicroOp, frame: Frame) -> None:
        """Put the work of an operation on the bill, as often as its block runs."""
        charged = work * frame.times
        self.bill.work += charged
        if charged > self.bill.most:
            self.bill.most, self.bill.dearest = charged, op.span

    def kept(self, op: MicroOp, frame: Frame) -> int:
        """Bytes of an output or a message, which the machine keeps to the end of the run."""
        effects = table()[op.mnemonic].effects if isinstance(op, Instruct) else frozenset()
        if "output" not in effects or "file" in effects:
            return 0
        return max(ROW, self.bytes(sum(frame.states.get(slot, 0) for slot in getattr(op, "sources", ()))))

    def instruct(self, op: Instruct, frame: Frame) -> tuple[int, int, dict[Slot, int]]:
        """(work, workspace bytes, states held by each result) of an instruction, by its row."""
        row, space = table()[op.mnemonic], self.program.space
        operators = [self.operator(value, op, frame) for value in op.attributes.values() if isinstance(value, Operator)]
        held = max([frame.states.get(slot, 1) for slot in op.sources], default=1)
        facts = Known(row, op, frame, self)
        facts |= {
            "N": space.N,
            "itemsize": space.field.itemsize,
            "bytes": self.bytes(1),
            "states": max(1, held),
            "elements": sum(elements for elements, _ in operators),
            "method": op.attributes.get("method", ""),
        }
        for name, value in op.attributes.items():
            if isinstance(value, tuple):
                facts[name] = len(value)
            elif (
                isinstance(value, Expr) and name not in facts and (form := row.operand(name)) and form.kind == "integer"
            ):
                facts[name] = max(0, self.ends(value, op, frame)[1])
            elif isinstance(value, int) and name not in facts:
                facts[name] = int(value)
            elif isinstance(value, (Expr, Operator)) and name not in facts and name != "k":
                facts[name] = 1
        dests: dict[Slot, int] = {}
        for slot in op.dests:
            kind = frame.routine.slots[slot].kind
            if kind == "qstate":
                dests[slot] = 1
            elif kind == "qfield":
                dests[slot] = self.width(op, facts)
                facts["states"] = max(int(facts["states"]), dests[slot])
        return row.work(facts), self.bytes(2) + row.memory(facts), dests

    def width(self, op: Instruct, facts: Mapping[str, Any]) -> int:
        """How many states a field that an instruction writes will hold."""
        if "depth" in facts:
            return int(facts["depth"]) + 1
        if "k" in facts:
            return int(facts["k"])
        shape = self.shapes(str(op.attributes["path"])) if self.shapes is not None and "path" in op.attributes else None
        return int(shape[0]) if shape is not None and len(shape) == 2 else int(facts["states"])


def integer_at(expression: Expr, env: Mapping[str, int]) -> int | None:
    """An expression's value where it is an integer (rounded down where it is not), else None."""
    closed = expression.substitute(dict(env)) if env else expression
    value = closed.rational()
    return None if value is None else int(value // 1)


def operator_cost(value: Operator, env: Mapping[str, int], space: Any) -> tuple[int, int]:
    """plan_cost at values of the loop variables, or one pass over the state where it is open or refused later."""
    try:
        return plan_cost(value.substitute(dict(env)) if env else value, space)
    except QwasmError as error:
        if error.diagnostics[0].code.startswith("QW04"):
            raise
        return int(space.N), int(space.N) * int(space.field.itemsize)


def turns(domain: str, low: int, high: int) -> int:
    """How often a loop runs, at most."""
    if high < low:
        return 0
    if domain != "primes":
        return high - low + 1
    return min(high - low + 1, int(1.26 * high / max(1.0, log(max(2, high)))) + 1)


def estimate(program: QpuProgram, shapes: Shapes | None = None) -> Estimate:
    """Peak memory and work of a program, before anything is allocated.

    `shapes` tells the shape of a file that is there already, so that fields read from it count.
    """
    walk = Walk(program, shapes)
    walk.run()
    bill = walk.bill
    widest = bill.keeper if bill.saved > bill.peak else bill.widest
    return Estimate(
        bill.peak + bill.kept, bill.work, files(program), channels(program), bill.dearest, widest, walk.open
    )


def extreme(program: QpuProgram) -> dict[str, int]:
    """The first value of each loop variable, by the symbol that stands for it."""
    walk = Walk(program)
    walk.run()
    return walk.found
