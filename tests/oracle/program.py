"""Programs as structures, and their text as a person would write it.

Registers are named by type: q0 (state), f0 (field), s0 (scalar), v0 (vector), and w0 for a state
declared in the hilbert picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from . import expression, operators
from .expression import Expr, Num
from .operators import Diffusion, Op


@dataclass(frozen=True)
class Reg:
    """A register operand."""

    name: str


@dataclass(frozen=True)
class Str:
    """A quoted string operand."""

    value: str


@dataclass(frozen=True)
class Word:
    """A bare word operand such as SUM, or an attribute's word such as `on`."""

    value: str


@dataclass(frozen=True)
class Many:
    """A parenthesised list of expressions."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Basis:
    """basis=power or basis=chebyshev(lo, hi); which=near(z)."""

    name: str
    args: tuple[Expr, ...] = ()


Operand = Reg | Str | Word | Many | Basis | Expr | Op


@dataclass(frozen=True)
class Ins:
    """One instruction; `flags` are bare attributes such as `unitary`."""

    name: str
    operands: tuple[Operand, ...]
    attributes: tuple[tuple[str, Operand], ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loop:
    """loop k, n."""

    variable: str
    count: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Repeat:
    """The published LOOP label, n under a label: n times in all."""

    label: str
    count: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Again:
    """The published QLOOP label, cond max n under a label: once, then while the condition holds, n times in all."""

    label: str
    condition: Expr
    most: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Hyper:
    """hyperloop; a range is (variable, "range" or "primes", low, high), and the last varies fastest."""

    ranges: tuple[tuple[str, str, Expr, Expr], ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Primes:
    """primes p, a, b."""

    variable: str
    low: Expr
    high: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If:
    """if / else."""

    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Jump:
    """JIF.GT/LT/EQ a, b, label over the body, or JMP when `kind` is empty."""

    kind: str
    left: Expr
    right: Expr
    label: str
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class While:
    """while cond max n."""

    condition: Expr
    most: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Call:
    """call f(args) -> (results)."""

    function: str
    arguments: tuple[Reg, ...]
    results: tuple[Reg, ...]


@dataclass(frozen=True)
class Use:
    """An instruction macro's use: the text, and what it stands for."""

    written: str
    body: tuple[Statement, ...]


Statement = Ins | Loop | Repeat | Again | Hyper | Primes | If | Jump | While | Call | Use


@dataclass(frozen=True)
class Func:
    """.func name(parameters) -> (results)."""

    name: str
    parameters: tuple[str, ...]
    results: tuple[str, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Given:
    """What a file or channel holds before the program starts: a state, or a field of several; whole numbers."""

    name: str
    rows: tuple[tuple[int, ...], ...]
    field: bool = False
    dtype: str = ""  # how the file spells its numbers; as the space does when empty


@dataclass(frozen=True)
class Program:
    """A whole program over one space; `declarations` are further lines with their meaning already inlined."""

    N: int
    s: Fraction
    field: str  # real, real32, complex or mod
    modulus: int
    truncation: str
    body: tuple[Statement, ...]
    diffusion: Diffusion | None = None
    functions: tuple[Func, ...] = ()
    parameters: tuple[tuple[str, str, Fraction], ...] = ()
    declarations: tuple[str, ...] = ()
    upper: bool = False
    files: tuple[Given, ...] = ()
    messages: tuple[Given, ...] = ()

    @property
    def names(self) -> dict[str, Fraction | int]:
        """The parameters' values."""
        return {name: int(v) if kind in ("qint", "prime") else v for name, kind, v in self.parameters}


def weight_text(s: Fraction) -> str:
    """The weight n^-s as written in .space."""
    if s == 0:
        return "1"
    return f"n^{-s}" if s.denominator == 1 else f"n^({-s})"


def operand_text(x: Operand) -> str:
    """An operand as written."""
    match x:
        case Reg(name):
            return name
        case Str(v):
            return f'"{v}"'
        case Word(v):
            return v
        case Many(items):
            return f"({', '.join(expression.text(e) for e in items)})"
        case Basis(name, args):
            return name + (f"({', '.join(expression.text(e) for e in args)})" if args else "")
        case expression.Num() | expression.Imag() | expression.Var() | expression.Bin() | expression.Un():
            return expression.text(x)
        case expression.Pow() | expression.Call() | expression.Defined():
            return expression.text(x)
    return operators.text(x)


def _instruction(i: Ins, upper: bool) -> str:
    name = i.name.upper() if upper else i.name
    parts = [operand_text(x) for x in i.operands]
    parts += [f"{key}={operand_text(x)}" for key, x in i.attributes] + list(i.flags)
    return f"{name:<13} {', '.join(parts)}".rstrip()


def _range(r: tuple[str, str, Expr, Expr]) -> str:
    variable, domain, low, high = r
    a, b = expression.text(low, 8), expression.text(high, 8)
    return f"{variable} in {a}..{b}" if domain == "range" else f"{variable} in primes({a}, {b})"


def lines(body: Sequence[Statement], upper: bool = False, depth: int = 1) -> list[str]:
    """Statements as indented lines."""
    found: list[str] = []
    pad = "    " * depth
    t = expression.text
    for s in body:
        inner = [] if isinstance(s, (Ins, Call, Use, If)) else lines(s.body, upper, depth + 1)
        match s:
            case Ins():
                found.append(pad + _instruction(s, upper))
            case Use(written):
                found.append(pad + written)
            case Call(name, arguments, results):
                given, taken = (", ".join(r.name for r in regs) for regs in (arguments, results))
                found.append(f"{pad}call {name}({given}) -> ({taken})")
            case Loop(variable, count):
                found += [f"{pad}loop {variable}, {t(count)}", *inner, pad + "end"]
            case Repeat(label, count):
                found += [f"{pad}{label}:", *inner, f"{pad}LOOP {label}, {t(count)}"]
            case Again(label, condition, most):
                found += [f"{pad}{label}:", *inner, f"{pad}QLOOP {label}, {t(condition)} max {t(most)}"]
            case Hyper(ranges):
                found += [f"{pad}hyperloop ({', '.join(_range(r) for r in ranges)})", *inner, pad + "end"]
            case Primes(variable, low, high):
                found += [f"{pad}primes {variable}, {t(low)}, {t(high)}", *inner, pad + "end"]
            case If(condition, then, otherwise):
                found += [f"{pad}if {t(condition)}", *lines(then, upper, depth + 1)]
                if otherwise:
                    found += [pad + "else", *lines(otherwise, upper, depth + 1)]
                found.append(pad + "end")
            case Jump(kind, left, right, label):
                mnemonic = f"jif.{kind}" if kind else "jmp"
                where = f"{t(left)}, {t(right)}, {label}" if kind else label
                found += [f"{pad}{mnemonic.upper() if upper else mnemonic} {where}", *inner, f"{pad}{label}:"]
            case While(condition, most):
                found += [f"{pad}while {t(condition)} max {t(most)}", *inner, pad + "end"]
    return found


def text(program: Program) -> str:
    """The whole program as a .qw source."""
    field = f"mod({program.modulus})" if program.field == "mod" else program.field
    found = [".qwasm 1.0"]
    for name, kind, v in program.parameters:
        found.append(f".param {name}: {kind} = {expression.text(Num(v))}")
    weight = weight_text(program.s)
    found.append(f".space N = {program.N}, weight = {weight}, field = {field}, truncation = {program.truncation}")
    if program.diffusion is not None:
        d = program.diffusion
        found.append(
            f".diffusion c = {expression.text(d.c)}, primes({expression.text(d.low)}, {expression.text(d.high)})"
        )
    found += program.declarations
    for f in program.functions:
        found.append(f".func {f.name}({', '.join(f.parameters)}) -> ({', '.join(f.results)})")
        found += [*lines(f.body, program.upper), "end"]
    found.append(".func main")
    found += [f"    .reg {name}: qstate<hilbert>" for name in sorted(_hilbert(program.body))]
    return "\n".join([*found, *lines(program.body, program.upper), "    halt", "end", ""])


def instructions(body: Sequence[Statement]) -> Iterator[Ins]:
    """Every instruction written in a body, those of inner bodies included, in no particular order."""
    pending = list(body)
    while pending:
        s = pending.pop()
        if isinstance(s, Ins):
            yield s
        elif isinstance(s, If):
            pending += [*s.then, *s.otherwise]
        elif not isinstance(s, Call):
            pending += s.body


def _hilbert(body: Sequence[Statement]) -> set[str]:
    registers = (x.name for i in instructions(body) for x in i.operands if isinstance(x, Reg))
    return {name for name in registers if name.startswith("w")}


def outside(program: Program, *mnemonics: str) -> set[str]:
    """The names of files or channels that some instructions write or read: all that must be granted."""
    bodies = (program.body, *(f.body for f in program.functions))
    named = (i for body in bodies for i in instructions(body) if i.name in mnemonics)
    return {x.value for i in named for x in i.operands if isinstance(x, Str)}


def files(program: Program) -> set[str]:
    """The files a program names."""
    return outside(program, "load.q", "store.q")


def channels(program: Program) -> set[str]:
    """The channels a program names."""
    return outside(program, "send", "recv")


def mnemonics(source: str) -> set[str]:
    """The first word of every line of a program's text, in small letters; labels and directives are none."""
    words = (line.split()[0].lower() for line in source.splitlines() if line.strip())
    return {word for word in words if word[0] != "." and not word.endswith(":")}
