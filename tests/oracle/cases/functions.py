"""Cases of arithmetic functions, built in and declared, and of declared operators and macros."""

from __future__ import annotations

from fractions import Fraction

from ..expression import Bin, Call, Defined, Imag, Num, Pow, Un, Var, num
from ..operators import IDENTITY, A, B, Letter, Named, Power, V, plus, times
from ..program import Loop
from .case import Case, N, ins, n, q0, q2

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
