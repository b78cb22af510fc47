"""The syntax tree: a `.qw` text as plain values, with the place of everything kept.

Expressions are n-ary where the text is flat (a sum of 200,000 terms is one `Sum`), so depth
equals the nesting of brackets.  Names are not resolved and nothing is typed here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from qwasm.diagnostics import Span
from qwasm.record import record

# ---------------------------------------------------------------- expressions


@record
class Node:
    """Any expression; `span` covers the token that names it."""

    span: Span


@record
class Number(Node):
    """An exact literal: the rational it spells, times i if `imaginary`."""

    value: Fraction
    imaginary: bool = False
    text: str = ""  # as written, for the formatter


@record
class Text(Node):
    """A string literal, escapes resolved."""

    value: str


@record
class Name(Node):
    id: str


@record
class Letter(Node):
    """An indexed letter: A[2], K[p, c], S[1, cyclic] (the flag is a Name)."""

    name: str
    indices: tuple[Expression, ...]


@record
class Call(Node):
    """A name glued to its arguments: exp(X), V(f), D(c = 1/p, primes(2, 50)), QMACRO_17(2, 3)."""

    name: str
    args: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...] = ()


@record
class Unary(Node):
    op: Literal["-", "not"]
    operand: Expression


@record
class Sum(Node):
    """terms[i] = (sign, term); at least two terms; the first sign is '+'."""

    terms: tuple[tuple[Literal["+", "-"], Expression], ...]


@record
class Product(Node):
    """factors[i] = (operator before it, factor); '' is juxtaposition; the first operator is '*'."""

    factors: tuple[tuple[Literal["*", "/", "", "mod"], Expression], ...]


@record
class Power(Node):
    base: Expression
    exponent: Expression


@record
class Compare(Node):
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Expression
    right: Expression


@record
class Logic(Node):
    op: Literal["and", "or"]
    operands: tuple[Expression, ...]


@record
class Family(Node):
    """sum p in primes(a, b): X and its relatives; both ends of the range are included."""

    kind: Literal["sum", "prod"]
    variable: str
    domain: Literal["primes", "ints"]
    low: Expression
    high: Expression
    body: Expression


@record
class Range(Node):
    """a..b, both ends included."""

    low: Expression
    high: Expression


@record
class Tuple(Node):
    """(c0, c1, ...): a list operand; one element only when written with a trailing comma."""

    items: tuple[Expression, ...]


@record
class In(Node):
    """A clause of hyperloop: i in 0..3, p in primes(2, 20). The domain is a Range or a Call of primes/ints."""

    variable: str
    domain: Expression


Expression = Node

# ---------------------------------------------------------------- statements


@record
class Statement:
    """A line, or a block of lines closed by `end`; `span` covers its first word."""

    span: Span


@record
class Instruction(Statement):
    """mnemonic operand, ..., attribute=value; the mnemonic is lower case.

    `bound` is the n of `while cond max n` and of qloop; `results` are the names after `->` of a call,
    whose one operand is the `Call` of the function.  `written` is the mnemonic as the author spelled
    it: the name of an instruction macro is case-sensitive.
    """

    mnemonic: str
    operands: tuple[Expression, ...] = ()
    attributes: tuple[tuple[str, Expression], ...] = ()
    bound: Expression | None = None
    results: tuple[Name, ...] = ()
    written: str = ""


@record
class Label(Statement):
    """A published label, `name:` on a line or before an instruction."""

    name: str


@record
class Block(Statement):
    """A structured region: its head (loop, hyperloop, primes, if, while), body and else-body."""

    head: Instruction
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...] = ()


@record
class Version(Statement):
    version: str


@record
class Param(Statement):
    name: str
    type: str
    default: Expression | None


@record
class SpaceDecl(Statement):
    """.space N = ..., weight = ..., field = ..., truncation = ...; `settings` keeps the written order."""

    settings: tuple[tuple[str, Expression], ...]


@record
class ArithDef(Statement):
    """.arith g(n) = EXPR, .arith g(p, k) = EXPR, .arith g = table("g.npy") (no parameters)."""

    name: str
    parameters: tuple[str, ...]
    body: Expression


@record
class OpDef(Statement):
    name: str
    body: Expression


@record
class Diffusion(Statement):
    """.diffusion c = COEF, primes(a, b): what D and M mean below."""

    variable: str  # the bound prime, always "p"
    coefficient: Expression
    domain: Expression


@record
class MacroDef(Statement):
    """.macro name(a, b) = EXPR"""

    name: str
    parameters: tuple[str, ...]
    body: Expression


@record
class InstructionMacro(Statement):
    """.macro name(a, b) ... end"""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]


@record
class RegDecl(Statement):
    name: str
    type: str  # "qstate", "qstate<hilbert>", "scalar", ...


@record
class VarDecl(Statement):
    """.var p: prime, X: op"""

    variables: tuple[tuple[str, str], ...]


@record
class Use(Statement):
    path: str


@record
class Func(Statement):
    name: str
    parameters: tuple[Name, ...]
    results: tuple[Name, ...]
    body: tuple[Statement, ...]


@record
class Program:
    """A whole source: directives and functions in order; `file` is the name shown in spans."""

    file: str
    statements: tuple[Statement, ...]
    dialect: Literal["qwasm", "listing"] = "qwasm"
    text: str = ""  # the source itself, to show places


CHILDREN: dict[type, Callable[[Any], tuple[Node, ...]]] = {
    Letter: lambda x: x.indices,
    Tuple: lambda x: x.items,
    Logic: lambda x: x.operands,
    Call: lambda x: (*x.args, *(value for _, value in x.named)) if x.named else x.args,
    Unary: lambda x: (x.operand,),
    Sum: lambda x: tuple([term for _, term in x.terms]),
    Product: lambda x: tuple([factor for _, factor in x.factors]),
    Power: lambda x: (x.base, x.exponent),
    Compare: lambda x: (x.left, x.right),
    Range: lambda x: (x.low, x.high),
    Family: lambda x: (x.low, x.high, x.body),
    In: lambda x: (x.domain,),
}


def children(node: Node) -> tuple[Node, ...]:
    """The direct sub-expressions of an expression, left to right."""
    found = CHILDREN.get(type(node))
    return found(node) if found is not None else ()
