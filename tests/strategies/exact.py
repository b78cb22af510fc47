"""Statements that exist in every field."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracle.cases.case import ins, n, x
from tests.oracle.expression import Bin, Pow, Var, num
from tests.oracle.program import Basis, Ins, Many, Reg, Statement, Str, Word
from tests.strategies.operators import Operators


class ExactStatements(Operators):
    """An author of statements without rounding, files and channels included."""

    def states(self, count: int) -> tuple[Reg, ...]:
        """State registers that have been written."""
        return tuple(Reg(self.one_of("q0", "q1", "q2")) for _ in range(count))

    def output(self) -> Str:
        """A fresh name of an output."""
        self.emitted[0] += 1
        return Str(f"out {self.emitted[0]}")

    def emission(self, register: str) -> Ins:
        """An emit with a fresh name."""
        return ins("emit", self.output(), Reg(register))

    def outward(self, kind: str) -> tuple[Statement, ...]:
        """A state or field to a file or channel, from one, or both; fields are read out at once."""
        a, b = self.states(2)
        s, f, g, w, u = Reg(self.one_of("s0", "s1")), Reg("f0"), Reg("f1"), Reg("w0"), Reg("w1")
        name = Str(self.one_of("a.npy", "b.npy", "given.npy") if kind == "file" else self.one_of("left", "given"))
        put, get = ("store.q", "load.q") if kind == "file" else ("send", "recv")

        def out(q: Reg) -> Ins:
            return ins(put, name, q)

        def back(q: Reg) -> Ins:
            return ins(get, q, name)

        reading = ins("qpu.reduce", s, g, Word("SUM")), self.emission(s.name)
        match self.one_of("both", "in", "out", "field", "given field", "between", "hilbert", "in"):
            case "out":
                return (out(a),)
            case "in":
                return (back(b),)
            case "field":
                spawned = ins("qpu.spawn", f, a, self.operator(1), num(self.draw(st.integers(0, 2))))
                return spawned, out(f), back(g), *reading
            case "given field":
                name = Str("given field" if kind == "channel" else "field.npy")
                return back(g), *reading
            case "between":
                return out(a), *self.exact_group(), back(b)
            case "hilbert" if self.floats:
                return ins("to.hilbert", w, a), out(w), back(u), ins("to.nspace", b, u)
        return out(a), back(b)

    def exact_group(self) -> tuple[Statement, ...]:
        """One or a few statements that exist in every field."""
        a, b, c = self.states(3)
        s = Reg(self.one_of("s0", "s1"))
        kind = self.one_of(
            "apply",
            "apply",
            "apply",
            "apply",
            "poly",
            "combine",
            "inner",
            "mul.p",
            "div.p",
            "prime.sum",
            "diffuse.mult",
            "arith.sum",
            "spawn",
            "alloc",
            "basis",
            "fill",
            "map",
            "mul",
            "scan",
            "at",
            "sum",
            "count",
            "equal",
            "trace",
            "set",
            "assert",
            "file",
            "channel",
            "digest",
            "sandbox",
            "tune",
        )
        match kind:
            case "file" | "channel":
                return self.outward(kind)
            case "digest":
                return (ins("hash.qcode", self.output()),)
            case "sandbox":
                return (ins("verify.sandbox"),)
            case "tune":
                name = Str("fast")
                return (ins("atune.plan", name), ins("atune.learn", name), ins("atune.switch", name))
            case "apply":
                return (ins("qop.apply", a, b, self.operator()),)
            case "poly":
                coefficients = Many(tuple(self.constant() for _ in range(self.draw(st.integers(1, 4)))))
                basis = self.one_of(None, Basis("power"), Basis("chebyshev", (num(-2), num(3))))
                extra = {} if basis is None else {"basis": basis}
                return (ins("qop.poly", a, b, self.operator(1), coefficients, **extra),)
            case "combine":
                return (ins("qop.combine", a, b, c, self.scalar(), self.constant()),)
            case "inner":
                return ins("qop.inner", s, a, b), self.emission(s.name)
            case "mul.p" | "div.p":
                return (ins(kind, a, b, self.prime()),)
            case "prime.sum":
                return (ins("prime.sum", a, b),)
            case "diffuse.mult":
                return (ins("diffuse.mult", a, b, self.constant()),)
            case "arith.sum":
                return (ins("arith.sum", a, b, self.function()),)
            case "spawn":
                f = Reg("f0")
                return (
                    ins("qpu.spawn", f, a, self.operator(1), num(self.draw(st.integers(0, 3)))),
                    ins("qpu.reduce", s, f, Word("SUM")),
                    self.emission(s.name),
                )
            case "alloc":
                return (
                    ins("alloc.qfield", Reg("f1"), num(2)),
                    ins("qpu.reduce", s, Reg("f1"), Word("SUM")),
                    ins("free.qfield", Reg("f1")),
                    self.emission(s.name),
                )
            case "basis":
                return (ins("basis", a, self.one_of(num(1), Var("N"), num(max(1, self.machine.space.N // 2)))),)
            case "fill":
                return (ins("fill", a, self.function()),)
            case "map":
                return (
                    ins(
                        "map",
                        a,
                        b,
                        self.one_of(
                            Bin("+", Bin("*", x, self.literal()), n),
                            Bin("*", x, self.function(1)),
                            Bin("-", num(1), x),
                            Pow(x, num(2)),
                        ),
                    ),
                )
            case "mul":
                return (ins("mul", a, b, c),)
            case "scan":
                return (ins("scan", a, b, Word("SUM")),)
            case "at":
                return ins("at", s, a, self.one_of(num(1), Var("N"))), self.emission(s.name)
            case "sum" | "count":
                return ins("reduce", s, a, Word(kind.upper())), self.emission(s.name)
            case "equal":
                return ins("equal", s, a, b), self.emission(s.name)
            case "trace":
                return ins("trace", s, self.operator(2)), self.emission(s.name)
            case "assert":
                return (ins("assert", self.condition(), Str("as expected")),)
        return (ins("set", s, self.scalar()),)
