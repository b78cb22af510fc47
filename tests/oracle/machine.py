"""The oracle's machine: registers, structured control flow executed directly, emitted outputs.

It refuses (IllConditioned) whatever would be decided by rounding, so that a generated program has one answer.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from . import expression, instructions
from .arithmetic import primes
from .expression import Bin, Expr, Un, Var
from .field import Array, Field, IllConditioned, Space
from .free import Free
from .instructions import Halted, Message
from .operators import Op
from .program import (
    Again,
    Call,
    Func,
    Given,
    Hyper,
    If,
    Ins,
    Jump,
    Loop,
    Primes,
    Program,
    Reg,
    Repeat,
    Statement,
    Use,
    While,
)
from .strict import Strict

FRESH = ("basis", "fill", "set", "random", "load.q", "recv")  # the first operand's old numbers play no part
LIMIT = {"real": 1e5, "complex": 1e5, "real32": 2e4}


def _dyadic(values: Any) -> bool:
    parts = np.asarray(values, dtype=np.complex128)
    scaled = np.concatenate([np.ravel(parts.real), np.ravel(parts.imag)]) * 64
    return bool(np.all(scaled == np.round(scaled)) and np.all(np.abs(scaled) < 2**26))


@dataclass
class Machine:
    """Runs a program structure; `outputs` maps a name to its rows of (loop variables, value).

    `files` and `channels` hold what the program finds outside and, after the run, what it leaves there.
    """

    program: Program
    registers: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, list[tuple[dict[str, int], Any]]] = field(default_factory=dict)
    files: dict[str, Message] = field(default_factory=dict)
    channels: dict[str, list[Message]] = field(default_factory=dict)
    scale: float = 1.0

    def __post_init__(self) -> None:
        p = self.program
        self.space = Space(p.N, p.s, Field(p.field, p.modulus), p.truncation)
        self.dense = (Free if p.truncation == "free" else Strict)(self.space, p.diffusion)
        self.names: dict[str, Any] = {"N": p.N, **p.names}
        self.variables: dict[str, int] = {}
        self.sharp: set[str] = set()  # registers whose numbers every implementation computes without rounding
        self.counted: set[str] = set()  # scalars made of whole constants and each other: exact in any field
        self.written: list[str] = []
        self.blunt = False
        self.steps = 0
        self.files.update({given.name: self.message(given) for given in p.files})
        for given in p.messages:
            self.channels.setdefault(given.name, []).append(self.message(given))

    def message(self, given: Given) -> Message:
        """What a file or channel holds at the start; a foreign array fits either picture."""
        states = [self.space.field.array(row) for row in given.rows]
        return Message(states if given.field else states[0], "")

    # Values --------------------------------------------------------------------------------------------------------
    def matrix(self, op: Op, picture: str = "nspace") -> Array:
        """An operand's matrix as it acts on stored numbers of the picture."""
        found = self.dense.matrix(op, self.scope)
        if picture == "hilbert":
            half = [self.space.power(n, -self.space.s / 2) for n in range(1, self.space.N + 1)]
            other = [self.space.power(n, self.space.s / 2) for n in range(1, self.space.N + 1)]
            found = self.space.field.reduce(np.array(half)[:, None] * found * np.array(other)[None, :])
        self.note(found)
        if not self.space.field.exact and not _dyadic(found):
            self.blunt = True
        return found

    @property
    def scope(self) -> dict[str, Any]:
        return {**self.names, **self.variables}

    def number(self, e: Expr) -> Any:
        """A scalar expression in the field: registers, parameters, loop variables."""
        return self.space.field.into(self.native(e))

    def native(self, e: Expr) -> Any:
        """A scalar expression before it enters the field."""
        scalars = {k: v for k, v in self.registers.items() if k.startswith("s")}
        if not self.space.field.exact:
            scalars |= {k: Fraction(complex(scalars[k]).real) for k in self.counted & scalars.keys()}
        return expression.value(e, {**self.scope, **scalars})

    def integer(self, e: Expr) -> int:
        """A count, index or bound."""
        return self.dense.integer(e, self.scope)

    def note(self, values: Any) -> None:
        """Remember how large numbers became; refuse what leaves the comfortable range."""
        if self.space.field.exact:
            return
        size = float(np.max(np.abs(np.asarray(values, dtype=np.complex128)), initial=0.0))
        if not np.isfinite(size) or size > LIMIT[self.space.field.kind]:
            raise IllConditioned("numbers too large to compare")
        self.scale = max(self.scale, size)

    def write(self, name: str, value: Any) -> None:
        """Set a register."""
        for part in value if isinstance(value, list) else [value]:
            self.note(part)
        self.registers[name] = value
        self.written.append(name)

    def require_sharp(self, *names: str) -> None:
        """Refuse a discontinuous question about rounded numbers."""
        if not self.space.field.exact and not self.sharp.issuperset(names):
            raise IllConditioned("a discontinuous function of rounded numbers")

    # Execution -----------------------------------------------------------------------------------------------------
    def run(self) -> Machine:
        """Execute the main body."""
        with suppress(Halted):
            self.execute(self.program.body)
        return self

    def execute(self, body: tuple[Statement, ...]) -> None:
        """Execute statements in order."""
        for statement in body:
            self.steps += 1
            if self.steps > 3000:
                raise IllConditioned("too many steps for a test")
            self.step(statement)

    def step(self, s: Statement) -> None:
        """Execute one statement."""
        match s:
            case Ins():
                self.instruction(s)
            case Use(_, body):
                self.execute(body)
            case Loop(variable, count, body):
                self.over(({variable: k} for k in range(1, self.integer(count) + 1)), body)
            case Repeat(_, count, body):
                self.over(({} for _ in range(self.integer(count))), body)
            case Again(_, condition, most, body):
                self.over(self.turns(condition, self.integer(most), 1), body)
            case Primes(variable, low, high, body):
                self.over(({variable: p} for p in primes(self.integer(low), self.integer(high))), body)
            case Hyper(ranges, body):
                axes = []
                for _, domain, low, high in ranges:
                    a, b = self.integer(low), self.integer(high)
                    axes.append(primes(a, b) if domain == "primes" else list(range(a, b + 1)))
                names = [r[0] for r in ranges]
                self.over((dict(zip(names, point, strict=True)) for point in product(*axes)), body)
            case If(condition, then, otherwise):
                self.execute(then if self.native(condition) else otherwise)
            case Jump(kind, left, right, _, body):
                op = {"gt": ">", "lt": "<", "eq": "==", "": ""}[kind]
                if op and not self.native(Bin(op, left, right)):
                    self.execute(body)
            case While(condition, most, body):
                self.over(self.turns(condition, self.integer(most)), body)
            case Call():
                self.call(s)

    def turns(self, condition: Expr, most: int, free: int = 0) -> Any:
        """At most `most` rounds while the condition holds; the first `free` of them without asking."""
        for turn in range(most):
            if turn >= free and not self.native(condition):
                return
            yield {}

    def over(self, points: Any, body: tuple[Statement, ...]) -> None:
        """Execute the body once for each binding of loop variables."""
        outside = self.variables
        for point in points:
            self.variables = {**outside, **point}
            self.execute(body)
        self.variables = outside

    def call(self, s: Call) -> None:
        """A function call: registers are local, arguments and results are copied."""
        f: Func = next(f for f in self.program.functions if f.name == s.function)
        outer, outer_sharp, outer_variables = self.registers, self.sharp, self.variables
        outer_counted, self.counted = self.counted, set()
        self.registers = {p: outer[a.name] for p, a in zip(f.parameters, s.arguments, strict=True)}
        self.sharp = {p for p, a in zip(f.parameters, s.arguments, strict=True) if a.name in outer_sharp}
        self.variables = {}
        self.execute(f.body)
        inner, inner_sharp = self.registers, self.sharp
        self.registers, self.sharp, self.variables = outer, outer_sharp, outer_variables
        self.counted = outer_counted - {result.name for result in s.results}
        for result, r in zip(s.results, f.results, strict=True):
            self.registers[result.name] = inner[r]
            self.sharp.discard(result.name)
            if r in inner_sharp:
                self.sharp.add(result.name)

    def instruction(self, i: Ins) -> None:
        """Execute one instruction and keep track of which registers are free of rounding."""
        self.written, self.blunt = [], False
        sources = {x.name for x in i.operands if isinstance(x, Reg)}
        used: set[str] = set()
        for x in i.operands:
            if isinstance(x, (Bin, Un, Var, expression.Call, expression.Pow)):
                used |= {v for v in _variables(x) if v in self.registers}
        sources |= used
        before = {name for name in sources if name in self.registers} <= self.sharp
        instructions.TABLE[i.name](self, i)
        for name in self.written:
            value = self.registers[name]
            parts = value if isinstance(value, list) else [value]
            fresh = i.operands[:1] == (Reg(name),) and i.name in FRESH
            clean = (before or fresh) and not self.blunt
            sharp = self.space.field.exact or (clean and all(_dyadic(p) for p in parts))
            (self.sharp.add if sharp else self.sharp.discard)(name)
            counts = i.name == "set" and used <= self.counted and complex(value) == round(complex(value).real)
            (self.counted.add if counts else self.counted.discard)(name)

    def emit(self, name: str, value: Any) -> None:
        """Append a row to an output."""
        self.outputs.setdefault(name, []).append((dict(self.variables), value))


def _variables(e: Expr) -> set[str]:
    match e:
        case Var(name):
            return {name}
        case Bin(_, left, right) | expression.Pow(left, right):
            return _variables(left) | _variables(right)
        case Un(_, x):
            return _variables(x)
        case expression.Call(_, args):
            return {v for a in args for v in _variables(a)}
    return set()


def run(program: Program) -> Machine:
    """Run a program structure and return the machine with its outputs."""
    return Machine(program).run()
