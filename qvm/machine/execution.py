"""Execution: a stack of blocks, and what each micro-operation does to the slots of its routine.

Registers hold read-only arrays, so moving and passing are pointers.  Nothing here recurses, and
what an instruction means is in its row of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter_ns
from typing import Any

import numpy as np

from qvm.machine.blocks import Activation, Block, Turns
from qvm.machine.context import Context
from qvm.machine.distances import distance, scaled
from qvm.machine.hooks import Hook, Step
from qvm.machine.recorder import Recorder
from qvm.machine.resolve import (
    Env,
    Resolved,
    closed_expression,
    closed_operator,
    closed_scalar,
    integer,
    number_env,
    resolve,
)
from qvm.machine.traps import as_integer, check_finite, check_scalar, decided, located, name_of
from qwasm.algebra.ring import ONE, const
from qwasm.clock import OutOfTime, look
from qwasm.diagnostics import QwasmError, fail
from qwasm.instructions import errors, table
from qwasm.instructions.reductions import REDUCTIONS
from qwasm.instructions.states import filled, mapped
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
    Reduce,
    ScalarOp,
    Sweep,
    While,
)
from qwasm.scalar import NOWHERE, Distance, Scalar, widened


class Execution:
    """One run of one program: the stack of blocks and what each micro-operation does."""

    def __init__(self, context: Context, hooks: tuple[Hook, ...] = (), recorder: Recorder | None = None) -> None:
        self.context = context
        self.recorder = recorder
        self.space = context.space
        self.program = context.program
        self.hooks = hooks
        context.listener = self.noted
        self.steps = 0
        self.stack: list[Block] = []
        self.live = 0
        self.resolved: dict[int, tuple[MicroOp, Resolved]] = {}
        self.does: dict[type, Callable[[Any, Activation], None]] = {
            Sweep: self.sweep,
            Axpy: self.axpy,
            Fill: self.fill,
            Map: self.map,
            Reduce: self.reduce,
            ScalarOp: self.scalar,
            Instruct: self.instruct,
            Move: self.move,
            Free: self.free,
            Loop: self.loop,
            Branch: self.branch,
            While: self.turns,
            Call: self.call,
            Halt: self.halt,
        }

    def run(self) -> None:
        """Run "main" to its end; where time runs out is the place of the operation that ran."""
        main = self.program.routines["main"]
        self.stack.append(Block(main.body, Activation(main)))
        try:
            self.follow()
        except OutOfTime as over:
            over.span = over.span or self.context.span
            raise

    def follow(self) -> None:
        """One micro-operation after the other until no block is left."""
        if self.recorder is not None:
            return self.recorded(self.recorder)
        while self.stack:
            block = self.stack[-1]
            if block.index == len(block.ops):
                self.finish(block)
            else:
                self.next(block)
        return None

    def next(self, block: Block) -> MicroOp:
        """The next micro-operation of a block."""
        op = block.ops[block.index]
        block.index += 1
        self.steps += 1
        self.context.span, self.context.env = op.span or self.context.span, {}
        look()
        if self.hooks:
            self.observed(op, block)
        else:
            self.execute(op, block.activation)
        return op

    def recorded(self, recorder: Recorder) -> None:
        """The same, each with a look at the clock after it; of a loop or call only its beginning is one."""
        ran, ended, most, watched = recorder.ran.append, recorder.ends.append, recorder.capacity, recorder.watched
        recorder.start()
        try:
            while self.stack:
                block = self.stack[-1]
                if block.index == len(block.ops):
                    self.finish(block)
                    continue
                op = block.ops[block.index]
                if op.captures and id(op) in watched:
                    recorder.variant(op, block.activation.values)
                ran(self.next(block))
                ended(perf_counter_ns())
                if self.steps % most == 0:
                    recorder.fold()
        except BaseException:
            recorder.fold(failed=op)
            raise

    def noted(self, text: str) -> None:
        """A long instruction says how far it has come: hooks hear it, and it ends when its time is over."""
        for hook in self.hooks:
            hook.note(text)
        look()

    def execute(self, op: MicroOp, activation: Activation) -> None:
        """One micro-operation; errors without a place get its place."""
        try:
            self.does[type(op)](op, activation)
        except QwasmError as error:
            raise located(error, op, self.env(op, activation)) from None
        except MemoryError:
            raise fail(
                "QW0460", "the machine has no more memory", op.span, "use a smaller N, or lower --max-memory"
            ) from None

    def observed(self, op: MicroOp, block: Block) -> None:
        """One micro-operation between two looks of every hook."""
        values = block.activation.values
        step = Step(op, block.activation.routine.name, self.steps, self.iteration() or (), lambda slot: values[slot])
        for hook in self.hooks:
            hook.before(step)
        step.start_ns = perf_counter_ns()
        depth = len(self.stack)
        self.execute(op, block.activation)
        if len(self.stack) > depth:
            self.stack[-1].step = step
        else:
            self.ended(step)

    def ended(self, step: Step) -> None:
        """The step, and whatever ran inside it, is over."""
        step.duration_ns = perf_counter_ns() - step.start_ns
        for hook in self.hooks:
            hook.after(step)

    def finish(self, block: Block) -> None:
        """The end of a block: another turn, or back to where it came from."""
        if block.turns is not None and block.turns.again(block):
            block.index = 0
            return
        self.stack.pop()
        if block.back is not None:
            block.back()
        if block.step is not None:
            self.ended(block.step)

    def iteration(self) -> tuple[tuple[str, int], ...] | None:
        """The loop variables from the outermost loop in; None outside loops."""
        found = [block.turns.where() for block in self.stack if block.turns is not None]
        return tuple(found) if found else None

    # values ---------------------------------------------------------------------------------
    def env(self, op: MicroOp, activation: Activation) -> Env:
        """What the free symbols of an operation stand for now."""
        return {name: activation.values[slot] for name, slot in op.captures} if op.captures else {}

    def write(self, activation: Activation, slot: int, value: Any, op: MicroOp, distance: Distance = NOWHERE) -> None:
        """Put a result in its slot, with how far it may be off; a number that is not finite fails here."""
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "fc":
                check_finite(value, op)
            value.flags.writeable = False
            activation.distances[slot] = distance
        elif isinstance(value, tuple):
            value = tuple(widened(item, distance) for item in value)
        elif isinstance(value, Scalar):
            check_scalar(value, op)
            value = widened(value, distance)
            if activation.routine.slots[slot].kind == "qint":
                value = as_integer(value, op)
        activation.values[slot] = value

    def closed(self, op: MicroOp, attributes: Mapping[str, Any], picture: Any, activation: Activation) -> Resolved:
        """The closed operands of an instruction; kept when nothing is captured."""
        known = self.resolved.get(id(op))
        if known is not None and known[0] is op:
            return known[1]
        mnemonic = getattr(op, "mnemonic", "")
        env = self.env(op, activation)
        self.context.env = number_env(env, self.space.field)
        result = resolve(table()[mnemonic], attributes, env, self.space.field, picture, op.span)
        if not op.captures:
            self.resolved[id(op)] = (op, result)
        return result

    # micro-operations -----------------------------------------------------------------------
    def sweep(self, op: Sweep, activation: Activation) -> None:
        """The sum of its terms in order; what only this sweep holds is scaled and summed in place."""
        env = self.env(op, activation)
        total: Any = None
        owned, off = False, NOWHERE
        for term in op.terms:
            y, mine = activation.values[term.source], term.operator is not None
            off_by = activation.distances[term.source]
            if term.operator is not None:
                operator = closed_operator(term.operator, env, op.span)
                y = self.context.apply(operator, y, op.picture, direct=True)
                by_norm = partial(errors.linear, operator)
                off_by = self.distance(by_norm, Resolved({}, op.picture), op, (term.source,), activation, y)
            if term.coefficient is not ONE:
                c = closed_scalar(term.coefficient, env, self.space.field)
                off_by = scaled(self.context, c, y, off_by, op.picture)
                y, mine = self.into(np.multiply, self.context.number(c), y, y if mine else None), True
            off = off.plus(off_by)
            if total is None:
                total, owned = y, mine
            else:
                total, owned = self.into(np.add, total, y, total if owned else y if mine else None), True
        if total is None:
            total = self.context.state(np.zeros(self.space.N))
        self.write(activation, op.dest, total, op, off)

    def into(self, operation: np.ufunc, a: Any, b: Any, out: Any) -> Any:
        """a + b or a b in the field, in the storage of `out` where that is given and has the right numbers."""
        if out is None or np.result_type(a, b) != out.dtype:
            return self.context.state(operation(a, b))
        operation(a, b, out=out)
        return np.remainder(out, self.space.field.modulus, out=out) if self.space.field.exact else out

    def axpy(self, op: Axpy, activation: Activation) -> None:
        env, field = self.env(op, activation), self.space.field
        values = self.operands(
            activation, op.dest, a=closed_scalar(op.a, env, field), b=closed_scalar(op.b, env, field)
        )
        a, b = self.context.number(values["a"]), self.context.number(values["b"])
        x, y = activation.values[op.x], activation.values[op.y]
        found = self.context.state(self.context.state(a * x) + self.context.state(b * y))
        off = self.distance(errors.combined, values, op, (op.x, op.y), activation, found)
        self.write(activation, op.dest, found, op, off)

    def operands(self, activation: Activation, slot: int, **values: Any) -> Resolved:
        """The closed operands of a micro-operation that writes a state, in the picture of its register."""
        return Resolved(values, activation.routine.slots[slot].picture)

    def pointwise(self, op: Fill | Map, activation: Activation) -> Resolved:
        env = self.env(op, activation)
        self.context.env = number_env(env, self.space.field)
        return self.operands(activation, op.dest, expression=closed_expression(op.expression, env))

    def fill(self, op: Fill, activation: Activation) -> None:
        self.write(activation, op.dest, filled(self.context, self.pointwise(op, activation)), op)

    def map(self, op: Map, activation: Activation) -> None:
        values = self.pointwise(op, activation)
        found = mapped(self.context, values, activation.values[op.source])
        off = self.distance(errors.mapped, values, op, (op.source,), activation, found)
        self.write(activation, op.dest, found, op, off)

    def reduce(self, op: Reduce, activation: Activation) -> None:
        sources = [activation.values[slot] for slot in op.sources]
        values = Resolved({"kind": op.kind}, op.picture)
        found = REDUCTIONS[op.kind](self.context, values, *sources)
        off = self.distance(errors.REDUCED[op.kind], values, op, op.sources, activation, found)
        self.write(activation, op.dest, found, op, off)

    def scalar(self, op: ScalarOp, activation: Activation) -> None:
        self.write(activation, op.dest, closed_scalar(op.expression, self.env(op, activation), self.space.field), op)

    def instruct(self, op: Instruct, activation: Activation) -> None:
        row = table()[op.mnemonic]
        values = self.closed(op, op.attributes, op.picture, activation)
        slots = activation.routine.slots
        values["results"] = tuple(slots[slot].kind for slot in op.dests)
        if "output" in row.effects:
            self.context.loops = self.iteration()
        if row.selfadjoint and op.captures:
            self.context.judge(row, values[row.selfadjoint])
        assert row.meaning is not None
        self.context.given = tuple(activation.distances[slot] for slot in op.sources)
        found = row.meaning(self.context, values, *(activation.values[slot] for slot in op.sources))
        if not op.dests:
            return
        error = row.error
        if error is None and row.linear is not None:
            error = partial(errors.linear, row.linear(self.context.algebra, {**values, "N": const(self.space.N)}))
        off = self.distance(error, values, op, op.sources, activation, found)
        many = isinstance(found, tuple) and len(op.dests) > 1
        for slot, value in zip(op.dests, found if many else (found,)):
            self.write(activation, slot, value, op, off)

    def distance(
        self, error: Any, values: Resolved, op: MicroOp, sources: Sequence[int], activation: Activation, found: Any
    ) -> Distance:
        """How far a result may be, by the `error` of its row."""
        return distance(self.context, error, values, name_of(op), sources, activation, found)

    def move(self, op: Move, activation: Activation) -> None:
        activation.move(op.dest, activation, op.source)

    def free(self, op: Free, activation: Activation) -> None:
        for slot in op.slots:
            activation.values[slot] = None

    # regions --------------------------------------------------------------------------------
    def loop(self, op: Loop, activation: Activation) -> None:
        env = self.env(op, activation)
        low, high = integer(op.low, env, "the range", op.span), integer(op.high, env, "the range", op.span)
        if op.domain == "primes":
            from qwasm.arith.sieve import each_prime

            values: Any = each_prime(low, high)
        else:
            values = iter(range(low, high + 1))

        def again(block: Block) -> bool:
            value = next(values, None)
            if value is None:
                return False
            activation.values[op.variable] = value
            block.turns.value = value  # type: ignore[union-attr]
            return True

        self.enter(Block(op.body, activation, turns=Turns(op.name, again)))

    def turns(self, op: While, activation: Activation) -> None:
        bound = integer(op.bound, self.env(op, activation), "the bound", op.span)
        done = 0

        def again(block: Block) -> bool:
            nonlocal done
            if done >= bound or not decided(
                closed_scalar(op.condition, self.env(op, activation), self.space.field), op
            ):
                return False
            done += 1
            return True

        self.enter(Block(op.body, activation, turns=Turns("", again)))

    def enter(self, block: Block) -> None:
        """Open a loop: its first turn, or none."""
        if block.turns is not None and block.turns.again(block):
            self.stack.append(block)

    def branch(self, op: Branch, activation: Activation) -> None:
        holds = decided(closed_scalar(op.condition, self.env(op, activation), self.space.field), op)
        body = op.then if holds else op.orelse
        if body:
            self.stack.append(Block(body, activation))

    def call(self, op: Call, activation: Activation) -> None:
        routine = self.program.routines[op.function]
        inner = Activation(routine)
        for slot, argument in zip(routine.parameters, op.arguments):
            inner.move(slot, activation, argument)

        def back() -> None:
            for slot, result in zip(op.results, routine.results):
                activation.move(slot, inner, result)

        self.stack.append(Block(routine.body, inner, back=back))

    def halt(self, op: Halt, activation: Activation) -> None:
        while self.stack:
            block = self.stack.pop()
            if block.step is not None:
                self.ended(block.step)
