"""Cases of loops over ranges and primes, choices, and loops under a condition."""

from __future__ import annotations

from ..expression import Bin, Var, num
from ..operators import IDENTITY, A, B, P, Scaled, minus, plus
from ..program import Hyper, If, Loop, Primes, Str, While, Word
from .case import Case, ins, k, p, q0, q1, s1

STEP = ins("qop.apply", q0, q0, plus(A(2), B(Bin("+", k, num(1)))))
STEP_ONE = ins("qop.apply", q0, q0, plus(A(2), B(3)))
COUNT = ins("set", s1, Bin("+", Var("s1"), num(1)))
ROW = (ins("at", s1, q0, num(2)), ins("emit", Str("row"), s1))

LOOPS = (
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
)
