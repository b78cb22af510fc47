"""QIR: a program in SSA form with structured regions.

Every value is defined once, every operation knows its place in the source, loops and
branches are operations that own regions.  Operators and expressions are attributes: exact
immutable values of the algebra.  An attribute may have free symbols (loop variables, scalar
registers); `captures` binds each to the SSA value that supplies it at run time.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import Expr
from qwasm.diagnostics import Span
from qwasm.record import field, record
from qwasm.space import Picture, Space

TypeKind = Literal["qstate", "qfield", "qmesh", "scalar", "qint", "qop", "vector"]


@record
class Type:
    """A type of the language; the picture matters for qstate and qfield; the space is the module's."""

    kind: TypeKind
    picture: Picture = "nspace"

    def __str__(self) -> str:
        return f"{self.kind}<hilbert>" if self.picture == "hilbert" else self.kind


@record(frozen=False, eq=False)
class Value:
    """An SSA value: defined once, by an operation or as a region argument."""

    type: Type
    name: str = ""  # the register it came from, a hint for printing


Attribute = int | Fraction | str | bool | Expr | Operator | tuple["Attribute", ...] | None


@record(frozen=False, eq=False)
class Region:
    """A list of operations with arguments; the last operation is `yield` or `return`."""

    args: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)

    def walk(self) -> Iterator[Op]:
        """Every operation inside, in program order; iterative."""
        stack = self.ops[::-1]
        while stack:
            op = stack.pop()
            yield op
            if op.regions:
                for region in reversed(op.regions):
                    stack.extend(reversed(region.ops))


@record(frozen=False, eq=False)
class Op:
    """An operation: `name` is a mnemonic of the instruction table or a structural name.

    Structural names: loop, primes, hyperloop-free (nested loops), if, while, call, yield,
    return, undef, halt, and sweep, which no program writes: the sum of coefficient times operator
    applied to operand, term by term, that `fuse` makes of neighbouring combinations.  `spans` holds
    one place, or several after a rewrite fused operations.  `reading` is for the cost model, which remembers there
    what name and attributes come to: neither changes once an operation stands in a module.
    """

    name: str
    operands: list[Value] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    captures: dict[str, Value] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    spans: tuple[Span, ...] = ()
    reading: Any = field(default=None, init=False, repr=False)

    def walk(self) -> Iterator[Op]:
        """This operation and every operation inside it, in program order."""
        yield self
        for region in self.regions:
            yield from region.walk()


@record(frozen=False, eq=False)
class Function:
    """A function: the arguments of its one region, and the types it returns."""

    name: str
    results: tuple[Type, ...]
    body: Region
    span: Span | None = None


@record(frozen=False, eq=False)
class Module:
    """A whole program: its space, the parameters it was built with, and its functions (main last).

    `tables` names the arithmetic tables (name -> file) that must be loaded before it runs;
    `digest` is the sha256 of the program text it was built from and the values it was given.
    """

    space: Space
    functions: dict[str, Function] = field(default_factory=dict)
    parameters: dict[str, Expr] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)  # file -> text, to show places
    digest: str = ""
    given: dict[str, Expr] = field(default_factory=dict)  # values that replaced defaults, and N
    rules: dict[str, str] = field(default_factory=dict)  # rule file -> digest, of those in effect

    def walk(self) -> Iterator[Op]:
        """Every operation of every function, in program order."""
        for function in self.functions.values():
            yield from function.body.walk()
