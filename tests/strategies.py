"""Hypothesis strategies for whole programs, drawn against the oracle so that every program has one clear answer.

A statement is drawn, executed by the oracle at once, and kept only if it has a meaning that rounding cannot change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from fractions import Fraction
from typing import Any, cast

from hypothesis import strategies as st

from tests.oracle import operators
from tests.oracle.cases import ins, prologue, read_out
from tests.oracle.expression import Bin, Call, Expr, Imag, Num, Pow, Un, Var, num, text
from tests.oracle.field import IllConditioned, NoMeaning
from tests.oracle.instructions import Halted
from tests.oracle.machine import Machine
from tests.oracle.operators import Diffusion, Family, Function, Letter, Named, Op, Out, Power, Product, Scaled, Total
from tests.oracle.program import (
    Again,
    Basis,
    Func,
    Given,
    Hyper,
    If,
    Ins,
    Jump,
    Loop,
    Many,
    Primes,
    Program,
    Reg,
    Repeat,
    Statement,
    Str,
    While,
    Word,
    channels,
    files,
)
from tests.oracle.program import (
    Call as FuncCall,
)

Draw = Callable[..., Any]
n, x = Var("n"), Var("x")

whole_numbers = st.integers(-4, 6)
fractions = st.sampled_from(("1/2", "1/3", "-3/4", "5/4", "2/5", "-1/8"))
styles = st.integers(0, 3)
fields = st.sampled_from(("real", "complex", "mod", "real32"))
truncations = st.sampled_from(("strict", "free"))
weights = st.sampled_from((Fraction(0), Fraction(1, 2), Fraction(1)))
sizes = st.sampled_from((8, 12, 6, 10, 7, 9, 11, 13, 4, 5, 3, 2, 1))
moduli = st.sampled_from((101, 10_007, 2_147_483_647))


@dataclass
class Author:
    """What is being written: the draw function, the oracle run so far, names in scope and a counter for outputs."""

    draw: Draw
    machine: Machine
    scope: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    emitted: list[int] = field(default_factory=lambda: [0])
    labels: list[int] = field(default_factory=lambda: [0])

    @property
    def kind(self) -> str:
        return self.machine.space.field.kind

    @property
    def floats(self) -> bool:
        return self.kind != "mod"

    @property
    def real(self) -> bool:
        return self.kind in ("real", "real32")

    def one_of(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def expr(self, *choices: Expr) -> Expr:
        """One of some expressions."""
        return cast(Expr, self.one_of(*choices))

    def op(self, *choices: Op) -> Op:
        """One of some operators."""
        return cast(Op, self.one_of(*choices))

    def chance(self, one_in: int) -> bool:
        """True about once in so many draws; False is the simpler case."""
        return bool(self.draw(st.integers(0, one_in - 1)) == one_in - 1)

    def within(self, *variables: str) -> Author:
        """The author inside a body where more loop variables are in scope."""
        return replace(self, scope=(*self.scope, *variables))

    # Numbers and expressions ---------------------------------------------------------------------------------------
    def literal(self) -> Expr:
        """A number as somebody would write it."""
        if self.kind == "complex" and self.chance(5):
            return Imag(self.draw(st.integers(1, 3)))
        if self.chance(3):
            return Num(Fraction(self.draw(fractions)), self.draw(styles))
        return Num(Fraction(self.draw(whole_numbers)), self.draw(styles))

    def constant(self) -> Expr:
        """A coefficient: a literal, a loop variable or parameter, a root, a logarithm."""
        choice = self.draw(st.integers(0, 9))
        names = (*self.scope, *(name for name, _, _ in self.machine.program.parameters))
        if choice > 5 and names:
            name = Var(self.one_of(*names))
            return self.expr(name, Bin("+", name, num(1)), Bin("*", num(2), name), Pow(name, num(2)))
        if choice == 5 and self.floats:
            return self.expr(Pow(num(2), num("1/2")), Pow(num(3), num("-1/2")), Call("log", (num(2),)), Var("pi"))
        return self.literal()

    def index(self) -> Expr:
        """An index >= 1: a small number, one past N, or made from a loop variable."""
        if self.scope and self.chance(2):
            name = Var(self.one_of(*self.scope))
            return self.expr(name, Bin("+", name, num(1)), Bin("*", num(2), name))
        return Num(Fraction(self.one_of(2, 3, 1, 4, 5, 6, 7, self.machine.space.N + 1)))

    def prime(self) -> Expr:
        """A prime index."""
        return num(self.one_of(2, 3, 5, 7, 19))

    def arithmetic(self) -> Expr:
        """An arithmetic function of n with exact whole or rational values."""
        return self.expr(
            num(1),
            n,
            Call("mu"),
            Call("phi"),
            Call("tau"),
            Call("lambda"),
            Call("omega"),
            Call("Omega"),
            Call("isprime"),
            Call("sigma", (num(1),)),
            Call("sigma", (num(2),)),
            Call("J", (num(2),)),
            Call("chi", (num(4), num(3))),
            Call("chi", (num(5), num(4))),
            Call("val", (num(2), n)),
            Call("gcd", (n, num(6))),
            Pow(n, num(-1)),
            Call("conv", (Call("mu"), n)),
            Call("dinv", (Call("tau"),)),
            Pow(Un("-", num(1)), n),
            Bin("mod", n, num(3)),
            Bin("==", n, num(1)),
            Bin(">", n, num(2)),
            Call("mu", (Bin("*", num(2), n),)),
        )

    def analytic(self) -> Expr:
        """A function of n that lives in floats."""
        choices: list[Expr] = [
            Call("log"),
            Call("Lambda"),
            Pow(n, num("-1/2")),
            Call("sqrt", (n,)),
            Call("cos", (n,)),
            Call("log", (Bin("+", n, num(1)),)),
            Call("exp", (Un("-", n),)),
            Call("sin", (Bin("*", num(2), n),)),
        ]
        if self.kind == "complex":
            turn = Bin("/", Bin("*", Bin("*", Imag(2), Var("pi")), n), num(5))
            choices += [
                Call("chi", (num(5), num(2))),
                Call("chi", (num(7), num(3))),
                Call("exp", (turn,)),
                Bin("*", Imag(1), n),
            ]
        elif self.real:
            choices += [
                Call("abs", (Bin("-", n, num(3)),)),
                Call("floor", (Bin("/", n, num(2)),)),
                Call("min", (n, num(4))),
            ]
        return self.expr(*choices)

    def function(self, depth: int = 2) -> Expr:
        """An expression in n."""
        if depth == 0 or self.chance(2):
            return self.analytic() if self.floats and self.chance(3) else self.arithmetic()
        op = self.one_of("+", "*", "-", "c*", "/", "^")
        inner = self.function(depth - 1)
        if op == "c*":
            return Bin("*", self.constant(), inner)
        if op == "/":
            return Bin("/", inner, self.one_of(n, Bin("+", n, num(1)), num(2), num(3)))
        if op == "^":
            return Pow(inner, num(2))
        return Bin(op, inner, self.function(depth - 1))

    def scalar(self) -> Expr:
        """An expression in scalar registers, numbers and loop variables."""
        s = Var(self.one_of("s0", "s1"))
        other = self.constant()
        choices: list[Expr] = [Bin("+", s, other), Bin("*", other, s), s, Bin("-", Bin("*", s, s), other), other]
        if self.real:
            choices += [
                Call("cos", (s,)),
                Call("max", (s, num("1/2"))),
                Call("sqrt", (Bin("+", Bin("*", s, s), num(1)),)),
            ]
        return self.expr(*choices)

    def condition(self) -> Expr:
        """A comparison; between loop variables and numbers everywhere, of scalars in real fields."""
        if self.real and self.chance(2):
            return Bin(self.one_of("<", ">"), Var(self.one_of("s0", "s1")), num("7/2"))
        left: Expr = Var(self.one_of(*self.scope)) if self.scope else num(self.draw(st.integers(1, 3)))
        plain = Bin(self.one_of("==", "!=", "<", "<=", ">", ">="), left, num(self.draw(st.integers(1, 3))))
        if self.chance(4):
            return self.expr(
                Un("not", plain),
                Bin("or", plain, Bin("==", num(1), num(2))),
                Bin("and", plain, Bin("<", num(1), num(2))),
            )
        return plain

    # Operators -----------------------------------------------------------------------------------------------------
    def letter(self) -> Op:
        """One letter."""
        name = self.one_of(
            "A", "B", "P", "Q", "S", "V", "Dir", "coDir", "K", "I", "D", "M", "D()", "A", "B", "named", "macro"
        )
        declared = bool(self.machine.program.declarations)
        if not declared and name in ("D", "M", "macro", "named"):
            name = "A"
        if name == "macro":
            a, b = self.index(), self.index()
            body = Total((Letter("A", (a,)), Scaled(num("2/3"), Letter("B", (b,)))))
            return Named(f"go({text(a)}, {text(b)})", body)
        if name == "named" and self.named:
            return self.op(*self.named)
        match name:
            case "S":
                shift = num(self.draw(st.integers(-3, 3)))
                return Letter("S", (shift,), self.machine.space.truncation == "strict" and self.chance(3))
            case "V":
                return Letter("V", (self.function(),))
            case "Dir" | "coDir":
                return Letter(name, (self.function(1),))
            case "K":
                powers = (num(1), num(-1), num(0)) + ((num("1/3"),) if self.floats else ())
                if self.floats and self.chance(2):
                    return Letter("K", (self.index(),))
                return Letter("K", (self.index(), self.one_of(*powers)))
            case "M" if not self.floats:
                return Letter("D")
            case "I" | "D" | "M":
                return Letter(name)
            case "D()":
                return Diffusion(self.one_of(Pow(Var("p"), num(-1)), Var("p"), num(2)), num(2), num(self.one_of(3, 7)))
        return Letter("A" if name == "named" else name, (self.index(),))

    def family(self, depth: int) -> Op:
        """A sum or product over primes or integers."""
        kind, domain = self.one_of("sum", "prod", "sum"), self.one_of("primes", "ints")
        variable = self.one_of("p", "d")
        inner = self.within(variable)
        low = num(self.draw(st.integers(1, 3)))
        high: Expr = num(self.draw(st.integers(1, 6)))
        body = inner.expression(min(depth - 1, 1))
        if kind == "prod":
            body = Total((Letter("I"), Scaled(Num(Fraction(self.one_of(-1, 1, 2))), body)))
        elif self.floats and self.chance(3):
            body = Scaled(Pow(Var(variable), num("-1/2")), body)
        return Family(kind, variable, domain, low, high, body)

    def inverse(self) -> Op:
        """An operator which has an inverse of the documented kinds."""
        if self.chance(2):
            c = num(self.one_of(2, -1, "1/2"))
            return Total((Letter("I"), Scaled(num(-1), Scaled(c, Letter("B", (self.prime(),))))))
        f = self.one_of(
            num(1),
            n,
            Call("phi"),
            Call("lambda"),
            Call("tau"),
            Bin("+", n, num(1)),
            Call("mu"),
            Call("chi", (num(4), num(3))),
        )
        return Letter(self.one_of("Dir", "coDir"), (f,))

    def operator(self, depth: int = 3) -> Op:
        """An operator expression with a meaning for small loop variables, so that unused code is legal too."""
        found = self.expression(depth)
        try:
            self.machine.dense.matrix(found, {**self.machine.names, **dict.fromkeys(self.scope, 2)})
        except (NoMeaning, IllConditioned, OverflowError, ZeroDivisionError):
            return Letter("I")
        return found

    def expression(self, depth: int) -> Op:
        """Any operator expression, divergent ones included."""
        if depth <= 0:
            return self.letter()
        kind = self.one_of(
            "letter",
            "sum",
            "product",
            "scaled",
            "power",
            "family",
            "adj",
            "comm",
            "inv",
            "out",
            "exp",
            "sum",
            "product",
        )
        smaller = self.draw(st.integers(0, depth - 1))
        match kind:
            case "sum":
                return Total(tuple(self.expression(smaller) for _ in range(self.draw(st.integers(2, 3)))))
            case "product":
                return Product(tuple(self.expression(smaller) for _ in range(self.draw(st.integers(2, 3)))))
            case "scaled":
                return Scaled(self.constant(), self.expression(smaller))
            case "power":
                return Power(self.expression(min(smaller, 1)), self.draw(st.integers(0, 3)))
            case "family":
                return self.family(depth)
            case "adj":
                return Function("adj", (self.expression(smaller),))
            case "comm":
                return Function("comm", (self.expression(min(smaller, 1)), self.expression(min(smaller, 1))))
            case "inv":
                return Function("inv", (self.inverse(),))
            case "out":
                return Out(self.function(1), self.function(1))
            case "exp" if self.floats:
                return Function("exp", (Scaled(num("1/8"), self.expression(min(smaller, 1))),))
        return self.letter()

    def symmetric(self) -> Op:
        """An operator self-adjoint in the weight, with a spectrum that is mostly positive."""
        part = Letter(self.one_of("A", "B"), (self.prime(),))
        scaled = Scaled(num(self.one_of("1/4", 1, "1/2")), part)
        return Total(
            (Letter("V", (self.one_of(n, Call("log"), Bin("+", n, num(1))),)), scaled, Function("adj", (scaled,)))
        )

    # Statements ----------------------------------------------------------------------------------------------------
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

    def control(self, depth: int) -> tuple[Statement, ...]:
        """A loop, choice or call with a drawn body."""
        kind = self.one_of("loop", "if", "primes", "hyperloop", "while", "repeat", "jump", "call", "again", "jump")
        taken = {"loop": ("k",), "primes": ("r",), "hyperloop": ("i", "p")}.get(kind, ())
        if any(name in self.scope for name in taken):
            kind, taken = "if", ()
        if kind == "call" and self.machine.program.functions and not self.scope:
            f = self.machine.program.functions[0]
            return (FuncCall(f.name, (*self.states(1), Reg("s0")), self.states(1)),)
        body = self.within(*taken).body(depth - 1, self.draw(st.integers(1, 2)))
        if not body:
            return ()
        self.labels[0] += 1
        label = f"here{self.labels[0]}"
        small = num(self.draw(st.integers(0, 3)))
        match kind:
            case "loop":
                return (Loop("k", small, body),)
            case "primes":
                return (Primes("r", num(2), num(self.one_of(1, 3, 5)), body),)
            case "hyperloop":
                return (Hyper((("i", "range", num(1), num(2)), ("p", "primes", num(2), num(3))), body),)
            case "while" | "again":
                counter = ins("set", Reg("s2"), Bin("+", Var("s2"), num(1)))
                condition: Expr = Bin("!=", Var("s2"), num(2))
                if self.real and self.chance(2):
                    condition = Bin("<", Var("s2"), num("3/2"))
                most, inner = num(self.one_of(4, 1, 2)), (*body, counter)
                region = While(condition, most, inner) if kind == "while" else Again(label, condition, most, inner)
                return ins("set", Reg("s2"), num(self.one_of(0, 0, 2, 3))), region
            case "repeat":
                return (Repeat(label, num(self.draw(st.integers(1, 3))), body),)
            case "jump":
                left: Expr = Var(self.one_of(*self.scope)) if self.scope else num(2)
                return (Jump(self.one_of("gt", "lt", "eq", ""), left, num(2), label, body),)
        other = self.body(depth - 1, 1) if self.chance(2) else ()
        return (If(self.condition(), body, other),)

    def halting(self) -> tuple[Statement, ...]:
        """An early end, taken or not, and an output behind it."""
        stop = ins("halt")
        end: Statement = If(self.condition(), (stop,), (self.emission("s1"),))
        if self.chance(2):
            end = Loop("k", num(3), (self.emission("s0"), If(self.within("k").condition(), (stop,))))
        statements = (end, self.emission("s1"))
        return statements if self.keep(statements) else ()

    def group(self, depth: int) -> tuple[Statement, ...]:
        """Some statements that belong together."""
        choice = self.draw(st.integers(0, 9))
        if choice in (2, 5, 8) and depth > 0:
            return self.control(depth)
        if choice in (1, 6) and self.real and self.chance(2):
            return self.ordered_group()
        return self.float_group() if choice in (1, 3, 6, 9) and self.floats else self.exact_group()

    def body(self, depth: int, count: int) -> tuple[Statement, ...]:
        """Statements whose meaning is checked where the whole they belong to is kept."""
        return tuple(s for _ in range(count) for s in self.group(depth))

    def keep(self, statements: tuple[Statement, ...]) -> bool:
        """Execute on the oracle; keep the effect if the statements have a clear meaning."""
        before = copy.copy(self.machine.__dict__)
        saved = {k: copy.copy(v) for k, v in before.items() if k in ("registers", "sharp", "counted", "files")}
        saved |= {k: {name: list(v) for name, v in before[k].items()} for k in ("outputs", "channels")}
        try:
            self.machine.execute(statements)
        except Halted:
            return True
        except (IllConditioned, NoMeaning, OverflowError, ZeroDivisionError, TypeError):
            self.machine.__dict__.update(before)
            self.machine.__dict__.update(saved)
            return False
        return True


def _function(author: Author) -> Func:
    """A function of a state and a scalar."""
    q0, q1, s0 = Reg("q0"), Reg("q1"), Var("s0")
    body = (ins("qop.apply", q1, q0, author.operator(1)), ins("qop.combine", q1, q1, q0, s0, author.literal()))
    if author.chance(4):
        body += author.one_of((ins("send", Str("right"), q1),), (ins("store.q", Str("c.npy"), q0),))
    return Func("helper", ("q0", "s0"), ("q1",), body)


@st.composite
def programs(draw: Draw) -> Program:
    """A whole program with at least one output; run the oracle on it for what it should say."""
    kind, truncation, s = draw(fields), draw(truncations), draw(weights)
    modulus = draw(moduli) if kind == "mod" else 0
    if kind == "mod" and s == Fraction(1, 2):
        s = Fraction(0)
    size = draw(sizes)
    coefficient = draw(
        st.sampled_from((Pow(Var("p"), num(-1)), num(1), Pow(Var("p"), num("-1/2" if kind != "mod" else -2))))
    )
    parameters: tuple[tuple[str, str, Fraction], ...] = (("c", "qint", Fraction(draw(st.integers(1, 4)))),)
    if kind != "mod":
        parameters += (("t", "real", Fraction(draw(st.sampled_from(("1/4", "3/2"))))),)
    empty = Program(
        size,
        s,
        kind,
        modulus,
        truncation,
        (),
        Diffusion(coefficient, num(2), num(5)),
        parameters=parameters,
        upper=draw(st.booleans()),
        files=draw(givens(size, "given.npy", "field.npy")),
        messages=draw(givens(size, "given", "given field")),
    )
    author = Author(draw, Machine(empty))
    declared = author.operator(1)
    line = f".op X = {operators.text(declared)}"
    macro = ".macro go(a, b) = A[a] + 2/3*B[b]"
    author.named = (Named("X", declared),)
    whole = replace(empty, functions=(_function(author),), declarations=(macro, line))
    author.machine.program = whole
    start = (*prologue(kind), ins("fill", Reg("q2"), author.arithmetic()), ins("set", Reg("s1"), author.literal()))
    author.machine.execute(start)
    body: tuple[Statement, ...] = start
    for _ in range(draw(st.sampled_from((4, 2, 6, 3, 8, 1, 5)))):
        found = author.group(2)
        if author.keep(found):
            body += found
    ending: tuple[Statement, ...] = read_out(("q0", "q1", "q2", "s0", "s1"), rows=draw(st.booleans()))
    if author.chance(6):
        ending += author.halting()
    return replace(whole, body=(*body, *ending))


@st.composite
def givens(draw: Draw, size: int, state: str, several: str) -> tuple[Given, ...]:
    """Up to two files or messages that are there before the program starts: a state, a field of a few states."""
    found: tuple[Given, ...] = ()
    for name in draw(st.sampled_from(((state, several), (state,), ()))):
        count = draw(st.integers(1, 3)) if name == several else 1
        start, step = draw(st.integers(-3, 3)), draw(st.integers(1, 5))
        rows = tuple(tuple((step * n + start * k) % 7 - 2 for n in range(size)) for k in range(count))
        found += (Given(name, rows, name == several, draw(st.sampled_from(("", "int64", "int8")))),)
    return found


@st.composite
def guarded(draw: Draw) -> tuple[Program, str]:
    """A program that begins with VERIFY.SANDBOX, and a file or channel that it names, perhaps in lines never run."""
    found = draw(programs())
    unused = If(
        Bin("==", num(1), num(2)),
        (ins("store.q", Str("unused.npy"), Reg("q0")), ins("send", Str("unused"), Reg("q1"))),
    )
    found = replace(found, body=(ins("verify.sandbox"), *found.body[:3], unused, *found.body[3:]))
    return found, draw(st.sampled_from(sorted(files(found) | channels(found))))


@st.composite
def exact_operators(draw: Draw, depth: int = 2) -> tuple[Program, Op]:
    """A space in mod(10007) under strict truncation, and an operator over it which has a meaning there."""
    space = Program(draw(sizes), draw(st.sampled_from((Fraction(0), Fraction(1)))), "mod", 10_007, "strict", ())
    whole = replace(space, diffusion=Diffusion(Pow(Var("p"), num(-1)), num(2), num(5)))
    author = Author(draw, Machine(whole))
    op = author.operator(depth)
    try:
        author.machine.matrix(op)
    except NoMeaning:
        op = Letter("I")
    return whole, op


@st.composite
def operators_in_floats(draw: Draw) -> tuple[Program, Op]:
    """A strict space over the real or complex numbers, and an operator that names nothing declared elsewhere."""
    kind = draw(st.sampled_from(("real", "complex")))
    space = Program(draw(sizes), draw(weights), kind, 0, "strict", ())
    author = Author(draw, Machine(space))
    op = author.operator(2)
    try:
        author.machine.matrix(op)
    except (NoMeaning, IllConditioned):
        op = Letter("A", (num(2),))
    return space, op


def _decimal(e: Expr, env: dict[str, Decimal]) -> Decimal:
    """A scalar expression to sixty digits."""
    match e:
        case Num(v):
            return Decimal(v.numerator) / Decimal(v.denominator)
        case Var(name):
            return env[name]
        case Un(_, a):
            return -_decimal(a, env)
        case Pow(a, Num(k)):
            return _decimal(a, env) ** int(k)
        case Call(name, (a,)):
            found = _decimal(a, env)
            if name == "abs":
                return abs(found)
            if name == "log" and found == 0:
                raise IllConditioned("log of 0")
            return found.sqrt() if name == "sqrt" else found.exp() if name == "exp" else found.ln()
        case Bin(op, a, b):
            left, right = _decimal(a, env), _decimal(b, env)
            if op == "/" and abs(right) < Decimal("0.05"):
                raise IllConditioned("a division by nearly nothing")
            return left / right if op == "/" else {"+": left + right, "-": left - right, "*": left * right}[op]
    raise AssertionError(e)


@st.composite
def scalar_steps(draw: Draw) -> list[tuple[str, Expr, Decimal]]:
    """Assignments s0 = ..., s1 = ... with their values to sixty digits."""
    steps: list[tuple[str, Expr, Decimal]] = []
    env: dict[str, Decimal] = {}

    def atom() -> Expr:
        if env and draw(st.booleans()):
            return Var(draw(st.sampled_from(sorted(env))))
        return Num(Fraction(draw(st.integers(-40, 40)), draw(st.sampled_from((1, 3, 7, 10, 16)))), draw(styles))

    def tree(depth: int) -> Expr:
        kind = draw(st.sampled_from(("+", "*", "-", "/", "atom", "sqrt", "exp", "log", "abs", "^", "negative")))
        if depth == 0 or kind == "atom":
            return atom()
        inner = tree(depth - 1)
        if kind == "negative":
            return Un("-", inner)
        if kind == "^":
            return Pow(inner, num(draw(st.integers(0, 4))))
        if kind in ("sqrt", "exp", "log", "abs"):
            return Call(kind, (inner,))
        return Bin(kind, inner, tree(depth - 1))

    with localcontext() as context:
        context.prec = 60
        for k in range(draw(st.integers(1, 5))):
            e = tree(2)
            try:
                found = _decimal(e, env)
            except (InvalidOperation, IllConditioned, DivisionByZero, Overflow):
                e = num(1)
                found = Decimal(1)
            if not abs(found) < 10**6 or (found != 0 and abs(found) < Decimal("1e-6")):
                e, found = num(2), Decimal(2)
            env[f"s{k}"] = found
            steps.append((f"s{k}", e, found))
    return steps
