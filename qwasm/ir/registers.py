"""Registers to SSA values: what each register holds at a place of a structured program.

Every region has an environment.  A loop gets an argument for a register when its body first
touches it; when the body is done, arguments of registers it did not write are forgotten in
favour of the value outside, the others are carried.  A register written on some paths only
holds a `Gap`, and reading a gap is an error.

>>> from qwasm.ir.module import Type
>>> outer = Environment(); outer.write("q0", Value(Type("qstate"), "q0"))
>>> body = Environment(outer, loop=True); entry = body.read("q0")
>>> entry is outer.read("q0"), list(body.entries) == ["q0"], body.read("q1") is None
(False, True, True)
"""

from __future__ import annotations

from qwasm.ir.module import Op, Region, Value
from qwasm.record import field, record


@record
class Gap:
    """What a register holds that has no value on some path, and why."""

    why: str


Held = Value | Gap | None


@record(frozen=False)
class Environment:
    """What registers hold inside one region; `entries` are the arguments a loop was given so far."""

    parent: Environment | None = None
    loop: bool = False
    held: dict[str, Held] = field(default_factory=dict)
    entries: dict[str, tuple[Value, Value]] = field(default_factory=dict)  # key -> (argument, value outside)
    written: dict[str, None] = field(default_factory=dict)
    halted: bool = False

    def read(self, key: str) -> Held:
        """What the register holds here; loops on the way out take it in as an argument."""
        path: list[Environment] = []
        here: Environment | None = self
        while here is not None and key not in here.held:
            path.append(here)
            here = here.parent
        value: Held = here.held[key] if here is not None else None
        for inner in reversed(path):
            if inner.loop and isinstance(value, Value):
                argument = Value(value.type, value.name)
                inner.entries[key] = (argument, value)
                value = argument
            inner.held[key] = value  # None, too: a region outside writes nothing while one inside is built
        return value

    def write(self, key: str, value: Held) -> None:
        """Let the register hold a value from here on."""
        self.held[key] = value
        self.written[key] = None


@record(frozen=False)
class Aliases:
    """Loop arguments that turned out to be the value outside."""

    known: dict[Value, Value] = field(default_factory=dict)

    def resolve(self, value: Value) -> Value:
        """The value that stands for this one at last; chains are shortened."""
        chain = []
        while value in self.known:
            chain.append(value)
            value = self.known[value]
        for link in chain:
            self.known[link] = value
        return value

    def apply(self, region: Region) -> None:
        """Replace every alias in every operation of a region."""
        if not self.known:
            return
        stack = [region]
        while stack:
            for op in stack.pop().ops:
                self.apply_to(op)
                stack.extend(op.regions)

    def apply_to(self, op: Op) -> bool:
        """Replace every alias that an operation reads; whether there was one.  Its old lists stay as they were."""
        apart = self.known.keys().isdisjoint
        read, caught = not apart(op.operands), bool(op.captures) and not apart(op.captures.values())
        if read:
            op.operands = [self.resolve(value) for value in op.operands]
        if caught:
            op.captures = {name: self.resolve(value) for name, value in op.captures.items()}
        return read or caught
