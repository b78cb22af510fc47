"""Cases of instructions that make a state of states: sums over divisors, exponentials, polynomials, norms."""

from __future__ import annotations

from fractions import Fraction

from ..expression import Bin, Call, Num, Pow, Var, num
from ..operators import A, B, Letter, V, plus, times
from ..program import Basis, Ins, Many, Word
from .case import SYMMETRIC, Case, H, ins, n, q0, q1, q2, s1, s2

STATES = (
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
)
