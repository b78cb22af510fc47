"""The form that declares an instruction: filled in once, read by everything.

The parser's checks, the printer, the verifier, lowering, the reference meaning, completion
and the manual derive from these rows.  A row carries facts that state its meaning more than
once (`meaning`, `same_as`, `example` with its checked answer, `work`); the conformance suite
plays them against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from qwasm.record import record

OperandKind = Literal[
    "qstate",
    "qfield",
    "qmesh",
    "scalar",
    "vector",
    "qint",  # registers
    "operator",  # an operator expression
    "expression",  # an expression over constants, parameters, loop variables (and `over` variables)
    "scalars",  # an expression that may also read scalar registers
    "integer",  # a constant integer expression
    "prime",  # a constant expression that must be a prime
    "list",  # one expression or (c0, ..., cK), may read scalar registers
    "string",  # a literal
    "word",  # one of `choices`
    "basis",  # power or chebyshev(lo, hi) and the like: a word that may take arguments
]


@record
class Operand:
    """One operand: its name in the manual, its kind, and whether it is written to.

    A register operand that is written becomes a result, one that is read an operand of the
    operation; any other kind becomes the attribute `name`.  `also` lists other kinds accepted
    in its place (a written register then has the kind of the register it is made from).
    """

    name: str
    kind: OperandKind
    writes: bool = False
    reads: bool = True  # False for a register that is only written
    optional: bool = False
    over: tuple[str, ...] = ()  # extra variables an expression may use: n, x
    choices: tuple[str, ...] = ()
    also: tuple[OperandKind, ...] = ()
    least: int | None = None  # the smallest integer an operand of kind "integer" may be


@record
class Attr:
    """One attribute `name=value`, or a bare flag when kind is 'flag' (`name`, `name=on`, `name=off`).

    `default` is what an absent attribute means; for the kind 'operator' it is a text that is
    elaborated where the instruction stands ("D" is the diffusion in force).  With `writes` the
    value is a register that the instruction writes: one more result after the operands.
    """

    name: str
    kind: OperandKind | Literal["flag", "number"]
    default: Any = None
    choices: tuple[str, ...] = ()
    doc: str = ""
    writes: bool = False


Group = Literal["algebra", "multiplicative", "parallel", "control", "system", "states", "measuring", "scalars"]
Micro = Literal["sweep", "axpy", "fill", "map", "reduce", "scalar", "instruct"]
Facts = Mapping[str, Any]
ALL_FIELDS = frozenset({"real", "real32", "complex", "mod"})
INEXACT = frozenset({"real", "real32", "complex"})
ORDERED = frozenset({"real", "real32"})


@record
class Instruction:
    """One instruction of the machine, declared once.

    `meaning(run, op, *inputs)` is the reference meaning on plain numpy arrays: `run` is the
    interface of `qwasm.instructions.interface`, `op` maps operand and attribute names to closed
    values.  `linear(algebra, op)` says the same thing a second time for an instruction that is
    psi -> X psi: the operator X.  `error(run, op, inputs, sizes, found)` bounds how far the result
    `found` may be from that of inputs which are `sizes` away, in the norm of the space; without it
    a linear row takes the norm of its operator, and what any other row gives is not bounded.
    `check(space, op)` names what has no meaning in a space, as (code, message, hint).
    """

    mnemonic: str  # "qop.apply", lower case
    group: Group
    operands: tuple[Operand, ...]
    doc: str  # manual text; first line a true sentence
    meaning: Callable[..., Any] | None  # None for control flow
    example: str  # body of a small main function, with asserts that must hold
    attributes: tuple[Attr, ...] = ()
    fields: frozenset[str] = ALL_FIELDS  # where it has a meaning; elsewhere a type error
    pictures: frozenset[str] = frozenset({"nspace", "hilbert"})
    effects: frozenset[str] = frozenset()  # "output", "input", "file", "channel", "fails"
    same_as: str = ""  # lines in other instructions, operands as {name}; '' if none
    result_picture: Literal["same", "nspace", "hilbert"] = "same"
    micro: Micro = "instruct"  # the micro-operation it lowers to
    commutative: bool = False  # whether its two inputs may change places; bit for bit unless complex
    linear: Callable[[Any, Facts], Any] | None = None
    error: Callable[..., float] | None = None  # of the result when inputs are off: `qwasm.instructions.errors`
    check: Callable[[Any, Facts], tuple[str, str, str] | None] | None = None
    work: Callable[[Facts], int] = lambda facts: int(facts["N"])  # state elements touched
    memory: Callable[[Facts], int] = lambda facts: 0  # bytes of workspace beside its results
    selfadjoint: str = ""  # the operator operand that should be self-adjoint in the weight
    not_yet: str = ""  # why a declared instruction answers "not in this version"
    space_example: str = "N = 12"  # the .space line of the example
    before_example: str = ""  # directives that stand above the example

    def operand(self, name: str) -> Operand | Attr | None:
        """The operand or attribute called `name`, or None."""
        items: tuple[Operand | Attr, ...] = self.operands + self.attributes
        return next((item for item in items if item.name == name), None)
