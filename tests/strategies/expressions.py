"""Expressions: numbers, functions of n, scalars, conditions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from tests.oracle.cases.case import n
from tests.oracle.expression import Bin, Call, Expr, Imag, Num, Pow, Un, Var, num
from tests.strategies.author import Author

whole_numbers = st.integers(-4, 6)
fractions = st.sampled_from(("1/2", "1/3", "-3/4", "5/4", "2/5", "-1/8"))
styles = st.integers(0, 3)


class Expressions(Author):
    """An author of numbers and expressions."""

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
