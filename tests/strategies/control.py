"""Loops, choices, calls, early ends, and any statements in them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracle.cases.case import ins
from tests.oracle.expression import Bin, Expr, Var, num
from tests.oracle.program import Again, Hyper, If, Jump, Loop, Primes, Reg, Repeat, Statement, While
from tests.oracle.program import Call as FuncCall
from tests.strategies.floats import FloatStatements


class Statements(FloatStatements):
    """An author of statements of every kind."""

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
