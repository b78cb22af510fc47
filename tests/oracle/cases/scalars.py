"""Cases of entries and scalars: maps, sums, traces, spectra, assignments."""

from __future__ import annotations

from ..expression import Bin, Call, Var, num
from ..operators import A, B, Letter, P, Scaled, V, plus, times
from ..program import Basis, Ins, Many, Str, Word
from .case import SYMMETRIC, Case, N, ins, n, q0, q1, q2, s1, s2, v0, x

SCALARS = (
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
)
