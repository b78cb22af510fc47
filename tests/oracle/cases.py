"""Handwritten cases: at least one for every instruction and every letter, with what each needs of the field.

`needs` is "" (any field), "float" (roots, exp, log, norms), "order" (a real field) or "complex".  In mod(l) a case that
needs more is a type error, and so is a complex number in a real field; that is the second half of what these cases
test.  "real only" and "complex only" make no claim about other fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .expression import Bin, Call, Defined, Expr, Imag, Num, Pow, Un, Var, num
from .operators import (
    IDENTITY,
    A,
    B,
    Diffusion,
    Family,
    Function,
    Letter,
    Named,
    Op,
    Out,
    P,
    Power,
    Q,
    Scaled,
    V,
    minus,
    plus,
    times,
)
from .program import (
    Again,
    Basis,
    Func,
    Given,
    Hyper,
    If,
    Ins,
    Jump,
    Loop,
    Many,
    Operand,
    Primes,
    Program,
    Reg,
    Repeat,
    Statement,
    Str,
    Use,
    While,
    Word,
)
from .program import (
    Call as FuncCall,
)

n, x, N = Var("n"), Var("x"), Var("N")
q0, q1, q2, q3, w0, w1 = (Reg(r) for r in ("q0", "q1", "q2", "q3", "w0", "w1"))
s0, s1, s2, f0, v0 = (Reg(r) for r in ("s0", "s1", "s2", "f0", "v0"))


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


def _apply(name: str, op: Op, needs: str = "", strict_only: bool = False) -> Case:
    return Case(f"apply {name}", (ins("qop.apply", q2, q0, op),), needs=needs, strict_only=strict_only)


p, k = Var("p"), Var("k")
HALF_POWER = Scaled(Pow(p, num("-1/2")), A(p))
H = plus(
    Family("sum", "p", "primes", num(2), num(5), plus(HALF_POWER, Scaled(Pow(p, num("1/2")), B(p)))), V(Call("log"))
)

CHI = Call("chi", (num(4), num(3)))
LETTERS = (
    _apply("I", IDENTITY),
    _apply("A[1]", A(1)),
    _apply("A[6]", A(6)),
    _apply("A[13]", A(13)),
    _apply("B[4]", B(4)),
    _apply("K[2]", Letter("K", (num(2),)), "float"),
    _apply("K[6]", Letter("K", (num(6),)), "float"),
    _apply("K[3, 1]", Letter("K", (num(3), num(1)))),
    _apply("K[2, -1]", Letter("K", (num(2), num(-1)))),
    _apply("K[2, 1/3]", Letter("K", (num(2), num("1/3"))), "float"),
    _apply("D", Letter("D")),
    _apply("M", Letter("M"), "float"),
    _apply("D(...)", Diffusion(p, num(2), num(7))),
    _apply("P[3]", P(3)),
    _apply("Q[5]", Q(5)),
    _apply("S[2]", Letter("S", (num(2),))),
    _apply("S[-3]", Letter("S", (num(-3),))),
    _apply("S[5, cyclic]", Letter("S", (num(5),), True), strict_only=True),
    _apply("S[-1, cyclic]", Letter("S", (num(-1),), True), strict_only=True),
    _apply("Dir(mu)", Letter("Dir", (Call("mu"),))),
    _apply("coDir(mu)", Letter("coDir", (Call("mu"),))),
    _apply("Dir(1)", Letter("Dir", (num(1),))),
    _apply("coDir(1/n)", Letter("coDir", (Bin("/", num(1), n),))),
    _apply("Dir(Lambda)", Letter("Dir", (Call("Lambda"),)), "float"),
    _apply("coDir(isprime)", Letter("coDir", (Call("isprime"),))),
    _apply("coDir(chi(4, 3))", Letter("coDir", (Call("chi", (num(4), num(3))),))),
    _apply("coDir(conv(mu, n))", Letter("coDir", (Call("conv", (Call("mu"), n)),))),
    _apply("coDir(dinv(phi))", Letter("coDir", (Call("dinv", (Call("phi"),)),))),
    _apply("Dir(chi(5, 2))", Letter("Dir", (Call("chi", (num(5), num(2))),)), "complex"),
    _apply("Dir(n^(-1/2))", Letter("Dir", (Pow(n, num("-1/2")),)), "float"),
    _apply("out", Out(Bin(">", n, num(1)), Bin("==", n, num(1)))),
    _apply("out dense", Out(n, Bin("+", n, num(2)))),
    _apply("Redheffer", plus(Letter("Dir", (num(1),)), Out(Bin(">", n, num(1)), Bin("==", n, num(1))))),
    _apply(
        "Redheffer squared",
        Power(plus(Letter("Dir", (num(1),)), Out(Bin(">", n, num(1)), Bin("==", n, num(1)))), 2),
        strict_only=True,
    ),
    _apply("GCD", times(Letter("coDir", (num(1),)), V(Call("phi")), Letter("Dir", (num(1),)))),
    _apply("A B", times(A(2), B(3))),
    _apply("B A", times(B(3), A(2))),
    _apply("A[2] B[2]", times(A(2), B(2))),
    _apply("S A S", times(Letter("S", (num(1),)), A(2), Letter("S", (num(-2),)))),
    _apply("Dir B", times(Letter("Dir", (Call("mu"),)), B(2))),
    _apply("coDir A", times(Letter("coDir", (num(1),)), A(3))),
    _apply("Collatz", plus(B(2), times(minus(IDENTITY, P(2)), A(3), Letter("S", (num(1),))))),
    _apply("power", Power(plus(A(2), B(2), Scaled(num(3), P(3))), 3)),
    _apply("power 0", Power(A(2), 0)),
    _apply("comm", Function("comm", (A(2), B(2)))),
    _apply("comm V", Function("comm", (B(3), V(n)))),
    _apply("adj", Function("adj", (times(A(2), V(n), B(3)),))),
    _apply("adj Dir", Function("adj", (Letter("Dir", (n,)),))),
    _apply("adj S", Function("adj", (Letter("S", (num(2),)),))),
    _apply("adj sum", Function("adj", (plus(A(2), Scaled(num(2), B(3)), Letter("S", (num(-1),))),))),
    _apply("adj out", Function("adj", (Out(n, Bin("<", n, num(4))),))),
    _apply("inv Dir", Function("inv", (Letter("Dir", (Call("phi"),)),))),
    _apply("inv coDir", Function("inv", (Letter("coDir", (num(1),)),))),
    _apply("inv I - c B", Function("inv", (minus(IDENTITY, Scaled(num(3), B(2))),))),
    _apply("exp A", Function("exp", (Scaled(num("1/2"), A(2)),)), "float"),
    _apply("exp sum", Function("exp", (plus(A(2), Scaled(num("-1/2"), B(2))),)), "float"),
    _apply("Legendre", Family("prod", "p", "primes", num(2), num(7), minus(IDENTITY, P(p)))),
    _apply("prod order", Family("prod", "k", "ints", num(1), num(3), plus(A(k), B(Bin("+", k, num(1)))))),
    _apply(
        "sum ints",
        Family("sum", "k", "ints", num(0), num(4), Scaled(Pow(Un("-", num(1)), k), Letter("S", (Un("-", k),)))),
    ),
    _apply("empty sum", Family("sum", "p", "primes", num(8), num(10), A(p))),
    _apply("empty prod", Family("prod", "p", "primes", num(8), num(10), A(p))),
    _apply("sum p^-1", Family("sum", "p", "primes", num(2), num(7), Scaled(Pow(p, num(-1)), plus(A(p), B(p))))),
    _apply("H", H, "float"),
    _apply("multiplier products", times(V(n), A(2), V(Call("mu")), B(3), V(Bin("+", n, num(1))))),
    _apply("beyond N", plus(A(17), B(101), P(13), IDENTITY)),
    _apply(
        "a family before a character",
        times(Family("sum", "p", "primes", num(2), num(3), A(p)), V(Call("chi", (num(4), num(3))))),
    ),
    _apply("a family of multipliers after B", times(B(2), Family("sum", "p", "primes", num(2), num(2), V(Call("mu"))))),
    _apply("a series that starts at 0", times(Letter("Dir", (Call("omega"),)), Letter("Dir", (num(1),)))),
    _apply("comm of series", Function("comm", (Letter("coDir", (Bin("-", num(1), n),)), Letter("coDir", (num(1),))))),
    _apply("S V", times(Letter("S", (num(-2),)), V(Call("phi")))),
    _apply("S past N", Letter("S", (num(-20),))),
    _apply("complex coefficient", plus(Scaled(Imag(2), A(2)), V(Bin("*", Imag(1), n))), "complex"),
    _apply("adj complex", Function("adj", (plus(Scaled(Imag(2), A(2)), V(Bin("*", Imag(1), n))),)), "complex"),
)

FUNCTIONS = tuple(
    Case(f"fill {name}", (ins("fill", q2, e),), needs=needs)
    for name, e, needs in (
        ("mu", Call("mu"), ""),
        ("lambda", Call("lambda"), ""),
        ("phi", Call("phi"), ""),
        ("tau", Call("tau"), ""),
        ("omega", Call("omega"), ""),
        ("Omega", Call("Omega"), ""),
        ("sigma(1)", Call("sigma", (num(1),)), ""),
        ("sigma(3)", Call("sigma", (num(3),)), ""),
        ("J(2)", Call("J", (num(2),)), ""),
        ("isprime", Call("isprime"), ""),
        ("mu(2 n)", Call("mu", (Bin("*", num(2), n),)), ""),
        ("sigma(1, n + 3)", Call("sigma", (num(1), Bin("+", n, num(3)))), ""),
        ("val(2, n)", Call("val", (num(2), n)), ""),
        ("gcd(n, 6)", Call("gcd", (n, num(6))), ""),
        ("chi(5, 4)", Call("chi", (num(5), num(4))), ""),
        ("chi(7, 1)", Call("chi", (num(7), num(1))), ""),
        ("chi(8, 5)", Call("chi", (num(8), num(5))), ""),
        ("chi(8, 3)", Call("chi", (num(8), num(3))), ""),
        ("chi(7, 3)", Call("chi", (num(7), num(3))), "complex"),
        ("chi(9, 2)", Call("chi", (num(9), num(2))), "complex"),
        ("chi(16, 3)", Call("chi", (num(16), num(3))), "complex"),
        ("chi(15, 2)", Call("chi", (num(15), num(2))), "complex"),
        ("log", Call("log"), "float"),
        ("Lambda", Call("Lambda"), "float"),
        ("log(n + 1)", Call("log", (Bin("+", n, num(1)),)), "float"),
        ("sqrt(n)", Call("sqrt", (n,)), "float"),
        ("n^(1/3)", Pow(n, num("1/3")), "float"),
        ("n^-2", Pow(n, num(-2)), ""),
        ("n^3", Pow(n, num(3)), ""),
        ("2^n", Pow(num(2), n), ""),
        ("(-1)^n", Pow(num(-1), n), ""),
        ("exp(-n)", Call("exp", (Un("-", n),)), "float"),
        ("sin(n)", Call("sin", (n,)), "float"),
        ("cos(n)", Call("cos", (n,)), "float"),
        ("pi", Bin("*", Var("pi"), n), "float"),
        ("e(n/7)", Call("exp", (Bin("/", Bin("*", Bin("*", Imag(2), Var("pi")), n), num(7)),)), "complex"),
        ("re", Call("re", (Bin("+", n, Imag(2)),)), "complex only"),
        ("im", Call("im", (Bin("+", n, Imag(2)),)), "complex only"),
        ("conj", Call("conj", (Bin("+", n, Imag(2)),)), "complex only"),
        ("abs", Call("abs", (Bin("-", n, num(4)),)), "real only"),
        ("floor", Call("floor", (Bin("/", n, num(3)),)), "real only"),
        ("min", Call("min", (n, num(5))), "real only"),
        ("max", Call("max", (n, num("9/2"))), "real only"),
        ("n mod 4", Bin("mod", n, num(4)), ""),
        ("comparison", Bin("<=", n, num(5)), ""),
        ("and", Bin("and", Bin(">", n, num(2)), Bin("!=", n, num(5))), ""),
        ("or not", Bin("or", Bin("==", n, num(2)), Un("not", Bin("<", n, num(6)))), ""),
        ("decimal", Bin("*", Num(Fraction(5, 4), 1), n), ""),
        ("N", Bin("-", N, n), ""),
        ("unary minus of a power", Un("-", Pow(num(2), num(2))), ""),
        ("1/2*n", Bin("*", num("1/2"), n), ""),
        ("a/b*c", Bin("*", Bin("/", num(6), n), num(2)), ""),
        ("a/(b*c)", Bin("/", num(6), Bin("*", n, num(2))), ""),
        ("sum of products", Bin("-", Bin("*", n, n), Bin("-", n, num(3))), ""),
    )
)

G = Defined("g", Bin("+", n, num(2)))
E_MULT = Defined("h", Bin("+", Bin("*", Var("p"), Var("k")), num(1)), True)
G_LINE, E_LINE = ".arith g(n) = n + 2", ".arith h(p, k) = p*k + 1"

DECLARED = (
    Case(".arith in n", (ins("fill", q2, G), ins("qop.apply", q2, q2, Letter("coDir", (G,)))), declarations=(G_LINE,)),
    Case(
        ".arith at a point",
        (ins("fill", q2, Defined("g(2*n)", Bin("+", Bin("*", num(2), n), num(2)))),),
        declarations=(G_LINE,),
    ),
    Case(".arith by prime powers", (ins("fill", q2, E_MULT),), declarations=(E_LINE,)),
    Case(".arith by prime powers, summed", (ins("arith.sum", q2, q0, E_MULT),), declarations=(E_LINE,)),
    Case(".arith by prime powers, Dir", (ins("qop.apply", q2, q0, Letter("Dir", (E_MULT,))),), declarations=(E_LINE,)),
    Case(
        ".op",
        (ins("qop.apply", q2, q0, times(Named("X", plus(A(2), B(3))), Named("X", plus(A(2), B(3))))),),
        declarations=(".op X = A[2] + B[3]",),
    ),
    Case(
        ".op of .op",
        (ins("qop.apply", q2, q0, Named("Y", Power(plus(A(2), B(3)), 2))),),
        declarations=(".op X = A[2] + B[3]", ".op Y = X^2"),
    ),
    Case(
        ".macro",
        (ins("qop.apply", q2, q0, Named("go(2, 3)", times(A(2), Power(B(3), 2), V(n)))),),
        declarations=(".macro go(p, q) = A[p] B[q]^2 V(n)",),
    ),
    Case(
        ".macro in a loop",
        (
            Loop(
                "k",
                num(3),
                (ins("qop.apply", q0, q0, Named("go(k + 1)", plus(IDENTITY, A(Bin("+", Var("k"), num(1)))))),),
            ),
        ),
        ("q0",),
        declarations=(".macro go(p) = I + A[p]",),
    ),
)

SELF = Function("adj", (A(2),))
FILE, LINE = Str("state.npy"), Str("line")
TWELVE = (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8)
SYMMETRIC = plus(A(2), SELF, V(Bin("+", Bin("*", num(2), n), num(1))))

INSTRUCTIONS = (
    Case("mul.p", (ins("mul.p", q2, q0, num(2)),)),
    Case("mul.p past N", (ins("mul.p", q2, q0, num(17)),)),
    Case("div.p", (ins("div.p", q2, q0, num(3)),)),
    Case("prime.sum", (ins("prime.sum", q2, q0),)),
    Case("diffuse.mult", (ins("diffuse.mult", q2, q0, num("1/2")),)),
    Case("log.mult", (ins("log.mult", q2, q0),), needs="float"),
    Case("lambda.weight", (ins("lambda.weight", q2, q0),), needs="float"),
    Case("arith.sum mu", (ins("arith.sum", q2, q0, Call("mu")),)),
    Case("arith.sum chi", (ins("arith.sum", q2, q0, Call("chi", (num(4), num(3)))),)),
    Case("arith.sum not multiplicative", (ins("arith.sum", q2, q0, Bin("+", n, num(1))),)),
    Case("in place", (ins("div.p", q0, q0, num(2)), ins("qop.apply", q0, q0, plus(A(2), B(3)))), ("q0",)),
    Case("qop.exp", (ins("qop.exp", q2, q0, plus(Letter("D"), V(Pow(n, num(-1)))), num("1/4")),), needs="float"),
    Case("qop.exp H", (ins("qop.exp", q2, q0, H, num("1/10")),), needs="float"),
    Case("qop.exp negative time", (ins("qop.exp", q2, q0, SYMMETRIC, num("-1/8")),), needs="float"),
    Case("qop.exp zero time", (ins("qop.exp", q2, q0, SYMMETRIC, num(0)),), needs="float"),
    Case("qop.exp shift", (ins("qop.exp", q2, q0, plus(Letter("S", (num(1),)), A(2)), num("1/2")),), needs="float"),
    Case(
        "qop.exp chebyshev",
        (ins("qop.exp", q2, q0, SYMMETRIC, num("1/10"), method=Word("chebyshev"), tol=Num(Fraction(1, 10**10))),),
        needs="float",
    ),
    Case(
        "qop.exp krylov",
        (ins("qop.exp", q2, q0, SYMMETRIC, num("1/10"), method=Word("krylov"), tol=Num(Fraction(1, 10**10))),),
        needs="float",
    ),
    Case("qop.exp unitary", (Ins("qop.exp", (q2, q0, SYMMETRIC, num("1/4")), (), ("unitary",)),), needs="complex"),
    Case("qop.poly", (ins("qop.poly", q2, q0, plus(A(2), B(2)), Many((num(1), num(-2), num("1/2"), num(3)))),)),
    Case("qop.poly of one coefficient", (ins("qop.poly", q2, q0, A(2), Many((num(2),))),)),
    Case(
        "qop.poly power",
        (ins("qop.poly", q2, q0, times(A(2), B(3)), Many((num(0), num(1), num(1))), basis=Basis("power")),),
    ),
    Case(
        "qop.poly chebyshev",
        (
            ins(
                "qop.poly",
                q2,
                q0,
                plus(A(2), B(2)),
                Many((num(1), num(1), num(2), num(-1))),
                basis=Basis("chebyshev", (num(-2), num(4))),
            ),
        ),
    ),
    Case("qop.poly scalar", (ins("qop.poly", q2, q0, A(2), Many((num(2), Var("s0")))),)),
    Case("qop.combine", (ins("qop.combine", q2, q0, q1, Var("s0"), num("-1/2")),)),
    Case("within", (ins("within", q2, q0, q1, num("1/10000000000000")),), ("q2",), "float"),
    Case("qop.inner", (ins("qop.inner", s1, q0, q1), ins("qop.inner", s2, q1, q0)), ("s1", "s2")),
    Case("qop.norm", (ins("qop.norm", s1, q0),), ("s1",), "float"),
    Case("norm of an operator", (ins("norm", s1, plus(A(2), B(3), V(Pow(n, num(-1))))),), ("s1",), "float"),
    Case("norm of a word", (ins("norm", s1, times(B(2), A(3))),), ("s1",), "float"),
    Case("qop.normalize", (ins("qop.normalize", q0),), ("q0",), "float"),
    Case(
        "qpu.spawn",
        (ins("qpu.spawn", f0, q0, plus(A(2), B(2)), num(3)), ins("qpu.reduce", s1, f0, Word("SUM"))),
        ("s1",),
    ),
    *(
        Case(
            f"qpu.reduce {kind}",
            (ins("qpu.spawn", f0, q0, plus(A(2), B(3)), num(2)), ins("qpu.reduce", s1, f0, Word(kind))),
            ("s1",),
            needs,
        )
        for kind, needs in (
            ("MAX", "order"),
            ("MIN", "order"),
            ("L2", "float"),
            ("NORM", "float"),
            ("ENTROPY", "float"),
        )
    ),
    Case(
        "qpu.diffuse",
        (
            ins("qpu.spawn", f0, q0, B(2), num(1)),
            ins("qpu.diffuse", f0, num("1/4")),
            ins("qpu.reduce", s1, f0, Word("SUM")),
            ins("qpu.reduce", s2, f0, Word("L2")),
        ),
        ("s1", "s2"),
        "float",
        strict_only=True,
    ),
    Case(
        "qpu.evolve",
        (
            ins("qpu.spawn", f0, q0, B(2), num(1)),
            ins("qpu.evolve", f0, plus(A(2), Letter("D")), num("1/4")),
            ins("qpu.reduce", s1, f0, Word("SUM")),
            ins("qpu.reduce", s2, f0, Word("L2")),
        ),
        ("s1", "s2"),
        "float",
    ),
    Case(
        "qpu.superpose.grid",
        (
            ins("qpu.spawn", f0, q0, A(2), num(2)),
            ins("trace", v0, V(Pow(n, num(-1))), Many((num("1/2"), num(1), num(2)))),
            ins("qpu.superpose.grid", q2, f0, v0),
        ),
        ("q2",),
        "float",
    ),
    Case(
        "alloc and free",
        (ins("alloc.qfield", f0, num(3)), ins("qpu.reduce", s1, f0, Word("SUM")), ins("free.qfield", f0)),
        ("s1",),
    ),
    Case("basis", (ins("basis", q2, num(3)),)),
    Case("basis N", (ins("basis", q2, N),)),
    Case("map", (ins("map", q2, q0, Bin("+", Bin("*", x, x), n)),)),
    Case("map root", (ins("map", q2, q1, Call("sqrt", (x,))),), needs="float"),
    Case("map max", (ins("map", q2, q1, Call("max", (x, num("5/2")))),), needs="real only"),
    Case("mul", (ins("mul", q2, q0, q1),)),
    Case("scan SUM", (ins("scan", q2, q0, Word("SUM")),)),
    Case("scan MAX", (ins("scan", q2, q0, Word("MAX")),), needs="order"),
    Case("at", (ins("at", s1, q0, num(1)), ins("at", s2, q0, N)), ("s1", "s2")),
    *(
        Case(f"reduce {kind}", (ins("reduce", s1, q0, Word(kind)),), ("s1",), needs)
        for kind, needs in (("SUM", ""), ("COUNT", ""), ("MAX", "order"), ("MIN", "order"))
    ),
    Case("reduce ARGMAX", (ins("basis", q2, num(7)), ins("reduce", s1, q2, Word("ARGMAX"))), ("s1",), "order"),
    Case("reduce ARGMAX of a tie", (ins("reduce", s1, q0, Word("ARGMAX")),), ("s1",), "order"),
    Case("equal", (ins("equal", s1, q0, q0), ins("equal", s2, q0, q1)), ("s1", "s2")),
    Case(
        "equal of an inverse pair",
        (ins("arith.sum", q2, q0, Call("mu")), ins("arith.sum", q2, q2, num(1)), ins("equal", s1, q2, q0)),
        ("s1",),
    ),
    Case("random", (ins("random", q2, num(42)),), needs="float"),
    Case("random 0", (ins("random", q2, num(0)),), needs="float"),
    Case("trace", (ins("trace", s1, plus(P(2), V(n), times(A(2), B(2)))),), ("s1",)),
    Case("trace of a free product", (ins("trace", s1, times(A(3), Letter("S", (num(2),)), B(2))),), ("s1",)),
    Case("trace t", (ins("trace", s1, SYMMETRIC, num("1/4")),), ("s1",), "float"),
    Case(
        "trace t not symmetric",
        (ins("trace", s1, plus(A(2), Scaled(num(2), B(2)), Scaled(num("1/2"), Letter("S", (num(1),)))), num("1/2")),),
        ("s1",),
        "float",
    ),
    Case("trace exact", (Ins("trace", (s1, SYMMETRIC, num("1/4")), (), ("exact",)),), ("s1",), "float"),
    Case("trace insert", (ins("trace", s1, SYMMETRIC, num("1/4"), insert=P(2)),), ("s1",), "float"),
    Case("trace ratio", (ins("trace", s1, SYMMETRIC, num("1/4"), insert=V(n), ratio=Word("on")),), ("s1",), "float"),
    Case("trace list", (ins("trace", v0, SYMMETRIC, Many((num("1/16"), num("1/8"), num("1/4")))),), ("v0",), "float"),
    Case("primon gas", (ins("trace", s1, V(Call("log")), num(2)),), ("s1",), "float"),
    Case("spectrum large", (ins("spectrum", v0, SYMMETRIC, num(3), which=Word("large")),), ("v0",), "float"),
    Case("spectrum small", (ins("spectrum", v0, SYMMETRIC, num(3), which=Word("small")),), ("v0",), "float"),
    Case(
        "spectrum near",
        (ins("spectrum", v0, SYMMETRIC, num(2), which=Basis("near", (num("21/2"),))),),
        ("v0",),
        "float",
    ),
    Case("set", (ins("set", s1, Bin("-", Bin("*", Var("s0"), Var("s0")), Bin("/", num(1), Var("s0")))),), ("s1",)),
    Case(
        "set functions",
        (ins("set", s1, Bin("+", Call("exp", (Var("s0"),)), Call("sqrt", (Bin("+", Var("s0"), num(1)),)))),),
        ("s1",),
        "float",
    ),
    Case("assert", (ins("assert", Bin("==", num(2), num(2)), Str("two is two")), ins("set", s1, num(1))), ("s1",)),
    Case("hash.qcode", (ins("hash.qcode", Str("digest")), ins("set", s1, num(1))), ("s1",)),
    Case(
        "hash.qcode in a loop",
        (ins("hash.qcode", Str("digest")), Loop("k", num(2), (ins("hash.qcode", Str("row")),))),
        (),
    ),
    Case("verify.sandbox", (ins("verify.sandbox"), ins("set", s1, num(1))), ("s1",)),
    Case(
        "verify.sandbox with everything granted",
        (ins("verify.sandbox"), ins("store.q", FILE, q0), ins("send", LINE, q1), ins("set", s1, num(1))),
        ("s1",),
    ),
    Case("store.q and load.q", (ins("store.q", FILE, q0), ins("mul.p", q0, q0, num(2)), ins("load.q", q2, FILE))),
    Case(
        "store.q twice",
        (ins("store.q", FILE, q0), ins("load.q", q2, FILE), ins("store.q", FILE, q1), ins("load.q", q3, FILE)),
        ("q2", "q3"),
    ),
    Case(
        "store.q and load.q of a field",
        (
            ins("qpu.spawn", f0, q0, B(2), num(2)),
            ins("store.q", FILE, f0),
            ins("load.q", Reg("f1"), FILE),
            ins("qpu.reduce", s1, Reg("f1"), Word("SUM")),
        ),
        ("s1",),
    ),
    Case("load.q of a given file", (ins("load.q", q2, Str("given.npy")),), files=(Given("given.npy", (TWELVE,)),)),
    Case(
        "load.q of integers",
        (ins("load.q", f0, Str("given.npy")), ins("qpu.reduce", s1, f0, Word("SUM"))),
        ("s1",),
        files=(Given("given.npy", (TWELVE, TWELVE), True, "int16"),),
    ),
    Case("send and recv", (ins("send", LINE, q0), ins("send", LINE, q1), ins("recv", q2, LINE))),
    Case(
        "send and recv of a field",
        (
            ins("qpu.spawn", f0, q0, A(2), num(1)),
            ins("send", LINE, f0),
            ins("recv", Reg("f1"), LINE),
            ins("qpu.reduce", s1, Reg("f1"), Word("SUM")),
        ),
        ("s1",),
    ),
    Case(
        "recv of messages that were there",
        (ins("send", LINE, q0), Loop("k", num(2), (ins("recv", q2, LINE), ins("emit", Str("message"), q2)))),
        (),
        messages=(Given("line", (TWELVE,)),),
    ),
    Case("recv that nobody reads", (ins("recv", q2, LINE),), (), messages=(Given("line", (TWELVE,)),)),
    Case(
        "hilbert store and load",
        (ins("to.hilbert", w0, q0), ins("store.q", FILE, w0), ins("load.q", w1, FILE), ins("to.nspace", q2, w1)),
        ("w1", "q2"),
        "float",
    ),
    Case(
        "hilbert send and recv",
        (ins("to.hilbert", w0, q0), ins("send", LINE, w0), ins("recv", w1, LINE), ins("to.nspace", q2, w1)),
        ("w1", "q2"),
        "float",
    ),
    Case("to.hilbert", (ins("to.hilbert", w0, q0),), ("w0",), "float"),
    Case(
        "hilbert apply",
        (ins("to.hilbert", w0, q0), ins("qop.apply", w1, w0, plus(A(2), B(3))), ins("to.nspace", q2, w1)),
        ("w1", "q2"),
        "float",
    ),
    Case("hilbert K", (ins("to.hilbert", w0, q0), ins("qop.apply", w1, w0, Letter("K", (num(2),)))), ("w1",), "float"),
    Case(
        "hilbert inner",
        (ins("to.hilbert", w0, q0), ins("to.hilbert", w1, q1), ins("qop.inner", s1, w0, w1), ins("qop.norm", s2, w0)),
        ("s1", "s2"),
        "float",
    ),
    Case("hilbert exp", (ins("to.hilbert", w0, q0), ins("qop.exp", w1, w0, SYMMETRIC, num("1/8"))), ("w1",), "float"),
    Case(
        "hilbert mul.p",
        (ins("to.hilbert", w0, q0), ins("mul.p", w1, w0, num(2)), ins("div.p", w0, w1, num(3))),
        ("w0", "w1"),
        "float",
    ),
    Case(
        "hilbert diagonal",
        (ins("to.hilbert", w0, q0), ins("log.mult", w1, w0), ins("arith.sum", w0, w1, Call("mu"))),
        ("w0", "w1"),
        "float",
    ),
    Case("hilbert normalize", (ins("to.hilbert", w0, q0), ins("qop.normalize", w0)), ("w0",), "float"),
    Case(
        "hilbert combine",
        (ins("to.hilbert", w0, q0), ins("to.hilbert", w1, q1), ins("qop.combine", w1, w0, w1, num(2), num(-1))),
        ("w1",),
        "float",
    ),
)

STEP = ins("qop.apply", q0, q0, plus(A(2), B(Bin("+", k, num(1)))))
STEP_ONE = ins("qop.apply", q0, q0, plus(A(2), B(3)))
COUNT = ins("set", s1, Bin("+", Var("s1"), num(1)))
ROW = (ins("at", s1, q0, num(2)), ins("emit", Str("row"), s1))

CONTROL = (
    Case("loop", (Loop("k", num(3), (STEP, *ROW)),), ("q0",)),
    Case("loop zero times", (Loop("k", num(0), (STEP,)),), ("q0",)),
    Case(
        "loop variable in text",
        (Loop("k", num(4), (ins("set", s1, Bin("*", k, k)), ins("emit", Str("square"), s1))),),
        (),
    ),
    Case(
        "nested loops",
        (
            Loop(
                "k",
                num(2),
                (Loop("m", num(3), (ins("qop.apply", q0, q0, plus(B(Bin("+", k, Var("m"))), IDENTITY)), *ROW)),),
            ),
        ),
        ("q0",),
    ),
    Case(
        "hyperloop",
        (
            Hyper(
                (("i", "range", num(0), num(2)), ("p", "primes", num(2), num(5))),
                (ins("qop.apply", q0, q0, plus(IDENTITY, Scaled(Var("i"), B(p)))), *ROW),
            ),
        ),
        ("q0",),
    ),
    Case("primes", (Primes("p", num(2), num(7), (ins("qop.apply", q0, q0, minus(IDENTITY, P(p))), *ROW)),), ("q0",)),
    Case("primes empty", (Primes("p", num(8), num(10), (ins("qop.apply", q0, q0, A(p)),)),), ("q0",)),
    Case("primes mul.p", (Primes("p", num(2), num(3), (ins("mul.p", q0, q0, p),)),), ("q0",)),
    Case(
        "if true",
        (If(Bin("==", num(1), num(1)), (ins("mul.p", q0, q0, num(2)),), (ins("div.p", q0, q0, num(2)),)),),
        ("q0",),
    ),
    Case(
        "if on a loop variable",
        (Loop("k", num(4), (If(Bin("==", k, num(2)), (ins("div.p", q0, q0, num(2)),), (ins("mul", q0, q0, q1),)),)),),
        ("q0",),
    ),
    Case(
        "if on a scalar",
        (
            ins("reduce", s1, q1, Word("SUM")),
            If(Bin(">", Var("s1"), num("7/2")), (ins("div.p", q0, q0, num(2)),)),
        ),
        ("q0",),
        "compare",
    ),
    Case(
        "while",
        (
            ins("set", s1, num(0)),
            While(
                Bin("<", Var("s1"), num("5/2")),
                num(10),
                (ins("set", s1, Bin("+", Var("s1"), num(1))), ins("div.p", q0, q0, num(2))),
            ),
        ),
        ("q0", "s1"),
        "compare",
    ),
    Case(
        "while to its bound",
        (
            ins("set", s1, num(0)),
            While(Bin("<", Var("s1"), num("5/2")), num(2), (ins("set", s1, Bin("+", Var("s1"), num(1))),)),
        ),
        ("s1",),
        "compare",
    ),
    Case("LOOP label", (Repeat("again", num(3), (ins("qop.apply", q0, q0, plus(A(2), B(3))), *ROW)),), ("q0",)),
    Case(
        "QLOOP",
        (
            ins("set", s1, num(0)),
            Again("again", Bin("<", Var("s1"), num("5/2")), num(10), (COUNT, ins("div.p", q0, q0, num(2)))),
        ),
        ("q0", "s1"),
        "compare",
    ),
    Case(
        "QLOOP to its bound",
        (ins("set", s1, num(0)), Again("again", Bin("!=", Var("s1"), num(9)), num(3), (COUNT, STEP_ONE))),
        ("q0", "s1"),
    ),
    Case(
        "QLOOP runs once before it asks",
        (ins("set", s1, num(5)), Again("again", Bin("!=", Var("s1"), num(6)), num(3), (COUNT, STEP_ONE))),
        ("q0", "s1"),
    ),
    Case(
        "QLOOP writes what is read after it",
        (ins("set", s1, num(0)), Again("again", Bin("!=", Var("s1"), num(2)), num(3), (COUNT, ins("fill", q2, n)))),
        ("q2", "s1"),
    ),
    Case(
        "nested QLOOP and LOOP",
        (
            ins("set", s1, num(0)),
            Again(
                "outer",
                Bin("!=", Var("s1"), num(2)),
                num(4),
                (Repeat("inner", num(2), (STEP_ONE, *ROW)), COUNT),
            ),
        ),
        ("q0", "s1"),
    ),
    Case(
        "while a count differs",
        (ins("set", s1, num(0)), While(Bin("!=", Var("s1"), num(2)), num(4), (COUNT, STEP_ONE))),
        ("q0", "s1"),
    ),
    Case(
        "halt in a loop",
        (Loop("k", num(3), (STEP, *ROW, If(Bin("==", k, num(2)), (ins("halt"),)))),),
        ("q0",),
    ),
    Case(
        "halt in the other branch",
        (*ROW, If(Bin("==", num(1), num(2)), (STEP_ONE,), (ins("halt"),))),
        ("q0",),
    ),
    Case(
        "halt in a function",
        (*ROW, FuncCall("stop", (q0,), (q2,))),
        functions=(Func("stop", ("q0",), ("q0",), (If(Bin("==", num(1), num(1)), (ins("halt"),)),)),),
    ),
    Case("JMP", (Jump("", num(0), num(0), "over", (ins("mul.p", q0, q0, num(2)),)),), ("q0",)),
    Case(
        "JIF.GT",
        (
            ins("set", s1, num(2)),
            Jump("gt", Var("s1"), num("1/2"), "over", (ins("mul.p", q0, q0, num(2)),)),
        ),
        ("q0",),
        "compare",
    ),
    Case(
        "JIF.LT",
        (
            ins("set", s1, num(2)),
            Jump("lt", Var("s1"), num("1/2"), "over", (ins("mul.p", q0, q0, num(2)),)),
        ),
        ("q0",),
        "compare",
    ),
    Case(
        "JIF.EQ",
        (Loop("k", num(3), (Jump("eq", k, num(2), "over", (ins("qop.apply", q0, q0, B(Bin("+", k, num(1)))),)),)),),
        ("q0",),
    ),
    Case(
        "func and call",
        (FuncCall("twice", (q0, s0), (q2,)),),
        ("q2", "q0"),
        functions=(
            Func(
                "twice",
                ("q0", "s0"),
                ("q1",),
                (ins("qop.apply", q1, q0, plus(A(2), IDENTITY)), ins("qop.combine", q1, q1, q1, Var("s0"), num(1))),
            ),
        ),
    ),
    Case(
        "call in a loop",
        (Loop("k", num(3), (FuncCall("step", (q0,), (q0, s1)),)),),
        ("q0", "s1"),
        functions=(
            Func(
                "step",
                ("q5",),
                ("q6", "s7"),
                (ins("div.p", Reg("q6"), Reg("q5"), num(2)), ins("reduce", Reg("s7"), Reg("q6"), Word("SUM"))),
            ),
        ),
    ),
    Case(
        "instruction macro",
        (Use("step q0, q1, 3", (ins("div.p", q0, q0, num(3)), ins("mul", q0, q0, q1))),),
        ("q0",),
        declarations=(".macro step(q, r, c)", "    div.p q, q, c", "    mul q, q, r", "end"),
    ),
)

EVERY = LETTERS + FUNCTIONS + DECLARED + INSTRUCTIONS + CONTROL
