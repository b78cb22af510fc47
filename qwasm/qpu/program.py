"""The QPU program: what executes. A short list of micro-operations over numbered slots.

Slots hold states, fields, scalars, vectors and integers.  Micro-operations say what is
computed; the schedule says how (tiles, threads, layout) and never changes meaning.  A
`Sweep` is one fused pass over n that forms a linear combination of operator terms of several
inputs and any reductions on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span
from qwasm.record import field, record
from qwasm.space import Picture, Space

SlotKind = Literal["qstate", "qfield", "qmesh", "scalar", "vector", "qint"]
Slot = int


@record
class SlotType:
    kind: SlotKind
    picture: Picture = "nspace"


@record(kw_only=True)
class MicroOp:
    """Any micro-operation; `captures` binds free symbols of its expressions to slots."""

    captures: tuple[tuple[str, Slot], ...] = ()
    span: Span | None = None


@record
class SweepTerm:
    """coefficient * operator applied to a slot; the identity when operator is None."""

    coefficient: Expr
    operator: Operator | None
    source: Slot


@record
class Sweep(MicroOp):
    """dest = sum of terms, acting in `picture`."""

    dest: Slot
    terms: tuple[SweepTerm, ...]
    picture: Picture = "nspace"


@record
class Axpy(MicroOp):
    """dest = a x + b y, entry by entry; a and b may read scalar slots."""

    dest: Slot
    a: Expr
    x: Slot
    b: Expr
    y: Slot


@record
class Fill(MicroOp):
    """dest(n) = expr(n)."""

    dest: Slot
    expression: Expr


@record
class Map(MicroOp):
    """dest(n) = expr(x(n), n)."""

    dest: Slot
    source: Slot
    expression: Expr


@record
class Reduce(MicroOp):
    """A scalar from one or two states: kind is inner, norm, sum, max, min, l2, entropy, argmax, count."""

    dest: Slot
    kind: str
    sources: tuple[Slot, ...]
    picture: Picture = "nspace"


@record
class ScalarOp(MicroOp):
    """dest = expression over scalar slots, with its error propagated."""

    dest: Slot
    expression: Expr


@record
class Instruct(MicroOp):
    """Any other instruction, executed through the meaning its table row declares."""

    mnemonic: str
    dests: tuple[Slot, ...]
    sources: tuple[Slot, ...]
    attributes: Mapping[str, Any]
    picture: Picture = "nspace"


@record
class Move(MicroOp):
    """dest takes what source holds; no copy, states are immutable to programs."""

    dest: Slot
    source: Slot


@record
class Free(MicroOp):
    slots: tuple[Slot, ...]


@record
class Loop(MicroOp):
    """The body for each value of the variable, the primes or integers in low..high.

    `name` is the column that the variable gives to rows emitted inside; '' gives none.
    """

    variable: Slot
    name: str
    domain: Literal["primes", "ints"]
    low: Expr
    high: Expr
    body: tuple[MicroOp, ...]


@record
class Branch(MicroOp):
    condition: Expr
    then: tuple[MicroOp, ...]
    orelse: tuple[MicroOp, ...]


@record
class While(MicroOp):
    """The body while the condition holds, at most `bound` times."""

    condition: Expr
    bound: Expr
    body: tuple[MicroOp, ...]


@record
class Call(MicroOp):
    function: str
    arguments: tuple[Slot, ...]
    results: tuple[Slot, ...]


@record
class Halt(MicroOp):
    pass


@record
class Routine:
    """A function lowered: its parameter and result slots and its body."""

    name: str
    parameters: tuple[Slot, ...]
    results: tuple[Slot, ...]
    slots: tuple[SlotType, ...]
    body: tuple[MicroOp, ...]


@record
class Schedule:
    """How to run: never changes meaning. Backends read what they understand.

    threads: workers that share the rows; the bits are the same for any number.
    tile: entries of a state that stay in a cache while all terms pass over them, 0 for the backend's choice; the same
    bits for any.
    layout: the order of entries in recurrences, powers and, where it is said, single sweeps; auto lets the backend
    choose. The orders add in different order, so floats may differ within the backend's tolerance.
    time_block: steps of a recurrence that run on one group of entries before the next; 0 for all of them.
    """

    threads: int = 1
    tile: int = 0
    layout: Literal["auto", "natural", "grouped"] = "auto"
    time_block: int = 0


BOUNDS = {"threads": (1, 1024), "tile": (0, 1 << 24), "time_block": (0, 1 << 20)}


@record
class QpuProgram:
    """A lowered module: routines by name ("main" is the entry), the space, and the schedule."""

    space: Space
    routines: Mapping[str, Routine]
    schedule: Schedule = Schedule()
    tables: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
