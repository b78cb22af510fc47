"""A handwritten case: a body between a prologue and what is read out, and what it needs of the field.

`needs` is "" (any field), "float" (roots, exp, log, norms), "order" (a real field) or "complex".  In mod(l) a case that
needs more is a type error, and so is a complex number in a real field; that is the second half of what these cases
test.  "real only" and "complex only" make no claim about other fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..expression import Bin, Call, Expr, Imag, Pow, Var, num
from ..operators import A, B, Diffusion, Family, Function, Scaled, V, plus
from ..program import Func, Given, Ins, Loop, Operand, Program, Reg, Statement, Str

n, x, N = Var("n"), Var("x"), Var("N")
p, k = Var("p"), Var("k")
q0, q1, q2, q3, w0, w1 = (Reg(r) for r in ("q0", "q1", "q2", "q3", "w0", "w1"))
s0, s1, s2, f0, v0 = (Reg(r) for r in ("s0", "s1", "s2", "f0", "v0"))

HALF_POWER = Scaled(Pow(p, num("-1/2")), A(p))
H = plus(
    Family("sum", "p", "primes", num(2), num(5), plus(HALF_POWER, Scaled(Pow(p, num("1/2")), B(p)))), V(Call("log"))
)
SYMMETRIC = plus(A(2), Function("adj", (A(2),)), V(Bin("+", Bin("*", num(2), n), num(1))))


@dataclass(frozen=True)
class Case:
    """A body after the standard prologue (q0, q1 filled, s0 set), and the registers to read out."""

    name: str
    body: tuple[Statement, ...]
    read: tuple[str, ...] = ("q2",)
    needs: str = ""
    functions: tuple[Func, ...] = ()
    declarations: tuple[str, ...] = ()
    strict_only: bool = False
    files: tuple[Given, ...] = ()
    messages: tuple[Given, ...] = ()

    def meaning(self, field: str, s: Fraction) -> bool | None:
        """True where the case has a meaning, False where it is a type error, None where no claim is made."""
        if "hilbert" in self.name and field == "mod" and s == 0:
            return None  # every weight root is 1
        real = field in ("real", "real32")
        if self.needs == "compare":  # an order of scalars: none of residues, a matter of taste for complex numbers
            return True if real else (False if field == "mod" else None)
        only = {"real only": real, "complex only": field == "complex"}
        if self.needs in only:
            return True if only[self.needs] else None
        return {"": True, "float": field != "mod", "order": real, "complex": field == "complex"}[self.needs]


def ins(name: str, *operands: Operand, **attributes: Operand) -> Ins:
    """An instruction; attribute names as keywords."""
    return Ins(name, operands, tuple(attributes.items()))


def prologue(field: str) -> tuple[Statement, ...]:
    """Two states with small whole entries, and a scalar."""
    first: Expr = Bin("-", Bin("mod", Bin("*", num(7), n), num(5)), num(1))
    if field == "complex":
        first = Bin("+", first, Bin("*", Imag(2), Bin("mod", n, num(3))))
    return (
        ins("fill", q0, first),
        ins("fill", q1, Bin("+", Call("tau"), Bin("==", n, num(2)))),
        ins("set", s0, num(3)),
    )


def read_out(registers: tuple[str, ...], rows: bool = False) -> tuple[Statement, ...]:
    """Registers as outputs of their own names; states whole, or as one row for each entry."""
    found: list[Statement] = []
    for name in registers:
        if rows and name[0] in "qw":
            entry = (ins("at", Reg("s9"), Reg(name), Var("j")), ins("emit", Str(name), Reg("s9")))
            found.append(Loop("j", N, entry))
        else:
            found.append(ins("emit", Str(name), Reg(name)))
    return tuple(found)


def program(case: Case, field: str, truncation: str, s: Fraction, size: int = 12, modulus: int = 10007) -> Program:
    """The whole program of a case."""
    return Program(
        N=size,
        s=s,
        field=field,
        modulus=modulus,
        truncation=truncation,
        body=(*prologue(field), *case.body, *read_out(case.read)),
        diffusion=Diffusion(Bin("/", num(1), Var("p")), num(2), num(5)),
        functions=case.functions,
        declarations=case.declarations,
        files=case.files,
        messages=case.messages,
    )
