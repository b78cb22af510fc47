"""Fold: what is constant is written down, and instructions that do nothing go.

before:  set s0, 2 ; set s1, 3*s0 ; if s1 > 5 { q1 = qop.combine q0, q2, 1, 0 } else { ... } ; qop.exp q3, q1, X, 0
after:   set s0, 2 ; set s1, 6          (q3 is q0)

A scalar that is set to a constant is written into whatever reads it, a branch that is decided and a loop of
one turn give way to their bodies, a loop of no turn to what it carries.  Identities, zero operators, zero
coefficients, times t = 0, polynomials of degree 0 or 1, maps that are x or do not read x, and conversions
to the other picture and back become values, fills or single applications.

Right because scalars are exact rationals until they meet an inexact one, so that the machine computes what
is folded here; the rest are identities of linear maps.  It stops where a constant has no value in the field,
at comparisons in mod(l), where 0 and l are one number, where a trap would be hidden (an operator that may have
no value, a method or tolerance that may be refused), at loops that emit, since their rows name the turn, and
at lines never run that name a file or channel which verify.sandbox wants granted.
Only the sign of a zero and roundings that no longer happen can differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import ClassVar, Literal

from qwasm.algebra.operators import Algebra, Operator
from qwasm.algebra.ring import ONE, ZERO, Expr, const
from qwasm.diagnostics import QwasmError
from qwasm.instructions import table
from qwasm.ir.module import Attribute, Module, Op, Region, Value
from qwasm.passes.context import Context
from qwasm.passes.cost import operation_cost, planning_cost
from qwasm.record import field, record
from qwasm.space import Space
from qwasm_passes.dce import holds
from qwasm_passes.linear import BITS, captured, operator_of, tame
from qwasm_passes.loops import first_turns
from qwasm_passes.splice import closed, spliced

LARGEST = 1 << 53  # numerators and denominators that are folded
Answer = tuple[list[Op], list[Value], str]


@record
class Fold:
    """Fold constants and identities; `rounds` bounds how often the module is looked through."""

    rounds: int = 16
    name: ClassVar[str] = "fold"
    kind: ClassVar[Literal["exact"]] = "exact"
    grows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ValueError(f"rounds is 1 or more, not {self.rounds}")

    def run(self, module: Module, context: Context) -> None:
        """Look through the module until a round changes nothing."""
        guarded = any(op.name == "verify.sandbox" for op in module.walk())
        for _ in range(self.rounds):
            for function in module.functions.values():
                Folding(module.space, context, guarded).walk(function.body)
            if not context.commit():
                return


@record(frozen=False)
class Folding:
    """One look through one function: the constants and the makers of states met so far."""

    space: Space
    context: Context
    guarded: bool = False  # the program has a verify.sandbox, so what it names outside itself stays
    constants: dict[Value, Expr] = field(default_factory=dict)
    made: dict[Value, Op] = field(default_factory=dict)

    def walk(self, body: Region) -> None:
        """Ask for each operation that has a simpler form; what a replaced one holds is for the next look."""
        stack = [(body, 0)]
        while stack:
            region, index = stack.pop()
            if index == len(region.ops):
                continue
            stack.append((region, index + 1))
            op = region.ops[index]
            answer = self.answer(op)
            if answer is not None and self.context.replace(op, answer[0], answer[2], values=answer[1]):
                if op.name == "set":
                    self.note(answer[0][0])
                    known = self.constants.get(answer[1][0])
                    if known is not None:
                        self.constants[op.results[0]] = known
                continue
            self.note(op)
            stack.extend((inner, 0) for inner in reversed(op.regions))

    def note(self, op: Op) -> None:
        """Remember a constant scalar, and which operation made a state."""
        if op.name == "set" and not op.captures:
            value = op.attributes["expression"]
            number = value.rational() if isinstance(value, Expr) else None
            if number is not None and max(abs(number.numerator), number.denominator) < LARGEST:
                assert isinstance(value, Expr)
                if holds(self.space.field, value):
                    self.constants[op.results[0]] = value
        elif len(op.results) == 1:
            self.made[op.results[0]] = op

    def answer(self, op: Op) -> Answer | None:
        """The operations, the values that stand for the results, and why; None where nothing is simpler."""
        if op.regions:
            return self.structured(op)
        written = self.written(op)
        if written is not None:
            return written
        for new, why in self.simpler(op):
            return ([], [new], why) if isinstance(new, Value) else ([new], new.results, why)
        return None

    # ------------------------------------------------------------ constants

    def written(self, op: Op) -> Answer | None:
        """The operation with constant scalars written in."""
        if not any(value in self.constants for value in op.captures.values()):
            return None
        if self.space.field.exact and not all(map(plain, op.attributes.values())):
            return None
        try:
            attributes, captures = closed(op, self.constants)
        except QwasmError:  # it says so where it runs
            return None
        if not all(self.fits(value) for value in attributes.values()):
            return None
        new = replaced(op, op.name, op.operands, attributes, captures)
        return [new], new.results, "it reads constants"

    def fits(self, value: Attribute) -> bool:
        """Whether a constant that was made is one that the field holds."""
        if isinstance(value, tuple):
            return all(self.fits(item) for item in value)
        return not isinstance(value, Expr) or value.rational() is None or holds(self.space.field, value)

    def structured(self, op: Op) -> Answer | None:
        """Loops of no turn or one, branches and whiles that are decided."""
        if op.name == "loop":
            return self.loop(op)
        condition = op.attributes.get("condition")
        if not isinstance(condition, Expr):
            return None
        if any(value in self.constants for value in op.captures.values()) and not self.space.field.exact:
            known = {name: self.constants[value] for name, value in op.captures.items() if value in self.constants}
            try:
                condition = condition.substitute(known)
            except QwasmError:  # it says so where it runs
                return None
        decided = condition.rational()
        if decided is None:
            return None
        if op.name == "while":
            stays = decided != 0 or self.named_in(op.regions[0])
            return None if stays else ([], list(op.operands), "its condition is false")
        region, other = op.regions if decided != 0 else op.regions[::-1]
        if any(inner.name == "halt" for inner in region.ops) or self.named_in(other):
            return None
        ops, values = spliced(region, {}, {})
        return ops, values, f"its condition is {'true' if decided != 0 else 'false'}"

    def named_in(self, region: Region) -> bool:
        """Whether a verify.sandbox must still see this region, since it names a file or channel."""
        return self.guarded and any(
            {"file", "channel"} & row.effects for op in region.walk() if (row := table().get(op.name)) is not None
        )

    def loop(self, op: Op) -> Answer | None:
        """A loop that runs once or never."""
        values = first_turns(op, 2)
        if values is None:
            return None
        if not values:
            return None if self.named_in(op.regions[0]) else ([], list(op.operands), "it has no turn")
        if len(values) > 1 or any(inner.name in ("emit", "call", "halt") for inner in op.walk()):
            return None
        (region,) = op.regions
        variable, *carried = region.args
        try:
            ops, ending = spliced(region, dict(zip(carried, op.operands, strict=True)), {variable: const(values[0])})
        except QwasmError:
            return None
        return ops, ending, f"it runs once, for {values[0]}"

    # ------------------------------------------------------------ identities

    def simpler(self, op: Op) -> Iterator[tuple[Op | Value, str]]:
        """What an instruction comes down to, with the reason."""
        x = operator_of(op, self.space)
        if x is not None:
            if x.is_identity:
                yield op.operands[0], "it applies the identity"
            elif vanishes(x, self.space):
                yield self.zero(op), "its operator is zero on 1..N"
        match op.name:
            case "qop.combine":
                yield from self.combine(op)
            case "qop.poly":
                yield from self.polynomial(op)
            case "qop.exp" if not {"method", "tol"} & op.attributes.keys():
                y, t = op.attributes["X"], op.attributes["t"]
                if isinstance(y, Operator) and (t is ZERO or y.is_zero) and tame(y, self.space):
                    yield op.operands[0], "e^0 is the identity"
            case "map":
                f = op.attributes["expression"]
                if isinstance(f, Expr) and str(f) == "x":
                    yield op.operands[0], "its expression is x"
                elif isinstance(f, Expr) and "x" not in f.symbols:
                    yield replaced(op, "fill", [], op.attributes, op.captures), "its expression does not read x"
            case "to.nspace" | "to.hilbert":
                before = self.made.get(self.context.value(op.operands[0]))
                if before is not None and before.name in ("to.nspace", "to.hilbert") and mild(self.space):
                    yield self.context.value(before.operands[0]), f"it undoes {before.name}"

    def zero(self, op: Op) -> Op:
        """The zero state."""
        return replaced(op, "fill", [], {"expression": ZERO}, {})

    def combine(self, op: Op) -> Iterator[tuple[Op | Value, str]]:
        """a x + 0 y and 0 x + b y."""
        a, b = op.attributes["a"], op.attributes["b"]
        for c, other, x in ((a, b, op.operands[0]), (b, a, op.operands[1])):
            if other is ZERO and isinstance(c, Expr):
                yield from self.scaled(op, c, x)

    def polynomial(self, op: Op) -> Iterator[tuple[Op | Value, str]]:
        """Polynomials whose last coefficients are 0, and those of degree 0 and 1."""
        x, given = op.attributes["X"], op.attributes["c"]
        if op.attributes.get("basis", ("power",)) not in ("power", ("power",)):
            return
        assert isinstance(x, Operator)
        c = [item for item in (given if isinstance(given, tuple) else (given,)) if isinstance(item, Expr)]
        length = len(c)
        while len(c) > 1 and c[-1] is ZERO:
            c.pop()
        if length > 1 and not tame(x, self.space):
            return
        if len(c) == 1:
            yield from self.scaled(op, c[0], op.operands[0])
        elif len(c) == 2 and not (c[0].symbols | c[1].symbols):
            algebra = Algebra(self.space.truncation)
            y = algebra.add(algebra.scale(c[0], algebra.identity()), algebra.scale(c[1], x))
            if tame(y, self.space):
                yield from self.cheaper(op, y, op.operands[0], "a polynomial of degree 1 is one application")
        if len(c) < length:
            attributes = {**op.attributes, "c": tuple(c)}
            yield replaced(op, op.name, op.operands, attributes, captured_by(op, c, x)), "its last coefficients are 0"

    def scaled(self, op: Op, c: Expr, x: Value) -> Iterator[tuple[Op | Value, str]]:
        """c x."""
        if c is ONE:
            yield x, "its coefficients are 1 and 0"
        elif c is ZERO:
            yield self.zero(op), "its coefficients are 0"
        elif c.rational() is not None:
            algebra = Algebra(self.space.truncation)
            y = algebra.scale(c, algebra.identity())
            if tame(y, self.space):
                yield from self.cheaper(op, y, x, "it is a multiple of one state")

    def cheaper(self, op: Op, y: Operator, x: Value, why: str) -> Iterator[tuple[Op | Value, str]]:
        """The application of y where it costs less than the operation."""
        new = replaced(op, "qop.apply", [x], {"X": y}, captured(y, op.captures))
        planned = op.attributes.get("X")
        before = operation_cost(op, self.space)
        if isinstance(planned, Operator):
            before += planning_cost(planned, self.space)
        if operation_cost(new, self.space) + planning_cost(y, self.space) < before:
            yield new, why


def plain(value: Attribute) -> bool:
    """Whether an attribute holds no function of a symbol but sums and products."""
    if isinstance(value, tuple):
        return all(map(plain, value))
    if not isinstance(value, Expr):
        return not isinstance(value, Operator) or not value.symbols
    return all(atom.name == "symbol" and k == int(k) and k > 0 for monomial, _ in value.terms for atom, k in monomial)


def mild(space: Space) -> bool:
    """Whether no moderate number leaves its range by way of the other picture."""
    return abs(float(space.weight.s)) / 2 * log2(space.N) <= BITS


def vanishes(x: Operator, space: Space) -> bool:
    """Whether X is the zero matrix on 1..N."""
    return not x.nodes and all(isinstance(M, int) and space.N < M for _, M, _ in x.words)


def replaced(
    op: Op, name: str, operands: list[Value], attributes: dict[str, Attribute], captures: dict[str, Value]
) -> Op:
    """An operation in place of another, with results of the same types."""
    results = [Value(value.type, value.name) for value in op.results]
    return Op(name, list(operands), results, dict(attributes), dict(captures), [], op.spans)


def captured_by(op: Op, c: list[Expr], x: Operator) -> dict[str, Value]:
    """The captures that coefficients and an operator still read."""
    free = x.symbols.union(*(item.symbols for item in c))
    return {name: value for name, value in op.captures.items() if name in free}


__all__ = ["Fold"]
