"""Operator expressions: structures and their text; what they mean is in `strict` and `free`.

>>> text(Product((Letter("A", (num(2),)), Total((Letter("I"), Letter("B", (num(3),)))))))
'A[2] (I + B[3])'
"""

from __future__ import annotations

from dataclasses import dataclass

from . import expression
from .expression import Expr, num


@dataclass(frozen=True)
class Letter:
    """I D M, or A B K P Q S with indices in brackets, or V Dir coDir of a function of n."""

    name: str
    args: tuple[Expr, ...] = ()
    cyclic: bool = False


@dataclass(frozen=True)
class Diffusion:
    """D written out: sum over primes low..high of c (A[p] + B[p]), c an expression in p."""

    c: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Out:
    """out(u, v): psi -> u <v, psi>."""

    u: Expr
    v: Expr


@dataclass(frozen=True)
class Function:
    """exp, inv, adj (one operand) or comm (two)."""

    name: str
    operands: tuple[Op, ...]


@dataclass(frozen=True)
class Total:
    """A sum."""

    terms: tuple[Op, ...]


@dataclass(frozen=True)
class Product:
    """A product; the rightmost factor acts first."""

    factors: tuple[Op, ...]


@dataclass(frozen=True)
class Power:
    """X^k."""

    base: Op
    exponent: int


@dataclass(frozen=True)
class Scaled:
    """A coefficient times an operator."""

    c: Expr
    operand: Op


@dataclass(frozen=True)
class Family:
    """`sum` or `prod` over `primes(low, high)` or `ints(low, high)`."""

    kind: str
    variable: str
    domain: str
    low: Expr
    high: Expr
    body: Op


@dataclass(frozen=True)
class Named:
    """A name declared by .op, or a macro call as it is written; `body` is what it stands for."""

    written: str
    body: Op


Op = Letter | Diffusion | Out | Function | Total | Product | Power | Scaled | Family | Named

SUM, PRODUCT, ATOM = 0, 1, 2


def _args(args: tuple[Expr, ...]) -> str:
    return ", ".join(expression.text(a) for a in args)


def _total(terms: tuple[Op, ...]) -> str:
    written = text(terms[0], SUM if isinstance(terms[0], Family) else PRODUCT)
    for term in terms[1:]:
        body = text(term, PRODUCT)
        written += f" - {body[1:]}" if body.startswith("-") else f" + {body}"
    return written


def _render(op: Op) -> tuple[str, int]:
    match op:
        case Letter("D" | "M" | "I" as name):
            return name, ATOM
        case Letter("V" | "Dir" | "coDir" as name, args):
            return f"{name}({_args(args)})", ATOM
        case Letter(name, args, cyclic):
            return f"{name}[{_args(args)}{', cyclic' if cyclic else ''}]", ATOM
        case Diffusion(c, low, high):
            return f"D(c = {expression.text(c)}, primes({_args((low, high))}))", ATOM
        case Out(u, v):
            return f"out({_args((u, v))})", ATOM
        case Function(name, operands):
            return f"{name}({', '.join(text(x) for x in operands)})", ATOM
        case Named(written):
            return written, ATOM
        case Power(base, exponent):
            return f"{text(base, 3)}^{exponent}", ATOM
        case Total(terms):
            return _total(terms), SUM
        case Product(factors):
            return " ".join(text(f, ATOM) for f in factors), PRODUCT
        case Scaled(expression.Num(c), operand) if c == -1:
            return f"-{text(operand, ATOM)}", PRODUCT
        case Scaled(c, operand):
            return f"{expression.text(c, 5)}*{text(operand, ATOM)}", PRODUCT
        case Family(kind, variable, domain, low, high, body):
            return f"{kind} {variable} in {domain}({_args((low, high))}): {text(body, PRODUCT)}", SUM
    raise AssertionError(op)


def text(op: Op, level: int = SUM) -> str:
    """The language text, in parentheses when it binds less tightly than `level`."""
    body, own = _render(op)
    if level == 3:  # the base of a power: a letter or parentheses
        level = ATOM if not isinstance(op, Power) else 3
    return body if own >= level else f"({body})"


# Short names for handwritten cases.
def A(index: int | Expr) -> Letter:
    """A[index]."""
    return Letter("A", (num(index) if isinstance(index, int) else index,))


def B(index: int | Expr) -> Letter:
    """B[index]."""
    return Letter("B", (num(index) if isinstance(index, int) else index,))


def P(index: int | Expr) -> Letter:
    """P[index]."""
    return Letter("P", (num(index) if isinstance(index, int) else index,))


def Q(index: int | Expr) -> Letter:
    """Q[index]."""
    return Letter("Q", (num(index) if isinstance(index, int) else index,))


def V(f: Expr) -> Letter:
    """V(f)."""
    return Letter("V", (f,))


IDENTITY = Letter("I")


def plus(*terms: Op) -> Total:
    """The sum of the terms."""
    return Total(terms)


def times(*factors: Op) -> Product:
    """The product of the factors."""
    return Product(factors)


def minus(left: Op, right: Op) -> Total:
    """left - right."""
    return Total((left, Scaled(num(-1), right)))
