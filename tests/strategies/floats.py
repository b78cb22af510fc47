"""Statements of fields that round or have an order."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from tests.oracle.cases.case import ins
from tests.oracle.expression import Num, num
from tests.oracle.program import Basis, Ins, Many, Reg, Statement, Word
from tests.strategies.exact import ExactStatements
from tests.strategies.expressions import styles


class FloatStatements(ExactStatements):
    """An author of roots, exponentials, norms, spectra and greatest entries."""

    def float_group(self) -> tuple[Statement, ...]:
        """Statements with roots, exponentials, norms."""
        a, b = self.states(2)
        s, f, v, w, u = Reg(self.one_of("s0", "s1")), Reg("f0"), Reg("v0"), Reg("w0"), Reg("w1")
        t = Num(Fraction(self.one_of("1/8", "1/4", "1/20", "-1/16", "0")), self.draw(styles))
        kind = self.one_of(
            "exp",
            "exp symmetric",
            "unitary",
            "norm",
            "operator norm",
            "normalize",
            "log.mult",
            "lambda.weight",
            "reduce",
            "diffuse",
            "diffuse",
            "evolve",
            "superpose",
            "within",
            "random",
            "heat",
            "insert",
            "times",
            "spectrum",
            "hilbert",
            "hilbert",
        )
        match kind:
            case "exp":
                return (ins("qop.exp", a, b, self.operator(2), t),)
            case "exp symmetric":
                extra = self.one_of({}, {"method": Word("chebyshev")}, {"method": Word("krylov")})
                return (ins("qop.exp", a, b, self.symmetric(), t, **extra),)
            case "unitary" if self.kind == "complex":
                return (Ins("qop.exp", (a, b, self.symmetric(), t), (), ("unitary",)),)
            case "norm":
                return ins("qop.norm", s, a), self.emission(s.name)
            case "normalize":
                return (ins("qop.normalize", a),)
            case "log.mult" | "lambda.weight":
                return (ins(kind, a, b),)
            case "reduce":
                word = self.one_of("L2", "NORM", "ENTROPY")
                return (
                    ins("qpu.spawn", f, a, self.operator(1), num(2)),
                    ins("qpu.reduce", s, f, Word(word)),
                    self.emission(s.name),
                )
            case "diffuse" | "evolve":
                change = ins("qpu.evolve", f, self.operator(1), t)
                if kind == "diffuse" and self.machine.space.truncation == "strict":
                    change = ins("qpu.diffuse", f, num("1/8"))
                return (
                    ins("qpu.spawn", f, a, self.operator(1), num(1)),
                    change,
                    ins("qpu.reduce", s, f, Word("SUM")),
                    self.emission(s.name),
                )
            case "superpose":
                times = Many((num("1/8"), num("1/4")))
                return (
                    ins("trace", v, self.symmetric(), times),
                    ins("qpu.spawn", f, a, self.operator(1), num(1)),
                    ins("qpu.superpose.grid", b, f, v),
                )
            case "within":  # a distance that no drawn condition is near enough to feel
                return (ins("within", a, b, self.states(1)[0], num(self.one_of("0", "1/10000000000000"))),)
            case "random":
                return (ins("random", a, num(self.draw(st.integers(0, 2**40)))),)
            case "heat":
                return ins("trace", s, self.one_of(self.symmetric(), self.operator(1)), t), self.emission(s.name)
            case "insert":
                extra = self.one_of({}, {"ratio": Word("on")})
                return ins("trace", s, self.symmetric(), t, insert=self.operator(1), **extra), self.emission(s.name)
            case "times":
                return ins("trace", v, self.symmetric(), Many((num("1/8"), t))), self.emission("v0")
            case "spectrum":
                which = self.one_of(Word("small"), Word("large"), Basis("near", (num("5/2"),)))
                return ins(
                    "spectrum",
                    v,
                    self.symmetric(),
                    num(self.draw(st.integers(1, min(3, self.machine.space.N)))),
                    which=which,
                ), self.emission("v0")
            case "hilbert":
                through = self.one_of(
                    (ins("qop.apply", u, w, self.operator(2)),),
                    (ins("qop.exp", u, w, self.symmetric(), t),),
                    (ins("mul.p", u, w, self.prime()),),
                    (ins("arith.sum", u, w, self.function(1)),),
                    (
                        ins("qop.inner", s, w, w),
                        self.emission(s.name),
                        ins("qop.combine", u, w, w, num(2), self.constant()),
                    ),
                )
                return ins("to.hilbert", w, a), *through, ins("to.nspace", b, u)
        return ins("norm", s, self.operator(1)), self.emission(s.name)

    def ordered_group(self) -> tuple[Statement, ...]:
        """Statements that need an order."""
        a, b = self.states(2)
        s, f = Reg(self.one_of("s0", "s1")), Reg("f0")
        kind = self.one_of("MAX", "MIN", "ARGMAX", "scan", "field")
        if kind == "scan":
            return (ins("scan", a, b, Word("MAX")),)
        if kind == "field":
            return (
                ins("qpu.spawn", f, a, self.operator(1), num(2)),
                ins("qpu.reduce", s, f, Word(self.one_of("MAX", "MIN"))),
                self.emission(s.name),
            )
        return ins("reduce", s, a, Word(kind)), self.emission(s.name)
