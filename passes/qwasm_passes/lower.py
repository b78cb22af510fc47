"""Lowering: a QIR module becomes a QPU program.

before:  %2 = qop.apply %1 {X = A[2]};  loop {low = 1, high = 10} (%2) { ... yield %5 }
after:   sweep 2 <- A[2] 1;  move 3 <- 2;  loop 4 = 1..10 { ...; move 3 <- 5 }

Each value gets a slot.  A value carried round a loop lives in the slot of its region argument:
it is moved there before the loop and at the end of each turn, a pointer and never a copy.  A
slot is freed after the last operation of its region that mentions it, or before a loop that
only takes its first value; this is right because every use of a value is inside the region
that defines it, and it stops being right for a region whose operations may run out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, cast

from qwasm.algebra.ring import ONE, Expr, const
from qwasm.diagnostics import Span, fail
from qwasm.instructions import Instruction, table
from qwasm.ir.module import Function, Module, Op, Region, Value
from qwasm.passes.context import Context
from qwasm.qpu.letters import letters
from qwasm.qpu.program import (
    Axpy,
    Branch,
    Call,
    Fill,
    Free,
    Halt,
    Instruct,
    Loop,
    Map,
    MicroOp,
    Move,
    QpuProgram,
    Reduce,
    Routine,
    ScalarOp,
    Slot,
    SlotType,
    Sweep,
    SweepTerm,
    While,
)
from qwasm.record import field, record
from qwasm.space import Picture, Space
from qwasm_passes.lifetimes import Lifetimes, lifetimes

TERMINATORS = frozenset({"yield", "return"})


@record
class Lower:
    """Lower the module as the last step of a pipeline does, and refuse here what has no lowering."""

    name: ClassVar[str] = "lower"
    kind: ClassVar[Literal["bitexact"]] = "bitexact"

    def run(self, module: Module, context: Context) -> None:
        """An analysis: raises what `lower` raises, and asks for no change."""
        lower(module)


def lower(module: Module) -> QpuProgram:
    """The QPU program of a verified module.

    Raises QwasmError: QW0270-QW0273 for what an instruction cannot mean in the space, QW0590 for
    an instruction that is not in this version.
    """
    routines = {name: Lowering(module, function).routine() for name, function in module.functions.items()}
    return QpuProgram(module.space, routines, tables=dict(module.tables), digest=module.digest)


def register_names(module: Module) -> dict[str, dict[Slot, str]]:
    """For each function the registers that the slots of its routine came from, where they came from one."""
    found = {}
    for name, function in module.functions.items():
        lowering = Lowering(module, function)
        lowering.routine()
        found[name] = {slot: register for slot, register in lowering.names.items() if register}
    return found


@record(frozen=False)
class Frame:
    """A region on its way: what is still to lower, and when each of its slots dies."""

    ops: list[Op]
    last: dict[int, list[Value]]  # position of an operation -> values that die there
    targets: tuple[Slot, ...] = ()  # where `yield` moves its operands
    wrap: Any = None  # what the finished body becomes, in the parent's body
    position: int = 0
    body: list[MicroOp] = field(default_factory=list)


@record(frozen=False)
class Lowering:
    """One function; an explicit stack of regions instead of recursion."""

    module: Module
    function: Function
    slots: list[SlotType] = field(default_factory=list)
    where: dict[int, Slot] = field(default_factory=dict)  # id(value) -> slot
    names: dict[Slot, str] = field(default_factory=dict)  # the registers that values came from
    results: tuple[Slot, ...] = ()
    lives: Lifetimes = field(default_factory=Lifetimes)

    def slot(self, value: Value) -> Slot:
        """The slot of a value, made when first asked for."""
        known = self.where.get(id(value))
        if known is None:
            kind = value.type.kind
            self.slots.append(SlotType("qint" if kind == "qop" else kind, value.type.picture))
            known = self.where[id(value)] = len(self.slots) - 1
            self.names[known] = value.name
        return known

    def all(self, values: Iterable[Value]) -> tuple[Slot, ...]:
        return tuple(self.slot(value) for value in values)

    def spare(self, like: Slot) -> Slot:
        """A new slot of the same type."""
        self.slots.append(self.slots[like])
        return len(self.slots) - 1

    def routine(self) -> Routine:
        """The function with its slots, results and body."""
        region = self.function.body
        self.lives = lifetimes(region)
        parameters = self.all(region.args)
        body: list[MicroOp] = []
        stack = [self.frame(region, (), body.extend)]
        while stack:
            frame = stack[-1]
            if frame.position == len(frame.ops):
                stack.pop()
                frame.wrap(frame.body)
                continue
            op = frame.ops[frame.position]
            position = frame.position
            frame.position += 1
            if op.name in TERMINATORS:
                self.finish(op, frame)
            elif op.regions:
                stack.extend(reversed(self.structured(op, frame, position)))
            else:
                frame.body.extend(self.simple(op))
                self.free(frame, position)
        return Routine(self.function.name, parameters, self.results, tuple(self.slots), tuple(body))

    def frame(self, region: Region, targets: tuple[Slot, ...], wrap: Any) -> Frame:
        """A region to lower, with the last use of everything defined in it."""
        return Frame(region.ops, self.lives.dying(region), targets, wrap)

    def free(self, frame: Frame, position: int, kept: frozenset[Slot] = frozenset()) -> None:
        """Give back the slots whose last use was the operation at `position`."""
        dead = [s for s in self.all(frame.last.get(position, [])) if s not in kept]
        if dead:
            frame.body.append(Free(slots=tuple(dict.fromkeys(dead))))

    def finish(self, op: Op, frame: Frame) -> None:
        """yield: move to the carried slots, all at once; return: name the results."""
        sources = self.all(op.operands)
        if op.name == "return":
            self.results = sources
            return
        frame.body.extend(self.moves(sources, frame.targets, op.spans))
        self.free(frame, frame.position - 1, frozenset(frame.targets))

    def moves(self, sources: tuple[Slot, ...], targets: tuple[Slot, ...], spans: tuple[Span, ...]) -> list[MicroOp]:
        """targets <- sources as if at the same time; through spare slots where they overlap."""
        pairs = [(t, s) for t, s in zip(targets, sources) if t != s]
        span = spans[0] if spans else None
        if not {t for t, _ in pairs} & {s for _, s in pairs}:
            return [Move(dest=t, source=s, span=span) for t, s in pairs]
        spares = [(t, s, self.spare(s)) for t, s in pairs]
        return [
            *(Move(dest=spare, source=s, span=span) for _, s, spare in spares),
            *(Move(dest=t, source=spare, span=span) for t, _, spare in spares),
            Free(slots=tuple(spare for *_, spare in spares)),
        ]

    def structured(self, op: Op, frame: Frame, position: int) -> list[Frame]:
        """The frames of an operation's regions; the last one finished puts the micro-operation in place."""
        span = op.spans[0] if op.spans else None
        captures = self.captures(op)
        if op.name == "if":
            targets = self.all(op.results)
            done: list[tuple[MicroOp, ...]] = []

            def branch(body: list[MicroOp]) -> None:
                done.append(tuple(body))
                if len(done) == len(op.regions):
                    orelse = done[1] if len(done) > 1 else ()
                    frame.body.append(
                        Branch(
                            condition=cast(Expr, op.attributes["condition"]),
                            then=done[0],
                            orelse=orelse,
                            captures=captures,
                            span=span,
                        )
                    )
                    self.free(frame, position)

            return [self.frame(region, targets, branch) for region in op.regions]
        region = op.regions[0]
        counted = op.name != "while"
        carried = self.all(region.args[1:] if counted else region.args)
        for result, slot in zip(op.results, carried):
            self.where[id(result)] = slot
        frame.body.extend(self.moves(self.all(op.operands), carried, op.spans))
        early = [v for v in frame.last.get(position, []) if self.lives.only_entered(v, op)]
        if early:
            frame.last[position] = [v for v in frame.last[position] if all(v is not e for e in early)]
            kept = [s for s in self.all(early) if s not in carried]
            if kept:
                frame.body.append(Free(slots=tuple(dict.fromkeys(kept))))

        def loop(body: list[MicroOp]) -> None:
            if counted:
                variable = region.args[0]
                low, high = (number(op.attributes[key]) for key in ("low", "high"))
                frame.body.append(
                    Loop(
                        variable=self.slot(variable),
                        name=variable.name,
                        body=tuple(body),
                        low=low,
                        high=high,
                        domain="primes" if op.name == "primes" or op.attributes.get("domain") == "primes" else "ints",
                        captures=captures,
                        span=span,
                    )
                )
            else:
                frame.body.append(
                    While(
                        condition=cast(Expr, op.attributes["condition"]),
                        bound=number(op.attributes["bound"]),
                        body=tuple(body),
                        captures=captures,
                        span=span,
                    )
                )
            self.free(frame, position)

        return [self.frame(region, carried, loop)]

    def captures(self, op: Op) -> tuple[tuple[str, Slot], ...]:
        """Where the free symbols of an operation's attributes are found."""
        return tuple((name, self.slot(value)) for name, value in sorted(op.captures.items()))

    def simple(self, op: Op) -> list[MicroOp]:
        """The micro-operation of an operation without regions."""
        span = op.spans[0] if op.spans else None
        if op.name == "undef":
            return []
        if op.name == "halt":
            return [Halt(span=span)]
        if op.name == "call":
            return [
                Call(
                    function=str(op.attributes["function"]),
                    arguments=self.all(op.operands),
                    results=self.all(op.results),
                    span=span,
                )
            ]
        if op.name == "sweep":
            return [self.sweep(op, span)]
        row = table().get(op.name)
        if row is None:
            raise fail("QW0220", f"no instruction is called '{op.name}'", span, "install the package that declares it")
        if row.not_yet:
            raise fail(
                "QW0590",
                f"{row.mnemonic} is not in this version: {row.not_yet}",
                span,
                "leave the line out; `qwasmc help instructions` lists what runs",
            )
        refuse(row, op, self.module.space, span)
        return [self.micro(row, op, span)]

    def sweep(self, op: Op, span: Span | None) -> Sweep:
        """A fused sweep, term by term; the identity is no operator at all."""
        operators, coefficients = (cast(tuple[Any, ...], op.attributes[key]) for key in ("operators", "coefficients"))
        terms = tuple(
            SweepTerm(coefficient, None if operator.is_identity else operator, source)
            for operator, coefficient, source in zip(operators, coefficients, self.all(op.operands))
        )
        dest = self.slot(op.results[0])
        return Sweep(dest=dest, terms=terms, picture=picture(op), captures=self.captures(op), span=span)

    def micro(self, row: Instruction, op: Op, span: Span | None) -> MicroOp:
        """The micro-operation that the row names; any other goes to the row's meaning."""
        dests, sources, where = self.all(op.results), self.all(op.operands), picture(op)
        facts = {**op.attributes, "N": const(self.module.space.N)}
        common: dict[str, Any] = {"captures": self.captures(op), "span": span}
        if row.micro == "sweep" and row.linear is not None:
            operator = row.linear(letters(self.module.space.truncation), facts)
            return Sweep(dest=dests[0], terms=(SweepTerm(ONE, operator, sources[0]),), picture=where, **common)
        if row.micro == "axpy":
            return Axpy(dest=dests[0], a=number(facts["a"]), x=sources[0], b=number(facts["b"]), y=sources[1], **common)
        if row.micro == "fill":
            return Fill(dest=dests[0], expression=number(facts["expression"]), **common)
        if row.micro == "map":
            return Map(dest=dests[0], source=sources[0], expression=number(facts["expression"]), **common)
        if row.micro == "reduce":
            kind = str(op.attributes.get("kind", row.mnemonic.removeprefix("qop."))).lower()
            return Reduce(dest=dests[0], kind=kind, sources=sources, picture=where, **common)
        if row.micro == "scalar":
            return ScalarOp(dest=dests[0], expression=number(facts["expression"]), **common)
        return Instruct(
            mnemonic=row.mnemonic, dests=dests, sources=sources, attributes=dict(op.attributes), picture=where, **common
        )


def number(value: Any) -> Expr:
    """An attribute as an expression."""
    return value if isinstance(value, Expr) else const(value)


def picture(op: Op) -> Picture:
    """The picture an operation works in: of the first state it reads, else of the first it writes."""
    states = [value for value in (*op.operands, *op.results) if value.type.kind in ("qstate", "qfield")]
    return states[0].type.picture if states else "nspace"


def refuse(row: Instruction, op: Op, space: Space, span: Span | None) -> None:
    """Raise when the instruction has no meaning in the space."""
    if space.field.kind not in row.fields:
        usable = ", ".join(kind for kind in ("real", "real32", "complex", "mod(l)") if kind.split("(")[0] in row.fields)
        raise fail(
            "QW0227", f"{row.mnemonic} has no exact meaning in field = {space.field}", span, f"it works in: {usable}"
        )
    facts: Mapping[str, Any] = {**op.attributes, "results": tuple(value.type.kind for value in op.results)}
    found = row.check(space, facts) if row.check is not None else None
    if found is not None:
        code, message, hint = found
        raise fail(code, message, span, hint)
