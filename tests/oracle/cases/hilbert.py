"""Cases of states in the Hilbert picture."""

from __future__ import annotations

from ..expression import Call, num
from ..operators import A, B, Letter, plus
from .case import SYMMETRIC, Case, ins, q0, q1, q2, s1, s2, w0, w1

HILBERT = (
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
