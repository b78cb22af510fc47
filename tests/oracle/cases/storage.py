"""Cases of what leaves the machine: digests, grants, files, channels."""

from __future__ import annotations

from ..expression import num
from ..operators import A, B
from ..program import Given, Loop, Reg, Str, Word
from .case import Case, f0, ins, q0, q1, q2, q3, s1, w0, w1

FILE, LINE = Str("state.npy"), Str("line")
TWELVE = (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8)

STORAGE = (
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
)
