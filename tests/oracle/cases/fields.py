"""Cases of instructions on fields of states."""

from __future__ import annotations

from ..expression import Pow, num
from ..operators import A, B, Letter, V, plus
from ..program import Many, Word
from .case import Case, f0, ins, n, q0, q2, s1, s2, v0

FIELDS = (
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
)
