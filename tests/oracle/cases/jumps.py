"""Cases of labels: counted and asked loops, early ends, jumps; and of functions and instruction macros."""

from __future__ import annotations

from ..expression import Bin, Var, num
from ..operators import IDENTITY, A, B, plus
from ..program import Again, Func, If, Jump, Loop, Reg, Repeat, Use, While, Word
from ..program import Call as FuncCall
from .case import Case, ins, k, n, q0, q1, q2, s0, s1
from .loops import COUNT, ROW, STEP, STEP_ONE

JUMPS = (
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
