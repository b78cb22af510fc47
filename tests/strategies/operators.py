"""Operators, and spaces with an operator over them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from tests.oracle.cases.case import n
from tests.oracle.expression import Bin, Call, Expr, Num, Pow, Var, num, text
from tests.oracle.field import IllConditioned, NoMeaning
from tests.oracle.machine import Machine
from tests.oracle.operators import Diffusion, Family, Function, Letter, Named, Op, Out, Power, Product, Scaled, Total
from tests.oracle.program import Program
from tests.strategies.author import Draw
from tests.strategies.expressions import Expressions

weights = st.sampled_from((Fraction(0), Fraction(1, 2), Fraction(1)))
sizes = st.sampled_from((8, 12, 6, 10, 7, 9, 11, 13, 4, 5, 3, 2, 1))


class Operators(Expressions):
    """An author of operators."""

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


@st.composite
def exact_operators(draw: Draw, depth: int = 2) -> tuple[Program, Op]:
    """A space in mod(10007) under strict truncation, and an operator over it which has a meaning there."""
    space = Program(draw(sizes), draw(st.sampled_from((Fraction(0), Fraction(1)))), "mod", 10_007, "strict", ())
    whole = replace(space, diffusion=Diffusion(Pow(Var("p"), num(-1)), num(2), num(5)))
    author = Operators(draw, Machine(whole))
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
    author = Operators(draw, Machine(space))
    op = author.operator(2)
    try:
        author.machine.matrix(op)
    except (NoMeaning, IllConditioned):
        op = Letter("A", (num(2),))
    return space, op
